"""Aggregates as JSON: items in the order of their values, with links to the rows they count."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from app.http.json_encoding import encode
from app.localities.attribution import LEVELS, Undivided
from app.localities.territory import territory
from app.querying.references import References
from app.statistics.aggregation import Aggregates, Amounts, Combination, parted
from app.statistics.schemas import VOCABULARIES, AwardStatisticsQuery, StatisticsQuery

_RANKS = {
    name: {term.value: rank for rank, term in enumerate(terms)}
    for name, terms in VOCABULARIES.items()
}


class Rendering:
    """How the aggregates that a request asks for are written: its dimensions, links and map."""

    def __init__(
        self,
        request: Request,
        query: StatisticsQuery,
        measures: Sequence[str],
        path: str,
        references: References,
        on: date | None,
    ) -> None:
        """`path` is the list of the rows that are counted."""
        self._by: tuple[str, ...] = query.by
        self._levels, self._others = parted(query.by)
        self._measures = measures
        self._path, self._refs, self._on = path, references, on
        self._identity = territory(references).identity
        self._asked = {
            name: value
            for name, value in request.query_params.multi_items()
            if name not in {"by", "zeros"}
        }
        if isinstance(query, AwardStatisticsQuery):
            self._asked["status"] = ",".join(status or "none" for status in query.counted_status())
        nested = {"nested": "false"} if "campaign_period" in query.by else {}
        self._rows = self._link(self._asked | nested, without=query.by)  # what is the same for all
        marks = ["&" if "?" in self._rows else "?", "&", "&"]
        self._marks = dict(zip([*self._levels, *self._others], marks, strict=False))

    def answer(self, aggregates: Aggregates) -> bytes:
        """The whole answer in JSON, put together once: it may be megabytes."""
        undivided = sorted(aggregates.undivided.items(), key=lambda row: str(row[0].unit))
        every = (amounts[0] for row in aggregates.counts.values() for amounts in row.values())
        rest = {
            "total": sum(every) + sum(amounts[0] for _, amounts in undivided),
            "undivided": [self._undivided(place, amounts) for place, amounts in undivided],
        }
        begins = b'{"by":%b,"items":[' % encode(self._by)
        return b"".join([begins, *self._items(aggregates), b"],", encode(rest)[1:]])

    def _items(self, aggregates: Aggregates) -> list[bytes]:
        """There may be thousands, put together of parts that repeat."""
        places = self._parts(self._levels, aggregates.counts)
        others = self._parts(self._others, set().union(*aggregates.counts.values()))
        written = _Amounts(self._measures)
        fixed = encode({"rows": self._rows})[1:-2]  # the link goes on
        items: list[bytes] = []
        for place, (_, members, parameters) in places.items():
            begins, link = b",{" + members, fixed + parameters
            row = aggregates.counts[place].items()
            for part, amounts in sorted([(others[values], written[each]) for values, each in row]):
                items += (begins, part.members, amounts, link, part.parameters, b'"}')
        if items:
            items[0] = items[0].removeprefix(b",")
        return items

    def _parts(
        self, names: Sequence[str], combinations: Collection[Combination]
    ) -> dict[Combination, "_Part"]:
        """How combinations of values are written, in their order; each value is written once."""
        columns = [
            self._column(name, set(values))
            for name, values in zip(names, zip(*combinations, strict=True), strict=False)
        ]
        parts = {}
        for values in combinations:
            each = [column[value] for column, value in zip(columns, values, strict=True)]
            ranks, members, parameters = zip(*each, strict=True) if each else ((), (), ())
            parts[values] = (ranks, b"".join(members), b"".join(parameters))
        ordered = sorted(parts, key=parts.__getitem__)
        return {values: _Part(rank, *parts[values][1:]) for rank, values in enumerate(ordered)}

    def _column(self, name: str, values: set[Any]) -> dict[Any, "_Part"]:
        """How the values of a dimension are written."""
        return {
            value: _Part(rank, self._member(name, value), self._parameter(name, value))
            for rank, value in enumerate(self._ordered(name, values))
        }

    def _ordered(self, name: str, values: set[Any]) -> list[Any]:
        """In the order of vocabularies and of official codes; what is unknown comes last."""
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
        parameters = {name: value for name, value in asked.items() if name not in without}
        return f"{self._path}?{urlencode(parameters, safe=',')}" if parameters else self._path


class _Part(NamedTuple):
    """How a value or a combination of values is written, and where in the order it stands."""

    rank: int
    members: bytes
    parameters: bytes  # of the link to its rows


class _Amounts(dict[Amounts, bytes]):
    """How amounts are written: thousands of items have few different ones."""

    def __init__(self, measures: Sequence[str]) -> None:
        super().__init__()
        self._members = b"".join(b'"%b":%%d,' % name.encode() for name in measures)

    def __missing__(self, amounts: Amounts) -> bytes:
        self[amounts] = written = self._members % amounts
        return written
