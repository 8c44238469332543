"""`python -m app`."""

import gc

gc.disable()  # what is made while modules are imported stays: a tenth less time to start

from app.cli import main  # noqa: E402

gc.enable()
main()
