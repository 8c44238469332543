"""Where two texts of a decision differ; what may be added to one, and what would correct it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from app.http.json_encoding import Json

Path = tuple[object, ...]

# The lists of parts, and what one of those is called.
PARTS = {"awards": "award", "recipients": "recipient"}
DECISION: Mapping[str, str | None] = MappingProxyType({})


class Difference(NamedTuple):
    """A fact that changed: a member, or, without a name, the whole of a part."""

    at: Path  # in the later text; for a part that was struck, the list it stood in
    before: Any
    after: Any
    member: str | None = None
    award: str | None = None
    recipient: str | None = None


def differences(
    before: Json, after: Json, at: Path = (), part: Mapping[str, str | None] = DECISION
) -> Iterator[Difference]:
    """What differs. Parts are the same if they have the same `id`; their order states nothing."""
    for name in before | after:
        old, new, here = before.get(name), after.get(name), (*at, name)
        if name in PARTS:
            yield from _of_parts(old or [], new or [], here, part, PARTS[name])
        elif name != "id" and _identity(old) != _identity(new):
            yield Difference(here, old, new, name, **part)


def _of_parts(
    before: list[Json], after: list[Json], at: Path, whole: Mapping[str, str | None], kind: str
) -> Iterator[Difference]:
    known = {each["id"]: each for each in before}
    kept = {each.get("id") for each in after}
    for id, each in known.items():
        if id not in kept:
            yield Difference(at, each, None, **whole, **{kind: id})
    for index, each in enumerate(after):
        id = each.get("id")
        here, part = (*at, index), {**whole, kind: id}
        if id in known:
            yield from differences(known[id], each, here, part)
        else:
            yield Difference(here, None, each, **part)


def _identity(value: Any) -> Any:
    """Two references to one thing are the same, however its name reads on a day."""
    return value["id"] if isinstance(value, dict) else value


def restated(before: Json, after: Json) -> list[Path]:
    """Where `after` takes back or changes what `before` states, as paths into `after`.

    Filling what is null and naming further recipients state nothing anew.
    """
    return list(
        dict.fromkeys(
            each.at
            for each in differences(before, after)
            if each.before is not None or (each.member is None and each.at[-2] != "recipients")
        )
    )
