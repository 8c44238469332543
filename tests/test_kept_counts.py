"""Kept counts are exact: while many write, after every reform, and as the command line says."""

import asyncio
import os
import random
import subprocess
import sys
from urllib.parse import quote, unquote

import asyncpg
import pytest

from app import shipped_facts
from app.db import schema
from app.db.database import Database, driver_of
from app.statistics import keeping
from app.statistics.tables import KEYS
from tests.test_statistics import insert_models

_KEYS = ", ".join(KEYS)
COUNTED = f"""
    select sum(told), count(*) filter (where told <> real) from (
        select {_KEYS}, sum(count) filter (where kept) as told,
            coalesce(sum(count) filter (where not kept), 0) as real
        from (
            select {_KEYS}, count, true as kept from model_count
            union all select {_KEYS}, count, true from model_count_change
            union all select {_KEYS}, count(*), false from emulation_model group by {_KEYS}
        ) every group by {_KEYS}
    ) compared
"""


@pytest.fixture(scope="module")
def own_database(server: str) -> str:
    """A database of its own, because what is written to it is committed."""
    url = server.replace("/kheo?", "/kheo_counts?")
    asyncio.run(schema.create_database(server, "kheo_counts"))
    schema.upgrade(url)
    asyncio.run(shipped_facts.load(url))
    return url


async def write(url: str, seed: int) -> None:
    """Insert, change and delete models, many at once or one, a third of it rolled back."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    connection = await asyncpg.connect(url)
    mine = await insert_models(connection, 5, seed)
    for number in range(40):
        transaction = connection.transaction()
        await transaction.start()
        new, gone = [], []
        act = chance.randrange(4)
        if act == 0:
            new = await insert_models(connection, chance.choice([1, 1, 20]), seed * 1000 + number)
        elif act == 1:
            await connection.execute(
                "update emulation_model set state = $2, field = $3 where id = any($1)",
                chance.sample(mine, len(mine) // 2),
                chance.choice(["ended", "registered"]),
                chance.choice(["economy", None]),
            )
        elif act == 2:
            gone = chance.sample(mine, min(len(mine), 3))
            await connection.execute("delete from emulation_model where id = any($1)", gone)
        else:
            await connection.execute(
                "update emulation_model set title = title || '.' where id = any($1)", mine
            )
        await asyncio.sleep(chance.choice([0, 0, 0.003]))
        if chance.random() < 0.33:
            await transaction.rollback()
        else:
            await transaction.commit()
            mine = [id for id in [*mine, *new] if id not in gone]
    await connection.close()


async def test_are_equal_to_the_rows_at_every_moment(own_database: str) -> None:
    database = Database(own_database)
    writers = [asyncio.create_task(write(own_database, seed)) for seed in range(1, 7)]
    reader = await asyncpg.connect(own_database)
    looks = settled = 0
    while not all(writer.done() for writer in writers):
        told, wrong = await reader.fetchrow(COUNTED)
        assert wrong == 0
        assert told >= 59
        async with database.writer() as session:
            settled += await (await driver_of(session)).fetchval(keeping.SETTLE)
        looks += 1
    await asyncio.gather(*writers)
    assert looks > 10
    assert settled > 100
    assert await keeping.drift(own_database) == []
    await reader.close()
    await database.close()


async def test_many_rows_of_one_statement_are_few_changes(own_database: str) -> None:
    connection = await asyncpg.connect(own_database)
    async with connection.transaction():
        await connection.execute("select settle_model_counts()")
        await connection.execute(
            "insert into emulation_model (id, title, aliases, field, locality_id)"
            " select gen_random_uuid(), 'Mô hình ' || n, '{}', 'economy', locality_id"
            " from generate_series(1, 2000) n cross join"
            " (select locality_id from emulation_model limit 1) place"
        )
        changes = await connection.fetch("select count from model_count_change")
        assert [row["count"] for row in changes] == [2000]
    await connection.execute("delete from emulation_model where title like 'Mô hình %'")
    await connection.close()


async def test_changes_are_added_up_when_they_are_many(own_database: str) -> None:
    database = Database(own_database)
    connection = await asyncpg.connect(own_database)
    await connection.execute("select settle_model_counts()")
    await insert_models(connection, 10, 77)
    await keeping.settle(database)
    left = "select count(*) from model_count_change"
    assert await connection.fetchval(left) == 10
    await insert_models(connection, keeping.MANY, 78)
    await keeping.settle(database)
    assert await connection.fetchval(left) == 0
    assert await keeping.drift(own_database) == []
    await connection.close()
    await database.close()


def verify(url: str, command: str = "verify") -> tuple[int, str]:
    address, _, query = url.partition("?")
    host = quote(unquote(query.removeprefix("host=")), safe="")
    done = subprocess.run(
        [sys.executable, "-m", "app", "statistics", command],
        env=os.environ | {"KHEO_DATABASE_URL": f"{address.replace('@/', f'@{host}/')}?{query}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


async def test_the_command_tells_drift_and_recounts(own_database: str) -> None:
    assert await asyncio.to_thread(verify, own_database) == (0, "no drift\n")
    connection = await asyncpg.connect(own_database)
    await connection.execute("select settle_model_counts()")
    await connection.execute(
        "update model_count set count = count + 3 where ctid = (select min(ctid) from model_count)"
    )
    status, told = await asyncio.to_thread(verify, own_database)
    assert status == 1
    assert '"too_many":3' in told
    assert (await asyncio.to_thread(verify, own_database, "recount"))[0] == 0
    assert await asyncio.to_thread(verify, own_database) == (0, "no drift\n")
    await connection.close()
