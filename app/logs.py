"""Logs: one JSON object a line on standard error, the libraries' own lines included."""

import logging

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter


def configure_logging(level: str) -> None:
    """Log from this severity up."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        OrjsonFormatter(
            ["message", "levelname", "name"],
            rename_fields={"message": "event", "levelname": "level", "name": "logger"},
            timestamp=True,
            reserved_attrs=_NOT_TOLD,
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


# Uvicorn colours its messages a second time.
_NOT_TOLD = [*RESERVED_ATTRS, "color_message"]
