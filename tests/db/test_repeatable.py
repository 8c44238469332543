"""Functions, views and triggers as `migrate` applies them, and what it refuses."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command

from app import VERSION
from app.db import repeatable, schema
from app.db.database import make_engine
from app.db.repeatable import Refused
from tests.support.databases import alembic, as_setting, execute, fetch, of

TRIGGERS = "select tgname || ' on ' || tgrelid::regclass from pg_trigger where not tgisinternal"
BODY = "select prosrc from pg_proc where proname = $1"
OTHER = """
    create or replace function bump_version() returns trigger language plpgsql as
    'begin return new; end'
"""
FORGET = "update applied_sql set digest = '' where key = 'function bump_version'"


@pytest.fixture(scope="module")
def migrated(server: str) -> str:
    """The name of a database that was migrated and holds nothing."""
    asyncio.run(schema.create_database(server, "migrated"))
    schema.upgrade(of(server, "migrated"))
    return "migrated"


@pytest.fixture
def url(server: str, migrated: str) -> Iterator[str]:
    """A copy of it."""
    execute(of(server, "postgres"), f"create database repeatable template {migrated}")
    yield of(server, "repeatable")
    execute(of(server, "postgres"), "drop database repeatable")


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A copy of the migrations, to add revisions to."""
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    return tmp_path / "migrations"


def newest(migrations: Path) -> str:
    """The newest of the revisions that were made."""
    made = (path.name[:4] for path in migrations.glob("versions/[0-9]*.py"))
    return max(number for number in made if number != "9999")


def add_revision(migrations: Path, upgrade: str, downgrade: str = "pass") -> None:
    (migrations / "versions" / "9999_trial.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9999', '{newest(migrations)}'\n"
        f"def upgrade():\n    {upgrade}\n"
        f"def downgrade():\n    {downgrade}\n"
    )


class TestApplying:
    def test_once_is_enough(self, url: str) -> None:
        assert not schema.upgrade(url)

    def test_a_changed_text_is_applied(self, url: str) -> None:
        execute(url, f"{OTHER};\n{FORGET}")
        assert schema.upgrade(url)
        assert "old.version + 1" in fetch(url, BODY, "bump_version")[0]
        assert not schema.upgrade(url)

    def test_what_is_no_longer_here_is_dropped(self, url: str) -> None:
        gone = ("function gone", "view seen", "trigger late on event")
        execute(
            url,
            "create function gone() returns integer language sql return 1;\n"
            "create view seen as select gone() as one;\n"
            "create trigger late before insert on event for each row"
            " execute function stamp_revision()",
        )
        for position, key in enumerate(gone):
            execute(url, f"insert into applied_sql values ('{key}', {position}, '', '1.0.0')")
        schema.upgrade(url)
        assert fetch(url, BODY, "gone") == []
        assert "late on event" not in fetch(url, TRIGGERS)

    def test_what_an_operator_made_is_left_alone(self, url: str) -> None:
        execute(
            url,
            "create trigger theirs before insert on event for each row"
            f" execute function stamp_revision();\n{FORGET}",
        )
        schema.upgrade(url)
        assert "theirs on event" in fetch(url, TRIGGERS)

    def test_a_function_that_something_rests_on_is_not_dropped(self, url: str) -> None:
        execute(
            url,
            "create function gone() returns integer language sql return 1;\n"
            "create view theirs as select gone();\n"
            "insert into applied_sql values ('function gone', 0, '', '1.0.0')",
        )
        with pytest.raises(Exception, match="cannot drop function gone"):
            schema.upgrade(url)

    def test_a_release_newer_than_this_one_keeps_its_functions(self, url: str) -> None:
        execute(url, f"{OTHER};\n{FORGET};\nupdate applied_sql set release = '99.0.0'")
        assert not schema.upgrade(url)
        command.upgrade(alembic(url), "head")
        assert "old.version + 1" not in fetch(url, BODY, "bump_version")[0]

    def test_a_release_older_than_this_one_is_replaced(self, url: str) -> None:
        execute(url, f"{OTHER};\n{FORGET};\nupdate applied_sql set release = '0.9.9'")
        assert schema.upgrade(url)
        assert "old.version + 1" in fetch(url, BODY, "bump_version")[0]
        assert set(fetch(url, "select release from applied_sql")) == {VERSION}

    def test_other_parameters_need_a_revision(self, url: str) -> None:
        execute(
            url,
            f"create function placement_on(place uuid) returns integer return 1;\n{FORGET}",
        )
        with pytest.raises(Refused, match="placement_on has other parameters"):
            schema.upgrade(url)


class TestStored:
    """Functions whose results stand in rows."""

    def test_a_changed_one_needs_a_revision(self, url: str) -> None:
        execute(url, "update applied_sql set digest = '' where key = 'function last_day'")
        with pytest.raises(Refused, match=r'calls replace_stored\(op.get_bind\(\), "last_day"\)'):
            schema.upgrade(url)

    async def test_replacing_one_generates_columns_anew(self, url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(
            "create or replace function last_day(partial text) returns date"
            " language sql immutable strict parallel safe return date '1900-01-01';"
            "update applied_sql set digest = '' where key = 'function last_day';"
            "insert into document (id, kind, title, issued_on)"
            " values (gen_random_uuid(), 'plan', 'x', '2024-02')"
        )
        last = "select issued_on_last::text from document"
        assert await connection.fetchval(last) == "1900-01-01"
        engine = make_engine(url)
        async with engine.begin() as bind:
            await bind.run_sync(repeatable.replace_stored, "last_day")
        await engine.dispose()
        assert await connection.fetchval(last) == "2024-02-29"
        await connection.close()
        assert await asyncio.to_thread(schema.upgrade, url) is False


class TestRefusing:
    def test_a_database_from_before_the_first_release(self, server: str) -> None:
        asyncio.run(schema.create_database(server, "old"))
        execute(
            of(server, "old"),
            "create table alembic_version (version_num text);\n"
            "insert into alembic_version values ('0015')",
        )
        migrate = subprocess.run(
            [sys.executable, "-m", "app", "migrate"],
            env=os.environ | {"KHEO_DATABASE_URL": as_setting(of(server, "old"))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (migrate.returncode, migrate.stderr) == (
            1,
            "kheo: this database was made before the first release and cannot be migrated:"
            " begin with an empty one.\n",
        )
        assert fetch(of(server, "old"), "select version_num from alembic_version") == ["0015"]

    def test_a_database_of_a_newer_release(self, url: str) -> None:
        execute(url, "update alembic_version set version_num = '0999'")
        with pytest.raises(Refused, match="to 0999 by a newer release: start that one"):
            schema.upgrade(url)


class TestRevisions:
    def test_going_back_leaves_tables_to_the_release_gone_back_to(
        self, url: str, migrations: Path
    ) -> None:
        triggers = sorted(fetch(url, TRIGGERS))
        add_revision(migrations, "op.execute('alter table event add colour text')", "pass")
        command.upgrade(alembic(url, migrations), "head")
        assert sorted(fetch(url, TRIGGERS)) == triggers
        execute(url, "update applied_sql set release = '99.0.0'")  # as a newer release leaves it
        command.downgrade(alembic(url, migrations), newest(migrations))
        assert fetch(url, TRIGGERS) == []
        assert fetch(url, BODY, "bump_version") == []
        assert fetch(url, "select fold('Đ')") == ["d"]
        assert schema.upgrade(url)
        assert sorted(fetch(url, TRIGGERS)) == triggers

    def test_one_that_commits_on_its_own_is_followed_by_all_triggers(
        self, url: str, migrations: Path
    ) -> None:
        add_revision(
            migrations,
            "op.execute('drop trigger version on event')\n"
            "    with op.get_context().autocommit_block():\n"
            "        op.execute('create index concurrently ix_trial on event (kind)')",
        )
        command.upgrade(alembic(url, migrations), "head")
        assert "version on event" in fetch(url, TRIGGERS)
        assert fetch(url, "select to_regclass('ix_trial') is not null") == [True]

    def test_a_failing_one_changes_nothing(self, url: str, migrations: Path) -> None:
        add_revision(
            migrations, "op.execute('alter table event add colour text')\n    raise RuntimeError"
        )
        before = fetch(url, "select attname from pg_attribute where attrelid = 'event'::regclass")
        with pytest.raises(RuntimeError):
            command.upgrade(alembic(url, migrations), "head")
        after = fetch(url, "select attname from pg_attribute where attrelid = 'event'::regclass")
        assert after == before


# Each function of `stored/`: the revision that made or replaced it last, and the digest it had.
STORED = {
    "first_day": ("0001", "8baa7835f8539879"),
    "fold": ("0001", "c505ccd2e880fcd3"),
    "joined": ("0001", "01e67c6129e568f7"),
    "last_day": ("0001", "59d50a4be8757baf"),
    "search_vector": ("0001", "d6643da3717d2a2f"),
    "unmarked": ("0001", "8649857cee6ddb94"),
    "vietnamese_sort_key": ("0001", "3118e55968fa1d84"),
}


@pytest.mark.parametrize("name", [name.split()[1] for name in repeatable.stored()])
def test_a_changed_stored_function_has_a_revision(name: str) -> None:
    digest = hashlib.sha256(repeatable.stored()[f"function {name}"].encode()).hexdigest()[:16]
    revision, known = STORED.get(name, ("", ""))
    assert digest == known, (
        f"{name} changed, and rows hold its results: add a revision that calls"
        f' replace_stored(op.get_bind(), "{name}"), then put it here: ("…", "{digest}").'
    )
    (made,) = schema.MIGRATIONS.glob(f"versions/{revision}_*.py")
    assert revision == "0001" or f'replace_stored(op.get_bind(), "{name}")' in made.read_text()
