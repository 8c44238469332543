"""The real server as a process, on a data directory of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import httpx
import pytest


class Installation:
    """A data directory and what is run on it."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.directory = directory
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "KHEO_DATA_DIR": str(directory),
            "KHEO_PORT": str(self.port),
            "KHEO_LOG_LEVEL": "warning",
            **settings,
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def wait(self, process: subprocess.Popen[str], seconds: float = 300) -> None:
        """Until the server is ready to serve."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if process.poll() is not None:
                pytest.fail(process.communicate()[1])
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        pytest.fail("the server did not become ready")

    def stop(self) -> None:
        """Stop the server as an operator would."""
        (server,) = (process for process in self._started if process.poll() is None)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)

    def key(self, *roles: str, locality: str | None = None) -> dict[str, str]:
        """The header with a new key of an agency with these roles."""
        place = () if locality is None else ("--locality", locality)
        command = ("keys", "issue", "--agency", "Ban Dân vận", "--roles", ",".join(roles), *place)
        issued = self.run(*command)
        assert issued.returncode == 0, issued.stderr
        assert issued.stdout.startswith("kheo_")
        return {"Authorization": f"Bearer {issued.stdout.strip()}"}

    def remove(self) -> None:
        """Stop whatever still runs, also after a test that failed."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.run("db", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)

    def postmaster(self) -> int:
        return int(self._pid_file.read_text().split()[0])

    def database_ready(self) -> bool:
        try:
            return "ready" in self._pid_file.read_text()
        except FileNotFoundError:  # also between the steps in which a cluster is made
            return False

    @property
    def _pid_file(self) -> Path:
        return self.directory / "pg" / "postmaster.pid"

    def provinces(self) -> int:
        answer = httpx.get(f"{self.url}/v1/localities?level=province&count=true&limit=1")
        return int(answer.json()["total"])


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """An installation on an empty directory, removed in the end."""
    directory = Path(tempfile.mkdtemp(prefix="kheo-serve-", dir="/tmp"))
    installation = Installation(directory, **settings)
    try:
        yield installation
    finally:
        installation.remove()


@contextmanager
def served() -> Iterator[Installation]:
    """An installation whose server runs, with room for any number of requests."""
    limits = {f"KHEO_RATE_LIMIT_{of}": "100000/second" for of in ("READS", "WRITES", "VERIFY")}
    with installed(**limits) as installation:
        installation.wait(installation.start("serve"))
        yield installation
