"""Counting rows by their members and by where they lie on a map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import add
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.statements import Statement
from app.http.listing import Collection, Selection
from app.http.queries import Filters
from app.http.references import Reading
from app.localities.attribution import LEVELS, Key, Undivided
from app.localities.service import territory

Values = tuple[Any, ...]


@dataclass
class Tally:
    """How many rows there are of each combination of values, and of each place left undivided."""

    counts: dict[Values, Sequence[int]] = field(default_factory=dict)
    undivided: dict[Undivided[UUID], Sequence[int]] = field(default_factory=dict)

    def add(self, place: Key[UUID], other: Values, amounts: Sequence[int]) -> None:
        """Add what lies in a place: the values of territories come before all others."""
        if isinstance(place, Undivided):
            _add(self.undivided, place, amounts)
        else:
            _add(self.counts, (*place, *other), amounts)


def _add(counts: dict[Any, Sequence[int]], key: object, amounts: Sequence[int]) -> None:
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
    ) -> Tally:
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
        tally = Tally()
        # Rows of one place are taken for far fewer than they are, and would be sorted.
        await reading.connection.execute("set local enable_sort = off")
        rows = await statement.rows(reading.connection, **values)
        if not levels:
            tally.counts = {row[: len(others)]: row[len(others) :] for row in rows}
            return tally
        keys, measures = attribution.keys, 1 + len(others)
        for row in rows:
            place = keys[row[0]]
            if isinstance(place, Undivided):
                tally.add(place, (), row[measures:])
            else:
                tally.counts[(*place, *row[1:measures])] = row[measures:]
        return tally

    def _statement(
        self, selection: Selection, others: Sequence[str], *, by_place: bool, some: bool
    ) -> sa.Select[*tuple[Any, ...]]:
        columns = [self.dimensions[name].label(name) for name in others]
        if by_place:
            columns.insert(0, _place_of(self.placement_id).label("place"))
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


def _place_of(placement_id: Any) -> sa.ColumnElement[int]:
    """The code of the place that a placement is attributed to; arrays begin at 1."""
    codes = sa.select(sa.cast(sa.bindparam("codes", type_=sa.Text()), ARRAY(sa.Integer())))
    return codes.scalar_subquery()[placement_id + sa.literal_column("1")]


def _position(number: int) -> sa.ColumnElement[Any]:
    """A column of the result, by its place in it."""
    return sa.literal_column(str(number))
