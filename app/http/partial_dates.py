"""Dates as precise as the fact, with the days they span."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Self, overload

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Precision = Literal["year", "month", "day", "day_without_year"]

_FORM = re.compile(r"(?a:\d{4}(?:-\d\d(?:-\d\d)?)?|--\d\d-\d\d)")
_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
_JSON_SCHEMA = {
    "type": "string",
    "pattern": rf"^([0-9]{{4}}(-{_MONTH}(-{_DAY})?)?|--{_MONTH}-{_DAY})$",
    "description": "A date as precise as the fact: `2023`, `2023-10`, `2023-10-27`,"
    " or `--06-05` (a day without a year).",
}


class PartialDate(str):
    """`2023`, `2023-10`, `2023-10-27` or `--06-05`; ValueError for any other text.

    It is its text to JSON and to the database. `first` and `last` are the days it spans, None
    without a year.
    """

    __slots__ = ("first", "last")

    first: date | None
    last: date | None

    def __new__(cls, text: str) -> Self:
        if _FORM.fullmatch(text) is None:
            raise ValueError(text)
        partial = super().__new__(cls, text)
        partial.first = partial.last = None
        if text.startswith("--"):
            date.fromisoformat(f"2000{text[1:]}")  # a leap year, which has every day
            return partial
        first = date.fromisoformat(f"{text}-01-01"[:10])
        partial.first = first
        if partial.precision == "year":
            partial.last = date(first.year, 12, 31)
        elif partial.precision == "month":
            partial.last = first.replace(day=monthrange(first.year, first.month)[1])
        else:
            partial.last = first
        return partial

    @property
    def precision(self) -> Precision:
        """How much of the date is known."""
        return precision_of(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: type, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_validated)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(_JSON_SCHEMA)


_PRECISIONS: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}


def _validated(value: object) -> PartialDate:
    try:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY301, TRY004 - one way out for every kind of wrong date
        return PartialDate(value)
    except ValueError:
        raise PydanticCustomError("partial_date", "is no date") from None


@overload
def precision_of(partial: str) -> Precision: ...
@overload
def precision_of(partial: None) -> None: ...
def precision_of(partial: str | None) -> Precision | None:
    """The precision of the text of a partial date, which the database holds."""
    if partial is None:
        return None
    return "day_without_year" if partial.startswith("--") else _PRECISIONS[len(partial)]


def partial_date(text: str | None) -> PartialDate | None:
    """A partial date that the database holds."""
    return None if text is None else PartialDate(text)


def first_day_of(partial: PartialDate | None) -> date | None:
    """The first day of a partial date, which places are shown on; None without a year."""
    return None if partial is None else partial.first


@dataclass(frozen=True)
class PrecisionOf:
    """Marks a member of a request as the precision of the partial date before it.

    The date says it all: the precision may be left out, must agree, and is stored nowhere.
    """

    dated: str

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._agreeing, handler(source))

    def _agreeing(self, precision: Any, info: ValidationInfo) -> Any:
        if precision is not None and self.dated in info.data:
            stated = precision_of(info.data[self.dated])
            if precision != stated:
                raise PydanticCustomError(
                    "precision_differs",
                    "differs",
                    {
                        "en": f"must be {stated or 'null'}, the precision of {self.dated}",
                        "vi": f"phải là {stated or 'null'}, độ chính xác của {self.dated}",
                    },
                )
        return precision
