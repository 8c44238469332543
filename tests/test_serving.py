"""The real server as a process: cold start, crashes, keys, graceful stop."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.localities.load import id_of


class Installation:
    """A data directory and what is run on it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "KHEO_DATA_DIR": str(directory),
            "KHEO_PORT": str(self.port),
            "KHEO_LOG_LEVEL": "warning",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def wait(self, process: subprocess.Popen[str], seconds: float = 60) -> None:
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

    def postmaster(self) -> int:
        return int((self.directory / "pg" / "postmaster.pid").read_text().split()[0])

    def provinces(self) -> int:
        answer = httpx.get(f"{self.url}/v1/localities?level=province&count=true&limit=1")
        return int(answer.json()["total"])


@pytest.fixture
def installation() -> Iterator[Installation]:
    directory = Path(tempfile.mkdtemp(prefix="kheo-serve-", dir="/tmp"))
    installation = Installation(directory)
    yield installation
    installation.run("db", "stop")
    shutil.rmtree(directory, ignore_errors=True)


def test_everything_acknowledged_survives_crashes_of_server_and_database(
    installation: Installation,
) -> None:
    server = installation.start("serve")
    installation.wait(server)
    assert installation.provinces() == 34
    issued = installation.run(
        "keys", "issue", "--agency", "Ban Dân vận", "--roles", "registrar", "--locality", "96"
    )
    secret = issued.stdout.strip()
    assert secret.startswith("kheo_")
    headers = {"Authorization": f"Bearer {secret}"}
    body = {
        "name": "Khối vận xã Khánh Lâm",
        "kind": "commune_mobilisation_bloc",
        "tier": "commune",
        "locality": str(id_of("province/96/2025-07-01")),
    }
    made = httpx.post(f"{installation.url}/v1/organisations", json=body, headers=headers)
    assert made.status_code == 201, made.text

    os.kill(installation.postmaster(), signal.SIGKILL)
    assert httpx.get(f"{installation.url}/readyz").status_code == 503
    server.kill()
    server.communicate()

    server = installation.start("serve")
    installation.wait(server)
    assert httpx.get(installation.url + made.headers["location"]).json() == made.json()
    server.send_signal(signal.SIGTERM)
    _, errors = server.communicate(timeout=30)
    assert server.returncode in {0, -signal.SIGTERM}, errors


@pytest.mark.parametrize("victim", ["process", "database"])
def test_a_load_that_is_killed_is_done_again(installation: Installation, victim: str) -> None:
    loading = installation.start("load")
    pid_file = installation.directory / "pg" / "postmaster.pid"
    until = time.monotonic() + 30
    while not pid_file.exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(2.5)
    if victim == "process":
        loading.kill()
    else:
        os.kill(installation.postmaster(), signal.SIGKILL)
    loading.communicate()
    server = installation.start("serve")
    installation.wait(server)
    assert installation.provinces() == 34
    server.kill()
    server.communicate()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KHEO_PORT", "0"),
        ("KHEO_LOG_LEVEL", "loud"),
        ("KHEO_RATE_LIMIT_READS", "often"),
        ("KHEO_DATABASE_URL", "mysql://x"),
        ("KHEO_TRUSTED_PROXIES", "everyone"),
    ],
)
def test_an_invalid_setting_stops_the_start_with_one_line(name: str, value: str) -> None:
    stopped = subprocess.run(
        [sys.executable, "-m", "app", "version"],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert stopped.returncode == 1
    (line,) = stopped.stderr.strip().splitlines()
    assert line.startswith(f"kheo: {name}")


def test_a_key_needs_a_known_role_and_place(installation: Installation) -> None:
    wrong = installation.run("keys", "issue", "--agency", "A", "--roles", "king")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "--roles" in wrong.stderr
    installation.run("load")
    nowhere = installation.run(
        "keys", "issue", "--agency", "A", "--roles", "registrar", "--locality", "63"
    )
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "63" in nowhere.stderr
