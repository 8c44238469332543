"""From the schema of an answer: the columns that are read for it, and the JSON of a row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, get_origin, runtime_checkable
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from pydantic.fields import FieldInfo
from sqlmodel import SQLModel

from app.db.statements import Column, Select
from app.http.annotations import mark_of, schema_in
from app.http.schemas import Answer
from app.querying.members import Computed, Reference
from app.querying.references import Serialize, carried, selected


class MadeOf(NamedTuple):
    """A member made of columns: by a function of the references and the values read."""

    columns: Sequence[Column]
    serialize: Callable[..., object]


@runtime_checkable
class Nested(Protocol):
    """A member that has rows of its own."""

    def made_of(self, owner: sa.Table, field: FieldInfo) -> MadeOf:
        """What the member of a schema is made of, for things whose rows are in a table."""

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[Any]]
    ) -> None:
        """Make these the elements of each thing, by its id."""


Member = Column | MadeOf | Nested  # what a member is that is not the column of its name


class Representation(NamedTuple):
    """How things are shown: what is read for one, and the JSON of a row of that."""

    select: Select
    serialize: Serialize


def represent(
    table: type[SQLModel], schema: type[Answer], members: Mapping[str, Member]
) -> Representation:
    """Show rows of a table by a schema: each member is the column of its name.

    Members marked as a Reference or as Computed are read accordingly, those in `members` as that
    says. TypeError for any other that is no column.
    """
    writer = _Writer(table_of(table))
    for name, field in schema.model_fields.items():
        writer.add(name, field, members.get(name))
    return Representation(sa.select(*writer.columns), writer.serializer())


def table_of(table: type[SQLModel]) -> sa.Table:
    return SQLModel.metadata.tables[str(table.__tablename__)]


def column_of(table: sa.Table, name: str) -> sa.Column[Any]:
    """The column that a member follows; TypeError, which says what to do, if there is none."""
    if name not in table.c:
        raise TypeError(
            f"{table.name} has no column {name}: add it, or mark the member of the schema as"
            " Reference or Computed, or say in `members` how it is read"
        )
    return table.c[name]


class _Writer:
    """Writes the function that makes the JSON of a row, as `dataclasses` writes methods.

    One expression, without a loop over the members, takes 0.6 of the time. Nothing enters it but
    names of members and of what is in its scope.
    """

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._values: dict[str, str] = {}  # of members, as expressions
        self._scope: dict[str, object] = {"carried": carried}
        self._positions: dict[Column, int] = {}
        self.columns: list[Column] = []

    def add(self, name: str, field: FieldInfo, said: Member | None) -> None:
        """Take up a member, which may have been said to be read in another way."""
        computed, reference = mark_of(field, Computed), mark_of(field, Reference)
        if isinstance(said, sa.SQLColumnExpression):
            value = self._read(name, field, said)
        elif isinstance(said, MadeOf):
            value = self._call(name, said)
        elif said is not None:
            value = self._call(name, said.made_of(self._table, field))
        elif computed is not None:
            self._scope[f"compute_{name}"] = computed.function
            value = f"compute_{name}({self._values[computed.member]})"
        elif reference is not None:
            value = self._refer(name, field, reference)
        else:
            value = self._read(name, field, column_of(self._table, name))
        self._values[name] = value

    def serializer(self) -> Serialize:
        members = ", ".join(f"{name!r}: {value}" for name, value in self._values.items())
        function: Serialize = eval(f"lambda row, refs: {{{members}}}", self._scope)  # noqa: S307
        return function

    def _read(self, name: str, field: FieldInfo, column: Column) -> str:
        value = self._value(name, column)
        if not isinstance(getattr(column, "type", None), sa.JSON):
            return value
        empty = " or '[]'" if get_origin(field.annotation) is list else ""
        return f"carried({value}{empty})"

    def _value(self, label: str, column: Column) -> str:
        """A column of the row, which several members may be made of."""
        position = self._positions.setdefault(column, len(self.columns))
        if position == len(self.columns):
            self.columns.append(column.label(label))
        return f"row[{position}]"

    def _refer(self, name: str, field: FieldInfo, reference: Reference) -> str:
        id = column_of(self._table, f"{name}_id")
        if not reference.in_memory:
            return self._read(name, field, selected(reference.kind, id, label_of(field)))
        arguments = [repr(reference.kind), self._value(f"{name}_id", id)]
        if reference.day is not None:
            arguments.append(self._value(reference.day, column_of(self._table, reference.day)))
        return f"refs.get({', '.join(arguments)})"

    def _call(self, name: str, made_of: MadeOf) -> str:
        self._scope[f"serialize_{name}"] = made_of.serialize
        values = [self._value(f"{name}_{at}", each) for at, each in enumerate(made_of.columns)]
        return f"serialize_{name}({', '.join(('refs', *values))})"


def label_of(field: FieldInfo) -> str:
    """What a reference at a member says of a thing beside its id."""
    schema = schema_in(field)
    assert schema is not None
    (label,) = schema.model_fields.keys() - {"id"}
    return label
