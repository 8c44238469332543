"""Cached answers are never older than what was committed before the question."""

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
from fastapi import FastAPI

from app.caching.snapshots import Snapshots
from app.config import Settings
from app.db import embedded, schema
from app.db.database import Database
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
async def worker(url: str) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """What one process of the server is: its own pool, its own kept answers."""
    database = Database(url)
    app = create_app(SETTINGS, database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield app, client
    await app.state.snapshots.close()
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
        await until(
            lambda: min(one.state.response_cache.hits, two.state.response_cache.hits) > 20, tasks
        )
        hits, commits = one.state.response_cache.hits, min(acknowledged.values())
        await asyncio.to_thread(restart, directory)
        await until(lambda: one.state.response_cache.hits > hits + 20, tasks)
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
    first, second = snapshots.current(), snapshots.current()
    await asyncio.sleep(0)  # the question leaves
    later = snapshots.current()
    assert await first == await second
    assert not later.done()
    assert await later is not None
    await snapshots.close()
