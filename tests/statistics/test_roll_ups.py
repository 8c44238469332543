"""Roll-ups equal the rows: while many write, after every reform, and as the command line says."""

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
from app.db.database import Database
from app.statistics.settling import MANY, settle_if_many
from app.statistics.settling import settle as settle_roll_up
from app.statistics.tables import ROLL_UPS, RollUp
from app.statistics.verification import differences
from tests.support.random_models import insert_models, settle

# What a roll-up has beside what the rows say, by some of its keys.
MODELS = """
    with real as (
        select state, field, count(*) as count,
            count(registered_level) as registered,
            count(*) filter (where exists (
                select from award_recipient where model_id = model.id)) as commended,
            count(*) filter (where exists (
                select from emulation_model other where derived_from_id = model.id)) as replicated
        from emulation_model model group by state, field
    )
    select
        array(select (state, field, sum(count), sum(registered), sum(commended),
                sum(replicated))::text
            from model_roll_up group by state, field having sum(count) <> 0 order by 1),
        array(select real::text from real order by 1)
"""
AWARDS = """
    with real as (
        select campaign_period_id, status, form, extract(year from issued_on_first) as issued_year,
            sum(count) as count
        from award join award_decision on award_decision.id = decision_id group by 1, 2, 3, 4
    )
    select
        array(select (campaign_period_id, status, form, issued_year, sum(count))::text
            from award_roll_up group by campaign_period_id, status, form, issued_year
            having sum(count) <> 0 order by 1),
        array(select real::text from real order by 1)
"""
UNSETTLED = "select count(*) from model_roll_up where not settled"


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
        for counts in (MODELS, AWARDS):
            rolled_up, real = await reader.fetchrow(counts)
            assert rolled_up == real
            seen.add(str(real))
        settled += await reader.fetchval(UNSETTLED)
        for roll_up in ROLL_UPS:  # two at once, of which one has nothing to do
            await asyncio.gather(*(settle_roll_up(database, roll_up) for _ in range(2)))
        looks += 1
    await asyncio.gather(*writers)
    assert looks > 10
    assert len(seen) > 10
    assert settled > 100
    assert await differences(own_database) == []
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
    assert await differences(own_database) == []
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
    assert await differences(own_database) == []
    for connection in (one, other, reader):
        await connection.close()


async def test_many_rows_of_one_statement_are_one_difference(own_database: str) -> None:
    connection = await asyncpg.connect(own_database)
    await settle(connection)
    await connection.execute(
        "insert into emulation_model (id, title, aliases, field, locality_id)"
        " select gen_random_uuid(), 'Cùng lúc ' || n, '{}', 'economy', locality_id"
        " from generate_series(1, 2000) n cross join"
        " (select locality_id from emulation_model limit 1) place"
    )
    rows = await connection.fetch("select count from model_roll_up where not settled")
    assert [row["count"] for row in rows] == [2000]
    await connection.execute("update emulation_model set title = title || '!'")
    assert await connection.fetchval(UNSETTLED) == 1
    await connection.execute("delete from emulation_model where title like 'Cùng lúc %'")
    await settle(connection)
    assert await connection.fetchval("select min(count) from model_roll_up") == 0
    await connection.close()


async def test_differences_are_settled_when_they_are_many(own_database: str) -> None:
    database = Database(own_database)
    connection = await asyncpg.connect(own_database)
    await settle(connection)
    await insert_models(connection, 10, 77)
    await settle_if_many(database)
    assert await connection.fetchval(UNSETTLED) == 10
    await insert_models(connection, MANY, 78)
    await settle_if_many(database)
    assert await connection.fetchval(UNSETTLED) == 0
    assert await differences(own_database) == []
    await connection.close()
    await database.close()


@pytest.mark.parametrize("roll_up", ROLL_UPS, ids=[each.fact for each in ROLL_UPS])
async def test_a_view_has_the_rows_as_they_are_rolled_up(
    own_database: str, roll_up: RollUp
) -> None:
    connection = await asyncpg.connect(own_database)
    rows = await connection.fetch(
        "select column_name from information_schema.columns where table_name = $1"
        " order by ordinal_position",
        f"counted_{roll_up.fact}",
    )
    declared = [*roll_up.keys, *roll_up.measures]
    assert [row["column_name"] for row in rows] == declared, (
        f"give app/db/sql/counted_{roll_up.fact}.sql the keys and measures of {roll_up.table.name}"
    )
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


async def test_the_command_says_what_differs_and_rebuilds(own_database: str) -> None:
    equal = (0, "no difference\n")
    assert await asyncio.to_thread(verify, own_database) == equal
    connection = await asyncpg.connect(own_database)
    await settle(connection)
    await connection.execute(
        "update model_roll_up set count = count + 3"
        " where ctid = (select min(ctid) from model_roll_up)"
    )
    status, printed = await asyncio.to_thread(verify, own_database)
    assert status == 1
    assert printed.startswith('{"roll_up":"model_roll_up",')
    assert '"count":-3,"registered":0' in printed
    await connection.execute("alter table emulation_model disable trigger user")
    await connection.execute("update emulation_model set replicated = not replicated")
    await connection.execute("alter table emulation_model enable trigger user")
    await connection.execute("truncate award_roll_up")
    printed = (await asyncio.to_thread(verify, own_database))[1]
    assert '"roll_up":"award_roll_up"' in printed
    assert (await asyncio.to_thread(verify, own_database, "rebuild"))[0] == 0
    replicated = "select count(*) from emulation_model where replicated"
    assert await connection.fetchval(replicated) < 10
    assert await asyncio.to_thread(verify, own_database) == equal
    await connection.close()
