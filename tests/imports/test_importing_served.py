"""An import into the running server: nobody waits for it, nobody sees half of it."""

import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.support.importing import HEADER, MODELS, csv_of, row
from tests.support.serving import Installation, served

PATIENCE = 600  # seconds, on a machine that does much else
WORD = "xyzzyva"  # that nobody has learnt yet
CHANGES = "/v1/changes?types=models"


def resident(process: int) -> int:
    """The most memory that a process ever had, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def count_of(client: httpx.Client) -> int:
    return int(client.get("/v1/models?count=true&limit=1").json()["total"])


class Reader(threading.Thread):
    """Counts models all the time, and times the answers."""

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self._url = installation.url
        self.counts: list[int] = []
        self.slowest = 0.0
        self.done = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self.done.is_set():
                began = time.monotonic()
                self.counts.append(count_of(client))
                self.slowest = max(self.slowest, time.monotonic() - began)
                time.sleep(0.01)


class Writer(threading.Thread):
    """Records an organisation with words that the import brings too."""

    def __init__(self, installation: Installation, key: dict[str, str]) -> None:
        super().__init__()
        self._url, self._key = installation.url, key | {"Content-Type": "application/json"}
        self.slowest = 0.0

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=PATIENCE, headers=self._key) as client:
            for number in range(20):
                body = {
                    "name": f"Tổ tiết kiệm {WORD} {number}",
                    "kind": "community_group",
                    "tier": "branch",
                    "locality": row()[HEADER.index("locality.id")],
                }
                began = time.monotonic()
                assert client.post("/v1/organisations", json=body).status_code == 201
                self.slowest = max(self.slowest, time.monotonic() - began)
                time.sleep(0.1)


@pytest.mark.parametrize("size", [3_000, pytest.param(100_000, marks=pytest.mark.check)])
def test_nobody_waits_and_readers_see_all_of_it_or_nothing(size: int) -> None:
    with served() as installation, httpx.Client(base_url=installation.url, timeout=60) as client:
        (server,) = (process.pid for process in installation._started)  # noqa: SLF001
        key = installation.key("registrar") | {"Content-Type": "text/csv"}
        before = count_of(client)
        cursor = client.get(f"{CHANGES}&limit=1000").json()["next_cursor"]
        file = csv_of(
            HEADER, *(row(title=f"Mô hình {WORD} thứ {number}") for number in range(size))
        )
        reader = Reader(installation)
        reader.start()
        writer = Writer(installation, key)
        writer.start()
        began = time.monotonic()
        answer = client.post(MODELS, content=file, headers=key, timeout=PATIENCE)
        took = time.monotonic() - began
        assert answer.status_code == 201, answer.text
        assert count_of(client) == before + size
        reader.done.set()
        for thread in (reader, writer):
            thread.join()
        assert writer.slowest < max(2.0, took / 3)
        assert set(reader.counts) <= {before, before + size}
        assert reader.counts == sorted(reader.counts)
        assert reader.slowest < max(1.0, took / 10)
        assert resident(server) < 300

        serialized: set[str] = set()
        more = True
        while more:
            page = client.get(f"{CHANGES}&limit=1000&after={cursor}").json()
            assert {item["operation"] for item in page["items"]} <= {"upsert"}
            serialized |= {item["id"] for item in page["items"]}
            cursor, more = page["next_cursor"], page["has_more"]
        assert len(serialized) == size
