"""A tally as it is told: items in the order of their values, with links to what they count."""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import getitem
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from app.http.encoding import Fragment, encode
from app.http.references import References
from app.localities.attribution import LEVELS, Undivided
from app.localities.service import territory
from app.statistics.counting import Counted, Tally, Values, parted
from app.statistics.schemas import VOCABULARIES, AwardStatisticsQuery, StatisticsQuery

_RANKS = {
    name: {term.value: rank for rank, term in enumerate(terms)}
    for name, terms in VOCABULARIES.items()
}


class _Value(NamedTuple):
    """A value of a dimension: its place among the others, its member in JSON, and its filter."""

    rank: int
    member: str
    parameter: str


class Telling:
    """What a request asked for, as it is told of every tally."""

    def __init__(
        self,
        request: Request,
        query: StatisticsQuery,
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

    def _items(self, counts: Mapping[Values, Sequence[int]]) -> Fragment:
        """There may be thousands: what they share is put into JSON once, not in every item."""
        known = [
            self._values(name, {values[place] for values in counts})
            for place, name in enumerate(self._names)
        ]
        rows = [(tuple(map(getitem, known, values)), amounts) for values, amounts in counts.items()]
        rows.sort()  # by the ranks of the values
        places = [self._names.index(name) for name in self._by]
        template = self._template()
        items = [
            template
            % (
                *(told[place].member for place in places),
                *amounts,
                *(value.parameter for value in told),
            )
            for told, amounts in rows
        ]
        return Fragment(f"[{','.join(items)}]")

    def _template(self) -> str:
        """An item whose members of dimensions, amounts and parameters are still to be filled in."""
        asked = self._asked
        if "campaign_period" in self._by:
            asked = asked | {"nested": "false"}
        fixed = encode(_joined(asked, without=self._by)).decode()[1:-1].replace("%", "%%")
        members = [
            *("%s" for _ in self._by),
            *(f'"{name}":%d' for name in self._measures),
            f'"rows":"{self._link(fixed, *("%s" for _ in self._by))}"',
        ]
        return f"{{{','.join(members)}}}"

    def _values(self, name: str, values: set[Any]) -> dict[Any, _Value]:
        ordered = sorted(values, key=lambda value: self._order(name, value))
        return {
            value: _Value(
                rank,
                encode({name: self._tell(name, value)}).decode()[1:-1],
                f"{name}={'none' if value is None else value}",
            )
            for rank, value in enumerate(ordered)
        }

    def _undivided(
        self, place: Undivided[UUID], amounts: Sequence[int], fixed: str
    ) -> dict[str, Any]:
        candidates = sorted(place.candidates, key=self._code)
        return {
            "locality": self._refs.get("locality", place.unit, self._on),
            **dict(zip(self._measures, amounts, strict=True)),
            "candidates": [self._refs.get("locality", unit, self._on) for unit in candidates],
            "rows": self._link(fixed, f"undivided={place.unit}"),
        }

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
