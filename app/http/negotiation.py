"""Content negotiation: which of the offered media types a reader wants (RFC 9110 section 12)."""

from typing import Literal

from starlette.requests import Request

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
    accept = request.headers.get("accept") or ""
    if accept in {"", "*/*", "application/json"}:
        return offered[0]
    weights = {name: _weight(accept, type_of[name]) for name in offered}
    best = max(offered, key=lambda name: weights[name])
    if weights[best] <= 0:
        types = ", ".join(type_of[name] for name in offered)
        raise NotAcceptable(Text(f"Offered are {types}", f"Có các kiểu {types}"))
    return best


def _weight(accept: str, media_type: str) -> float:
    """The weight of the most specific range that matches; 0 if none does."""
    found = (-1, 0.0)
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name == media_type:
            specificity = 2
        elif name == media_type.partition("/")[0] + "/*":
            specificity = 1
        elif name == "*/*":
            specificity = 0
        else:
            continue
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        found = max(found, (specificity, weight))
    return found[1]
