"""Taking a personal name out of a thing, and out of all that is kept of it.

Each kind of thing declares which of its members are personal names (`Thing.personal`). Free text
is left as it is, and so are backups: after restoring one, repeat the redactions made since, which
the audit lists.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access.actors import Actor, Role, check_scope
from app.access.deletion import rows_of, whole_of
from app.access.kinds import KINDS, Kind
from app.access.schemas import Redaction
from app.access.writing import ToChange
from app.db.database import driver_of
from app.db.statements import Statement
from app.db.things import thing_of
from app.http.json_encoding import encode
from app.http.problems import Fault, Text, Unprocessable
from app.http.routing import read_json
from app.querying.resources import Resource

REDACTED = "[đã ẩn tên]"


class Personal(NamedTuple):
    """A member of some things that holds a personal name, or several, and its column."""

    kind: Kind
    column: sa.Column[Any]
    holders: frozenset[str] | None  # the lists in which it is this member; None: everywhere


class Kept(NamedTuple):
    """Something kept of a thing in JSON, and the statement that renews it."""

    renew: str
    id: Any
    content: Any


def _personal(type: str, member: str) -> Personal | None:
    """What things of a type declare of a member; None if it is no personal name."""
    kind = KINDS.get(type)
    declared = None if kind is None else thing_of(kind.table)
    if kind is None or declared is None or member not in declared.personal:
        return None
    table, column = declared.personal[member].split(".")
    holder, of_parts, _ = member.partition("[].")
    holders = frozenset({holder, table}) if of_parts else None
    return Personal(kind, SQLModel.metadata.tables[table].c[column], holders)


async def redact(request: Request, session: AsyncSession, actor: Actor, data: Redaction) -> int:
    """Take a name out wherever it is kept; how many names there were.

    404 if there is no such thing, deleted or not; 403 outside the actor's subtree.
    """
    personal = _personal(data.type, data.member)
    if personal is None:
        raise Unprocessable(faults=[Fault(("pointer", "#/member"), "not_personal", _NO_NAME)])
    connection = await driver_of(session)
    table, whole = personal.column.table, personal.kind.table
    found = None if table is whole else await session.scalar(whole_of(table, whole, data.id))
    thing, part = (found, data.id) if found else (data.id, None)
    place = await connection.fetchval(_PLACE_OF_DELETED, thing, data.type)
    if place is None:
        kind = personal.kind
        assert isinstance(kind.collection, Resource)
        assert kind.check is not None
        to_change = ToChange(kind.collection, Role.administrator, kind.check)
        await to_change(request, session, actor, thing)
        del session.info["before"]  # it holds the very name
    else:
        await check_scope(session, actor, place)
    held = await _take_from_table(session, personal, thing, part)
    names = {name for texts in held.values() for name in _texts(texts)}
    kept = await _kept_of(connection, personal, thing)
    for each in kept:
        for serialized in _serialized(each.content, {str(id) for id in held}):
            names |= set(_held(serialized, personal, table.name))
        if part is None:
            for serialized in _serialized(each.content, {str(thing)}):
                names |= set(_held(serialized, personal, None))
            names |= set(_archived(each.content, personal))
    names.discard(REDACTED)
    await connection.execute("select set_config('kheo.redacts', 'yes', true)")
    for renew, id, content in kept:
        redacted = _without(content, names, personal)
        if redacted != content:
            await connection.execute(renew, id, *(encode(each).decode() for each in redacted))
    return len(names)


async def _take_from_table(
    session: AsyncSession, personal: Personal, thing: UUID, part: UUID | None
) -> dict[UUID, str | list[str] | None]:
    """Take the names out of the rows, raising the version of the thing; what each row held."""
    column, whole = personal.column, personal.kind.table
    table = column.table
    meant = table.c.id == part if part else rows_of(whole)[table]
    found = Statement(sa.select(table.c.id, column).where(meant))
    rows = await found.rows(await driver_of(session), of_thing=thing)
    for id, held in rows:
        new = [REDACTED for _ in held] if isinstance(held, list) else held and REDACTED
        await session.exec(sa.update(table).where(table.c.id == id).values({column.name: new}))
    raised = sa.update(whole).where(whole.c.id == thing)
    await session.exec(raised.values(updated_at=sa.func.clock_timestamp()))
    return {row[0]: row[1] for row in rows}


async def _kept_of(connection: asyncpg.Connection, personal: Personal, thing: UUID) -> list[Kept]:
    """All JSON in which the thing is told: the audit, kept answers, what was deleted, old texts."""
    found = [
        (renew, row) for find, renew in _KEPT for row in await connection.fetch(find, str(thing))
    ]
    for table, clause in rows_of(personal.kind.table).items():
        for column in (each for each in table.c if isinstance(each.type, sa.JSON)):
            find = Statement(sa.select(table.c.id, sa.cast(column, sa.Text())).where(clause))
            renew = f"update {table.name} set {column.name} = $2::text::json where id = $1"  # noqa: S608
            found += [(renew, row) for row in await find.rows(connection, of_thing=thing)]
    return [Kept(renew, row[0], [_read(text) for text in row[1:]]) for renew, row in found]


def _read(text: str | None) -> Any:
    return None if text is None else read_json(text.encode())


def _serialized(content: Any, ids: set[str]) -> Iterator[dict[str, Any]]:
    """Every object with one of these ids."""
    if isinstance(content, dict):
        if content.get("id") in ids:
            yield content
        content = list(content.values())
    if isinstance(content, list):
        for each in content:
            yield from _serialized(each, ids)


def _archived(content: list[Any], personal: Personal) -> Iterator[str]:
    """The names in rows that were deleted, kept as `{table: [row]}`."""
    table = personal.column.table.name
    for archive in content:
        if isinstance(archive, dict) and isinstance(archive.get(table), list):
            yield from _held(archive, personal, None)


def _held(content: Any, personal: Personal, holder: str | None) -> Iterator[str]:
    if isinstance(content, list):
        for each in content:
            yield from _held(each, personal, holder)
    elif isinstance(content, dict):
        for name, value in content.items():
            if name == personal.column.name and (
                personal.holders is None or holder in personal.holders
            ):
                yield from _texts(value)
            else:
                yield from _held(value, personal, name)


def _texts(held: str | list[str] | None) -> list[str]:
    return held if isinstance(held, list) else [held] if held else []


def _without(content: Any, names: set[str], personal: Personal, member: str = "") -> Any:
    """The same without the names; `before` and `after` are the texts of a corrected member."""
    if isinstance(content, dict):
        return {name: _without(value, names, personal, name) for name, value in content.items()}
    if isinstance(content, list):
        return [_without(each, names, personal, member) for each in content]
    held = member in {personal.column.name, "before", "after"}
    return REDACTED if held and content in names else content


_NO_NAME = Text("is no personal name of such things", "không phải tên cá nhân của loại bản ghi này")
_PLACE_OF_DELETED = """
    select agency.locality_id from deleted_thing join agency on agency.id = deleted_thing.agency_id
    where deleted_thing.id = $1 and deleted_thing.type = $2
"""
_KEPT = (  # how to find it, and how to renew it
    (
        """
        select id, before::text, after::text from audit_entry
        where thing_id = $1::text::uuid
            or strpos(before::text, $1::text) > 0 or strpos(after::text, $1::text) > 0
        """,
        "update audit_entry set before = $2::text::jsonb, after = $3::text::jsonb where id = $1",
    ),
    (
        """
        select ctid, convert_from(body, 'UTF8') from idempotent_answer
        where position(convert_to($1::text, 'UTF8') in body) > 0 for update
        """,
        "update idempotent_answer set body = convert_to($2, 'UTF8') where ctid = $1",
    ),
    (
        """
        select id, content::text from deleted_thing
        where id = $1::text::uuid and content is not null
        """,
        "update deleted_thing set content = $2::text::json where id = $1",
    ),
)
