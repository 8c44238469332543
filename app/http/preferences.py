"""Lists of what a client prefers, with weights (RFC 9110, section 12.4.2)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_MOST = 100  # elements of a header that are looked at
_LONGEST = 200  # characters of a header that is remembered


def weights(header: str) -> Mapping[str, float]:
    """The weight of each element of an `Accept`, `Accept-Language` or `Accept-Encoding`.

    Between 0 and 1; 0, which refuses it, for an element whose weight cannot be read. Of an element
    that is named twice, the highest.
    """
    return _remembered(header) if len(header) <= _LONGEST else _read(header)


def _read(header: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for element in header.lower().split(",", _MOST)[:_MOST]:
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        found[name] = max(weight, found.get(name, 0.0))
    return MappingProxyType(found)


_remembered = lru_cache(maxsize=256)(_read)


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return min(weight, 1.0) if weight > 0 else 0.0  # not a number is not above 0
