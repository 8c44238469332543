"""Members that have rows of their own: lists of parts, and lists of references."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlmodel import SQLModel
from uuid_utils.compat import uuid7

from app.db.statements import Column, Values
from app.http.annotations import mark_of, schema_in
from app.http.json_encoding import Json
from app.http.partial_dates import PrecisionOf
from app.querying import rows
from app.querying.members import Computed, Reference
from app.querying.references import References, carried, selected
from app.querying.representations import MadeOf, column_of, label_of, table_of

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parts:
    """A list of parts: rows of a table with the one key that is deleted along with their thing.

    They come in the order of their `position`, or in another `order`.
    """

    table: type[SQLModel]
    order: Sequence[Column] = ()

    def made_of(self, owner: sa.Table, field: FieldInfo) -> MadeOf:
        part, schema = table_of(self.table), schema_in(field)
        assert schema is not None
        members = {name: _element(part, name, of) for name, of in schema.model_fields.items()}
        pairs = [each for name, (column, _) in members.items() for each in (name, column)]
        filled = {name: fill for name, (_, fill) in members.items() if fill is not None}
        json = _listed(sa.func.json_build_object(*pairs), self.order or (part.c.position,)).where(
            part.c[key_of(part)] == owner.c.id
        )
        if not filled:
            return MadeOf([json.scalar_subquery()], _carried)
        if any(isinstance(column.type, sa.Numeric) for column in part.c):
            raise TypeError(f"{part.name} has numbers that parsing changes: read it by itself")

        def serialize(refs: References, json: str | None) -> list[Json]:
            elements: list[Json] = orjson.loads(json or "[]")
            for element in elements:
                for name, fill in filled.items():
                    element[name] = fill(element, refs)
            return elements

        return MadeOf([json.scalar_subquery()], serialize)

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[BaseModel]]
    ) -> None:
        part = table_of(self.table)
        key = key_of(part)
        written = [
            {key: id, **_own(part, position, element), **values_of(part, element, type(element))}
            for id, each in elements.items()
            for position, element in enumerate(each)
        ]
        await rows.replace(connection, part, key, list(elements), written)


@dataclass(frozen=True)
class Links:
    """A list of references: rows of a table that has, beside the key to the thing, theirs (`to`).

    They come in the order of their `position` or of their ids; where PostgreSQL looks them up, in
    that of a column of theirs.
    """

    table: type[SQLModel]
    to: str
    order: str | None = None

    def made_of(self, owner: sa.Table, field: FieldInfo) -> MadeOf:
        link, reference = table_of(self.table), mark_of(field, Reference)
        assert reference is not None
        to, of_owner = link.c[self.to], link.c[key_of(link)] == owner.c.id
        if reference.in_memory:
            ids = sa.select(to).where(of_owner).order_by(link.c.get("position", to))
            kind, days = reference.kind, [column_of(owner, reference.day)] if reference.day else []
            return MadeOf(
                [sa.func.array(ids.scalar_subquery(), type_=ARRAY(sa.Uuid())), *days],
                lambda refs, found, *day: [refs.get(kind, each, *day) for each in found],
            )
        label = label_of(field)
        names = dict.fromkeys(("id", label, self.order or "id"))
        thing = sa.table(reference.kind, *map(sa.column, names)).alias()
        json = _listed(
            sa.func.json_build_object("id", thing.c.id, label, thing.c[label]),
            (thing.c[self.order or "id"], thing.c.id),
        )
        json = json.join_from(link, thing, to == thing.c.id).where(of_owner)
        return MadeOf([json.scalar_subquery()], _carried)

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[UUID]]
    ) -> None:
        link = table_of(self.table)
        key = key_of(link)
        written = [
            {key: id, **_own(link, position), self.to: to}
            for id, each in elements.items()
            for position, to in enumerate(each)
        ]
        await rows.replace(connection, link, key, list(elements), written)


Fill = Callable[[Json, References], object]


def _element(part: sa.Table, name: str, field: FieldInfo) -> tuple[Column, Fill | None]:
    """The column of a member of a part, and what is put there after it was read."""
    computed, reference = mark_of(field, Computed), mark_of(field, Reference)
    if computed is not None:
        function, member = computed.function, computed.member
        return sa.null(), lambda element, _: function(element[member])
    if reference is None:
        return column_of(part, name), None
    id, kind = column_of(part, f"{name}_id"), reference.kind
    if not reference.in_memory:
        return selected(kind, id, label_of(field)), None
    return id, lambda element, refs: refs.get(kind, element[name] and UUID(element[name]))


def _listed(json: Column, order: Sequence[Column]) -> sa.Select[Any]:
    return sa.select(sa.func.json_agg(aggregate_order_by(json, *order)))


def _carried(_: References, json: str | None) -> object:
    return carried(json or "[]")


def key_of(part: sa.Table) -> str:
    """The column of the key to the thing that the rows of a table are parts of."""
    (key,) = (each for each in part.foreign_key_constraints if each.ondelete == "CASCADE")
    (column,) = key.column_keys
    return column


def _own(part: sa.Table, position: int, element: object = None) -> Values:
    """The columns of a part that stand in no member of it but its id."""
    own: dict[str, object] = {}
    if "id" in part.c:
        own["id"] = getattr(element, "id", None) or uuid7()
    if "position" in part.c:
        own["position"] = position
    return own


def values_of(
    table: sa.Table, data: BaseModel, new: type[BaseModel], besides: frozenset[str] = _NOTHING
) -> Values:
    """What the members of a schema say in a request, but for those `besides`, by columns."""
    return {column: getattr(data, name) for name, column in columns_of(table, new, besides)}


@cache
def columns_of(
    table: sa.Table, new: type[BaseModel], besides: frozenset[str] = _NOTHING
) -> list[tuple[str, str]]:
    """The members of a request, with the columns they are stored in; TypeError if one has none."""
    members = [
        (name, f"{name}_id" if mark_of(field, Reference) is not None else name)
        for name, field in new.model_fields.items()
        if name != "id" and name not in besides and mark_of(field, PrecisionOf) is None
    ]
    for _, column in members:
        column_of(table, column)
    return members
