"""What an import needs to know of a kind of thing: its schemas, rules and statements."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

from app.access.writing import Stored
from app.http.problems import Fault
from app.http.schemas import New
from app.querying.collections import Collection
from app.querying.references import References

Members = dict[str, Any]


class Kind(ABC):
    """One kind of thing, as one actor imports it."""

    name: ClassVar[str]  # as bodies refer to it
    table: ClassVar[type[SQLModel]]
    collection: Collection
    new: ClassVar[type[New]]
    patch: ClassVar[Any]
    columns: ClassVar[frozenset[str]]  # of flat files
    following: ClassVar[frozenset[str]]  # members that follow from others, and are not looked at

    async def begin(self, connection: asyncpg.Connection, references: References) -> None:
        """Learn what all rows need."""
        del connection, references

    @abstractmethod
    async def look_up(
        self, connection: asyncpg.Connection, bodies: Sequence[Any], references: References
    ) -> None:
        """Learn what the checks of some rows need, by a few questions for all of them."""

    def settle(self, members: Members, stored: Stored | None) -> Iterator[Fault]:
        """Put ids where something else may stand for them."""
        del members, stored
        yield from ()

    def restates(self, name: str, value: Any, stored: Stored) -> bool:
        """Whether a member that only a new thing takes says what is recorded already."""
        del name, value, stored
        return False

    @abstractmethod
    def faults_of_new(self, body: Any) -> Iterator[Fault]: ...

    @abstractmethod
    def faults_of_change(self, stored: Stored, body: Any) -> Iterator[Fault]: ...

    @abstractmethod
    async def write(
        self,
        connection: asyncpg.Connection,
        new: Mapping[UUID, Any],
        changed: Sequence[tuple[Stored, Any]],
    ) -> None: ...
