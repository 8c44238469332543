"""What every write shares: ids brought by clients, the stored thing a change starts from."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Actor, AnyActor, Role
from app.access.tables import DeletedThing, Submission
from app.db.columns import Record
from app.http.conditional import check_if_match
from app.http.json_encoding import encode
from app.http.json_responses import thing_answer
from app.http.problems import IdTaken, NotFound
from app.http.routing import read_json
from app.http.schemas import New
from app.querying.collections import Collection
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
        insert(Submission)
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
class Stored:
    """A thing as it stands before a change, its row locked until the change is done."""

    id: UUID
    version: int
    content: dict[str, Any]

    def writable(self) -> dict[str, Any]:
        """Its members as a client would send them: references are ids.

        The precision of a date is left out: it follows from the date, which may be changed.
        """
        return {
            name: as_sent(value)
            for name, value in self.content.items()
            if not name.endswith("_precision")
        }

    def place(self, member: str) -> UUID | None:
        """The place that a member refers to."""
        place = self.content[member]
        return None if place is None else UUID(place["id"])

    async def touch(self, session: AsyncSession, table: type[Record]) -> None:
        """Raise the version when only what hangs on the row was changed."""
        await session.flush()
        thing = SQLModel.metadata.tables[str(table.__tablename__)]
        await session.exec(
            sa.update(thing)
            .where(thing.c.id == self.id, thing.c.version == self.version)
            .values(updated_at=sa.func.clock_timestamp())
        )


_REFERENCE = {"id", "name", "title", "number", "level", "code", "full_name", "path"}


def as_sent(value: Any) -> Any:
    """A member as a client would send it: references are ids."""
    if isinstance(value, dict):
        if "id" in value and value.keys() <= _REFERENCE:
            return value["id"]
        return {name: as_sent(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_sent(each) for each in value]
    return value


class StoredThing:
    """A dependency: the thing a change starts from.

    404 if there is none, 403 without the role or if `check` finds it outside the actor's scope,
    428 without If-Match unless it is a POST, 412 if it was changed since it was read.
    """

    def __init__(
        self,
        collection: Collection,
        role: Role,
        check: Callable[[AsyncSession, Actor, Stored], Awaitable[None]],
    ) -> None:
        self.collection = collection
        self.role = role
        self.check = check

    async def __call__(
        self, request: Request, session: SessionDep, actor: AnyActor, id: UUID
    ) -> Stored:
        table = self.collection.version.table
        locked = await session.scalar(
            sa.select(table.c.version).where(table.c.id == id).with_for_update()
        )
        if locked is None:
            raise NotFound
        read_session = await read_session_of(session)
        version, content = await self.collection.find(read_session, id)
        serialized = encode(content)
        session.info["before"] = serialized
        stored = Stored(id, version, read_json(serialized))
        actor.require(self.role)
        await self.check(session, actor, stored)
        check_if_match(request, version, required=request.method != "POST")
        return stored


async def replace_links(
    session: AsyncSession,
    table: type[SQLModel],
    owner: dict[str, UUID],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Make `rows` all the rows of an owner in a table that links two things."""
    links = SQLModel.metadata.tables[str(table.__tablename__)]
    owned = sa.and_(*(links.c[name] == value for name, value in owner.items()))
    await session.exec(sa.delete(links).where(owned))
    if rows:
        await session.exec(
            insert(links).values([owner | row for row in rows]).on_conflict_do_nothing()
        )


async def replace_parts(
    session: AsyncSession,
    table: type[SQLModel],
    owner: dict[str, Any],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Make `rows`, in this order, all the parts of an owner; parts keep the ids they have."""
    parts = SQLModel.metadata.tables[str(table.__tablename__)]
    owned = sa.and_(*(parts.c[name] == value for name, value in owner.items()))
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        raise IdTaken
    kept = parts.c.id == sa.any_(sa.cast(ids, ARRAY(sa.Uuid())))
    await session.exec(sa.delete(parts).where(owned, ~kept))
    if not rows:
        return
    new = insert(parts)
    replaced = {name: new.excluded[name] for name in rows[0] if name != "id"}
    statement = new.on_conflict_do_update(index_elements=["id"], set_=replaced, where=owned)
    stored = await session.exec(
        statement.returning(parts.c.id), params=[owner | row for row in rows]
    )
    if len(stored.all()) < len(rows):  # an id is that of a part of something else
        raise IdTaken


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
