"""Types that go over the wire in every domain: texts, dates, short references."""

import re
from calendar import monthrange
from collections.abc import Callable
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
    ValidationInfo,
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

_PARTIAL = re.compile(r"(?a:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?|--(\d\d)-(\d\d))")


def _partial_date(value: object) -> str:
    found = _PARTIAL.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 - one way out for every kind of wrong date
        year, month, day, own_month, own_day = found.groups()
        date(int(year or 2000), int(month or own_month or 1), int(day or own_day or 1))
    except ValueError:
        raise PydanticCustomError("partial_date", "is no date") from None
    return found.group()


_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
PartialDate = Annotated[
    str,
    BeforeValidator(_partial_date),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^([0-9]{{4}}(-{_MONTH}(-{_DAY})?)?|--{_MONTH}-{_DAY})$",
            "description": "A date as precise as the fact: `2023`, `2023-10`, `2023-10-27`,"
            " or `--06-05` (a day without a year).",
        }
    ),
]


def precision_of(partial: str | None) -> str | None:
    """The `date_precision` of a partial date."""
    if partial is None:
        return None
    if partial.startswith("--"):
        return "day_without_year"
    return {4: "year", 7: "month", 10: "day"}[len(partial)]


def agrees_with(dated: str) -> Callable[[Any, ValidationInfo], Any]:
    """Check a precision that is sent along with the partial date it is of (a `field_validator`).

    The date says it all, so the precision may be left out; it never adds to the date.
    """

    def check(precision: Any, info: ValidationInfo) -> Any:
        if precision is not None and dated in info.data:
            stated = precision_of(info.data[dated])
            if precision != stated:
                raise PydanticCustomError(
                    "precision_differs",
                    "differs",
                    {
                        "en": f"must be {stated or 'null'}, the precision of {dated}",
                        "vi": f"phải là {stated or 'null'}, độ chính xác của {dated}",
                    },
                )
        return precision

    return check


def span(partial: str | None) -> tuple[date, date] | None:
    """The first and last day of a partial date; none without a year."""
    if partial is None or partial.startswith("--"):
        return None
    year, month, day = (int(part) for part in (partial + "-0-0").split("-")[:3])
    last_month = month or 12
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    return date(year, month or 1, day or 1), last


def first_day_of(partial: str | None) -> date | None:
    """The first day of a partial date, which places are told on; none without a year."""
    days = span(partial)
    return days[0] if days else None


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
