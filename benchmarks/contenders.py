"""Who is compared: the registry with and without kept answers, and what people would use."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks import environment
from benchmarks.workload import Workload

ONE, LIST, CREATE = TASKS = ("one model", "list of 50", "create")
RAW, HIT, MISS, LIMIT_A, SQLMODEL, LITESTAR, DJANGO = (
    "raw ASGI (the ceiling)",
    "Khéo",
    "Khéo, nothing kept",
    "limit A",
    "FastAPI + SQLModel",
    "Litestar + advanced-alchemy",
    "Django REST framework",
)
_ROOT = Path(__file__).parent.parent
_NO_LIMIT = "1000000/second"


@dataclass(frozen=True)
class Contender:
    """A server to start, and what it can be asked."""

    name: str
    command: tuple[str, ...]  # PORT stands for the port
    settings: Mapping[str, str]
    tasks: tuple[str, ...]

    @property
    def is_ceiling(self) -> bool:
        return self.name == RAW


@dataclass
class Running:
    """A contender that runs."""

    contender: Contender
    workload: Workload
    process: subprocess.Popen[bytes]
    url: str
    started_in: float  # seconds until it gave its first answer

    @property
    def memory(self) -> float:
        """Resident MB of the server and its worker."""
        rows = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,rss="],  # noqa: S607 - POSIX
            check=True, capture_output=True, text=True,
        ).stdout.splitlines()  # fmt: skip
        processes = [tuple(map(int, row.split())) for row in rows]
        return (
            sum(rss for pid, parent, rss in processes if self.process.pid in (pid, parent)) / 1024
        )


def contenders(url: str, bodies: Path) -> list[Contender]:
    """All of them, over one database; `bodies` holds what the ceiling answers with."""
    here = {"BENCHMARK_DATABASE": url, "BENCHMARK_BODIES": str(bodies)}
    reads = (ONE, LIST)
    return [
        registry(url, keeps=True),
        registry(url, keeps=False),
        limit_a(url),
        Contender(SQLMODEL, _uvicorn("fastapi_sqlmodel"), here, TASKS),
        Contender(LITESTAR, _uvicorn("litestar_app"), here, TASKS),
        Contender(DJANGO, _gunicorn("django_app"), here, TASKS),
        Contender(RAW, _uvicorn("raw_asgi"), here, reads),
    ]


def registry(url: str, *, keeps: bool) -> Contender:
    """Khéo itself as it is served, but for its limits: they count, and never refuse."""
    known = {
        "KHEO_DATABASE_URL": url,
        "KHEO_RATE_LIMIT_READS": _NO_LIMIT,
        "KHEO_RATE_LIMIT_WRITES": _NO_LIMIT,
        "KHEO_PORT": "PORT",
    }
    command = (sys.executable, "-m", "app", "serve")
    if keeps:
        return Contender(HIT, command, known, TASKS)
    return Contender(MISS, command, {**known, "KHEO_CACHE_BYTES": "0"}, (ONE, LIST))


def limit_a(url: str) -> Contender:
    """A bare ASGI callable and asyncpg; PostgreSQL makes the JSON."""
    return Contender(LIMIT_A, _uvicorn("limit_a"), {"BENCHMARK_DATABASE": url}, TASKS)


def _uvicorn(module: str) -> tuple[str, ...]:
    return (
        str(environment.python()), "-m", "uvicorn", f"benchmarks.competitors.{module}:app",
        "--port", "PORT", "--loop", "uvloop", "--http", "httptools", "--no-access-log",
        "--log-level", "warning",
    )  # fmt: skip


def _gunicorn(module: str) -> tuple[str, ...]:
    return (
        str(environment.python()), "-m", "gunicorn", "--bind", "127.0.0.1:PORT",
        "--worker-class", "gthread", "--threads", "2", "--no-control-socket",
        "--log-level", "warning", f"benchmarks.competitors.{module}:application",
    )  # fmt: skip


@contextmanager
def running(contender: Contender, workload: Workload) -> Iterator[Running]:
    """Start a contender and wait until it tells of a model; stop it at the end."""
    log = workload.folder / f"{contender.name}.log"
    port = _free_port()

    def ported(text: str) -> str:
        return text.replace("PORT", str(port)) if "PORT" in text else text

    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [ported(word) for word in contender.command],
            env=os.environ | {name: ported(value) for name, value in contender.settings.items()},
            cwd=_ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await_answer(process, url + workload.paths[0], log)
        yield Running(contender, workload, process, url, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _await_answer(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Ask until it is answered, whatever else than 200 is an error."""
    while process.poll() is None:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
                answer.read()
        except HTTPError as error:
            raise RuntimeError(f"{url} answered {error.code}, see {log}") from error
        except (URLError, ConnectionError):
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"a server ended: {log.read_text(encoding='utf-8')}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
