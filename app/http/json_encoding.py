"""Values to JSON bytes. Decimals stay exact numbers, partial JSON is carried on unparsed."""

from decimal import Context, Decimal
from typing import Any
from uuid import UUID

import orjson

Fragment = orjson.Fragment
Json = dict[str, Any]  # an object
_EXACT = Context(prec=100)  # more digits than any number here has


def encode(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def to_keep(value: Any) -> bytes:
    """JSON of the size of its text; what orjson returns has the size of its buffer."""
    return bytes(memoryview(encode(value)))


def fragment(value: Any) -> Fragment:
    """JSON made once, to be kept and put into many answers."""
    return Fragment(to_keep(value))


def _plain(value: object) -> object:
    if isinstance(value, UUID):  # asyncpg's own kind of UUID
        return str(value)
    if isinstance(value, Decimal):
        return Fragment(format(value.normalize(_EXACT), "f"))
    raise TypeError(type(value).__name__)


def named(id: UUID, name: bytes) -> Fragment:
    """A reference by id and name, the name in JSON already: lists hold hundreds of them."""
    return Fragment(b'{"id":"%b","name":%b}' % (str(id).encode(), name))
