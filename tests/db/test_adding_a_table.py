"""A new table of things, by the commands of CONTRIBUTING alone, in a copy of the tree."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.db import schema
from tests.support.databases import as_setting, of

ROOT = schema.MIGRATIONS.parent
CONTESTS = '''
"""Contests."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.db.columns import Record, first_day, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import EventKind


class Contest(Record, table=True):
    """A contest."""

    __tablename__ = "contest"
    thing: ClassVar[Thing] = Thing("contests", deletable=True, place=("locality_id", "held_on"))

    name: str
    kind: EventKind = Field(sa_type=term(EventKind))
    locality_id: UUID = Field(foreign_key="locality.id")
    held_on: str | None
    held_on_first: date | None = Field(default=None, sa_column=first_day("held_on"))
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL", index=True
    )
    search: str | None = Field(default=None, sa_column=search_vector("name"))

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name"),
        sa.Index(None, "search", postgresql_using="gin"),
    )
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("app", "migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "app" / "contests").mkdir()
    (tmp_path / "app" / "contests" / "__init__.py").touch()
    return tmp_path


def test_a_declared_table_is_versioned_placed_searched_and_followed(
    server: str, tree: Path
) -> None:
    asyncio.run(schema.create_database(server, "contests"))
    url = of(server, "contests")

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=tree,
            env=os.environ | {"KHEO_DATABASE_URL": as_setting(url)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    (tree / "app" / "contests" / "tables.py").write_text(CONTESTS)
    run("app", "migrate")  # no revision makes the table yet
    run("alembic", "revision", "--autogenerate", "-m", "contests", "--rev-id", "0999")
    run("app", "migrate")
    run("alembic", "check")
    run("ruff", "check", "migrations/versions")
    asyncio.run(use(url))


async def use(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        """
        insert into locality (id, level, code, life)
        values ('00000000-0000-0000-0000-000000000001', 'province', '1', '[2000-01-01,)');
        insert into locality_placement (locality_id, valid, ancestors, within)
        select id, '[2000-01-01,2020-01-01)', array[id], array[id] from locality;
        insert into locality_placement (locality_id, valid, ancestors, within)
        select id, '[2020-01-01,)', array[id], array[id] from locality;
        insert into contest (id, name, kind, locality_id, held_on)
        select gen_random_uuid(), 'Dân vận khéo', 'contest', id, '2010-05' from locality;
        """
    )
    contest = "select version, placement_id, held_on_first::text from contest"
    assert tuple(await connection.fetchrow(contest)) == (1, 1, "2010-05-01")
    words = "select word from search_word order by word"
    assert [row[0] for row in await connection.fetch(words)] == ["dan", "kheo", "van"]

    await connection.execute("update contest set held_on = '2021'")
    assert tuple(await connection.fetchrow(contest)) == (2, 2, "2021-01-01")
    changes = "select version, places from change where type = 'contests'"
    assert tuple(await connection.fetchrow(changes)) == (2, [2])

    # A reform: what was one placement becomes two.
    await connection.execute(
        "update locality_placement set valid = '[2020-01-01,2021-01-01)' where id = 2"
    )
    await connection.execute(
        "insert into locality_placement (locality_id, valid, ancestors, within)"
        " select id, '[2021-01-01,)', array[id], array[id] from locality"
    )
    assert await connection.fetchval("select placement_id from contest") == 3

    await connection.execute(
        "insert into agency (id, name, locality_id, roles, levels, active)"
        " select gen_random_uuid(), 'x', id, '{}', '{}', true from locality;"
        "insert into deleted_thing (id, type, version, agency_id)"
        " select contest.id, 'contests', 1, agency.id from contest, agency;"
        "create temporary table gone as select id, name, kind, locality_id from contest;"
        "delete from contest"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(
            "insert into contest (id, name, kind, locality_id) select * from gone"
        )
    assert tuple(await connection.fetchrow(changes)) == (3, [])
    await connection.close()
