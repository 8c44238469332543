"""What may be added to a decision as it stands, and what would be a correction of it."""

from collections.abc import Iterator
from typing import Any

Path = tuple[object, ...]

MAY_GROW = "recipients"  # the one list that gains elements without restating anything


def restated(before: Any, after: Any, at: Path = ()) -> Iterator[Path]:
    """Where `after` takes back or changes what `before` states, as paths into `after`.

    Filling what is null and naming further recipients state nothing anew. Elements of lists are
    the same if they have the same `id`; their order states nothing.
    """
    if before is None:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            yield from restated(value, after.get(name), (*at, name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _restated_elements(before, after, at)
    elif before != after:
        yield at


def _restated_elements(before: list[Any], after: list[Any], at: Path) -> Iterator[Path]:
    stated = {element["id"]: element for element in before}
    if not stated.keys() <= {element.get("id") for element in after}:
        yield at
    for index, element in enumerate(after):
        known = stated.get(element.get("id"))
        if known is not None:
            yield from restated(known, element, (*at, index))
        elif at[-1] != MAY_GROW:
            yield (*at, index)
