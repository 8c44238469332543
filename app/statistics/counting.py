"""Counting rows by their members and by where they lie on a map."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.statements import Statement
from app.http.listing import Collection, Selection
from app.http.queries import Filters
from app.http.references import Reading
from app.localities.attribution import LEVELS, Attribution, Key, Undivided
from app.localities.territory import territory

Values = tuple[Any, ...]
Amounts = Sequence[int]
Open = dict[Undivided[UUID], Amounts]


class Table(NamedTuple):
    """How much there is of each combination of values, by columns: there may be thousands."""

    values: Sequence[Sequence[Any]]  # of each dimension, those of territories first
    amounts: Sequence[Amounts]  # of each measure
    undivided: Open

    @classmethod
    def of(cls, rows: Iterable[Any], dimensions: int, undivided: Open) -> "Table":
        """Rows begin with the values of so many dimensions."""
        columns = list(zip(*rows, strict=True))
        return cls(columns[:dimensions], columns[dimensions:], undivided)

    @classmethod
    def of_counts(
        cls, counts: Mapping[Values, Amounts], dimensions: int, undivided: Open
    ) -> "Table":
        rows = ((*values, *amounts) for values, amounts in counts.items())
        return cls.of(rows, dimensions, undivided)

    def counts(self) -> dict[Values, Amounts]:
        """The same by rows."""
        amounts = list(zip(*self.amounts, strict=True))
        values = zip(*self.values, strict=True) if self.values else repeat((), len(amounts))
        return dict(zip(values, amounts, strict=True))


def add_at(
    place: Key[UUID], other: Values, amounts: Amounts, counts: dict[Values, Amounts], open_: Open
) -> None:
    """Add what lies in a place to the counts there, or to what is open."""
    if isinstance(place, Undivided):
        _add_up(open_, place, amounts)
    else:
        _add_up(counts, (*place, *other), amounts)


def _add_up(counts: dict[Any, Amounts], key: object, amounts: Amounts) -> None:
    known = counts.get(key)
    counts[key] = amounts if known is None else tuple(map(add, known, amounts))


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """What is counted: the rows of a list, by what, and how much of each measure they are."""

    collection: Collection
    placement_id: Any
    dimensions: Mapping[str, Any]  # columns
    measures: Mapping[str, Any]
    _statements: dict[object, Statement] = field(default_factory=dict)

    async def count(
        self,
        reading: Reading,
        query: Filters,
        by: Sequence[str],
        on: date | None,
        placements: list[int] | None = None,
    ) -> Table:
        """Count the rows that a query selects, of all placements or of these."""
        levels, others = parted(by)
        selection = self.collection.selection(query, reading.references)
        key = (selection.shapes, selection.searched, bool(levels), others, placements is None)
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= 1000:
                self._statements.clear()
            statement = self._statements[key] = Statement(
                self._statement(
                    selection, others, by_place=bool(levels), some=placements is not None
                )
            )
        attribution = territory(reading.references).attribution(on, levels)
        values = {**selection.values, "codes": attribution.as_array, "placements": placements}
        rows = await statement.rows(reading.connection, **values)
        if not levels:
            return Table.of(rows, len(others), {})
        if not others:
            return _added_up(rows, attribution)
        return _at_places(rows, attribution.keys, len(levels), len(others))

    def _statement(
        self, selection: Selection, others: Sequence[str], *, by_place: bool, some: bool
    ) -> sa.Select[*tuple[Any, ...]]:
        columns = [self.dimensions[name].label(name) for name in others]
        if by_place:
            # What is in the order of the index needs not be hashed: placements by themselves.
            place = _place_of(self.placement_id) if others else self.placement_id
            columns.insert(0, place.label("place"))
        core = self.collection.item.with_only_columns(
            *columns,
            *(measure.label(name) for name, measure in self.measures.items()),
            maintain_column_froms=True,
        )
        if some:
            listed = sa.bindparam("placements", type_=ARRAY(sa.Integer()))
            core = core.where(self.placement_id == sa.any_(listed))
        core = self.collection.found(core, selection)
        return core.group_by(*(_position(number) for number, _ in enumerate(columns, 1)))


def parted(by: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The levels of territory among dimensions, from the top down, and all others."""
    levels = tuple(level for level in LEVELS if level in by)
    return levels, tuple(name for name in by if name not in LEVELS)


def _added_up(rows: Iterable[Any], attribution: Attribution[UUID]) -> Table:
    """The table of rows that begin with a placement and count all that is there."""
    counts: dict[Values, Amounts] = {}
    undivided: Open = {}
    for placement, *amounts in rows:
        place = attribution.keys[attribution.codes[placement]]
        add_at(place, (), amounts, counts, undivided)
    return Table.of_counts(counts, len(attribution.levels), undivided)


def _at_places(rows: Sequence[Any], keys: Sequence[Key[UUID]], levels: int, others: int) -> Table:
    """The table of rows that begin with the code of their place: the number of its key."""
    units: dict[int, tuple[UUID | None, ...]] = {}
    open_: dict[int, Undivided[UUID]] = {}
    for code in {row[0] for row in rows}:
        key = keys[code]
        if isinstance(key, Undivided):
            open_[code] = key
        else:
            units[code] = key
    undivided: Open = {}
    if open_:
        for code, *told in rows:
            if code in open_:
                _add_up(undivided, open_[code], told[others:])
        rows = [row for row in rows if row[0] in units]
    if not rows:
        return Table((), (), undivided)
    codes, *columns = zip(*rows, strict=True)
    places = [
        list(map({code: key[level] for code, key in units.items()}.__getitem__, codes))
        for level in range(levels)
    ]
    return Table([*places, *columns[:others]], columns[others:], undivided)


def _place_of(placement_id: Any) -> sa.ColumnElement[int]:
    """The code of the place that a placement is attributed to; arrays begin at 1."""
    codes = sa.select(sa.cast(sa.bindparam("codes", type_=sa.Text()), ARRAY(sa.Integer())))
    return codes.scalar_subquery()[placement_id + sa.literal_column("1")]


def _position(number: int) -> sa.ColumnElement[Any]:
    """A column of the result, by its place in it."""
    return sa.literal_column(str(number))
