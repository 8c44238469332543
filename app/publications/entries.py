"""Publications as clients send them, with numbers as JSON numbers or as printed."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.http.merge_patch import Patch
from app.http.partial_dates import PartialDate, PrecisionOf
from app.http.schemas import (
    Body,
    Day,
    Figure,
    Line,
    New,
    Prose,
    Url,
)
from app.publications.comparability import STAGES
from app.publications.numerals import LONGEST, AmbiguousNumeral, NoNumeral, read
from app.querying.references import EventId, LocalityId, ModelId, OrganisationId
from app.vocabularies.terms import ClaimStatus, DatePrecision, Level, Qualifier

MOST_DIMENSIONS = 8  # of one table
MOST_WORDS = 15  # of a quote
MOST_OBSERVATIONS = 2_000  # of one table


def _fault(code: str, en: str, vi: str) -> PydanticCustomError:
    return PydanticCustomError(code, "is not right", {"en": en, "vi": vi})


def _as_printed(value: Any) -> Any:
    """The number of a Vietnamese numeral; what is no text is left as it is."""
    if not isinstance(value, str):
        return value
    try:
        return read(value)
    except AmbiguousNumeral as ambiguous:
        one, other = (f"{reading:f}" for reading in ambiguous.readings)
        raise _fault(
            "ambiguous_number",
            f"may be read as {one} or as {other}: send a number, or write it the Vietnamese way",
            f"có thể đọc là {one} hoặc {other}: hãy gửi dạng số, hoặc viết theo lối Việt Nam",
        ) from None
    except NoNumeral:
        raise _fault(
            "not_a_numeral",
            "is no Vietnamese numeral such as 1.796, 9,86, 04 or 1,4 tỷ",
            "không phải số viết theo lối Việt Nam như 1.796, 9,86, 04 hoặc 1,4 tỷ",
        ) from None


PrintedFigure = Annotated[
    Figure,
    BeforeValidator(_as_printed),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": -1e20, "exclusiveMaximum": 1e20},
                {"type": "string", "minLength": 1, "maxLength": LONGEST},
            ],
            "description": "A number, or a Vietnamese numeral as printed: `1.796` is 1796, `9,86`"
            " 9.86, `04` 4, `1,4 tỷ` 1400000000. What may be meant in two ways (`1,234`, `1.5`)"
            " is 422 `ambiguous_number` with both readings.",
            "examples": ["1.796", 1796],
        }
    ),
]
DimensionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class ComparisonKind(StrEnum):
    """How a number compares with another period."""

    change = "change"
    ratio = "ratio"


class PeriodNew(Body):
    """The time the figures count. A year stands as 01-01 and 12-31; an open end is null."""

    start_on: Day | None = None
    end_on: Day | None = None
    precision: Literal[DatePrecision.day, DatePrecision.month, DatePrecision.year] | None = None
    wording: Line | None = Field(None, examples=["giai đoạn 2016-2020"])

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.start_on and self.end_on and self.end_on < self.start_on:
            raise _fault(
                "ends_before_start",
                "end_on must not be before start_on",
                "end_on không được trước start_on",
            )
        return self


class SubjectNew(Body):
    """What the figures are about: one of the four."""

    locality: LocalityId | None = None
    organisation: OrganisationId | None = None
    event: EventId | None = None
    model: ModelId | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(id is not None for id in self.model_dump().values()) != 1:
            raise _fault("not_one_subject", "must be exactly one thing", "phải là đúng một chủ thể")
        return self


class ComparisonNew(Body):
    """A number that compares with another period, whose own value is never computed back."""

    kind: ComparisonKind
    base_period: PeriodNew | None = None
    amount: PrintedFigure | None = Field(None, examples=[276])
    qualifier: Qualifier = Qualifier.exact


class ObservationNew(New):
    """One printed number: an amount, a range, or the words of a magnitude without a number."""

    dimensions: dict[DimensionName, Line] = Field(
        default={},
        description="What it is broken down by; `{}` is the total. Names and values are open.",
        examples=[{"field": "economy", "participant_kind": "collective"}],
        json_schema_extra={"additionalProperties": False},
    )
    amount: PrintedFigure | None = None
    minimum: PrintedFigure | None = None
    maximum: PrintedFigure | None = None
    magnitude: Line | None = Field(None, examples=["hàng nghìn"])
    qualifier: Qualifier = Qualifier.exact
    unit: Line | None = Field(None, description="By default that of the dataset.")
    comparison: ComparisonNew | None = None
    note: Prose | None = None
    quote: Line | None = Field(None, description="The words of the source, 15 at most.")

    @field_validator("quote")
    @classmethod
    def _is_short(cls, quote: str | None) -> str | None:
        if quote is not None and len(quote.split()) > MOST_WORDS:
            raise _fault("too_many_words", "has more than 15 words", "dài hơn 15 từ")
        return quote

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        ranged = self.minimum is not None or self.maximum is not None
        said = (self.amount is not None, ranged, self.magnitude is not None)
        if sum(said) > 1 or not (any(said) or self.comparison):
            raise _fault(
                "not_one_number",
                "must have an amount, a range, a magnitude, or else a comparison alone",
                "phải có một con số, một khoảng, một mức độ, hoặc chỉ một so sánh",
            )
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise _fault(
                "ends_before_start",
                "maximum must not be below minimum",
                "maximum không được nhỏ hơn minimum",
            )
        return self


class DatasetNew(New):
    """One table as printed: a measure of a subject over a period."""

    label: Line | None = None
    subject: SubjectNew
    reported_by: OrganisationId | None = Field(None, description="Whose figures these are.")
    measure: Line = Field(
        description="A stage of models (`registered` … `commended`) or any other measure.",
        examples=["recognised"],
    )
    claim_status: ClaimStatus = ClaimStatus.result
    levels: list[Level] = Field(
        default=[], max_length=len(Level), description="The levels counted together."
    )
    period: PeriodNew | None = None
    observed_through: PartialDate | None = None
    observed_through_precision: Annotated[DatePrecision | None, PrecisionOf("observed_through")] = (
        Field(None, description="May be left out; it must agree with `observed_through`.")
    )
    unit: Line | None = Field(None, examples=["mô hình"])
    labels: dict[Line, Line] = Field(
        default={}, max_length=500, description="The printed words of dimension values."
    )
    overlapping: list[DimensionName] = Field(
        default=[],
        max_length=MOST_DIMENSIONS,
        description="Dimensions whose values overlap or nest: their parts are never added.",
    )
    note: Prose | None = None
    observations: list[ObservationNew] = Field(min_length=1, max_length=MOST_OBSERVATIONS)

    @field_validator("levels")
    @classmethod
    def _in_their_order(cls, levels: list[Level]) -> list[Level]:
        return [level for level in Level if level in levels]

    @field_validator("observations")
    @classmethod
    def _stand_in_one_table(
        cls, observations: list[ObservationNew], info: ValidationInfo
    ) -> list[ObservationNew]:
        places = [frozenset(each.dimensions.items()) for each in observations]
        if len(set(places)) < len(places):
            raise _fault(
                "dimensions_repeated",
                "two numbers have the same dimensions",
                "hai con số có cùng các chiều phân tổ",
            )
        if len({name for place in places for name, _ in place}) > MOST_DIMENSIONS:
            raise _fault(
                "too_many_dimensions",
                f"a table has {MOST_DIMENSIONS} dimensions at most",
                f"một bảng có tối đa {MOST_DIMENSIONS} chiều phân tổ",
            )
        if info.data.get("measure") in STAGES and any(map(_is_negative, observations)):
            raise _fault("negative_count", "counts are never negative", "số đếm không thể âm")
        return observations


def _is_negative(observation: ObservationNew) -> bool:
    numbers = observation.amount, observation.minimum, observation.maximum
    return any(number is not None and number < 0 for number in numbers)


class PublicationNew(New):
    """A publication to record, with its tables and their numbers."""

    title: Line = Field(examples=["Báo cáo tổng kết phong trào thi đua “Dân vận khéo” năm 2024"])
    publisher: OrganisationId | None = None
    url: Url | None = None
    published_on: PartialDate | None = Field(None, examples=["2024-12"])
    date_precision: Annotated[DatePrecision | None, PrecisionOf("published_on")] = Field(
        None, description="May be left out; it must agree with `published_on`."
    )
    datasets: list[DatasetNew] = Field(
        min_length=1, max_length=200, description="In printed order."
    )


class PublicationCorrectionNew(New):
    """What a printed number should have been recorded as."""

    observation: UUID
    reason: Prose = Field(examples=["Nhập nhầm: bản in ghi 1.007"])
    changes: Patch[ObservationNew] = Field(
        description="A JSON Merge Patch (RFC 7396) of the observation."
    )
