"""A tally as it is told: items in the order of their values, with links to what they count."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain, repeat
from operator import itemgetter
from typing import Any
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
        self._identity = territory(refs).identity
        self._asked = {
            name: value
            for name, value in request.query_params.multi_items()
            if name not in {"by", "zeros"}
        }
        if isinstance(query, AwardStatisticsQuery):
            self._asked["status"] = ",".join(status or "none" for status in query.status_told())

    def answer(self, tally: Tally) -> dict[str, Any]:
        undivided = sorted(tally.undivided.items(), key=lambda row: str(row[0].unit))
        amounts = chain(tally.counts.values(), tally.undivided.values())
        return {
            "by": list(self._by),
            "items": self._items(tally.counts),
            "total": sum(map(itemgetter(0), amounts)),
            "undivided": [self._undivided(place, told) for place, told in undivided],
        }

    def _items(self, counts: Mapping[Values, Sequence[int]]) -> Fragment:
        """There may be thousands: they are written by columns, each of whose values repeat."""
        if not counts:
            return Fragment(b"[]")
        columns = dict(zip(self._names, zip(*counts, strict=True), strict=True))
        amounts = dict(zip(self._measures, zip(*counts.values(), strict=True), strict=True))
        order = self._order(columns, len(counts))
        asked = self._asked | ({"nested": "false"} if "campaign_period" in self._by else {})
        fixed = self._link(asked, without=self._by)
        marks = ("&" if "?" in fixed else "?", "&", "&")
        written = [
            repeat(b",{"),
            *(_written(columns[name], order, partial(self._member, name)) for name in self._by),
            *(_written(amounts[name], order, partial(_amount, name)) for name in self._measures),
            repeat(encode({"rows": fixed})[1:-2]),  # the link goes on
            *(
                _written(columns[name], order, partial(_parameter, mark, name))
                for mark, name in zip(marks, self._names, strict=False)
            ),
            repeat(b'"}'),
        ]
        items = b"".join(chain.from_iterable(zip(*written, strict=False)))
        return Fragment(b"[%b]" % items[1:])

    def _order(self, columns: Mapping[str, Sequence[Any]], length: int) -> list[int]:
        """The places in the columns, ordered by the values there, from the first column on."""
        keys = [0] * length
        for name, column in columns.items():
            values = sorted(set(column), key=partial(self._rank, name))
            ranks = {value: rank for rank, value in enumerate(values)}
            keys = [
                key * len(ranks) + ranks[value] for key, value in zip(keys, column, strict=True)
            ]
        return sorted(range(length), key=keys.__getitem__)

    def _rank(self, name: str, value: Any) -> tuple[bool, Any]:
        """As the vocabularies and the official codes have it; what is unknown comes last."""
        if value is None:
            return True, ""
        if name in _RANKS:
            return False, _RANKS[name][value]
        return False, self._code(value) if name in LEVELS else value

    def _code(self, unit: UUID) -> tuple[str, str]:
        return self._identity[unit][1] or "", str(unit)

    def _member(self, name: str, value: Any) -> bytes:
        if name in LEVELS:
            value = self._refs.get("locality", value, self._on)
        elif name == "campaign_period":
            value = self._refs.get(name, value)
        return encode({name: value})[1:-1] + b","

    def _undivided(self, place: Undivided[UUID], amounts: Sequence[int]) -> dict[str, Any]:
        candidates = sorted(place.candidates, key=self._code)
        asked = self._asked | {"undivided": str(place.unit)}
        return {
            "locality": self._refs.get("locality", place.unit, self._on),
            **dict(zip(self._measures, amounts, strict=True)),
            "candidates": [self._refs.get("locality", unit, self._on) for unit in candidates],
            "rows": self._link(asked),
        }

    def _link(self, asked: Mapping[str, str], without: Sequence[str] = ()) -> str:
        told = {name: value for name, value in asked.items() if name not in without}
        return f"{self._path}?{urlencode(told, safe=',')}" if told else self._path


def _written(
    column: Sequence[Any], order: Sequence[int], write: Callable[[Any], bytes]
) -> list[bytes]:
    """A column, in order, each of whose values is written once."""
    known = {value: write(value) for value in set(column)}
    return [known[column[place]] for place in order]


def _amount(name: str, amount: int) -> bytes:
    return b'"%b":%d,' % (name.encode(), amount)


def _parameter(mark: str, name: str, value: Any) -> bytes:
    return f"{mark}{name}={'none' if value is None else value}".encode()
