"""Adding up the rows of a fact by their members and by where they lie on a map."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import add
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.statements import Column, Statement
from app.localities.attribution import LEVELS, Key, Undivided
from app.localities.territory import territory
from app.querying.queries import Filters
from app.querying.references import ReadSession
from app.querying.selections import Selectable, Selection
from app.statistics.tables import RollUp

Combination = tuple[Any, ...]  # of values
Amounts = tuple[int, ...]  # of each measure
Shapes = tuple[tuple[str, Hashable], ...]  # of filters, by their names

MOST_STATEMENTS = 1_000  # compiled ones that a process remembers

# A plan for any values would read all of a period to find the rows of a place in it.
_PLANNED_FOR_ITS_VALUES = Statement(
    sa.select(sa.text("set_config('plan_cache_mode', 'force_custom_plan', true)"))
)


@dataclass
class Aggregates:
    """How much of each measure there is: by units of territory, then by all other values."""

    counts: dict[Combination, dict[Combination, Amounts]] = field(default_factory=dict)
    undivided: dict[Undivided[UUID], Amounts] = field(default_factory=dict)

    def add(self, place: Key[UUID], row: dict[Combination, Amounts]) -> None:
        """Add what lies in a place, by all other values."""
        if isinstance(place, Undivided):
            every = (*row.values(), self.undivided.get(place, ()))
            self.undivided[place] = tuple(map(sum, zip(*filter(None, every), strict=True)))
        elif place not in self.counts:
            self.counts[place] = row
        else:
            known = self.counts[place]
            for values, amounts in row.items():
                before = known.get(values)
                known[values] = amounts if before is None else tuple(map(add, before, amounts))


@dataclass(frozen=True, kw_only=True, eq=False)
class Fact:
    """What is counted: rows of a list, by some of their columns, and how much of what each is."""

    rows: Selectable
    placement_id: Column
    dimensions: Mapping[str, Column]
    measures: Mapping[str, Column]  # sums
    roll_up: RollUp


async def aggregate(
    read_session: ReadSession,
    fact: Fact,
    query: Filters,
    by: Sequence[str],
    on: date | None,
    placements: list[int] | None = None,
) -> Aggregates:
    """Add up the rows that a query selects, of all placements or of these alone."""
    levels, others = parted(by)
    shapes, searched, values = fact.rows.selection(query, read_session.references)
    statement = _statement(
        fact, shapes, others, searched=searched, by_place=bool(levels), some=placements is not None
    )
    attribution = territory(read_session.references).attribution(on, levels)
    more = {"codes": attribution.as_array, "placements": placements}
    await _PLANNED_FOR_ITS_VALUES.row(read_session.connection)
    rows = await statement.rows(read_session.connection, **values, **more)
    aggregates, end = Aggregates(), len(others)
    if not levels:
        aggregates.add((), {row[:end]: row[end:] for row in rows})
        return aggregates
    there: dict[int, dict[Combination, Amounts]] = defaultdict(dict)
    for row in rows:
        shared = row[:end]
        for code, amounts in zip(row[end], zip(*row[end + 1 :], strict=True), strict=True):
            there[code][shared] = amounts
    for code, counts in there.items():
        aggregates.add(attribution.keys[code], counts)
    return aggregates


@lru_cache(MOST_STATEMENTS)
def _statement(
    fact: Fact, shapes: Shapes, others: Sequence[str], *, searched: bool, by_place: bool, some: bool
) -> Statement:
    """Rows of other values and amounts; by place, of other values, places and their amounts."""
    columns: list[sa.Label[Any]] = [fact.dimensions[name].label(name) for name in others]
    measures: list[sa.Label[Any]] = [measure.label(name) for name, measure in fact.measures.items()]
    if by_place:
        columns.append(_place_of(fact.placement_id).label("place"))
    core = fact.rows.item.with_only_columns(*columns, *measures, maintain_column_froms=True)
    if some:
        listed = sa.bindparam("placements", type_=ARRAY(sa.Integer()))
        core = core.where(fact.placement_id == sa.any_(listed))
    core = fact.rows.found(core, Selection(shapes, searched, {}))
    core = core.group_by(*(sa.text(str(place + 1)) for place in range(len(columns))))
    if not by_place:
        return Statement(core)
    # Thousands of places with the same other values are one row with arrays, which is read faster.
    counted = core.subquery()
    values = [counted.c[name] for name in others]
    arrays = [sa.func.array_agg(counted.c[name]) for name in ("place", *fact.measures)]
    any_ = sa.func.count() > sa.literal_column("0")
    return Statement(sa.select(*values, *arrays).group_by(*values).having(any_))


def parted(by: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The levels of territory among dimensions, from the top down, and all others."""
    levels = tuple(level for level in LEVELS if level in by)
    return levels, tuple(name for name in by if name not in LEVELS)


def _place_of(placement_id: Column) -> sa.ColumnElement[int]:
    """The number of the place that a placement is attributed to; arrays begin at 1."""
    codes = sa.select(sa.cast(sa.bindparam("codes", type_=sa.Text()), ARRAY(sa.Integer())))
    return codes.scalar_subquery()[placement_id + sa.literal_column("1")]
