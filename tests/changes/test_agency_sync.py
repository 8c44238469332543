"""The example agency as a program of its own, through restarts of all it talks to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from examples.agency_sync import Store
from tests.support.serving import Installation, served

pytestmark = pytest.mark.check  # it starts three processes, again and again
PROGRAM = Path(__file__).parents[2] / "examples" / "agency_sync.py"
CA_MAU, COUNTRY = str(id_of("province/96/2025-07-01")), str(id_of("country/VN/-"))
LISTS = (
    *("models", "award-decisions", "organisations", "documents", "events", "campaign-periods"),
    "publications",
)


@contextmanager
def syncing(installation: Installation, key: str, store: Path) -> Iterator[subprocess.Popen[str]]:
    """The example at work, killed in the end as a machine that is switched off."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), installation.url, str(store)],
        env=os.environ | {"KHEO_KEY": key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        print(process.communicate()[0])  # noqa: T201 - shown when the test fails


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the program ended: {process.communicate()[0]}")
        if holds():
            return
        time.sleep(0.2)
    pytest.fail("it did not come to hold within a minute")


def another_agency(installation: Installation) -> httpx.Client:
    issued = installation.run("keys", "issue", "--agency", "Khác", "--roles", "registrar")
    headers = {"Authorization": f"Bearer {issued.stdout.strip()}"}
    return httpx.Client(base_url=installation.url, headers=headers, timeout=30)


def bloc(name: str, **members: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "commune_mobilisation_bloc",
        "tier": "commune",
        "locality": CA_MAU,
    } | members


def model(title: str, **members: Any) -> dict[str, Any]:
    return {
        "title": title,
        "field": "economy",
        "participant_kind": "collective",
        "locality": CA_MAU,
        "objective": "Thu gom rác thải nhựa ở khu dân cư",
        "target": "100 hộ tham gia trước tháng 12",
    } | members


def everything(url: str) -> dict[tuple[str, str], Any]:
    """What the registry holds, but for its units, which are many and do not change here."""
    held: dict[tuple[str, str], Any] = {}
    for type in LISTS:
        for line in httpx.get(f"{url}/v1/{type}?format=ndjson", timeout=60).text.splitlines():
            thing = json.loads(line)
            thing.pop("allowed_actions", None)
            held[type, thing["id"]] = thing
    return held


def copied(path: Path) -> dict[tuple[str, str], Any]:
    with closing(Store(path).connection) as connection:
        rows = connection.execute("select type, id, data from thing where type <> 'localities'")
        return {(type, id): json.loads(data) for type, id, data in rows}


def units(path: Path) -> set[str]:
    with closing(Store(path).connection) as connection:
        rows = connection.execute("select id from thing where type = 'localities'")
        return {id for (id,) in rows}


def states(path: Path) -> list[tuple[str, str | None]]:
    """What became of each record: its state, and the code of its problem."""
    with closing(Store(path).connection) as connection:
        rows = connection.execute("select state, problem from record order by number")
        return [(state, problem and json.loads(problem)["code"]) for state, problem in rows]


def test_an_agency_stays_in_step_and_settles_every_conflict(tmp_path: Path) -> None:
    path = tmp_path / "agency.db"
    with served() as installation, ExitStack() as stack:
        key = installation.key("registrar", locality="96")["Authorization"].split()[1]
        stack.enter_context(others := another_agency(installation))
        ours, contested = (
            others.post("/v1/organisations", json=bloc(name)).json()["id"]
            for name in ("Khối vận xã Khánh Lâm", "Khối vận xã Khánh Hội")
        )
        taken = str(uuid4())
        others.post("/v1/organisations", json=bloc("Khối vận xã U Minh", id=taken))
        known = model("Đổi rác thải nhựa lấy quà Tết")
        assert others.post("/v1/models", json=known).status_code == 201

        with syncing(installation, key, path) as agency:
            until(lambda: path.exists() and copied(path) == everything(installation.url), agency)

        # Offline: the agency records, while others change what it changes.
        store = Store(path)
        store.change("organisations", ours, {"valid_from": "2020-01-01"})
        store.change("organisations", contested, {"name": "Khối vận xã Khánh Hội (mới)"})
        store.create("organisations", bloc("Khối vận xã Nguyễn Phích", id=taken))
        store.create(
            "documents", {"title": "Kế hoạch Dân vận khéo", "kind": "plan", "issuer": taken}
        )
        store.create("models", model("Đổi rác thải nhựa lấy quà Tết"))
        store.create("models", model("Đổi rác thải nhựa lấy quà tặng"))
        store.create("organisations", bloc("Khối vận xã Biển Bạch", kind="guild"))
        store.create("organisations", bloc("Ban Dân vận", locality=COUNTRY))
        store.connection.close()
        for id in (ours, contested):
            answer = others.patch(
                f"/v1/organisations/{id}",
                json={"name": f"Khối vận xã số {id[:4]}"},
                headers={"If-Match": "*"},
            )
            assert answer.status_code == 200

        installation.stop()
        with syncing(installation, key, path) as agency:
            installation.wait(installation.start("serve"))
            until(lambda: all(state != "waiting" for state, _ in states(path)), agency)
            os.kill(installation.postmaster(), signal.SIGKILL)
            time.sleep(1)
            assert installation.run("db", "start").returncode == 0
            until(lambda: writes(others, "Khối vận xã Tân Lộc"), agency)
            time.sleep(1)  # the agency waits for changes
            began = time.monotonic()
            installation.stop()
            assert time.monotonic() - began < 4  # nobody who waits holds that up
            installation.wait(installation.start("serve"))
            until(lambda: writes(others, "Khối vận xã Trí Phải"), agency)
            until(lambda: copied(path) == everything(installation.url), agency)

        listed = httpx.get(f"{installation.url}/v1/localities?as_of=any&format=ndjson", timeout=60)
        assert units(path) == {json.loads(line)["id"] for line in listed.text.splitlines()}
        assert states(path) == [
            ("done", None),  # merged with what others changed
            ("refused", "changed_by_others"),
            ("done", None),  # under another id
            ("done", None),  # issued by that
            ("done", None),  # recorded by others before
            ("done", None),  # a look-alike, but distinct
            ("refused", "unprocessable"),
            ("refused", "outside_scope"),
        ]
        held = everything(installation.url)
        assert held["organisations", ours]["valid_from"] == "2020-01-01"
        (document,) = (each for each in held.values() if title_of(each) == "Kế hoạch Dân vận khéo")
        assert document["issuer"]["name"] == "Khối vận xã Nguyễn Phích"
        assert document["issuer"]["id"] != taken
        titles = [title_of(each) for each in held.values()]
        assert titles.count("Đổi rác thải nhựa lấy quà Tết") == 1
        assert titles.count("Đổi rác thải nhựa lấy quà tặng") == 1


def title_of(thing: Any) -> str | None:
    return thing.get("title") if isinstance(thing, dict) else None


def writes(agency: httpx.Client, name: str) -> bool:
    return agency.post("/v1/organisations", json=bloc(name)).status_code == 201
