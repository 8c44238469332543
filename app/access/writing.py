"""What every write shares: ids brought by clients, the stored thing a change starts from."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app.access.actors import Actor, AnyActor, Role
from app.access.tables import DeletedThing, Submission
from app.db import statements
from app.db.database import driver_of
from app.http.conditional import check_if_match
from app.http.json_encoding import Json, encode
from app.http.json_responses import thing_answer
from app.http.problems import IdTaken, NotFound
from app.http.routing import read_json
from app.http.schemas import Body, New
from app.querying.collections import Collection
from app.querying.references import require
from app.querying.representations import table_of
from app.querying.resources import Resource, Row
from app.querying.write_session import SessionDep, read_session_of


async def sent_before(
    session: AsyncSession, actor: Actor, data: New, whole: UUID | None = None
) -> bool:
    """Whether this agency created the same thing under the same id before (an offline retry).

    `whole` is what a new part belongs to. 409 `id_taken` if the id was used for anything else.
    """
    if data.id is None:
        return False
    content = type(data).__name__ + str(whole or "") + data.model_dump_json()
    sent = {"agency_id": actor.agency_id, "digest": hashlib.sha256(content.encode()).digest()}
    recorded = await session.exec(
        insert_if_new(Submission)
        .values(id=data.id, **sent)
        .on_conflict_do_nothing()
        .returning(sa.literal(1))
    )
    if recorded.scalar() is not None:
        return False
    before = await session.get_one(Submission, data.id)
    if (before.agency_id, before.digest) != (sent["agency_id"], sent["digest"]):
        raise IdTaken
    if await session.get(DeletedThing, data.id) is not None:
        raise IdTaken
    return True


@dataclass(frozen=True)
class Stored(Generic[Row]):
    """A thing as it stands before a change, its row locked until the change is done."""

    resource: Resource[Row]
    row: Row
    version: int
    content: Json  # as GET shows it

    @property
    def id(self) -> UUID:
        return self.row.id

    @cached_property
    def sent(self) -> Json:
        """The thing as a client would send it."""
        return self.resource.as_sent(self.content)

    async def bump_version(self, session: AsyncSession) -> None:
        """Raise the version, unless the row was changed: what hangs on it may have been."""
        await session.flush()
        table = table_of(self.resource.table)
        await session.exec(
            sa.update(table)
            .where(table.c.id == self.id, table.c.version == self.version)
            .values(updated_at=sa.func.clock_timestamp())
        )


class ToChange(Generic[Row]):
    """A dependency: the thing a change starts from.

    404 if there is none, 403 without the role or if `check` finds it outside the actor's scope,
    428 without If-Match unless it is a POST, 412 if it was changed since it was read.
    """

    def __init__(
        self,
        resource: Resource[Row],
        role: Role,
        check: Callable[[AsyncSession, Actor, Stored[Row]], Awaitable[None]],
    ) -> None:
        self.resource = resource
        self.role = role
        self.check = check

    async def __call__(
        self, request: Request, session: SessionDep, actor: AnyActor, id: UUID
    ) -> Stored[Row]:
        row = await session.get(self.resource.table, id, with_for_update=True)
        if row is None:
            raise NotFound
        version, content = await content_before(session, self.resource, id)
        stored = Stored(self.resource, row, version, content)
        actor.require(self.role)
        await self.check(session, actor, stored)
        check_if_match(request, version, required=request.method != "POST")
        return stored


async def content_before(
    session: AsyncSession, resource: Resource[Any], id: UUID, owner: UUID | None = None
) -> tuple[int, Json]:
    """The version of a thing and what GET shows of it, noted for the audit as what was before."""
    version, content = await resource.find(await read_session_of(session), id, owner)
    serialized = encode(content)
    session.info["before"] = serialized
    return version, read_json(serialized)


async def create(
    session: AsyncSession, actor: Actor, resource: Resource[Any], data: New, **columns: object
) -> tuple[UUID, bool]:
    """Write a new thing, once; its id, and whether it is new.

    422 if it refers to something that does not exist. What a client does not send is said in
    further columns.
    """
    await check_references(session, data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    return await insert(session, resource, data, **columns), True


async def check_references(session: AsyncSession, data: Body) -> None:
    """422 if a request refers to something that does not exist."""
    await require(await driver_of(session), data)


async def insert(
    session: AsyncSession, resource: Resource[Any], data: New, **columns: object
) -> UUID:
    """Write the row of a new thing, and those of its parts; its id."""
    connection = await driver_of(session)
    id = data.id or uuid7()
    row = {"id": id, **resource.values(data), **columns}
    await statements.insert(connection, resource.table, row)
    for name, nested in resource.nested.items():
        if elements := getattr(data, name):
            await nested.write(connection, {id: elements})
    return id


async def change(session: AsyncSession, stored: Stored[Any], data: Body, **columns: object) -> None:
    """Write what a thing says now. With parts its version rises, whatever changed."""
    resource = stored.resource
    stored.row.sqlmodel_update({**resource.values(data), **columns})
    connection = await driver_of(session)
    for name, nested in resource.nested.items():
        await nested.write(connection, {stored.id: getattr(data, name)})
    if resource.nested:
        await stored.bump_version(session)


async def created(
    request: Request, session: AsyncSession, collection: Collection, id: UUID, *, fresh: bool
) -> Response:
    """Answer a create: 201 with the whole thing, or 200 if it was there already."""
    read_session = await read_session_of(session)
    version, content = await collection.find(read_session, id)
    location = f"{request.url.path}/{id}"
    return thing_answer(version, content, 201 if fresh else 200, location=location, private=True)


async def changed(session: AsyncSession, collection: Collection, id: UUID) -> Response:
    """Answer a change: 200 with the whole thing."""
    read_session = await read_session_of(session)
    version, content = await collection.find(read_session, id)
    return thing_answer(version, content, private=True)
