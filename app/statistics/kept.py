"""Counting models from the counts kept beside them.

They know the province that a model was recorded in and the one that it lies in at last. Where all
the places of such a pair lie in one province of a day's map, so do their models; the models of
other places are counted from their rows.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Statement
from app.http.filters import AnyOf, Bound, Clause
from app.http.queries import Filters
from app.http.references import Reading, References
from app.localities.attribution import Key
from app.localities.service import territory
from app.localities.territory import Place
from app.statistics.counting import Counted, Tally, parted
from app.statistics.tables import (
    KEYS,
    MODEL_COUNT,
    MODEL_COUNT_CHANGE,
    MODEL_COUNT_OF_ALL_PERIODS,
    WITHOUT_PERIOD,
)

PERIODS = frozenset({"in_periods", "in_period_alone", "campaign_period"})


class _InProvince:
    """What lay in a province, or lies in it at last."""

    def __init__(self, counts: sa.Subquery) -> None:
        self._columns = counts.c

    def bind(self, name: str, value: Place, references: References) -> Bound | None:
        """None if the kept counts do not tell."""
        known = territory(references)
        level = known.identity.get(value.unit, ("",))[0]
        if level == "country":
            return Bound("the country", {})
        if level == "province" and value.map == "recorded":
            return Bound("recorded_province_id", {name: value.unit})
        if value.map is None and known.sole_province.get(value.unit) == value.unit:
            return Bound("province_id", {name: value.unit})
        return None

    def clause(self, name: str, shape: str) -> Clause:
        if shape == "the country":
            return sa.true()
        return self._columns[shape] == sa.bindparam(name, type_=sa.Uuid())


class _Counts:
    """The counts of some keys: those settled and the changes since."""

    def __init__(self, settled: sa.Table, keys: Sequence[str]) -> None:
        columns = (*keys, "count")
        counts = sa.union_all(
            *(sa.select(*(table.c[c] for c in columns)) for table in (settled, MODEL_COUNT_CHANGE))
        ).subquery()
        self.columns = counts.c
        self.filters: dict[str, Any] = {"place": _InProvince(counts)} | {
            name: AnyOf(counts.c[name]) for name in keys if not name.endswith("_id")
        }
        if "campaign_period_id" in keys:
            self.filters["in_periods"] = InPeriod(counts.c.campaign_period_id)
            self.filters["in_period_alone"] = AnyOf(counts.c.campaign_period_id)
        self.known = {*self.filters, "campaign_period"}
        self.statements: dict[object, Statement] = {}

    def column(self, dimension: str) -> Any:
        return self.columns["campaign_period_id" if dimension == "campaign_period" else dimension]


_BY_PERIOD = _Counts(MODEL_COUNT, KEYS)
_OF_ALL_PERIODS = _Counts(MODEL_COUNT_OF_ALL_PERIODS, WITHOUT_PERIOD)


async def counted_from_kept(
    reading: Reading, query: Filters, by: Sequence[str], on: date | None, models: Counted
) -> Tally | None:
    """Count models without reading their rows; None where what is kept does not tell."""
    levels, others = parted(by)
    asked = models.collection.selection(query, reading.references)
    named = {name for name, _ in asked.shapes}
    used = named | set(others)
    counts = _BY_PERIOD if used & PERIODS else _OF_ALL_PERIODS
    if asked.searched or not used <= counts.known or set(levels) - {"province"}:
        return None
    shapes: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    for name in sorted(named):
        bound = counts.filters[name].bind(name, getattr(query, name), reading.references)
        if bound is None:
            return None
        shapes.append((name, bound.shape))
        values |= bound.values
    key = (tuple(shapes), bool(levels), others)
    statement = counts.statements.get(key)
    if statement is None:
        statement = counts.statements[key] = Statement(
            _statement(counts, shapes, others, by_province=bool(levels))
        )
    rows = await statement.rows(reading.connection, **values)
    return await _tally(reading, query, by, on, models, [tuple(row) for row in rows])


def _statement(
    counts: _Counts, shapes: Sequence[tuple[str, Any]], others: Sequence[str], *, by_province: bool
) -> sa.Select[*tuple[Any, ...]]:
    provinces = ("recorded_province_id", "province_id") if by_province else ()
    columns = [*(counts.columns[name] for name in provinces), *map(counts.column, others)]
    total = sa.cast(sa.func.sum(counts.columns.count), sa.BigInteger())
    core = sa.select(*columns, total.label("total"))
    core = core.where(*(counts.filters[name].clause(name, shape) for name, shape in shapes))
    return core.group_by(*columns).having(total != sa.literal_column("0"))


async def _tally(
    reading: Reading,
    query: Filters,
    by: Sequence[str],
    on: date | None,
    models: Counted,
    rows: list[tuple[Any, ...]],
) -> Tally:
    if not parted(by)[0]:
        tally = Tally()
        for *values, count in rows:
            tally.add((), tuple(values), [count])
        return tally
    known = territory(reading.references)
    keys = known.provinces_of_pairs(on)
    counted = {(row[0], row[1]) for row in rows}
    unclear = [pair for pair in counted if keys.get(pair) is None]
    tally = Tally()
    if unclear:
        tally = await models.count(reading, query, by, on, known.placements_of_pairs(unclear))
    for recorded, last, *values, count in rows:
        place: Key[UUID] | None = keys.get((recorded, last))
        if place is not None:
            tally.add(place, tuple(values), [count])
    return tally
