"""A kind of thing with an address of its own: the rest follows from its table and its schemas."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import (
    Generic,
    Literal,
    Self,
    TypedDict,
    TypeVar,
    Unpack,
    get_args,
    get_origin,
)

import sqlalchemy as sa

from app.db.columns import Record
from app.db.statements import Column, Values
from app.http.annotations import parts_of, schema_in
from app.http.json_encoding import Json
from app.http.schemas import Answer, Body
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Filter, Holds, Sort, by_date, by_text
from app.querying.members import as_sent
from app.querying.parts import Parts, columns_of, values_of
from app.querying.queries import ListQuery, SearchQuery
from app.querying.representations import Member, Nested, column_of, represent, table_of

Row = TypeVar("Row", bound=Record)


class Exceptions(TypedDict, total=False):
    """What does not follow from a table and its schemas."""

    members: Mapping[str, Member]  # that are not the columns of their names
    filters: Mapping[str, Filter]  # that are no equality
    sorts: Mapping[str, Sort]  # that go by no column
    owner: Column  # with the id of the thing at whose address these are


def collection_of(
    table: type[Record],
    shown: type[Answer],
    query: type[ListQuery],
    name: str,
    **exceptions: Unpack[Exceptions],
) -> Collection:
    """The things of a table: how they are `shown`, and asked for in a list.

    TypeError, which says what to do, for what neither follows nor is named as an exception.
    """
    rows, members = table_of(table), exceptions.get("members", {})
    if unknown := members.keys() - shown.model_fields.keys():
        raise TypeError(f"{shown.__name__} has no {sorted(unknown)}: take it out of `members`")
    item = represent(table, shown, members)
    filters, owner = dict(exceptions.get("filters", {})), exceptions.get("owner")
    if owner is not None:
        filters["owner"] = AnyOf(owner)
    orders = _sorts(rows, query, exceptions.get("sorts", {}))
    default: str = query.model_fields["sort"].default
    first = orders[default.lstrip("-")]
    return Collection(
        name=name,
        id=rows.c.id,
        version=rows.c.version,
        item=item.select,
        serialize=item.serialize,
        schema=shown,
        filters=_filters(rows, query, filters),
        sorts=orders,
        default_sort=default,
        search=rows.c.get("search"),
        owner=owner,
        newest=first.column if issubclass(first.kind, date) else rows.c.updated_at,
    )


@dataclass(frozen=True, kw_only=True)
class Resource(Collection, Generic[Row]):
    """Things that are listed, read, created and changed by their schemas."""

    table: type[Row]
    new: type[Body]
    members: Mapping[str, Member]  # that are not the columns of their names

    @classmethod
    def of(
        cls,
        table: type[Row],
        shown: type[Answer],
        new: type[Body],
        query: type[ListQuery],
        name: str,
        **exceptions: Unpack[Exceptions],
    ) -> Self:
        """The things of a table that are made `new` by a schema; the rest as in `collection_of`."""
        collection = collection_of(table, shown, query, name, **exceptions)
        known = {each.name: getattr(collection, each.name) for each in fields(collection)}
        resource = cls(**known, table=table, new=new, members=exceptions.get("members", {}))
        resource.check()
        return resource

    def in_lists(self, schema: type[Answer]) -> Self:
        """The same things, shown in lists by a schema that says less of them."""
        item = represent(self.table, schema, self.members)
        return replace(
            self,
            item=item.select,
            serialize=item.serialize,
            whole=self.item,
            serialize_whole=self.serialize,
        )

    @cached_property
    def nested(self) -> dict[str, Nested]:
        """The members of a request that have rows of their own."""
        return {
            name: each
            for name, each in self.members.items()
            if name in self.new.model_fields and isinstance(each, Nested)
        }

    def check(self) -> None:
        """TypeError if something that a request says is stored nowhere."""
        columns_of(table_of(self.table), self.new, frozenset(self.members))
        for name, each in self.nested.items():
            part = schema_in(self.new.model_fields[name])
            if part is not None and isinstance(each, Parts):
                columns_of(table_of(each.table), part)

    def values(self, data: Body) -> Values:
        """What a request says, by columns."""
        return values_of(table_of(self.table), data, self.new, frozenset(self.members))

    def as_sent(self, content: Json) -> Json:
        """What GET shows of a thing, as a client would send it."""
        return as_sent(self.schema, self.new, content)


def _filters(
    rows: sa.Table, query: type[ListQuery], said: Mapping[str, Filter]
) -> Mapping[str, Filter]:
    """The filter of each parameter of a list, and of what several are combined to."""
    names = [name for name in query.model_fields if name not in _OF_EVERY_LIST]
    for combined, parameters in query.combined.items():
        names = [combined, *(name for name in names if name not in parameters)]
    return {**said, **{name: _filter(rows, query, name) for name in names if name not in said}}


_OF_EVERY_LIST = {*SearchQuery.model_fields, "sort"}


def _filter(rows: sa.Table, query: type[ListQuery], name: str) -> Filter:
    """Rows that have in the column of a parameter one of its values, or where it holds."""
    column = rows.c.get(f"{name}_id", rows.c.get(name))
    field = query.model_fields.get(name)
    if column is not None and field is not None:
        kinds = list(parts_of(field))
        if bool in kinds:
            return Holds(column.is_(True))
        if any(get_origin(kind) is tuple for kind in kinds):
            return AnyOf(column)
    raise TypeError(f"{query.__name__}.{name} is none of {rows.name}: say in `filters` what it is")


def _sorts(rows: sa.Table, query: type[ListQuery], said: Mapping[str, Sort]) -> Mapping[str, Sort]:
    """What each order of a list goes by."""
    (orders,) = (
        each for each in parts_of(query.model_fields["sort"]) if get_origin(each) is Literal
    )
    names = dict.fromkeys(order.lstrip("-") for order in get_args(orders))
    return {name: said[name] if name in said else _sort(rows, name) for name in names}


def _sort(rows: sa.Table, name: str) -> Sort:
    """The first day of a partial date, another moment, or a text by the Vietnamese alphabet."""
    if f"{name}_first" in rows.c:
        return by_date(rows.c[f"{name}_first"])
    column = column_of(rows, name)
    if isinstance(column.type, sa.DateTime):
        return Sort(column, datetime)
    if isinstance(column.type, sa.Date):
        return Sort(column, date, nullable=bool(column.nullable))
    return by_text(column_of(rows, "sort_key"))
