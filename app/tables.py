"""Every table of the registry, for what needs the whole of its metadata."""

from importlib import import_module
from pathlib import Path

_APP = Path(__file__).parent

for _path in sorted(_APP.glob("*/**/tables.py")):
    import_module(".".join(("app", *_path.relative_to(_APP).with_suffix("").parts)))
