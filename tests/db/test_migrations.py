"""Migrations there and back, what they make, and what the database itself refuses."""

import asyncio
import importlib.util
import io
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.util import CommandError
from sqlmodel import SQLModel

from app.db import dump, repeatable, schema
from app.db.database import driver_of, make_engine
from tests.conftest import OneTransaction
from tests.support.databases import alembic, fetch, of

ROOT = schema.MIGRATIONS.parent
# Names of all that stands in a database.
EVERYTHING = """
    select relname from pg_class where relnamespace = 'public'::regnamespace
        and relname not like 'alembic_version%'
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace
"""
# What Alembic compares by name only, or not at all.
DEFINITIONS = """
    select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' and not conperiod
        and conrelid <> 'alembic_version'::regclass
    union all
    select pg_get_indexdef(indexrelid) from pg_index join pg_class on oid = indrelid
    where relnamespace = 'public'::regnamespace and relname <> 'alembic_version'
        and not exists (select from pg_constraint where conindid = indexrelid and conperiod)
    union all
    select concat_ws(' ', adrelid::regclass, attname, pg_get_expr(adbin, adrelid))
    from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
        join pg_class on pg_class.oid = adrelid
    where relnamespace = 'public'::regnamespace
"""
TO_BE_WRITTEN = (
    "run `./kheo migrate`, then `.venv/bin/alembic revision --autogenerate -m why --rev-id"
    f" {int(schema.NEWEST) + 1:04}`, and add by hand what Alembic does not see"
)


def test_up_checked_down_and_up_again(server: str) -> None:
    url = of(server, "there_and_back")
    asyncio.run(schema.create_database(server, "there_and_back"))
    schema.upgrade(url)
    try:
        command.check(alembic(url))
    except CommandError as difference:
        pytest.fail(f"{difference}: {TO_BE_WRITTEN}")
    command.downgrade(alembic(url), "base")
    assert fetch(url, EVERYTHING) == []
    schema.upgrade(url)
    command.check(alembic(url))


def test_tables_and_revisions_define_the_same(server: str) -> None:
    url = of(server, "from_tables")
    asyncio.run(schema.create_database(server, "from_tables"))
    asyncio.run(make_from_tables(url))
    declared, migrated = (set(fetch(each, DEFINITIONS)) for each in (url, server))
    assert migrated - declared == set(), f"app/…/tables.py has not, or otherwise: {TO_BE_WRITTEN}"
    assert declared - migrated == set(), f"no revision makes: {TO_BE_WRITTEN}"


async def make_from_tables(url: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(repeatable.before)
        await connection.run_sync(SQLModel.metadata.create_all)
        await connection.exec_driver_sql("create table alembic_version ()")
    await engine.dispose()


def test_the_committed_schema_is_what_migrations_make(server: str) -> None:
    assert dump.of(server) == dump.FILE.read_text(encoding="utf-8"), (
        "Tables, functions or triggers changed: run `./kheo db schema` and commit"
        " migrations/schema.sql."
    )


def test_temporal_keys_are_there(server: str) -> None:
    """Neither SQLAlchemy nor Alembic knows them; a revision makes them by hand."""
    assert fetch(server, "select conname from pg_constraint where conperiod order by 1") == [
        "fk_locality_version_life",
        "fk_locality_version_parent_life",
        "uq_locality_life",
        "uq_locality_placement_valid",
        "uq_locality_version_code",
        "uq_locality_version_valid",
    ]


class TestSquawk:
    """New revisions are read for what would block a served database, or break an older release."""

    def test_finds_nothing_in_new_revisions(self) -> None:
        assert complaints(schema.MIGRATIONS) == ""

    def test_finds_what_must_not_be(self, tmp_path: Path) -> None:
        shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
        (tmp_path / "migrations" / "versions" / "0999_trial.py").write_text(
            "from alembic import op\n"
            f"revision, down_revision = '0999', '{schema.NEWEST}'\n"
            "def upgrade():\n"
            "    op.create_index('ix_event_kind', 'event', ['kind'])\n"
            "    op.drop_column('event', 'description')\n"
        )
        found = complaints(tmp_path / "migrations")
        assert "require-concurrent-index-creation" in found
        assert "ban-drop-column" in found


def complaints(migrations: Path) -> str:
    """What squawk says of the revisions after the baseline, but for what each accepts of it."""
    found = ""
    for path in sorted(migrations.glob("versions/[0-9]*.py"))[1:]:
        spec = importlib.util.spec_from_file_location("revision", path)
        assert spec is not None
        assert spec.loader is not None
        revision = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(revision)
        configured = alembic("", migrations)
        configured.output_buffer = io.StringIO()
        command.upgrade(configured, f"{revision.down_revision}:{revision.revision}", sql=True)
        squawk = [str(Path(sys.executable).parent / "squawk"), "--reporter", "gcc"]
        squawk += [f"--exclude={rule}" for rule in getattr(revision, "squawk_accepts", {})]
        found += subprocess.run(
            [*squawk, "--stdin-filepath", path.name],
            input=configured.output_buffer.getvalue(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    return found


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
