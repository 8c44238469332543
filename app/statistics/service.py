"""Counting the register: from what is kept beside it where that suffices, else from its rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request

from app.award_decisions.queries import AWARDS
from app.award_decisions.tables import Award, AwardDecision
from app.campaign_periods.calendar import Calendar
from app.db.statements import Statement
from app.emulation_models.models.queries import MODELS
from app.emulation_models.models.tables import EmulationModel
from app.http.problems import Fault, Text, Unprocessable
from app.localities.attribution import Undivided
from app.localities.filters import Place
from app.localities.territory import Territory, territory
from app.querying.filters import year_of
from app.querying.read_sessions import read_sessions_of
from app.querying.references import REVISION, ReadSession, References
from app.statistics.cells import CellCounts
from app.statistics.counting import Counted, Table, parted
from app.statistics.kept import KeptCounts
from app.statistics.schemas import VOCABULARIES, StatisticsQuery
from app.statistics.tables import AWARDS as KEPT_AWARDS
from app.statistics.tables import MODELS as KEPT_MODELS
from app.statistics.telling import Telling

MOST_ROWS = 20_000  # of an answer with empty rows
_REVISION = Statement(sa.select(REVISION))
_model = EmulationModel


_OF_MODELS = {
    "field": col(_model.field),
    "participant_kind": col(_model.participant_kind),
    "state": col(_model.state),
    "registered_level": col(_model.registered_level),
    "recognised_level": col(_model.recognised_level),
    "campaign_period": col(_model.campaign_period_id),
    "registered_year": col(_model.registered_year),
    "recognised_year": col(_model.recognised_year),
    "host_kind": col(_model.host_kind),
}
_HOW_MANY = sa.func.count()

MODELS_COUNTED = Counted(
    collection=MODELS,
    placement_id=col(_model.placement_id),
    dimensions=_OF_MODELS,
    measures={"count": _HOW_MANY},
)
FUNNEL = Counted(
    collection=MODELS,
    placement_id=col(_model.placement_id),
    dimensions=_OF_MODELS,
    measures={
        "count": _HOW_MANY,
        "registered": sa.func.count(col(_model.registered_level)),
        "recognised": sa.func.count(col(_model.recognised_level)),
        "commended": _HOW_MANY.filter(col(_model.commended)),
        "replicated": _HOW_MANY.filter(col(_model.replicated)),
    },
)
AWARDS_COUNTED = Counted(
    collection=AWARDS,
    placement_id=col(AwardDecision.placement_id),
    dimensions={
        "form": col(Award.form),
        "participant_kind": col(Award.participant_kind),
        "level": col(AwardDecision.level),
        "issued_year": year_of(col(AwardDecision.issued_on_first)),
    },
    measures={"count": sa.func.coalesce(sa.func.sum(col(Award.count)), 0)},
)


_CELLS = CellCounts()
_CELLS_OF_FUNNEL = CellCounts("registered_level", "recognised_level", "commended", "replicated")
_KEPT: dict[Counted, tuple[KeptCounts | CellCounts, ...]] = {
    MODELS_COUNTED: (KeptCounts(KEPT_MODELS, MODELS_COUNTED, _CELLS), _CELLS),
    FUNNEL: (KeptCounts(KEPT_MODELS, FUNNEL, _CELLS_OF_FUNNEL), _CELLS_OF_FUNNEL),
    AWARDS_COUNTED: (KeptCounts(KEPT_AWARDS, AWARDS_COUNTED),),
}


async def statistics(
    request: Request, query: StatisticsQuery, counted: Counted, path: str
) -> bytes:
    """Count what a query selects, by its dimensions, each row with the link to what it counts."""
    on = None if query.map == "recorded" else query.map
    by: tuple[str, ...] = query.by
    async with read_sessions_of(request).read_session(several=True) as read_session:
        await read_session.refresh(await _REVISION.value(read_session.connection))
        _check_levels(read_session.references, by, on)
        table = await _count(read_session, query, counted, on)
        refs = read_session.references
    if query.zeros:
        table = _with_empty_rows(table, query, by, on, refs, len(counted.measures))
    return Telling(request, query, counted, path, refs, on).answer(table)


async def _count(
    read_session: ReadSession, query: StatisticsQuery, counted: Counted, on: date | None
) -> Table:
    """Count by what is kept beside the rows, the fewest first, else by the rows."""
    for kept in _KEPT[counted]:
        table = await kept.count(read_session, query, query.by, on)
        if table is not None:
            return table
    return await counted.count(read_session, query, query.by, on)


def _check_levels(refs: References, by: Sequence[str], on: date | None) -> None:
    """422 for a level that the map of the day does not have."""
    if on is None:
        return
    missing = [level for level in parted(by)[0] if level not in territory(refs).levels_on(on)]
    if missing:
        names = ", ".join(missing)
        at = ("parameter", "by")
        serialized = Text(f"there was no {names} on that day", f"không có cấp {names} vào ngày đó")
        raise Unprocessable(faults=[Fault(at, "level_not_in_force", serialized)])


# ---- rows of 0 ----------------------------------------------------------------------------------


def _with_empty_rows(
    table: Table,
    query: StatisticsQuery,
    by: tuple[str, ...],
    on: date | None,
    refs: References,
    measures: int,
) -> Table:
    levels, others = parted(by)
    places = list(_places(query, levels, on, refs)) if levels else [()]
    choices = [list(_values(name, query, table, by, refs)) for name in others]
    most = len(places)
    for chosen in choices:
        most *= len(chosen)
    if most > MOST_ROWS:
        serialized = Text(f"would give {most} rows", f"sẽ cho ra {most} dòng")
        raise Unprocessable(faults=[Fault(("parameter", "zeros"), "too_many_rows", serialized)])
    counts, nothing = table.in_full(), (0,) * measures
    for place in places:
        row = counts.setdefault(place, {})
        for other in product(*choices):
            row.setdefault(other, nothing)
    return Table.of(counts, table.undivided)


def _places(
    query: StatisticsQuery, levels: tuple[str, ...], on: date | None, refs: References
) -> Iterator[tuple[UUID, ...]]:
    """Where rows can lie, as the map has it: in the selected units, and under the selected one."""
    known = territory(refs)
    wanted = [getattr(query, level) for level in levels]
    for key in known.attribution(on, levels).keys:
        if isinstance(key, Undivided):
            continue
        place = tuple(unit for unit in key if unit is not None)
        selected = all(
            units is None or unit in units for unit, units in zip(key, wanted, strict=True)
        )
        if len(place) == len(levels) and selected and _lies_in(known, place[-1], query.place):
            yield place


def _lies_in(known: Territory, unit: UUID, place: Place | None) -> bool:
    if place is None:
        return True
    history = known.history
    begins = history.begins(unit)
    if place.map is None:
        return place.unit in history.within(unit, begins)
    day = place.map if isinstance(place.map, date) else begins
    return place.unit in history.lineage(unit, day)


def _values(
    name: str, query: StatisticsQuery, table: Table, by: tuple[str, ...], refs: References
) -> Iterable[Any]:
    """The values that a dimension can have: those selected, else all there are."""
    selected = getattr(query, name)
    if name == "campaign_period":
        calendar = refs.cache("campaign_period")
        assert isinstance(calendar, Calendar)
        if selected is None:
            return calendar.ids()
        return {each for id in selected if id for each in calendar.with_nested(id)}
    if selected is not None:
        return [each for each in selected if each is not None]
    if name in VOCABULARIES:
        return [term.value for term in VOCABULARIES[name]]
    position = parted(by)[1].index(name)
    years = [values[position] for values in table.terms.values() if values[position]]
    return range(min(years), max(years) + 1) if years else ()
