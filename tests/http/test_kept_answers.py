"""Kept answers are never older than what was committed before the question."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.config import Settings
from app.db import embedded, schema
from app.db.database import Database
from app.http.gateway import Gateway
from app.http.kept_answers import KeptAnswer, KeptAnswers
from app.http.snapshots import Snapshots
from app.main import create_app

SETTINGS = Settings(access_log=False, rate_limit_reads="1000000/second")


@pytest.fixture(scope="module")
def own_server() -> Iterator[tuple[Path, str]]:
    """A server of its own, because it is stopped in the middle."""
    directory = Path(tempfile.mkdtemp(prefix="kheo-kept-", dir="/tmp"))
    url = embedded.start(directory)
    asyncio.run(schema.create_database(url))
    schema.upgrade(url)
    yield directory, url
    embedded.stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def worker(url: str) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient]]:
    """What one process of the server is: its own pool, its own kept answers."""
    database = Database(url)
    gateway = create_app(SETTINGS, database)
    transport = httpx.ASGITransport(gateway, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield gateway, client
    await gateway.snapshots.close()
    await database.close()


async def insert_counters(url: str, count: int) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "insert into organisation (id, name, kind, tier) values ($1, '0', 'other', 'central')",
        [(id,) for id in ids],
    )
    await connection.close()
    return ids


AWAY = (
    OSError,
    asyncpg.exceptions.PostgresError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,
)


class Writer:
    """Counts one row up, in transactions that are slow, rolled back or broken off at random."""

    def __init__(self, url: str, id: UUID, acknowledged: dict[UUID, int]) -> None:
        self.url, self.id, self.acknowledged = url, id, acknowledged
        self.chance = random.Random(id.int)  # noqa: S311 - repeatable, not secret

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                connection = await asyncpg.connect(self.url)
                try:
                    while not stop.is_set():
                        await self.once(connection)
                finally:
                    connection.terminate()
            except AWAY:
                await asyncio.sleep(0.05)  # the server is being restarted

    async def once(self, connection: asyncpg.Connection) -> None:
        transaction = connection.transaction()
        await transaction.start()
        number = await connection.fetchval(
            "update organisation set name = (name::int + 1)::text where id = $1"
            " returning name::int",
            self.id,
        )
        await asyncio.sleep(self.chance.choice((0, 0, 0.002, 0.02)))
        if self.chance.random() < 0.3:
            await transaction.rollback()
        else:
            await transaction.commit()
            self.acknowledged[self.id] = number
        await asyncio.sleep(self.chance.choice((0, 0.005, 0.05)))


async def read(
    client: httpx.AsyncClient, ids: list[UUID], acknowledged: dict[UUID, int], stop: asyncio.Event
) -> int:
    """Ask for rows and for the list; each answer must have all that was acknowledged before."""
    chance, answered = random.Random(7), 0  # noqa: S311
    while not stop.is_set():
        before = dict(acknowledged)
        if chance.random() < 0.5:
            id = chance.choice(ids)
            answer = await client.get(f"/v1/organisations/{id}")
            items = [answer.json()]
        else:
            answer = await client.get("/v1/organisations?limit=200&sort=updated_at")
            items = answer.json().get("items", [])
        if answer.status_code == 503:
            await asyncio.sleep(0.05)
            continue
        assert answer.status_code == 200, answer.text
        for item in items:
            floor = before[UUID(item["id"])]
            assert int(item["name"]) >= floor, "an answer older than an acknowledged commit"
        answered += 1
        await asyncio.sleep(0)
    return answered


async def test_no_answer_is_older_than_a_commit_acknowledged_before_the_question(
    own_server: tuple[Path, str],
) -> None:
    directory, url = own_server
    ids = await insert_counters(url, 4)
    acknowledged = dict.fromkeys(ids, 0)
    stop = asyncio.Event()
    async with worker(url) as (one, first), worker(url) as (two, second):
        writers = [asyncio.create_task(Writer(url, id, acknowledged).run(stop)) for id in ids]
        readers = [
            asyncio.create_task(read(client, ids, acknowledged, stop))
            for client in (first, second)
            for _ in range(6)
        ]
        tasks = [*writers, *readers]
        await until(lambda: min(one.kept.hits, two.kept.hits) > 20, tasks)
        hits, commits = one.kept.hits, min(acknowledged.values())
        await asyncio.to_thread(restart, directory)
        await until(lambda: one.kept.hits > hits + 20, tasks)
        await until(lambda: min(acknowledged.values()) > commits + 10, tasks)
        stop.set()
        await asyncio.gather(*writers)
        assert min(await asyncio.gather(*readers)) > 0


async def until(holds: Callable[[], bool], tasks: list[asyncio.Task[Any]]) -> None:
    """Wait until something holds, as long as all tasks go on."""
    for _ in range(1200):
        for task in tasks:
            if task.done():
                await task
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come to hold within a minute")


def restart(directory: Path) -> None:
    """Kill the server as a crash would, and start it again."""
    os.kill(int((directory / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    again = [sys.executable, "-m", "app", "db", "start"]
    subprocess.run(again, env=os.environ | {"KHEO_DATA_DIR": str(directory)}, check=True)


async def test_only_who_waits_before_a_question_is_sent_shares_it(
    own_server: tuple[Path, str],
) -> None:
    snapshots = Snapshots(own_server[1], lambda: None)
    assert await snapshots.current() is not None
    asked = snapshots.current()
    assert snapshots.current() is asked
    await asyncio.sleep(0)  # the question leaves
    later = snapshots.current()
    assert later is not asked
    await asyncio.gather(asked, later)
    await snapshots.close()


async def test_a_kept_answer_is_the_same_bytes_and_a_304_to_who_has_them(
    own_server: tuple[Path, str],
) -> None:
    (id,) = await insert_counters(own_server[1], 1)
    async with worker(own_server[1]) as (gateway, client):
        plain = {"Accept-Encoding": "identity"}
        answers = [await client.get(f"/v1/organisations/{id}", headers=plain) for _ in range(3)]
        assert len({answer.content for answer in answers}) == 1
        assert gateway.kept.hits == 2
        tag = answers[0].headers["etag"]
        again = await client.get(f"/v1/organisations/{id}", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        head = await client.head(f"/v1/organisations/{id}", headers=plain)
        assert head.content == b""
        assert head.headers["content-length"] == answers[0].headers["content-length"]


async def test_errors_files_and_what_a_key_reads_are_not_kept(
    own_server: tuple[Path, str],
) -> None:
    await insert_counters(own_server[1], 1)
    async with worker(own_server[1]) as (gateway, client):
        for path in (f"/v1/organisations/{uuid4()}", "/v1/organisations?format=csv"):
            await client.get(path)
            await client.get(path)
        key = {"Authorization": "Bearer kheo_x"}
        await client.get("/v1/organisations?limit=1", headers=key)
        await client.get("/v1/organisations?limit=1", headers=key)
        assert (gateway.kept.hits, len(gateway.kept)) == (0, 0)


async def test_waiting_requests_share_one_answer(own_server: tuple[Path, str]) -> None:
    (id,) = await insert_counters(own_server[1], 1)
    async with worker(own_server[1]) as (gateway, client):
        answers = await asyncio.gather(*(client.get(f"/v1/organisations/{id}") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(gateway.kept) == 1


async def test_large_answers_are_gzipped_for_who_takes_that(own_server: tuple[Path, str]) -> None:
    await insert_counters(own_server[1], 20)
    async with worker(own_server[1]) as (_, client):
        gzip = {"Accept-Encoding": "gzip"}
        first = await client.get("/v1/organisations?limit=20", headers=gzip)
        second = await client.get("/v1/organisations?limit=20", headers=gzip)
        assert second.headers["content-encoding"] == "gzip"
        assert second.json() == first.json()


class TestKeptAnswers:
    def answer(self, size: int) -> KeptAnswer:
        return KeptAnswer([], b"x" * size, b'"1"')

    def test_forgets_everything_when_the_state_changes(self) -> None:
        kept = KeptAnswers(100_000)
        kept.get("s1", "a")
        kept.keep("s1", "a", self.answer(10))
        assert kept.get("s1", "a") is not None
        assert kept.get("s2", "a") is None
        assert kept.get("s1", "a") is None

    def test_keeps_nothing_for_a_state_that_has_passed(self) -> None:
        kept = KeptAnswers(100_000)
        kept.get("s2", "a")
        kept.keep("s1", "a", self.answer(10))
        assert kept.get("s2", "a") is None

    def test_stays_within_its_bytes_and_drops_the_least_recently_used(self) -> None:
        kept = KeptAnswers(6_500)
        kept.get("s", "")
        for key in "abc":
            kept.keep("s", key, self.answer(1_000))
        kept.get("s", "a")
        kept.keep("s", "d", self.answer(1_000))
        assert kept.bytes <= 6_500
        assert [kept.get("s", key) is not None for key in "abcd"] == [True, False, True, True]

    def test_counts_what_is_compressed_as_well(self) -> None:
        kept, answer = KeptAnswers(10_000), self.answer(1_000)
        kept.get("s", "")
        kept.keep("s", "a", answer)
        before = kept.bytes
        compressed = kept.in_gzip("a", answer)
        assert kept.in_gzip("a", answer) is compressed
        assert kept.bytes == before + len(compressed.body) == answer.size
        kept.keep("s", "b", self.answer(8_500))
        assert (kept.get("s", "a"), kept.bytes) == (None, 9_500)

    def test_does_not_keep_what_is_too_large(self) -> None:
        kept = KeptAnswers(10_000_000)
        kept.get("s", "")
        kept.keep("s", "a", self.answer(1024 * 1024 + 1))
        assert len(kept) == 0
