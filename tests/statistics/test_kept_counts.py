"""Kept counts are exact: while many write, after every reform, and as the command line says."""

import asyncio
import os
import random
import subprocess
import sys
from urllib.parse import quote, unquote
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import shipped_facts
from app.db import schema
from app.db.database import Database, driver_of
from app.statistics import keeping
from app.statistics.cells import CELL_MEMBERS
from app.vocabularies.terms import (
    Level,
    ModelState,
    MovementField,
    OrganisationKind,
    ParticipantKind,
)
from tests.statistics.test_statistics import insert_models

# What is kept beside what the rows say: two columns of each.
MODELS_TOLD = """
    with kept as (
        select state, recognised_level, count, commended, replicated from model_count
        union all
        select state, recognised_level, count, commended, replicated from model_count_change
    ), real as (
        select state, recognised_level, count(*) as count,
            count(*) filter (where exists (
                select from award_recipient where model_id = model.id)) as commended,
            count(*) filter (where exists (
                select from emulation_model other where derived_from_id = model.id)) as replicated
        from emulation_model model group by state, recognised_level
    )
    select
        array(select (state, recognised_level, sum(count), sum(commended), sum(replicated))::text
            from kept group by state, recognised_level having sum(count) <> 0 order by 1),
        array(select (state, recognised_level, count, commended, replicated)::text
            from real order by 1)
"""
AWARDS_TOLD = """
    with kept as (
        select campaign_period_id, status, form, issued_year, count from award_count
        union all
        select campaign_period_id, status, form, issued_year, count from award_count_change
    ), real as (
        select campaign_period_id, status, form, extract(year from issued_on_first) as issued_year,
            sum(count) as count
        from award join award_decision on award_decision.id = decision_id group by 1, 2, 3, 4
    )
    select
        array(select (campaign_period_id, status, form, issued_year, sum(count))::text
            from kept group by campaign_period_id, status, form, issued_year
            having sum(count) <> 0 order by 1),
        array(select real::text from real order by 1)
"""
CELLS_TOLD = """
    with kept as (
        select placement_id, campaign_period_id, unnest(cells) as cell, 1 as count
        from model_cells
        union all select placement_id, campaign_period_id, cell, count from model_cell_change
    )
    select
        array(select (placement_id, campaign_period_id, cell, sum(count))::text from kept
            group by placement_id, campaign_period_id, cell having sum(count) <> 0 order by 1),
        array(select (placement_id, campaign_period_id, cell, count(*))::text from celled_model
            group by placement_id, campaign_period_id, cell order by 1)
"""


@pytest.fixture(scope="module")
def own_database(server: str) -> str:
    """A database of its own, because what is written to it is committed."""
    url = server.replace("/kheo?", "/kheo_counts?")
    asyncio.run(schema.create_database(server, "kheo_counts"))
    schema.upgrade(url)
    asyncio.run(shipped_facts.load(url))
    return url


async def write(url: str, seed: int, shared: list[UUID]) -> None:
    """Insert, change, adopt and delete models, many or one at once, a third of it rolled back."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    connection = await asyncpg.connect(url)
    mine = await insert_models(connection, 5, seed)
    for number in range(40):
        transaction = connection.transaction()
        await transaction.start()
        new, gone = [], []
        act = chance.randrange(5)
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
        elif act == 3 and mine:
            await connection.execute(
                "update emulation_model set derived_from_id = $2 where id = $1",
                chance.choice(mine),
                chance.choice([*shared, None]),
            )
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


async def award(url: str, seed: int, shared: list[UUID]) -> None:
    """Decide to commend, name and strike shared models, change and delete; a third is undone."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    connection = await asyncpg.connect(url)
    decisions: list[UUID] = []
    for _ in range(40):
        transaction = connection.transaction()
        await transaction.start()
        act = chance.randrange(6) if decisions else 0
        decision = chance.choice(decisions) if act else uuid4()
        if act == 0:
            await connection.execute(NEW_DECISION, decision, str(decision))
        elif act == 1:
            await connection.execute(NEW_LINE, decision, chance.choice([1, 20]))
        elif act == 2:
            await connection.execute(NAME, decision, chance.choice(shared))
        elif act == 3:
            await connection.execute(STRIKE, decision)
        elif act == 4:
            await connection.execute(CHANGE, decision, chance.choice(["2021-03", "2023", None]))
        else:
            await connection.execute("delete from award_decision where id = $1", decision)
        await asyncio.sleep(chance.choice([0, 0, 0.003]))
        if chance.random() < 0.33:
            await transaction.rollback()
            continue
        await transaction.commit()
        decisions = [*decisions, decision] if act == 0 else decisions
        decisions = [id for id in decisions if id != decision] if act == 5 else decisions
    await connection.close()


NEW_DECISION = """
    with decision as (
        insert into award_decision (id, authority_id, capacity, level, status, verification_code)
        select $1, id, 'as_body', 'province', 'issued', $2 from organisation order by id limit 1
        returning id)
    insert into award (id, decision_id, position, form, participant_kind, count)
    select gen_random_uuid(), id, n, 'merit_certificate', 'collective', 7
    from decision, generate_series(1, 3) n
"""
NEW_LINE = """
    insert into award (id, decision_id, position, form, participant_kind, count)
    values (gen_random_uuid(), $1, 9, 'commendation_certificate', 'individual', $2)
"""
NAME = """
    insert into award_recipient (id, award_id, award_count, position, name, model_id)
    select gen_random_uuid(), id, count, 1, 'Tổ', $2 from award
    where decision_id = $1 and not exists (select from award_recipient where award_id = award.id)
    limit 1
"""
STRIKE = """
    delete from award_recipient where award_id in (select id from award where decision_id = $1)
"""
CHANGE = """
    update award_decision set issued_on = $2, campaign_period_id = (
        select id from campaign_period where id is distinct from campaign_period_id limit 1)
    where id = $1
"""


async def test_are_equal_to_the_rows_at_every_moment(own_database: str) -> None:
    database = Database(own_database)
    reader = await asyncpg.connect(own_database)
    shared = await insert_models(reader, 4, 99)
    writers = [
        *(asyncio.create_task(write(own_database, seed, shared)) for seed in range(1, 5)),
        *(asyncio.create_task(award(own_database, seed, shared)) for seed in range(5, 9)),
    ]
    looks = settled = 0
    seen = set()
    while not all(writer.done() for writer in writers):
        for serialized in (MODELS_TOLD, AWARDS_TOLD, CELLS_TOLD):
            kept, real = await reader.fetchrow(serialized)
            assert kept == real
            seen.add(str(kept))
        async with database.writer() as session:
            settled += await (await driver_of(session)).fetchval(keeping.SETTLE)
        looks += 1
    await asyncio.gather(*writers)
    assert looks > 10
    assert len(seen) > 10
    assert settled > 100
    assert await keeping.drift(own_database) == []
    await reader.close()
    await database.close()


async def test_a_model_is_commended_while_any_award_names_it(own_database: str) -> None:
    """However those who name it and those who let go of it cross each other."""
    one, other, reader = [await asyncpg.connect(own_database) for _ in range(3)]
    (model,) = await insert_models(reader, 1, 98)
    decisions = [uuid4(), uuid4()]
    for decision in decisions:
        await reader.execute(NEW_DECISION, decision, str(decision))
    commended = "select commended from emulation_model where id = $1"
    await reader.execute(NAME, decisions[0], model)
    before = await reader.fetchval("select version from emulation_model where id = $1", model)
    assert await reader.fetchval(commended, model)
    naming, striking = one.transaction(), other.transaction()
    await naming.start()
    await one.execute(NAME, decisions[1], model)
    await striking.start()
    struck = asyncio.create_task(other.execute(STRIKE, decisions[0]))
    await asyncio.sleep(0.2)
    assert not struck.done()
    await naming.commit()
    await struck
    await striking.commit()
    assert await reader.fetchval(commended, model)
    striking, naming = one.transaction(), other.transaction()
    await striking.start()
    await one.execute(STRIKE, decisions[1])
    await naming.start()
    named = asyncio.create_task(other.execute(NAME, decisions[0], model))
    await asyncio.sleep(0.2)
    assert not named.done()
    await striking.commit()
    await named
    await naming.commit()
    assert await reader.fetchval(commended, model)
    await reader.execute(STRIKE, decisions[0])
    assert not await reader.fetchval(commended, model)
    assert before == await reader.fetchval(
        "select version from emulation_model where id = $1", model
    )
    assert await keeping.drift(own_database) == []
    for connection in (one, other, reader):
        await connection.close()


async def test_a_model_is_no_longer_commended_when_the_last_awards_let_go_of_it_at_once(
    own_database: str,
) -> None:
    one, other, reader = [await asyncpg.connect(own_database) for _ in range(3)]
    (model,) = await insert_models(reader, 1, 97)
    decisions = [uuid4(), uuid4()]
    for decision in decisions:
        await reader.execute(NEW_DECISION, decision, str(decision))
        await reader.execute(NAME, decision, model)
    first, second = one.transaction(), other.transaction()
    await first.start()
    await one.execute(STRIKE, decisions[0])
    await second.start()
    struck = asyncio.create_task(other.execute(STRIKE, decisions[1]))
    await asyncio.sleep(0.2)
    await first.commit()
    await struck
    await second.commit()
    commended = "select commended from emulation_model where id = $1"
    assert not await reader.fetchval(commended, model)
    assert await keeping.drift(own_database) == []
    for connection in (one, other, reader):
        await connection.close()


async def test_many_rows_of_one_statement_are_few_changes(own_database: str) -> None:
    connection = await asyncpg.connect(own_database)
    async with connection.transaction():
        await connection.execute(keeping.SETTLE)
        await connection.execute(
            "insert into emulation_model (id, title, aliases, field, locality_id)"
            " select gen_random_uuid(), 'Cùng lúc ' || n, '{}', 'economy', locality_id"
            " from generate_series(1, 2000) n cross join"
            " (select locality_id from emulation_model limit 1) place"
        )
        changes = await connection.fetch("select count from model_count_change")
        assert [row["count"] for row in changes] == [2000]
    await connection.execute("delete from emulation_model where title like 'Cùng lúc %'")
    await connection.close()


async def test_changes_are_added_up_when_they_are_many(own_database: str) -> None:
    database = Database(own_database)
    connection = await asyncpg.connect(own_database)
    await connection.execute(keeping.SETTLE)
    await insert_models(connection, 10, 77)
    await keeping.settle(database)
    left = "select count(*) from model_count_change"
    assert await connection.fetchval(left) == 10
    await insert_models(connection, keeping.MANY, 78)
    await keeping.settle(database)
    assert await connection.fetchval(left) == 0
    # No count is kept by year, but cells tell it.
    await connection.execute("update emulation_model set registered_on = '2001'")
    left = "select (select count(*) from model_count_change), count(*) from model_cell_change"
    counts, cells = await connection.fetchrow(left)
    assert counts == 0
    assert cells > keeping.MANY
    await keeping.settle(database)
    assert tuple(await connection.fetchrow(left)) == (0, 0)
    assert await keeping.drift(own_database) == []
    await connection.close()
    await database.close()


TERMS: dict[str, list[object]] = {
    "field": [None, *MovementField],
    "participant_kind": [None, *ParticipantKind],
    "state": [None, *ModelState],
    "registered_level": [None, *Level],
    "recognised_level": [None, *Level],
    "host_kind": [None, *OrganisationKind],
    "registered_year": [None, 1, 1999, 9999],
    "recognised_year": [None, 1, 1999, 9999],
}


async def test_a_cell_tells_every_term(own_database: str) -> None:
    """The numbers that migrations give to terms are those that counting reads."""
    connection = await asyncpg.connect(own_database)
    view = await connection.fetchval("select pg_get_viewdef('celled_model')")
    kinds = dict.fromkeys(CELL_MEMBERS, "integer") | {
        name: "text" for name in TERMS if not name.endswith("year")
    }
    for name, terms in TERMS.items():
        others = [f"null::{kinds[other]} as {other}" for other in kinds if other != name]
        cells = await connection.fetch(
            "with emulation_model as (select 1 as placement_id, null as campaign_period_id,"
            f" unnest($1::{kinds[name]}[]) as {name}, {', '.join(others)}) {view}",
            terms,
        )
        assert [CELL_MEMBERS[name].value(row["cell"]) for row in cells] == terms
    await connection.close()


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
    await connection.execute(keeping.SETTLE)
    await connection.execute(
        "update model_count set count = count + 3 where ctid = (select min(ctid) from model_count)"
    )
    status, serialized = await asyncio.to_thread(verify, own_database)
    assert status == 1
    assert '"measure":"count","too_many":3' in serialized
    await connection.execute(keeping.SETTLE)
    await connection.execute("alter table emulation_model disable trigger user")
    await connection.execute("update emulation_model set replicated = not replicated")
    await connection.execute("alter table emulation_model enable trigger user")
    await connection.execute("truncate award_count")
    await connection.execute("update model_cells set cells = cells[2:]")
    serialized = (await asyncio.to_thread(verify, own_database))[1]
    assert '"kind":"award"' in serialized
    assert '"kind":"cell"' in serialized
    assert (await asyncio.to_thread(verify, own_database, "recount"))[0] == 0
    serialized = "select count(*) from emulation_model where replicated"
    assert await connection.fetchval(serialized) < 10
    assert await asyncio.to_thread(verify, own_database) == (0, "no drift\n")
    await connection.close()
