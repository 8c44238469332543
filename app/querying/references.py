"""Short references to other things: how each kind is shown, found and checked.

This floor knows no kind: each domain registers its own. Most kinds are looked up in SQL
(`selected`); the few that nearly every row names are in a `LookupCache` of the process. It is
current by a revision that the database raises and that every read fetches along with its rows.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import SQLModel, col

from app.db.statements import Column
from app.db.tables import ReferenceRevision
from app.http.annotations import mark_of
from app.http.faults import pointer
from app.http.json_encoding import Fragment, Json
from app.http.problems import Fault, Text, Unprocessable
from app.http.schemas import LocalityRef, NumberedRef, Ref, TitledRef
from app.querying.members import Reference


class LookupCache(Protocol):
    """The references to all things of one kind, as of one revision."""

    async def refreshed(self, connection: asyncpg.Connection, since: int) -> "LookupCache":
        """Return one that has what changed after a revision; itself if nothing did."""

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        """The reference as JSON, as it reads on a day (default: at last)."""

    def __contains__(self, id: object) -> bool: ...


class Kind(NamedTuple):
    """Where things of one kind are, and what makes their lookup cache, if they have one."""

    table: str
    cache: Callable[[], LookupCache] | None


kinds: dict[str, Kind] = {}


def register(
    kind: str, table: type[SQLModel], *, cache: Callable[[], LookupCache] | None = None
) -> None:
    kinds[kind] = Kind(str(table.__tablename__), cache)


def selected(kind: str, id: Column, label: str = "name") -> sa.ColumnElement[Any]:
    """A column with the reference to a thing of a kind without a lookup cache, as JSON or null."""
    things = sa.table(kind, sa.column("id", sa.Uuid()), sa.column(label)).alias()
    reference = sa.func.json_build_object("id", things.c.id, label, things.c[label], type_=sa.JSON)
    return sa.select(reference).where(things.c.id == id).scalar_subquery()


def carried(json: str | None) -> Fragment | None:
    """JSON as the database made it, to be carried on unparsed."""
    return None if json is None else Fragment(json)


LOCALITY = Reference("locality", in_memory=True)
ORGANISATION = Reference("organisation", in_memory=True)
CAMPAIGN_PERIOD = Reference("campaign_period", in_memory=True)
DOCUMENT = Reference("document")
CRITERIA_SET = Reference("criteria_set")
EVENT = Reference("event")
MODEL = Reference("emulation_model")

LocalityId = Annotated[UUID, LOCALITY]
OrganisationId = Annotated[UUID, ORGANISATION]
CampaignPeriodId = Annotated[UUID, CAMPAIGN_PERIOD]
DocumentId = Annotated[UUID, DOCUMENT]
CriteriaSetId = Annotated[UUID, CRITERIA_SET]
EventId = Annotated[UUID, EVENT]
ModelId = Annotated[UUID, MODEL]

OrganisationRef = Annotated[Ref, ORGANISATION]
CampaignPeriodRef = Annotated[Ref, CAMPAIGN_PERIOD]
DocumentRef = Annotated[NumberedRef, DOCUMENT]
CriteriaSetRef = Annotated[Ref, CRITERIA_SET]
EventRef = Annotated[Ref, EVENT]
ModelRef = Annotated[TitledRef, MODEL]
PlaceRef = Annotated[LocalityRef, LOCALITY]


class References:
    """The lookup caches as of one revision; a newer one is a new object."""

    def __init__(self, caches: Mapping[str, LookupCache], revision: int = 0) -> None:
        self.revision = revision
        self._caches = caches

    def get(self, kind: str, id: UUID | None, on: date | None = None) -> Fragment | None:
        return None if id is None else self._caches[kind].get(id, on)

    def known(self, kind: str, id: UUID) -> bool:
        """Whether a thing is known in memory; if not, the database may still know it."""
        return kind in self._caches and id in self._caches[kind]

    def cache(self, kind: str) -> LookupCache:
        return self._caches[kind]

    async def refreshed(self, connection: asyncpg.Connection, revision: int) -> "References":
        return References(
            {
                name: await cache.refreshed(connection, self.revision)
                for name, cache in self._caches.items()
            },
            revision,
        )


def empty_references() -> References:
    """Lookup caches of no revision yet."""
    return References({name: kind.cache() for name, kind in kinds.items() if kind.cache})


Serialize = Callable[[asyncpg.Record, References], Json]


class ReadSession:
    """A connection to read on, and the references as that connection sees them."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        references: References,
        share: Callable[[References], None] | None = None,
        catch_up: Callable[[], Awaitable[References]] | None = None,
    ) -> None:
        """`share` passes newer references on to the other readings of the process.

        A connection that is writing sees what may still be rolled back, and shares nothing: it
        lets the process `catch_up` with what everybody sees, and adds its own to that.
        """
        self.connection = connection
        self.references = references
        self._share = share
        self._catch_up = catch_up

    async def refresh(self, revision: int) -> None:
        """Read what changed, if a row just read knows of a newer revision."""
        if revision > self.references.revision and self._catch_up is not None:
            self.references = await self._catch_up()
        if revision > self.references.revision:
            self.references = await self.references.refreshed(self.connection, revision)
            if self._share is not None:
                self._share(self.references)


async def require(
    connection: asyncpg.Connection, body: BaseModel, references: References | None = None
) -> None:
    """Refuse a body that refers to things which do not exist, naming each of them.

    Those known in memory are not looked up: if they were deleted since, a foreign key says so.
    """
    known = references.known if references is not None else lambda *_: False
    (faults,) = await unknown_in(connection, [body], known)
    if faults:
        raise Unprocessable(faults=faults)


async def unknown_in(
    connection: asyncpg.Connection,
    bodies: Sequence[BaseModel],
    known: Callable[[str, UUID], bool],
) -> list[list[Fault]]:
    """For each body the references to things which neither are `known` nor exist."""
    named: dict[str, dict[UUID, list[tuple[int, str]]]] = {}
    for index, body in enumerate(bodies):
        for kind, id, path in _named_in(body, ()):
            if not known(kind, id):
                named.setdefault(kind, {}).setdefault(id, []).append((index, pointer(path)))
    faults: list[list[Fault]] = [[] for _ in bodies]
    for kind, places in named.items():
        rows = await connection.fetch(
            f"select id from {kinds[kind].table} where id = any($1)",  # noqa: S608
            list(places),
        )
        existing = {row["id"] for row in rows}
        for id, at in places.items():
            if id not in existing:
                for index, place in at:
                    fault = Fault(("pointer", place), "unknown_reference", _unknown(kind))
                    faults[index].append(fault)
    return [sorted(each) for each in faults]


def _unknown(kind: str) -> Text:
    name = kind.replace("_", " ")
    return Text(f"names no known {name}", f"không chỉ tới bản ghi nào đã biết ({name})")


def _named_in(
    body: BaseModel, path: tuple[object, ...]
) -> Iterable[tuple[str, UUID, tuple[object, ...]]]:
    for name, kind in _kinds_of(type(body)):
        for id, at in _each(getattr(body, name), (*path, name)):
            if isinstance(id, BaseModel):
                yield from _named_in(id, at)
            elif kind is not None and isinstance(id, UUID):
                yield kind, id, at


@cache
def _kinds_of(body: type[BaseModel]) -> list[tuple[str, str | None]]:
    """The members of a body, with the kind of thing that each refers to."""
    marks = {name: mark_of(field, Reference) for name, field in body.model_fields.items()}
    return [(name, None if mark is None else mark.kind) for name, mark in marks.items()]


def _each(value: object, path: tuple[object, ...]) -> Iterable[tuple[object, tuple[object, ...]]]:
    if isinstance(value, list | tuple):
        for index, element in enumerate(value):
            yield from _each(element, (*path, index))
    elif not isinstance(value, Mapping):
        yield value, path


REVISION = sa.select(col(ReferenceRevision.revision)).scalar_subquery().label("reference_revision")
