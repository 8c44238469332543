"""A table as it is told: items in the order of their values, with links to what they count."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain, repeat
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from app.http.encoding import encode
from app.http.references import References
from app.localities.attribution import LEVELS, Undivided
from app.localities.territory import territory
from app.statistics.counting import Amounts, Counted, Table, parted
from app.statistics.schemas import VOCABULARIES, AwardStatisticsQuery, StatisticsQuery

_RANKS = {
    name: {term.value: rank for rank, term in enumerate(terms)}
    for name, terms in VOCABULARIES.items()
}


class Telling:
    """What a request asked for, as it is told of every table."""

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

    def answer(self, table: Table) -> bytes:
        """The whole answer in JSON, put together once: it may be megabytes."""
        undivided = sorted(table.undivided.items(), key=lambda row: str(row[0].unit))
        first = table.amounts[0] if table.amounts else ()
        rest = {
            "total": sum(first) + sum(amounts[0] for _, amounts in undivided),
            "undivided": [self._undivided(place, told) for place, told in undivided],
        }
        begins = b'{"by":%b,"items":[' % encode(self._by)
        return b"".join([begins, *self._items(table), b"],", encode(rest)[1:]])

    def _items(self, table: Table) -> Iterable[bytes]:
        """There may be thousands: they are written by columns, each of whose values repeat."""
        if not table.amounts:
            return ()
        columns = dict(zip(self._names, table.values, strict=True))
        amounts = zip(self._measures, table.amounts, strict=True)
        order = self._order(columns, len(table.amounts[0]))
        asked = self._asked | ({"nested": "false"} if "campaign_period" in self._by else {})
        fixed = self._link(asked, without=self._by)
        marks = ("&" if "?" in fixed else "?", "&", "&")
        written = [
            chain([b"{"], repeat(b",{")),
            *(_written(columns[name], order, partial(self._member, name)) for name in self._by),
            *(_written(column, order, partial(_amount, name)) for name, column in amounts),
            repeat(encode({"rows": fixed})[1:-2]),  # the link goes on
            *(
                _written(columns[name], order, partial(_parameter, mark, name))
                for mark, name in zip(marks, self._names, strict=False)
            ),
            repeat(b'"}'),
        ]
        return chain.from_iterable(zip(*written, strict=False))

    def _order(self, columns: Mapping[str, Sequence[Any]], length: int) -> list[int]:
        """The places in the columns, ordered by the values there, from the first column on."""
        keys = [0] * length
        for name, column in columns.items():
            values = sorted(set(column), key=partial(self._rank, name))
            ranks = {value: rank for rank, value in enumerate(values)}
            size, ranked = len(values), map(ranks.__getitem__, column)
            keys = [key * size + rank for key, rank in zip(keys, ranked, strict=True)]
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

    def _undivided(self, place: Undivided[UUID], amounts: Amounts) -> dict[str, Any]:
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
