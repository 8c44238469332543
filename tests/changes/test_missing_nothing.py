"""A reader of the feed ends with what the tables hold, whatever the writers do meanwhile."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.support.following import COMMUNES, Copy, own_server, place, within, worker

SECONDS = 4.0
READERS: tuple[dict[str, Any], ...] = (
    {},
    {"under": place("country")},
    {"under": place("north")},
    {"under": place("south")},
    {"under": place("south-1")},
    {"under": place("north"), "types": "models,documents"},
    {"types": "organisations", "snapshot": "true"},
)
TABLES = {"organisations": "organisation", "models": "emulation_model", "documents": "document"}
WITHOUT_HORIZON = "return pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
WITH_HORIZON = "return pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Path, str]]:
    with own_server() as started:
        yield started


class Writer:
    """Writes at random: many rows or one, new ones, changes, moves and deletions, now and then
    rolled back, now and then committed late."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, not secret

    async def run(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(self.url)
        while not stop.is_set():
            transaction = connection.transaction()
            await transaction.start()
            try:
                for _ in range(self.chance.randint(1, 3)):
                    await self.act(connection)
                await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.05, 0.3)))
            except (asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError):
                await transaction.rollback()
                continue
            if self.chance.random() < 0.25:
                await transaction.rollback()
            else:
                await transaction.commit()
        await connection.close()

    async def act(self, connection: asyncpg.Connection) -> None:
        somewhere = self.chance.choice((None, *map(place, COMMUNES)))
        match self.chance.choice(
            ("model", "models", "document", "organisation", "rename", "move", "delete")
        ):
            case "model" | "models" as made:
                await connection.execute(
                    "insert into emulation_model (id, title, aliases, locality_id)"
                    " select id, 'M', '{}', $2 from unnest($1::uuid[]) id",
                    [uuid4() for _ in range(1 if made == "model" else 40)],
                    somewhere or place("south"),
                )
            case "document":
                await connection.execute(
                    "insert into document (id, title, kind, issuer_id)"
                    " values ($1, 'D', 'plan', $2)",
                    uuid4(),
                    await self.any_of(connection, "organisation"),
                )
            case "organisation":
                await connection.execute(
                    "insert into organisation (id, name, kind, tier, locality_id)"
                    " values ($1, 'O', 'other', 'commune', $2)",
                    uuid4(),
                    somewhere,
                )
            case "rename":
                table = self.chance.choice(("emulation_model", "document"))
                await connection.execute(
                    f"update {table} set title = title || '!' where id = $1",
                    await self.any_of(connection, table),
                )
            case "move":
                table = self.chance.choice(("emulation_model", "organisation"))
                await connection.execute(
                    f"update {table} set locality_id = $2 where id = $1",
                    await self.any_of(connection, table),
                    somewhere or place("north"),
                )
            case "delete":
                table = self.chance.choice(tuple(TABLES.values()))
                await connection.execute(
                    f"delete from {table} where id = $1", await self.any_of(connection, table)
                )

    async def any_of(self, connection: asyncpg.Connection, table: str) -> UUID | None:
        start = UUID(int=self.chance.getrandbits(128))
        query = f"select id from {table} where id > $1 order by id limit 1"
        found: UUID | None = await connection.fetchval(query, start)
        return found


async def read(copy: Copy, seed: int, stop: asyncio.Event) -> None:
    chance = random.Random(seed)  # noqa: S311
    while not stop.is_set():
        await copy.step(limit=chance.choice((1, 7, 50)), wait=chance.choice((0, 0, 1)))
        await asyncio.sleep(chance.choice((0, 0, 0.02)))
    await copy.catch_up()


async def held(url: str, follows: dict[str, Any]) -> dict[tuple[str, UUID], tuple[int, str]]:
    """Version and text of what a reader should have, told without the feed's own bookkeeping."""
    connection = await asyncpg.connect(url)
    found: dict[tuple[str, UUID], tuple[int, str]] = {}
    asked = str(follows.get("types", ",".join(TABLES))).split(",")
    for type in asked:
        text, at = ("name", "locality_id") if type == "organisations" else ("title", "locality_id")
        if type == "documents":
            at = "(select locality_id from organisation where id = issuer_id)"
        for row in await connection.fetch(
            f"select id, version, {text} as text, {at} as place from {TABLES[type]}"
        ):
            under = follows.get("under")
            unit = next(
                (u for u in ("country", "north", "south", *COMMUNES) if place(u) == under), ""
            )
            if under is None or row["place"] in within(unit):
                found[type, row["id"]] = (row["version"], row["text"])
    await connection.close()
    return found


async def differences(url: str, seed: int) -> list[str]:
    """What readers ended up with that the tables do not hold, and the other way round."""
    stop_writing, stop_reading = asyncio.Event(), asyncio.Event()
    wrong = []
    async with worker(url) as (_, one), worker(url) as (_, two):
        copies = [Copy((one, two)[n % 2], **follows) for n, follows in enumerate(READERS)]
        writers = [Writer(url, seed + n).run(stop_writing) for n in range(5)]
        writing = [asyncio.create_task(each) for each in writers]
        read_session = [
            asyncio.create_task(read(copy, seed + n, stop_reading)) for n, copy in enumerate(copies)
        ]
        await asyncio.sleep(SECONDS)
        stop_writing.set()
        await asyncio.gather(*writing)
        stop_reading.set()
        await asyncio.gather(*read_session)
        for copy in copies:
            has = {
                thing: (data["version"], data.get("title") or data.get("name"))
                for thing, data in copy.things.items()
                if thing[0] in TABLES
            }
            should = await held(url, copy.follows)
            wrong += [
                f"{copy.follows}: {thing} {has.get(thing)} but {should.get(thing)}"
                for thing in has.keys() | should.keys()
                if has.get(thing) != should.get(thing)
            ]
    return wrong


@pytest.mark.parametrize("seed", [1, 2])
async def test_readers_end_with_what_the_tables_hold(server: tuple[Path, str], seed: int) -> None:
    assert await differences(server[1], seed) == []


async def test_readers_that_do_not_wait_for_open_transactions_miss_some(
    server: tuple[Path, str],
) -> None:
    """The test above would find a feed that tells of what is committed as soon as it is."""
    await horizon(server[1], WITHOUT_HORIZON)
    try:
        assert await differences(server[1], 3) != []
    finally:
        await horizon(server[1], WITH_HORIZON)


async def horizon(url: str, body: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        f"create or replace function change_horizon() returns bigint language sql stable {body}"
    )
    await connection.close()


async def test_what_commits_late_comes_late_but_comes(server: tuple[Path, str]) -> None:
    async with worker(server[1]) as (_, client):
        copy = Copy(client, types="models")
        await copy.catch_up()
        slow, quick = [await asyncpg.connect(server[1]) for _ in range(2)]
        transaction = slow.transaction()
        await transaction.start()
        first, second = uuid4(), uuid4()
        await enter(slow, first)
        await enter(quick, second)
        await copy.catch_up()
        assert ("models", second) not in copy.things  # it lags by the write that is open
        await transaction.commit()
        began = time.monotonic()
        await copy.step(wait=10)
        assert time.monotonic() - began < 5
        assert {("models", first), ("models", second)} <= copy.things.keys()
        await slow.close()
        await quick.close()


async def enter(connection: asyncpg.Connection, id: UUID) -> None:
    await connection.execute(
        "insert into emulation_model (id, title, aliases, locality_id) values ($1, 'M', '{}', $2)",
        id,
        place("north-1"),
    )


async def test_a_snapshot_taken_while_others_write_goes_on_where_it_ended(
    server: tuple[Path, str],
) -> None:
    stop = asyncio.Event()
    async with worker(server[1]) as (_, client):
        writing = [asyncio.create_task(Writer(server[1], 90 + n).run(stop)) for n in range(3)]
        copy = Copy(client, under=place("north"))
        for _ in range(3):
            copy.things.clear()
            await copy.take_snapshot()
            await asyncio.sleep(0.2)
        stop.set()
        await asyncio.gather(*writing)
        await copy.catch_up()
    has = {thing: data["version"] for thing, data in copy.things.items() if thing[0] in TABLES}
    should = await held(server[1], copy.follows)
    assert has == {thing: version for thing, (version, _) in should.items()}
