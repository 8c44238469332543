"""Content negotiation: which of the offered media types a reader wants (RFC 9110 section 12)."""

from typing import Literal

from starlette.requests import Request

from app.http.preferences import weights
from app.http.problems import NotAcceptable, Text

type_of = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Format = Literal["json", "csv", "ndjson", "xlsx"]
FILES: tuple[Format, ...] = ("csv", "ndjson", "xlsx")


def wanted(request: Request, offered: tuple[Format, ...] = ("json",)) -> Format:
    """The offered format with the highest weight in `Accept`; the first one by default."""
    accept = request.headers.get("accept")
    if accept in _ANY:
        return offered[0]
    weighed = {name: _weight(accept, type_of[name]) for name in offered}
    best = max(offered, key=lambda name: weighed[name])
    if weighed[best] <= 0:
        types = ", ".join(type_of[name] for name in offered)
        raise NotAcceptable(Text(f"Offered are {types}", f"Có các kiểu {types}"))
    return best


def preference(accept: str | None) -> tuple[int, ...]:
    """How a reader ranks all formats, 0 for what it refuses.

    Whatever else they say, headers with one ranking are answered alike.
    """
    if accept in _ANY:
        return ()
    weighed = [_weight(accept, media_type) for media_type in type_of.values()]
    ranked = sorted({0.0, *weighed})
    return tuple(ranked.index(weight) for weight in weighed)


_ANY = (None, "", "*/*", "application/json")  # what most clients send: JSON wherever it is offered


def _weight(accept: str, media_type: str) -> float:
    """The weight of the most specific range that matches; 0 if none does."""
    ranges = weights(accept)
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
