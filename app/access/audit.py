"""The audit: who wrote what, and what keys were refused. Entries are only ever added.

An entry is a row of the write's own transaction: there is no write without its entry.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app.access.actors import Actor, Role, lies_under
from app.access.schemas import AuditEntryPublic
from app.access.tables import Agency, AuditEntry
from app.db.database import driver_of
from app.db.statements import Clause
from app.http.problems import Forbidden
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Bound, Compare, by_time
from app.querying.read_sessions import read_sessions_of
from app.querying.references import References, carried, selected


class Change(NamedTuple):
    """One of the things that a request changed: its type, its id, and its JSON as GET shows it."""

    type: str
    id: UUID
    before: bytes | None
    after: bytes | None


async def record_changes(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Add an entry for each of the things that a request of the session's actor changed."""
    request: Request = session.info["request"]
    actor: Actor = session.info["actor"]
    await (await driver_of(session)).execute(
        _ENTRIES,
        actor.agency_id,
        actor.key_id,
        request.state.request_id,
        request.scope["route"].operation_id,
        [uuid7() for _ in changes],
        [change.type for change in changes],
        [change.id for change in changes],
        [_text(change.before) for change in changes],
        [_text(change.after) for change in changes],
    )


async def record(request: Request, session: AsyncSession, action: str, response: Response) -> None:
    """Add the entry of what the session's actor wrote; none if the thing was there already."""
    if response.status_code == 200 and "location" in response.headers:
        return
    body = bytes(response.body)
    await _add(
        await driver_of(session),
        request,
        session.info["actor"],
        action,
        response.status_code,
        thing=_thing_of(request, response),
        before=session.info.get("before"),
        after=body,
    )


async def refuse(request: Request, error: Exception) -> Response:
    """Answer 403 to a good key, and record that it tried (the handler of Forbidden)."""
    assert isinstance(error, Forbidden)
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is not None:
        async with read_sessions_of(request).database.writer() as session:
            action = request.scope["route"].operation_id
            connection, thing = await driver_of(session), _thing_of(request)
            await _add(connection, request, actor, action, error.status, thing=thing)
    return error.answer(request)


async def _add(
    connection: asyncpg.Connection,
    request: Request,
    actor: Actor,
    action: str,
    status: int,
    *,
    thing: UUID | None,
    before: bytes | None = None,
    after: bytes | None = None,
) -> None:
    await connection.execute(
        _ENTRY,
        uuid7(),
        actor.agency_id,
        actor.key_id,
        request.state.request_id,
        action,
        request.url.path.split("/")[2],
        thing,
        status,
        _text(before),
        _text(after),
    )


def _thing_of(request: Request, response: Response | None = None) -> UUID | None:
    """The thing that is written: the one at the address, or the new one."""
    id = request.path_params.get("id")
    if id is None and response is not None:
        id = response.headers.get("location", "").rpartition("/")[2] or _id_in(response.body)
    try:
        return UUID(str(id))
    except ValueError:  # an act on many things, or on none
        return None


def _id_in(body: bytes | memoryview) -> object:
    answer = orjson.loads(body or b"null")
    return answer.get("id") if isinstance(answer, dict) else None


def _text(content: bytes | None) -> str | None:
    """What is stored of a thing: without what not everyone who reads the audit may know."""
    if not content:
        return None
    if any(b'"%b"' % name.encode() in content for name in _SECRET):
        members = orjson.loads(content)
        content = orjson.dumps(
            {name: value for name, value in members.items() if name not in _SECRET}
        )
    return content.decode()


# A key, and what only the awarding agency is shown.
_SECRET = {"secret", "verification_code"}
_ENTRY = """
    insert into audit_entry
        (id, agency_id, key_id, request_id, action, type, thing_id, status, before, after)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


_ENTRIES = """
    insert into audit_entry
        (agency_id, key_id, request_id, action, status, id, type, thing_id, before, after)
    select $1, $2, $3, $4, case when before is null then 201 else 200 end, entry.*
    from unnest($5::uuid[], $6::text[], $7::uuid[], $8::jsonb[], $9::jsonb[])
        as entry (id, type, thing_id, before, after)
"""


class _SeenBy:
    """Entries of the actor's own agency; for an administrator, of all agencies in its subtree."""

    def bind(self, name: str, actor: Actor, _: References) -> Bound:
        if actor.may(Role.administrator):
            return Bound("subtree", {name: actor.locality_id})
        return Bound("own", {name: actor.agency_id})

    def clause(self, name: str, shape: str) -> Clause:
        given = sa.bindparam(name, type_=sa.Uuid())
        if shape == "own":
            return col(AuditEntry.agency_id) == given
        within = lies_under(given, col(Agency.locality_id))
        return col(AuditEntry.agency_id).in_(sa.select(col(Agency.id)).where(within))


def serialize(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "at": row["at"],
        "actor": carried(row["actor"]),
        "key": carried(row["key"]),
        "request_id": row["request_id"],
        "action": row["action"],
        "type": row["type"],
        "thing": row["of_thing"],
        "status": row["status"],
        "before": carried(row["before"]),
        "after": carried(row["after"]),
    }


def _midnight(day: Any) -> Any:
    """When a day begins in Viet Nam."""
    return sa.func.timezone(sa.literal_column("interval '7 hours'"), sa.cast(day, sa.DateTime()))


AUDIT = Collection(
    name="audit-entries",
    id=col(AuditEntry.id),
    version=sa.literal(1),  # an entry never changes
    item=sa.select(
        col(AuditEntry.id),
        col(AuditEntry.at),
        selected("agency", col(AuditEntry.agency_id)).label("actor"),
        selected("agency_key", col(AuditEntry.key_id), "prefix").label("key"),
        col(AuditEntry.request_id),
        col(AuditEntry.action),
        col(AuditEntry.type),
        col(AuditEntry.thing_id).label("of_thing"),
        col(AuditEntry.status),
        col(AuditEntry.before),
        col(AuditEntry.after),
    ),
    serialize=serialize,
    schema=AuditEntryPublic,
    filters={
        "seen_by": _SeenBy(),
        "actor": AnyOf(col(AuditEntry.agency_id)),
        "key": AnyOf(col(AuditEntry.key_id)),
        "action": AnyOf(col(AuditEntry.action)),
        "type": AnyOf(col(AuditEntry.type)),
        "id": AnyOf(col(AuditEntry.thing_id)),
        "status": AnyOf(col(AuditEntry.status)),
        "from_": Compare(lambda day: col(AuditEntry.at) >= _midnight(day), sa.Date()),
        "to": Compare(lambda day: col(AuditEntry.at) < _midnight(day + 1), sa.Date()),
    },
    sorts={"at": by_time(col(AuditEntry.at))},
    default_sort="-at",
)
