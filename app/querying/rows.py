"""Rows of many things written by one statement each, given to the database as JSON."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from app.db.statements import Values
from app.http.json_encoding import encode
from app.http.problems import IdTaken, PreconditionFailed

Rows = Sequence[Values]


async def insert(connection: asyncpg.Connection, table: sa.Table, rows: Rows) -> None:
    if rows:
        await connection.execute(_insert(table, rows), _json(rows))


async def update(connection: asyncpg.Connection, table: sa.Table, rows: Rows) -> None:
    """Change rows by `id`; PreconditionFailed if one is not there, or not of a `version` given."""
    if not rows:
        return
    as_given = " and stored.version = new.version" if "version" in rows[0] else ""
    changed = [column for column in rows[0] if column not in {"id", "version"}]
    done = await connection.fetch(
        f"update {table.name} stored"  # noqa: S608 - names of tables and columns
        f" set ({', '.join(changed)}) = row({', '.join(f'new.{each}' for each in changed)})"
        f" from json_populate_recordset(null::{table.name}, $1::text::json) new"
        f" where stored.id = new.id{as_given} returning stored.id",
        _json(rows),
    )
    if len(done) < len(rows):
        raise PreconditionFailed


async def replace(
    connection: asyncpg.Connection, table: sa.Table, owner: str, owners: Sequence[UUID], rows: Rows
) -> None:
    """Make `rows` all the rows of some owners, whose ids are in the column `owner`.

    Rows that have ids keep them: IdTaken if one is given twice, or is that of a row of another
    owner. Of others, those that say the same are one.
    """
    has_ids = "id" in table.c
    kept = [row["id"] for row in rows] if has_ids else []
    if len(set(kept)) < len(kept):
        raise IdTaken
    await connection.execute(
        f"delete from {table.name} where {owner} = any($1)"  # noqa: S608
        + (" and id <> all($2)" if has_ids else ""),
        *((list(owners), kept) if has_ids else (list(owners),)),
    )
    if not rows:
        return
    if not has_ids:
        await connection.execute(f"{_insert(table, rows)} on conflict do nothing", _json(rows))
        return
    replaced = ", ".join(f"{column} = excluded.{column}" for column in rows[0] if column != "id")
    done = await connection.fetch(
        f"{_insert(table, rows)} on conflict (id) do update set {replaced}"
        f" where {table.name}.{owner} = excluded.{owner} returning id",
        _json(rows),
    )
    if len(done) < len(rows):
        raise IdTaken


def _insert(table: sa.Table, rows: Rows) -> str:
    columns = ", ".join(rows[0])
    return (
        f"insert into {table.name} ({columns}) select {columns}"  # noqa: S608
        f" from json_populate_recordset(null::{table.name}, $1::text::json)"
    )


def _json(rows: Rows) -> str:
    return encode(rows).decode()
