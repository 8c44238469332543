"""`python -m app`."""

import gc

gc.disable()  # what is made while modules are imported stays: no time to start is lost on it

from app.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main()
