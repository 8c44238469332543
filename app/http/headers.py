"""Headers in the messages of ASGI: pairs of lower-case names and values."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]


def value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of a header; None without it."""
    for each, value in headers:
        if each == name:
            return value
    return None
