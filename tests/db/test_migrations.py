"""Migrations there and back, and what the database itself refuses."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from app.db import schema
from app.db.database import driver_of
from tests.conftest import OneTransaction


def config(url: str) -> Config:
    configured = Config()
    configured.set_main_option("script_location", str(schema.MIGRATIONS))
    configured.attributes["url"] = url
    return configured


def test_up_checked_down_and_up_again(server: str) -> None:
    url = server.replace("/kheo?", "/kheo_migrations?")
    asyncio.run(schema.create_database(server, "kheo_migrations"))
    migrations = config(url)
    schema.upgrade(url)
    try:
        command.check(migrations)
    except CommandError as difference:
        pytest.fail(f"tables and migrations differ: {difference}")
    command.downgrade(migrations, "base")
    assert asyncio.run(left_over(url)) == []
    schema.upgrade(url)
    command.check(migrations)


async def left_over(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relname not like 'alembic_version%'"
        " union all select proname from pg_proc where pronamespace = 'public'::regnamespace"
    )
    await connection.close()
    return [row[0] for row in rows]


COMMUNE = "(select id from locality where level = 'commune' and upper_inf(life) limit 1)"
DECISION = "(select id from award_decision limit 1)"
AWARD = "(select id from award where count = 4 limit 1)"


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(
        ("statement", "error"),
        [
            (
                "insert into locality_version (locality_id, valid, level, code, name, full_name,"
                " kind, parent_id, dates_exact) select locality_id,"
                " daterange(null, '2020-01-01'), level, code, 'x', 'x',"
                " kind, parent_id, true from locality_version where lower_inf(valid) limit 1",
                asyncpg.ExclusionViolationError,
            ),
            (
                "update locality_version set valid = daterange(lower(valid), '2999-01-01')"
                " where upper(valid) = '2025-07-01' and level = 'commune'"
                " and code = '32107'",
                asyncpg.ForeignKeyViolationError,
            ),
            (
                "update locality set life = daterange('2020-01-01', '2021-01-01')"
                f" where id = {COMMUNE}",
                asyncpg.ForeignKeyViolationError,
            ),
            (
                "update campaign_period set end_on = start_on - 1",
                asyncpg.CheckViolationError,
            ),
            (
                "update event set ends_on = '1999' where held_on = '2023-10-27'",
                asyncpg.CheckViolationError,
            ),
            (
                "update organisation set valid_from = '2020-01-01', valid_to = '2020-01-01'",
                asyncpg.CheckViolationError,
            ),
            (
                "update observation set amount = -1 where measure = 'registered'",
                asyncpg.CheckViolationError,
            ),
            ("update award set count = -1", asyncpg.CheckViolationError),
            (
                "insert into award_recipient (id, award_id, award_count, position, name)"
                f" select gen_random_uuid(), {AWARD}, 4, n, 'A' from generate_series(1, 5) n",
                asyncpg.CheckViolationError,
            ),
            (
                "insert into award_recipient (id, award_id, award_count, position, name)"
                f" select gen_random_uuid(), {AWARD}, 5, 5, 'A'",
                asyncpg.ForeignKeyViolationError,
            ),
            ("update document set issued_on = '2023-02-30'", asyncpg.DatetimeFieldOverflowError),
            ("update document set issued_on = 'soon'", asyncpg.DatetimeFieldOverflowError),
            ("update emulation_model set state = 'asleep'", asyncpg.CheckViolationError),
            ("update award_decision set status = 'revoked'", asyncpg.CheckViolationError),
        ],
    )
    async def test_what_must_not_be(
        self, database: OneTransaction, statement: str, error: type[Exception]
    ) -> None:
        async with database.reader() as connection:
            with pytest.raises(error):
                await connection.execute(statement)

    async def test_a_smaller_count_than_the_names_there_are(self, database: OneTransaction) -> None:
        async with database.writer() as session:
            connection = await driver_of(session)
            await connection.execute(
                "insert into award_recipient (id, award_id, award_count, position, name)"
                f" select gen_random_uuid(), {AWARD}, 4, n, 'A' from generate_series(1, 3) n"
            )
            async with connection.transaction():
                await connection.execute(f"update award set count = 3 where id = {AWARD}")
        async with database.reader() as connection:
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(
                    "update award set count = 2 where id in (select award_id from award_recipient)"
                )


async def test_an_unknown_place_has_no_placement(database: OneTransaction) -> None:
    async with database.reader() as connection:
        assert await connection.fetchval("select placement_on($1, null)", uuid4()) is None
