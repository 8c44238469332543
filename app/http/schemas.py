"""Types that go over the wire in every domain: texts, dates, short references."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError


def _text(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("no_text", "holds characters that are no text")
    return value


_Clean = AfterValidator(_text)
Line = Annotated[str, StringConstraints(min_length=1, max_length=500), _Clean]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000), _Clean]
Query = Annotated[str, StringConstraints(min_length=1, max_length=200), _Clean]
Url = Annotated[
    str,
    StringConstraints(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f]+$"),
    Field(description="An http or https address."),
]


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"(?a:\d{4}-\d\d-\d\d)", value):
        return value
    raise PydanticCustomError("date_type", "is no date")


Day = Annotated[date, BeforeValidator(_day), Field(description="A day in Viet Nam, YYYY-MM-DD.")]


_TIME = re.compile(r"(?a:\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d))")


def _moment(value: object) -> datetime:
    try:
        if not (isinstance(value, str) and _TIME.fullmatch(value)):
            raise ValueError  # noqa: TRY301 - one way out for every kind of wrong time
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "invalid_time",
            "is no time",
            {
                "en": "must be a time with its zone, as 2026-01-31T00:00:00Z",
                "vi": "phải là thời điểm kèm múi giờ, dạng 2026-01-31T00:00:00Z",
            },
        ) from None


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _figure(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("decimal", "is no number")
    return value


Figure = Annotated[
    Decimal,
    BeforeValidator(_figure),
    Field(max_digits=30, decimal_places=10, allow_inf_nan=False),
    WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": -1e20,
            "exclusiveMaximum": 1e20,
            "description": "An exact decimal number, with 10 decimals at most.",
        }
    ),
]


class Body(BaseModel):
    """What a client sends: nothing unknown in it, strict types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class New(Body):
    """What a client sends to create a thing. It may bring its own id, so it can work offline."""

    id: UUID | None = Field(None, description="An id made by the client; by default a UUIDv7.")

    def own_id(self) -> dict[str, Any]:
        """The id the client brought, as a keyword argument of the new row."""
        return {} if self.id is None else {"id": self.id}


class Answer(BaseModel):
    """What the API tells of a thing: every member is always there, null where unknown."""

    # Answers are only described by these: validators are built if the document is asked for.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True, defer_build=True)


class Ref(Answer):
    """A short reference to a thing that is called by its name."""

    id: UUID
    name: str


class TitledRef(Answer):
    """A short reference to a model."""

    id: UUID
    title: str


class NumberedRef(Answer):
    """A short reference to a document or an award decision."""

    id: UUID
    number: str | None


class LocalityRef(Answer):
    """A place as it was on the day of the record that names it, or in its last version."""

    id: UUID
    level: str
    code: str | None
    name: str
    full_name: str
    path: str = Field(examples=["Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"])


def extensible(vocabulary: type[StrEnum]) -> Any:
    """A member that holds a term of a vocabulary that can grow."""
    return Field(json_schema_extra={"x-extensible-enum": [term.value for term in vocabulary]})


class Thing(Answer):
    """What every thing has."""

    id: UUID
    version: int = Field(description="Raised by every change of the thing's own facts.")
    updated_at: str = Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})
