"""Counting the whole country from a roll-up.

A roll-up knows no places, but classes of them: those that lay in one province when the data begins,
in one as recorded and in one at last. Where a map puts the places of a class into several
provinces, what lies in them is added up from the rows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Statement
from app.localities.territory import territory
from app.querying.filters import AnyOf
from app.querying.queries import Filters
from app.querying.references import ReadSession
from app.statistics.aggregation import (
    MOST_STATEMENTS,
    Aggregates,
    Amounts,
    Combination,
    Fact,
    Shapes,
    aggregate,
    parted,
)
from app.statistics.tables import RollUp

_CLASS, _PERIOD = "province_class_id", "campaign_period_id"
_NOWHERE_ELSE = ("under", "country")  # a filter that every row passes


async def count(
    read_session: ReadSession, fact: Fact, query: Filters, by: Sequence[str], on: date | None
) -> Aggregates | None:
    """Count without reading rows; None if the fact's roll-up cannot answer this query."""
    levels, others = parted(by)
    selection = fact.rows.selection(query, read_session.references)
    asked = {name for name, _ in set(selection.shapes) - {_NOWHERE_ELSE}}
    filters = _filters(fact.roll_up)
    if (
        selection.searched
        or asked - filters.keys()
        or set(others) - _dimensions(fact.roll_up).keys()
        or set(levels) - {"province"}
    ):
        return None
    bound = {
        name: filters[name].bind(name, getattr(query, name), read_session.references)
        for name in sorted(asked)
    }
    shapes = tuple((name, each.shape) for name, each in bound.items())
    values = {name: value for each in bound.values() for name, value in each.values.items()}
    statement = _statement(fact, shapes, others, by_class=bool(levels))
    rows = await statement.rows(read_session.connection, **values)
    if not levels:
        aggregates = Aggregates()
        aggregates.add((), {row[: len(others)]: row[len(others) :] for row in rows})
        return aggregates
    by_class: dict[int, dict[Combination, Amounts]] = defaultdict(dict)
    end = 1 + len(others)
    for row in rows:
        by_class[row[0]][row[1:end]] = row[end:]
    known = territory(read_session.references)
    provinces = known.provinces_of_classes(on)
    unclear = {id for id in by_class if len(provinces[id]) > 1}
    if unclear:
        placements = known.placements_of(unclear)
        aggregates = await aggregate(read_session, fact, query, by, on, placements)
    else:
        aggregates = Aggregates()
    for id in by_class.keys() - unclear:
        (province,) = provinces[id]
        aggregates.add(province, by_class[id])
    return aggregates


@cache
def _dimensions(roll_up: RollUp) -> Mapping[str, Any]:
    names = {_PERIOD: "campaign_period"}
    return {names.get(key, key): roll_up.table.c[key] for key in roll_up.keys if key != _CLASS}


@cache
def _filters(roll_up: RollUp) -> Mapping[str, Any]:
    period = roll_up.table.c[_PERIOD]
    return {name: AnyOf(column) for name, column in _dimensions(roll_up).items()} | {
        "campaign_period": InPeriod(period),
        "in_periods": InPeriod(period),
        "in_period_alone": AnyOf(period),
    }


@lru_cache(MOST_STATEMENTS)
def _statement(fact: Fact, shapes: Shapes, others: Sequence[str], *, by_class: bool) -> Statement:
    table, dimensions = fact.roll_up.table, _dimensions(fact.roll_up)
    columns = [dimensions[name] for name in others]
    if by_class:
        columns.insert(0, table.c[_CLASS])
    none = sa.literal_column("0", sa.BigInteger())
    sums = [
        sa.cast(sa.func.coalesce(sa.func.sum(table.c[name]), none), sa.BigInteger())
        for name in fact.measures
    ]
    core = sa.select(*columns, *sums)
    filters = _filters(fact.roll_up)
    core = core.where(*(filters[name].clause(name, shape) for name, shape in shapes))
    # Of some values there are no rows left: what once was counted was taken away again.
    return Statement(core.group_by(*columns).having(sums[0] != none) if columns else core)
