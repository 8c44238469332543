"""Counting the register: from the counts kept beside it where they suffice, else from its rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request

from app.award_decisions.reading import AWARDS
from app.award_decisions.tables import Award, AwardDecision
from app.campaign_periods.calendar import Calendar
from app.db.statements import Statement
from app.emulation_models.reading import MODELS
from app.emulation_models.tables import EmulationModel
from app.http.filters import year_of
from app.http.problems import Fault, Text, Unprocessable
from app.http.readings import readings_of
from app.http.references import REVISION, References
from app.localities.attribution import LEVELS, Undivided
from app.localities.service import territory
from app.localities.territory import Place, Territory
from app.organisations.tables import Organisation
from app.statistics.counting import Counted, Dimension, Tally, Values, parted
from app.statistics.kept import KeptCounts
from app.statistics.schemas import VOCABULARIES, AwardStatisticsQuery, ModelStatisticsQuery
from app.statistics.tables import AWARDS as KEPT_AWARDS
from app.statistics.tables import MODELS as KEPT_MODELS

MOST_ROWS = 20_000  # of an answer with empty rows
_REVISION = Statement(sa.select(REVISION))
_model = EmulationModel


def _kind_of(host: Any) -> sa.ScalarSelect[Any]:
    return sa.select(col(Organisation.kind)).where(col(Organisation.id) == host).scalar_subquery()


_OF_MODELS = {
    "field": Dimension(col(_model.field)),
    "participant_kind": Dimension(col(_model.participant_kind)),
    "state": Dimension(col(_model.state)),
    "registered_level": Dimension(col(_model.registered_level)),
    "recognised_level": Dimension(col(_model.recognised_level)),
    "campaign_period": Dimension(col(_model.campaign_period_id)),
    "registered_year": Dimension(year_of(col(_model.registered_on_first))),
    "recognised_year": Dimension(year_of(col(_model.recognised_on_first))),
    "host_kind": Dimension(col(_model.host_id), _kind_of),
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
        "form": Dimension(col(Award.form)),
        "participant_kind": Dimension(col(Award.participant_kind)),
        "level": Dimension(col(AwardDecision.level)),
        "issued_year": Dimension(year_of(col(AwardDecision.issued_on_first))),
    },
    measures={"count": sa.func.coalesce(sa.func.sum(col(Award.count)), 0)},
)


_KEPT = {
    MODELS_COUNTED: KeptCounts(KEPT_MODELS, MODELS_COUNTED),
    FUNNEL: KeptCounts(KEPT_MODELS, FUNNEL),
    AWARDS_COUNTED: KeptCounts(KEPT_AWARDS, AWARDS_COUNTED),
}

Query = ModelStatisticsQuery | AwardStatisticsQuery


async def statistics(request: Request, query: Query, counted: Counted, path: str) -> dict[str, Any]:
    """Count what a query selects, by its dimensions, each row with the link to what it counts."""
    on = None if query.map == "recorded" else query.map
    by: tuple[str, ...] = query.by
    async with readings_of(request).reading(several=True) as reading:
        await reading.keep_up(await _REVISION.value(reading.connection))
        _check_levels(reading.references, by, on)
        tally = await _KEPT[counted].count(reading, query, by, on)
        if tally is None:
            tally = await counted.count(reading, query, by, on)
        refs = reading.references
    if query.zeros:
        _add_empty_rows(tally, query, by, on, refs, len(counted.measures))
    return _Told(request, query, counted, path, refs, on).answer(tally)


def _check_levels(refs: References, by: Sequence[str], on: date | None) -> None:
    """422 for a level that the map of the day does not have."""
    if on is None:
        return
    missing = [level for level in parted(by)[0] if level not in territory(refs).levels_on(on)]
    if missing:
        names = ", ".join(missing)
        at = ("parameter", "by")
        told = Text(f"there was no {names} on that day", f"không có cấp {names} vào ngày đó")
        raise Unprocessable(faults=[Fault(at, "level_not_in_force", told)])


# ---- rows of 0 ----------------------------------------------------------------------------------


def _add_empty_rows(
    tally: Tally,
    query: Query,
    by: tuple[str, ...],
    on: date | None,
    refs: References,
    measures: int,
) -> None:
    levels, others = parted(by)
    places = list(_places(query, levels, on, refs)) if levels else [()]
    choices = [list(_values(name, query, tally, by, refs)) for name in others]
    rows = len(places)
    for chosen in choices:
        rows *= len(chosen)
    if rows > MOST_ROWS:
        told = Text(f"would give {rows} rows", f"sẽ cho ra {rows} dòng")
        raise Unprocessable(faults=[Fault(("parameter", "zeros"), "too_many_rows", told)])
    for place in places:
        for other in product(*choices):
            tally.add(place, other, [0] * measures)


def _places(
    query: Query, levels: tuple[str, ...], on: date | None, refs: References
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
    name: str, query: Query, tally: Tally, by: tuple[str, ...], refs: References
) -> Iterable[Any]:
    """The values that a dimension can have: those selected, else all there are."""
    selected = getattr(query, name)
    if name == "campaign_period":
        calendar = refs.kept("campaign_period")
        assert isinstance(calendar, Calendar)
        if selected is None:
            return calendar.ids()
        return {each for id in selected if id for each in calendar.with_nested(id)}
    if selected is not None:
        return [each for each in selected if each is not None]
    if name in VOCABULARIES:
        return [term.value for term in VOCABULARIES[name]]
    levels, others = parted(by)
    place = len(levels) + others.index(name)
    years = [values[place] for values in tally.counts if values[place] is not None]
    return range(min(years), max(years) + 1) if years else ()


_RANKS = {
    name: {term.value: rank for rank, term in enumerate(terms)}
    for name, terms in VOCABULARIES.items()
}


# ---- as it is told ------------------------------------------------------------------------------


class _Value(NamedTuple):
    """A value of a dimension: its place among the others, how it is told, and its filter."""

    rank: int
    told: Any
    parameter: str


class _Told:
    """A tally as the answer to a request."""

    def __init__(
        self,
        request: Request,
        query: Query,
        counted: Counted,
        path: str,
        refs: References,
        on: date | None,
    ) -> None:
        self._by: tuple[str, ...] = query.by
        self._names = [name for part in parted(query.by) for name in part]
        self._measures = list(counted.measures)
        self._path, self._refs, self._on = path, refs, on
        self._asked = {
            name: value
            for name, value in request.query_params.multi_items()
            if name not in {"by", "zeros"}
        }
        if isinstance(query, AwardStatisticsQuery):
            self._asked["status"] = ",".join(status or "none" for status in query.status_told())

    def answer(self, tally: Tally) -> dict[str, Any]:
        undivided = sorted(tally.undivided.items(), key=lambda row: str(row[0].unit))
        amounts = (*tally.counts.values(), *tally.undivided.values())
        fixed = _joined(self._asked, without=["undivided"])
        return {
            "by": list(self._by),
            "items": self._items(tally.counts),
            "total": sum(count for count, *_ in amounts),
            "undivided": [self._undivided(place, told, fixed) for place, told in undivided],
        }

    def _items(self, counts: dict[Values, list[int]]) -> list[dict[str, Any]]:
        """In the order of their values. Each value is ranked and told once, not in every item."""
        known = [
            self._told_values(name, {values[place] for values in counts})
            for place, name in enumerate(self._names)
        ]
        places = [(name, self._names.index(name)) for name in self._by]
        fixed = _joined(self._asked, without=self._by)
        if "campaign_period" in self._by:
            fixed = _joined(self._asked | {"nested": "false"}, without=self._by)
        items = []
        for values, amounts in counts.items():
            told = [each[value] for each, value in zip(known, values, strict=True)]
            item = {name: told[place].told for name, place in places}
            item |= self._amounts(amounts)
            item["rows"] = self._link(fixed, *(value.parameter for value in told))
            items.append(([value.rank for value in told], item))
        items.sort(key=itemgetter(0))
        return [item for _, item in items]

    def _told_values(self, name: str, values: set[Any]) -> dict[Any, _Value]:
        ordered = sorted(values, key=lambda value: self._order(name, value))
        return {
            value: _Value(
                rank, self._tell(name, value), f"{name}={'none' if value is None else value}"
            )
            for rank, value in enumerate(ordered)
        }

    def _undivided(self, place: Undivided[UUID], amounts: list[int], fixed: str) -> dict[str, Any]:
        candidates = sorted(place.candidates, key=self._code)
        return {
            "locality": self._refs.get("locality", place.unit, self._on),
            **self._amounts(amounts),
            "candidates": [self._refs.get("locality", unit, self._on) for unit in candidates],
            "rows": self._link(fixed, f"undivided={place.unit}"),
        }

    def _amounts(self, amounts: list[int]) -> dict[str, int]:
        return dict(zip(self._measures, amounts, strict=True))

    def _tell(self, name: str, value: Any) -> Any:
        if name in LEVELS:
            return self._refs.get("locality", value, self._on)
        return self._refs.get(name, value) if name == "campaign_period" else value

    def _link(self, *parameters: str) -> str:
        return "?".join(filter(None, (self._path, "&".join(filter(None, parameters)))))

    def _order(self, name: str, value: Any) -> tuple[bool, Any]:
        """As the vocabularies and the official codes have it; what is unknown comes last."""
        if value is None:
            return True, ""
        if name in _RANKS:
            return False, _RANKS[name][value]
        return False, self._code(value) if name in LEVELS else value

    def _code(self, unit: UUID) -> tuple[str, str]:
        return territory(self._refs).identity[unit][1] or "", str(unit)


def _joined(parameters: dict[str, str], *, without: Sequence[str]) -> str:
    told = {name: value for name, value in parameters.items() if name not in without}
    return urlencode(told, safe=",")
