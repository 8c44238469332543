"""Counting the register: the whole country from a roll-up, anything else from the rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from math import prod
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from starlette.requests import Request

from app.campaign_periods.calendar import Calendar
from app.db.statements import Statement
from app.http.problems import Fault, Text, Unprocessable
from app.localities.attribution import Undivided
from app.localities.territory import territory
from app.querying.read_sessions import read_sessions_of
from app.querying.references import REVISION, References
from app.statistics import roll_ups
from app.statistics.aggregation import Aggregates, Fact, aggregate, parted
from app.statistics.rendering import Rendering
from app.statistics.schemas import VOCABULARIES, StatisticsQuery

MOST_ROWS = 20_000  # of an answer with empty rows
_REVISION = Statement(sa.select(REVISION))


async def statistics(request: Request, query: StatisticsQuery, fact: Fact, path: str) -> bytes:
    """Count what a query selects, by its dimensions, each row with the link to what it counts."""
    on = None if query.map == "recorded" else query.map
    by: tuple[str, ...] = query.by
    async with read_sessions_of(request).read_session(several=True) as read_session:
        await read_session.refresh(await _REVISION.value(read_session.connection))
        _check_levels(read_session.references, by, on)
        aggregates = await roll_ups.count(read_session, fact, query, by, on)
        if aggregates is None:
            aggregates = await aggregate(read_session, fact, query, by, on)
        references = read_session.references
    measures = tuple(fact.measures)
    if query.zeros:
        _add_empty_rows(aggregates, query, by, on, references, (0,) * len(measures))
    return Rendering(request, query, measures, path, references, on).answer(aggregates)


def _check_levels(references: References, by: Sequence[str], on: date | None) -> None:
    """422 for a level that the map of the day does not have."""
    if on is None:
        return
    there = territory(references).levels_on(on)
    missing = [level for level in parted(by)[0] if level not in there]
    if missing:
        names = ", ".join(missing)
        text = Text(f"there was no {names} on that day", f"không có cấp {names} vào ngày đó")
        raise Unprocessable(faults=[Fault(("parameter", "by"), "level_not_in_force", text)])


# ---- rows of 0 ----------------------------------------------------------------------------------


def _add_empty_rows(
    aggregates: Aggregates,
    query: StatisticsQuery,
    by: Sequence[str],
    on: date | None,
    references: References,
    nothing: tuple[int, ...],
) -> None:
    levels, others = parted(by)
    places = list(_places(query, levels, on, references)) if levels else [()]
    choices = [list(_values(name, query, aggregates, by, references)) for name in others]
    most = prod(map(len, choices), start=len(places))
    if most > MOST_ROWS:
        text = Text(f"would give {most} rows", f"sẽ cho ra {most} dòng")
        raise Unprocessable(faults=[Fault(("parameter", "zeros"), "too_many_rows", text)])
    for place in places:
        row = aggregates.counts.setdefault(place, {})
        for values in product(*choices):
            row.setdefault(values, nothing)


def _places(
    query: StatisticsQuery, levels: Sequence[str], on: date | None, references: References
) -> Iterator[tuple[UUID, ...]]:
    """Where rows can lie on the map: in the selected units, and under the selected one."""
    known = territory(references)
    wanted = [getattr(query, level) for level in levels]
    for key in known.attribution(on, tuple(levels)).keys:
        if isinstance(key, Undivided):
            continue
        place = tuple(unit for unit in key if unit is not None)
        selected = all(
            units is None or unit in units for unit, units in zip(key, wanted, strict=True)
        )
        if len(place) == len(levels) and selected:
            since = on or known.history.begins(place[-1])
            if query.under is None or query.under in known.history.within(place[-1], since):
                yield place


def _values(
    name: str,
    query: StatisticsQuery,
    aggregates: Aggregates,
    by: Sequence[str],
    references: References,
) -> Iterable[Any]:
    """The values that a dimension can have: those selected, else all there are."""
    selected = getattr(query, name)
    if name == "campaign_period":
        calendar = references.cache("campaign_period")
        assert isinstance(calendar, Calendar)
        if selected is None:
            return calendar.ids()
        return {each for id in selected if id for each in calendar.with_nested(id)}
    if selected is not None:
        return [each for each in selected if each is not None]
    if name in VOCABULARIES:
        return [term.value for term in VOCABULARIES[name]]
    position = parted(by)[1].index(name)
    found = {values[position] for row in aggregates.counts.values() for values in row}
    years = found - {None}
    return range(min(years), max(years) + 1) if years else ()
