"""Counting rows by their members and by where they lie on a map."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.statements import Statement
from app.localities.attribution import LEVELS, Attribution, Key, Undivided
from app.localities.territory import territory
from app.querying.collections import Collection
from app.querying.queries import Filters
from app.querying.references import ReadSession
from app.querying.selections import Selection

Values = tuple[Any, ...]
Amounts = tuple[int, ...]  # of each measure
Counts = dict[Values, dict[Values, Amounts]]  # by units of territory, then by all other values
Open = dict[Undivided[UUID], Amounts]

# Rows of one place are taken for far fewer than they are: they would be sorted on the way, and a
# plan for any values would read all of a period to find those of a place.
_PLANNED_FOR_MANY = Statement(
    sa.select(
        sa.text("set_config('enable_sort', 'off', true)"),
        sa.text("set_config('plan_cache_mode', 'force_custom_plan', true)"),
    )
)


class Table(NamedTuple):
    """How much there is of each combination of values.

    Thousands of combinations have few terms and few amounts: what stands for them in the counts
    may be shorter than they are.
    """

    counts: Mapping[Values, Mapping[Any, Any]]  # by units of territory, then by all other values
    terms: Mapping[Any, Values]
    amounts: Mapping[Any, Amounts]
    undivided: Open

    @classmethod
    def of(cls, counts: Counts, undivided: Open) -> "Table":
        """Values and amounts stand for themselves."""
        return cls(
            counts,
            {values: values for row in counts.values() for values in row},
            {amounts: amounts for row in counts.values() for amounts in row.values()},
            undivided,
        )

    @classmethod
    def of_rows(cls, rows: Iterable[Any], others: int) -> "Table":
        """Rows without territory, that begin with so many values."""
        return cls.of({(): {row[:others]: row[others:] for row in rows}}, {})

    def in_full(self) -> Counts:
        """The counts by values and amounts themselves."""
        return {
            units: {self.terms[term]: self.amounts[amount] for term, amount in row.items()}
            for units, row in self.counts.items()
        }


def add_at(
    place: Key[UUID], other: Values, amounts: Amounts, counts: Counts, undivided: Open
) -> None:
    """Add what lies in a place to the counts there, or to what is undivided."""
    if isinstance(place, Undivided):
        _add_up(undivided, place, amounts)
    else:
        _add_up(counts.setdefault(place, {}), other, amounts)


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
        read_session: ReadSession,
        query: Filters,
        by: Sequence[str],
        on: date | None,
        placements: list[int] | None = None,
    ) -> Table:
        """Count the rows that a query selects, of all placements or of these."""
        levels, others = parted(by)
        selection = self.collection.selection(query, read_session.references)
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
        attribution = territory(read_session.references).attribution(on, levels)
        values = {**selection.values, "codes": attribution.as_array, "placements": placements}
        await _PLANNED_FOR_MANY.row(read_session.connection)
        rows = await statement.rows(read_session.connection, **values)
        if not levels:
            return Table.of_rows(rows, len(others))
        if not others:
            return _added_up(rows, attribution)
        return _at_places(rows, attribution.keys, len(others))

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
    counts: Counts = {}
    undivided: Open = {}
    for row in rows:
        place = attribution.keys[attribution.codes[row[0]]]
        add_at(place, (), row[1:], counts, undivided)
    return Table.of(counts, undivided)


def _at_places(rows: Iterable[Any], keys: Sequence[Key[UUID]], others: int) -> Table:
    """The table of rows that begin with the code of their place: the number of its key."""
    counts: Counts = {}
    undivided: Open = {}
    for row in rows:
        place = keys[row[0]]
        if isinstance(place, Undivided):
            _add_up(undivided, place, row[1 + others :])
        else:
            counts.setdefault(place, {})[row[1 : 1 + others]] = row[1 + others :]
    return Table.of(counts, undivided)


def _place_of(placement_id: Any) -> sa.ColumnElement[int]:
    """The code of the place that a placement is attributed to; arrays begin at 1."""
    codes = sa.select(sa.cast(sa.bindparam("codes", type_=sa.Text()), ARRAY(sa.Integer())))
    return codes.scalar_subquery()[placement_id + sa.literal_column("1")]


def _position(number: int) -> sa.ColumnElement[Any]:
    """A column of the result, by its place in it."""
    return sa.literal_column(str(number))
