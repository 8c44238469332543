"""Runs the application under uvicorn: uvloop, httptools, JSON logs, graceful stop."""

import gc
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.config import Settings, settings
from app.db.database import Database
from app.http.protocol import BoundedProtocol
from app.logs import configure_logging
from app.main import create_app

_URL = "KHEO_SERVED_DATABASE"  # passes the address of the database on to worker processes
_ALLOCATIONS = 20_000  # between collections: a page of a list must not set off many
_GRACE = 20  # seconds that requests in flight have to finish


def worker() -> FastAPI:
    """Make the application of one process."""
    known = settings()
    configure_logging(known.log_level)
    database = Database(os.environ[_URL], known.read_connections, known.write_connections)
    app = create_app(known, database)
    _on_stop(app.state.watch.stop)
    gc.freeze()  # what lives as long as the process need not be looked at again
    gc.set_threshold(_ALLOCATIONS, 20, 20)
    return app


def _on_stop(act: Callable[[], None]) -> None:
    """Act when the process is told to stop, before uvicorn waits for requests in flight."""
    for number in (signal.SIGTERM, signal.SIGINT):
        uvicorn_stops = signal.getsignal(number)

        def stop(number: int, frame: FrameType | None, then: Any = uvicorn_stops) -> None:
            act()
            then(number, frame)

        signal.signal(number, stop)


def run(known: Settings, url: str) -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    os.environ[_URL] = url
    uvicorn.run(
        "app.server:worker",
        factory=True,
        host=known.host,
        port=known.port,
        workers=known.workers,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=known.idle_timeout,
    )
