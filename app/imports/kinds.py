"""What an import needs to know of a kind of thing: its schemas, rules and statements."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from app.access.actors import Actor
from app.http.json_encoding import Json
from app.http.problems import Fault
from app.http.schemas import Body, New
from app.querying import rows
from app.querying.references import References
from app.querying.representations import table_of
from app.querying.resources import Resource

NewThing = TypeVar("NewThing", bound=New)
Facts = TypeVar("Facts", bound=Body)


class Recorded(NamedTuple):
    """A thing as it stands before a row changes it."""

    id: UUID
    version: int
    content: Json  # as GET shows it
    sent: Json  # the same, as a client would send it


class Kind(ABC, Generic[NewThing, Facts]):
    """One kind of thing, as one actor imports it."""

    resource: Resource[Any]
    new: ClassVar[type[New]]
    patch: ClassVar[Any]
    columns: ClassVar[frozenset[str]]  # of flat files
    following: ClassVar[frozenset[str]]  # members that follow from others, and are not looked at

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    async def begin(self, connection: asyncpg.Connection, references: References) -> None:
        """Learn what all rows need."""
        del connection, references

    @abstractmethod
    async def look_up(
        self,
        connection: asyncpg.Connection,
        bodies: Sequence[NewThing | Facts],
        references: References,
    ) -> None:
        """Learn what the checks of some rows need, by a few questions for all of them."""

    def settle(self, members: Json, recorded: Recorded | None) -> Iterator[Fault]:
        """Put ids where something else may stand for them."""
        del members, recorded
        yield from ()

    def restates(self, name: str, value: object, recorded: Recorded) -> bool:
        """Whether a member that only a new thing takes says what is recorded already."""
        del name, value, recorded
        return False

    @abstractmethod
    def faults_of_new(self, body: NewThing) -> Iterator[Fault]: ...

    @abstractmethod
    def faults_of_change(self, recorded: Recorded, body: Facts) -> Iterator[Fault]: ...

    @abstractmethod
    def columns_of_new(self, body: NewThing) -> Mapping[str, object]:
        """What is recorded of a new thing beside its facts and its agency."""

    async def write(
        self,
        connection: asyncpg.Connection,
        new: Mapping[UUID, NewThing],
        changed: Sequence[tuple[Recorded, Facts]],
    ) -> None:
        """Write the rows of things and of their parts."""
        resource, agency = self.resource, {"agency_id": self.actor.agency_id}
        table = table_of(resource.table)
        made = [
            {"id": id, **resource.values(body), **self.columns_of_new(body), **agency}
            for id, body in new.items()
        ]
        await rows.insert(connection, table, made)
        updated = [
            {"id": recorded.id, "version": recorded.version, **resource.values(body)}
            for recorded, body in changed
        ]
        await rows.update(connection, table, updated)
        for name, nested in resource.nested.items():
            elements = {id: found for id, body in new.items() if (found := getattr(body, name))}
            elements |= {recorded.id: getattr(body, name) for recorded, body in changed}
            if elements:
                await nested.write(connection, elements)
