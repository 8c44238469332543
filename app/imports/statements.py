"""Rows of many things written by one statement each, told to the database as JSON."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

from app.http.json_encoding import encode
from app.http.problems import IdTaken, PreconditionFailed

Rows = Sequence[dict[str, Any]]


async def learn_words_later(connection: asyncpg.Connection) -> None:
    """Keep the new words of what is written aside: other writers would wait for each of them."""
    await connection.execute("create temporary table word_to_learn (word text) on commit drop")
    await connection.execute("set local kheo.learns_later = 'yes'")


async def learn_words(connection: asyncpg.Connection) -> None:
    """Learn the words kept aside, in the one order of all writers."""
    await connection.execute(
        "insert into search_word select distinct word from word_to_learn order by word"
        " on conflict do nothing"
    )
    await connection.execute("drop table word_to_learn")
    await connection.execute("set local kheo.learns_later = 'no'")


async def insert(connection: asyncpg.Connection, table: type[SQLModel], rows: Rows) -> None:
    if rows:
        await connection.execute(_insert(table, rows), encode(rows).decode())


async def update(connection: asyncpg.Connection, table: type[SQLModel], rows: Rows) -> None:
    """Change rows by `id`; PreconditionFailed if one has not the `version` given."""
    if not rows:
        return
    name = table.__tablename__
    changed = [column for column in rows[0] if column not in {"id", "version"}]
    done = await connection.fetch(
        f"update {name} stored"  # noqa: S608 - names of tables and columns
        f" set ({', '.join(changed)}) = row({', '.join(f'new.{each}' for each in changed)})"
        f" from json_populate_recordset(null::{name}, $1::text::json) new"
        " where stored.id = new.id and stored.version = new.version returning stored.id",
        encode(rows).decode(),
    )
    if len(done) < len(rows):
        raise PreconditionFailed


async def replace_parts(
    connection: asyncpg.Connection,
    table: type[SQLModel],
    owner: str,
    owners: Sequence[UUID],
    rows: Rows,
) -> None:
    """Make `rows` all the parts of some owners; parts keep the ids they have."""
    name = table.__tablename__
    await connection.execute(
        f"delete from {name} where {owner} = any($1) and id <> all($2)",  # noqa: S608
        owners,
        [row["id"] for row in rows],
    )
    if not rows:
        return
    replaced = ", ".join(f"{column} = excluded.{column}" for column in rows[0] if column != "id")
    done = await connection.fetch(
        f"{_insert(table, rows)} on conflict (id) do update set {replaced}"
        f" where {name}.{owner} = excluded.{owner} returning id",
        encode(rows).decode(),
    )
    if len(done) < len(rows):  # an id is that of a part of something else
        raise IdTaken


def _insert(table: type[SQLModel], rows: Rows) -> str:
    name, columns = table.__tablename__, ", ".join(rows[0])
    return (
        f"insert into {name} ({columns}) select {columns}"  # noqa: S608 - names of columns
        f" from json_populate_recordset(null::{name}, $1::text::json)"
    )
