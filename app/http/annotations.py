"""What the type of a member is made of."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Mark = TypeVar("Mark")


def parts_of(field: FieldInfo) -> Iterator[Any]:
    """The types and marks that the type of a member is made of, however deep."""
    yield from field.metadata
    yield from _inside(field.annotation)


def mark_of(field: FieldInfo, kind: type[Mark]) -> Mark | None:
    """The mark of a kind at a member, anywhere inside a type such as `list[OrganisationId]`."""
    return next((each for each in parts_of(field) if isinstance(each, kind)), None)


def schema_in(field: FieldInfo) -> type[BaseModel] | None:
    """The schema of the objects that a member holds, alone or in a list."""
    kinds = (each for each in parts_of(field) if isinstance(each, type))
    return next((kind for kind in kinds if issubclass(kind, BaseModel)), None)


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in (*getattr(annotation, "__metadata__", ()), *getattr(annotation, "__args__", ())):
        yield from _inside(part)
