"""What a member of a schema says of itself: what it refers to, and what it is computed from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.http.annotations import mark_of, parts_of, schema_in
from app.http.json_encoding import Json
from app.http.partial_dates import PrecisionOf


@dataclass(frozen=True)
class Reference:
    """Marks a member as a reference: an id in a request, a short object in an answer.

    Its column is `<member>_id`. Things of a kind are in the table of that name; what processes know
    `in_memory` is not looked up there. A place is shown as it was on the day in the column `day`.
    """

    kind: str
    in_memory: bool = False
    day: str | None = None

    def on(self, day: str) -> Self:
        """The same, as it was on the day in a column."""
        return replace(self, day=day)


@dataclass(frozen=True)
class Computed:
    """Marks a member as computed from another, which is shown before it."""

    function: Callable[[Any], object]
    member: str


def as_sent(shown: type[BaseModel], new: type[BaseModel], content: Json) -> Json:
    """What is `shown` of a thing, as a client would send it to make a `new` one.

    A reference is the id alone. What a client cannot send is left out, and so is the precision of
    a date, which follows from that; a member that neither schema knows stays as it is.
    """
    sent = _sent(shown, new)
    return {
        name: sent[name](value) if name in sent else value
        for name, value in content.items()
        if name in sent or name not in shown.model_fields
    }


@cache
def _sent(shown: type[BaseModel], new: type[BaseModel]) -> dict[str, Callable[[Any], Any]]:
    """How the value of each member is sent that a client can send."""
    return {
        name: _value_sent(shown.model_fields.get(name, field), field)
        for name, field in new.model_fields.items()
        if mark_of(field, PrecisionOf) is None
    }


def _value_sent(shown: FieldInfo, new: FieldInfo) -> Callable[[Any], Any]:
    part_shown, part = schema_in(shown), schema_in(new)
    if mark_of(new, Reference) is not None or UUID in parts_of(new):
        return _id
    if part is None or part_shown is None:
        return lambda value: value
    return partial(_part, part_shown, part)


def _part(shown: type[BaseModel], new: type[BaseModel], value: Any) -> Any:
    if isinstance(value, list):
        return [_part(shown, new, each) for each in value]
    return as_sent(shown, new, value) if isinstance(value, dict) else value


def _id(value: Any) -> Any:
    """The id of a reference, in the one spelling of ids; what is none is left as it is."""
    if isinstance(value, list):
        return [_id(each) for each in value]
    if isinstance(value, dict) and "id" in value:
        return _id(value["id"])
    try:
        return str(UUID(value)) if isinstance(value, str) else value
    except ValueError:
        return value
