"""A table as it is told: items in the order of their values, with links to what they count."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import getitem
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from app.http.json_encoding import encode
from app.localities.attribution import LEVELS, Undivided
from app.localities.territory import territory
from app.querying.references import References
from app.statistics.counting import Amounts, Counted, Table, Values, parted
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
        self._levels, self._others = parted(query.by)
        self._measures = list(counted.measures)
        self._amounts = b"".join(b'"%b":%%d,' % name.encode() for name in self._measures)
        self._path, self._refs, self._on = path, refs, on
        self._identity = territory(refs).identity
        self._asked = {
            name: value
            for name, value in request.query_params.multi_items()
            if name not in {"by", "zeros"}
        }
        if isinstance(query, AwardStatisticsQuery):
            self._asked["status"] = ",".join(status or "none" for status in query.status_told())
        nested = {"nested": "false"} if "campaign_period" in query.by else {}
        self._rows = self._link(self._asked | nested, without=query.by)  # what is the same for all
        marks = ["&" if "?" in self._rows else "?", "&", "&"]
        self._marks = dict(zip([*self._levels, *self._others], marks, strict=False))

    def answer(self, table: Table) -> bytes:
        """The whole answer in JSON, put together once: it may be megabytes."""
        undivided = sorted(table.undivided.items(), key=lambda row: str(row[0].unit))
        counts = {amount: amounts[0] for amount, amounts in table.amounts.items()}
        total = sum(sum(map(counts.__getitem__, row.values())) for row in table.counts.values())
        rest = {
            "total": total + sum(amounts[0] for _, amounts in undivided),
            "undivided": [self._undivided(place, serialized) for place, serialized in undivided],
        }
        begins = b'{"by":%b,"items":[' % encode(self._by)
        return b"".join([begins, *self._items(table), b"],", encode(rest)[1:]])

    def _items(self, table: Table) -> list[bytes]:
        """There may be thousands, put together of parts that repeat."""
        places = self._written(self._levels, table.counts)
        others = self._written(self._others, table.terms.values())
        ordered = sorted(table.terms, key=lambda term: others.rank(table.terms[term]))
        ranks = {term: rank for rank, term in enumerate(ordered)}
        members = {term: others.members(table.terms[term]) for term in ordered}
        ends = {term: others.parameters(table.terms[term]) + b'"}' for term in ordered}
        amounts = {
            amount: self._amounts % serialized for amount, serialized in table.amounts.items()
        }
        fixed = encode({"rows": self._rows})[1:-2]  # the link goes on
        items: list[bytes] = []
        for place in sorted(table.counts, key=places.rank):
            row = table.counts[place]
            begins, link = b",{" + places.members(place), fixed + places.parameters(place)
            for term in sorted(row, key=ranks.__getitem__):
                items += (begins, members[term], amounts[row[term]], link, ends[term])
        if items:
            items[0] = items[0].removeprefix(b",")
        return items

    def _written(self, names: Sequence[str], combinations: Iterable[Values]) -> "_Written":
        """What is told of combinations of values; that of one value is written once."""
        columns = dict(zip(names, map(set, zip(*combinations, strict=True)), strict=False))
        return _Written(
            [{v: rank for rank, v in enumerate(self._ordered(n, c))} for n, c in columns.items()],
            [{value: self._member(n, value) for value in c} for n, c in columns.items()],
            [{value: self._parameter(n, value) for value in c} for n, c in columns.items()],
        )

    def _ordered(self, name: str, values: set[Any]) -> list[Any]:
        """As the vocabularies and the official codes have it; what is unknown comes last."""
        unknown: set[Any] = values & {None}
        if name in _RANKS:
            ordered = sorted(values - unknown, key=_RANKS[name].__getitem__)
        else:
            ordered = sorted(values - unknown, key=self._code if name in LEVELS else None)
        return [*ordered, *unknown]

    def _code(self, unit: UUID) -> tuple[str, UUID]:
        return self._identity[unit][1] or "", unit

    def _member(self, name: str, value: Any) -> bytes:
        if name in LEVELS:
            value = self._refs.get("locality", value, self._on)
        elif name == "campaign_period":
            value = self._refs.get(name, value)
        return encode({name: value})[1:-1] + b","

    def _parameter(self, name: str, value: Any) -> bytes:
        return f"{self._marks[name]}{name}={'none' if value is None else value}".encode()

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
        serialized = {name: value for name, value in asked.items() if name not in without}
        return f"{self._path}?{urlencode(serialized, safe=',')}" if serialized else self._path


class _Written(NamedTuple):
    """Of each value of some dimensions: where it comes, its member and its parameter."""

    ranks: Sequence[Mapping[Any, int]]
    members_of: Sequence[Mapping[Any, bytes]]
    parameters_of: Sequence[Mapping[Any, bytes]]

    def rank(self, values: Values) -> tuple[int, ...]:
        return tuple(map(getitem, self.ranks, values))

    def members(self, values: Values) -> bytes:
        return b"".join(map(getitem, self.members_of, values))

    def parameters(self, values: Values) -> bytes:
        return b"".join(map(getitem, self.parameters_of, values))
