"""The real server as a process: cold start, crashes, keys, graceful stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.localities.load import id_of
from tests.support.serving import Installation, installed

OPENAPI = Path(__file__).parents[2] / "openapi/v1.json"


@pytest.fixture
def installation() -> Iterator[Installation]:
    with installed() as installation:
        yield installation


def test_everything_acknowledged_survives_crashes_of_server_and_database(
    installation: Installation,
) -> None:
    server = installation.start("serve")
    installation.wait(server)
    assert installation.provinces() == 34
    headers = installation.key("registrar", locality="96")
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


def test_one_worker_that_has_answered_every_list_stays_under_150_mib(
    installation: Installation,
) -> None:
    server = installation.start("serve")  # on no database yet: it migrates and loads the facts
    installation.wait(server)
    lists = [
        path
        for path, operations in json.loads(OPENAPI.read_text())["paths"].items()
        if path.startswith("/v1/") and "{" not in path and "format" in parameters(operations)
    ]
    assert len(lists) > 15
    with httpx.Client(base_url=installation.url, timeout=60) as client:
        for path in lists:
            for form in ("json", "ndjson"):
                assert client.get(path, params={"format": form}).status_code in {200, 401}
        every = client.get("/v1/localities", params={"as_of": "any", "format": "ndjson"})
    assert every.text.count("\n") > 14_000
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert int(status.partition("VmRSS:")[2].split()[0]) < 150 * 1024, status  # KiB


def parameters(operations: dict[str, Any]) -> set[str]:
    """The names of the parameters that a GET takes."""
    serialized = operations.get("get", {}).get("parameters", [])
    return {each["name"] for each in serialized if "name" in each}


def test_a_server_writes_again_once_its_database_is_back(installation: Installation) -> None:
    installation.wait(installation.start("serve"))
    headers = installation.key("registrar")
    body = {"name": "Ban Dân vận", "kind": "mass_mobilisation_commission", "tier": "central"}
    with httpx.Client(base_url=installation.url, headers=headers, timeout=30) as agency:
        assert agency.post("/v1/organisations", json=body).status_code == 201
        os.kill(installation.postmaster(), signal.SIGKILL)
        assert agency.post("/v1/organisations", json=body).status_code == 503
        assert installation.run("db", "start").returncode == 0
        assert agency.post("/v1/organisations", json=body).status_code == 201


@pytest.mark.parametrize("victim", ["process", "database"])
def test_a_load_that_is_killed_is_done_again(installation: Installation, victim: str) -> None:
    loading = installation.start("load")
    until = time.monotonic() + 60
    while not installation.database_ready():
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(2.5)
    if victim == "process":
        loading.kill()
    else:
        os.kill(installation.postmaster(), signal.SIGKILL)
    loading.communicate(timeout=60)
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
