"""The ways to spell a UUID that RFC 9562 and its readers know."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

SPELLINGS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "without hyphens": lambda id: id.replace("-", ""),
    "capitals without hyphens": lambda id: id.replace("-", "").upper(),
    "braces": lambda id: f"{{{id}}}",
    "urn": lambda id: f"urn:uuid:{id}",
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def respelled(value: Any, spell: Callable[[str], str]) -> Any:
    """The same with every id in it spelled in another way."""
    if isinstance(value, dict):
        return {name: respelled(each, spell) for name, each in value.items()}
    if isinstance(value, list):
        return [respelled(each, spell) for each in value]
    if isinstance(value, str) and _UUID.fullmatch(value):
        assert UUID(spell(value)) == UUID(value)
        return spell(value)
    return value
