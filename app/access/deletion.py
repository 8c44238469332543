"""Deleting and restoring: what is deleted is kept aside, whole, for thirty days.

A deleted thing and its parts leave their tables. So the foreign keys themselves refuse to let go of
what another record cites, and no query has to leave anything out.
"""

import json
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access.actors import Actor
from app.access.writing import Stored, ToChange
from app.db.database import driver_of
from app.db.statements import Statement
from app.http.problems import Conflict, Text
from app.querying.representations import table_of
from app.querying.resources import Row


class Cited(Conflict):
    """Another record cites this one, which can therefore not be deleted."""

    code = "cited"
    title = Text("Another record cites this", "Có bản ghi khác dẫn chiếu tới bản ghi này")


class NotDeleted(Conflict):
    """Only what was deleted can be restored."""

    code = "not_deleted"
    title = Text("This is not deleted", "Bản ghi này chưa bị xóa")


class CitesDeleted(Conflict):
    """It cites what was deleted after it: restore that first."""

    code = "cites_deleted"
    title = Text(
        "It cites a record that was deleted too", "Bản ghi này dẫn chiếu tới bản ghi cũng đã bị xóa"
    )


async def delete(session: AsyncSession, actor: Actor, stored: Stored[Any]) -> None:
    """Delete a thing with its parts; 409 `cited` while another record cites any of them."""
    await session.flush()
    connection = await driver_of(session)
    table = table_of(stored.resource.table)
    await connection.execute(_SWEEP)
    content = await _content(table).value(connection, of_thing=stored.id)
    await connection.execute(
        _KEEP, stored.id, stored.resource.name, stored.version, actor.agency_id, content
    )
    try:
        await connection.execute(f"delete from {table.name} where id = $1", stored.id)  # noqa: S608
    except asyncpg.ForeignKeyViolationError:
        raise Cited from None


async def restore(
    request: Request, session: AsyncSession, actor: Actor, id: UUID, to_change: ToChange[Row]
) -> Stored[Row]:
    """Bring a deleted thing back as it was, under the next version.

    404 once thirty days have passed; 409 `not_deleted` if it is there, `cites_deleted` if
    something that it cites is not.
    """
    connection = await driver_of(session)
    table = table_of(to_change.resource.table)
    content = await connection.fetchval(_TAKE, id, to_change.resource.name)
    try:
        kept = json.loads(content or "{}")
        for part in SQLModel.metadata.sorted_tables:
            if rows := kept.get(part.name):
                columns = ", ".join(f'"{name}"' for name in rows[0])
                await connection.execute(_PUT.format(table=part, columns=columns), content)
    except asyncpg.ForeignKeyViolationError:
        raise CitesDeleted from None
    restored = await to_change(request, session, actor, id)
    if content is None:
        raise NotDeleted
    raised = sa.update(table).where(table.c.id == id).values(updated_at=sa.func.clock_timestamp())
    await session.exec(raised)
    return restored


@cache
def rows_of(thing: sa.Table) -> dict[sa.Table, sa.ColumnElement[bool]]:
    """The tables of a thing and of its parts, with the clause of the rows `of_thing`.

    Its parts are what the database would delete along with it.
    """
    belongs: dict[sa.Table, sa.ColumnElement[bool]] = {
        thing: thing.c.id == sa.bindparam("of_thing", type_=sa.Uuid())
    }
    for table in SQLModel.metadata.sorted_tables:
        wholes = [
            sa.tuple_(*key.columns).in_(
                sa.select(*(element.column for element in key.elements)).where(
                    belongs[key.referred_table]
                )
            )
            for key in table.foreign_key_constraints
            if key.ondelete == "CASCADE" and key.referred_table in belongs
        ]
        if wholes:
            belongs[table] = sa.or_(*wholes)
    return belongs


def whole_of(part: sa.Table, thing: sa.Table, id: UUID) -> sa.Select[UUID]:
    """Selects the id of the thing that the row of a part with an id belongs to."""
    table = part
    rows: sa.FromClause = part
    while table is not thing:
        key = next(
            key
            for key in table.foreign_key_constraints
            if key.ondelete == "CASCADE" and key.referred_table in rows_of(thing)
        )
        table = key.referred_table
        rows = rows.join(table, sa.and_(*(each.parent == each.column for each in key.elements)))
    return sa.select(thing.c.id).select_from(rows).where(part.c.id == id)


@cache
def _content(thing: sa.Table) -> Statement:
    """Reads all rows of a thing as `{table: [row]}`."""
    rows: list[sa.ColumnElement[Any]] = []
    for table, clause in rows_of(thing).items():
        rows += sa.literal_column(f"'{table.name}'"), _rows(table, clause)
    return Statement(sa.select(sa.cast(sa.func.json_build_object(*rows), sa.Text())))


def _rows(table: sa.Table, clause: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    given = [column for column in table.c if column.computed is None]
    row = sa.select(*given).where(clause).subquery("row")
    return sa.select(sa.func.json_agg(sa.func.to_json(row.table_valued()))).scalar_subquery()


# Ids of deleted things stay taken, so their rows stay when the content goes.
_SWEEP = """
    update deleted_thing set content = null
    where content is not null and deleted_at < now() - interval '30 days'
"""
_KEEP = """
    insert into deleted_thing (id, type, version, agency_id, content)
    values ($1, $2, $3, $4, $5::text::json)
"""
_TAKE = """
    delete from deleted_thing
    where id = $1 and type = $2 and deleted_at > now() - interval '30 days'
    returning content::text
"""
_PUT = """
    insert into {table} ({columns})
    select {columns} from json_populate_recordset(null::{table}, $1::text::json -> '{table}')
"""
