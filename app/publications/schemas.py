"""Publications and observations: what clients send and get. Terms as in SDMX."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.http.json_encoding import encode
from app.http.partial_dates import PartialDate, precision_of
from app.http.schemas import (
    Answer,
    Day,
    Line,
    LocalityRef,
    Ref,
    Thing,
    TitledRef,
    extensible,
)
from app.localities.schemas import UnderFilters
from app.querying.members import Computed, Reference
from app.querying.queries import CommaList, ListQuery, SearchQuery
from app.querying.references import OrganisationRef
from app.vocabularies.terms import (
    AwardForm,
    ClaimStatus,
    DatePrecision,
    Level,
    Measure,
    MovementField,
    ParticipantKind,
    Qualifier,
)

USUAL_DIMENSIONS: dict[str, type[StrEnum]] = {
    "field": MovementField,
    "participant_kind": ParticipantKind,
    "level": Level,
    "award_form": AwardForm,
}


class Subject(Answer):
    """What the figures are about: one of the four members is given, the others are null."""

    locality: LocalityRef | None = Field(description="As it was at the end of the period.")
    organisation: Ref | None
    event: Ref | None
    model: TitledRef | None


class Period(Answer):
    """The time the figures count. A year stands as 01-01 and 12-31."""

    start_on: str | None = Field(json_schema_extra={"format": "date"}, examples=["2020-01-01"])
    end_on: str | None = Field(
        description="The last day; null while the period is open.",
        json_schema_extra={"format": "date"},
        examples=["2023-12-31"],
    )
    precision: str | None = extensible(DatePrecision)
    wording: str | None = Field(
        description="The words of the source.", examples=["qua 03 năm triển khai thực hiện"]
    )


class Dimensions(BaseModel):
    """What a number is broken down by; empty for a total. Names and values are open."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    field: Annotated[str, extensible(MovementField)] = Field(
        default_factory=str, examples=["economy"]
    )
    participant_kind: Annotated[str, extensible(ParticipantKind)] = Field(
        default_factory=str, examples=["collective"]
    )
    level: Annotated[str, extensible(Level)] = Field(default_factory=str, examples=["district"])
    award_form: Annotated[str, extensible(AwardForm)] = Field(
        default_factory=str, examples=["merit_certificate"]
    )


class Comparison(Answer):
    """A number that compares with another period, whose own value is never computed back."""

    kind: str = Field(
        json_schema_extra={"x-extensible-enum": ["change", "ratio"]},
        description="`change`: so many more (or fewer, negative); `ratio`: so many times.",
    )
    base_period: Period | None
    amount: float | None
    qualifier: str = extensible(Qualifier)


class ObservationPublic(Answer):
    """One printed number, as printed."""

    id: UUID
    dimensions: Dimensions
    amount: float | None = Field(
        description="The printed number, exact; null where none is printed. Null is not 0.",
        examples=[3427],
    )
    minimum: float | None = Field(description="The lower end of a printed range.")
    maximum: float | None = Field(description="The upper end of a printed range.")
    magnitude: str | None = Field(
        description="The printed words for a magnitude without a number.", examples=["hàng nghìn"]
    )
    qualifier: str = extensible(Qualifier)
    unit: str | None = Field(description="Null: the unit of the dataset.")
    comparison: Comparison | None
    note: str | None
    quote: str | None = Field(
        description="The words of the source, 15 at most.",
        examples=["đã có 3.427 mô hình đăng ký cấp cơ sở và cấp huyện, thành phố"],
    )


class Counted(Answer):
    """What the figures of a dataset have in common."""

    subject: Subject
    reported_by: Ref | None = Field(description="The organisation whose figures these are.")
    measure: str = Field(
        description="A stage of models, or another measure such as `income_per_head`.",
        json_schema_extra={"x-extensible-enum": list(Measure)},
        examples=["registered"],
    )
    claim_status: str = extensible(ClaimStatus)
    levels: list[Annotated[str, extensible(Level)]] = Field(
        description="The levels counted together; empty where the source names none.",
        examples=[["grassroots", "district"]],
    )
    period: Period | None
    observed_through: PartialDate | None = Field(
        description="The last day that was counted, as precise as it is known."
    )
    observed_through_precision: str | None = extensible(DatePrecision)


class DatasetRef(Answer):
    """A short reference to a dataset."""

    id: UUID
    label: str | None = Field(examples=["Mô hình đăng ký cấp cơ sở và cấp huyện"])


class DatasetPublic(Counted, DatasetRef):
    """One table as printed: a measure of a subject over a period."""

    unit: str | None = Field(description="Free text.", examples=["mô hình"])
    labels: dict[str, str] = Field(
        description="The printed words of dimension values.", examples=[{"collective": "tập thể"}]
    )
    overlapping: list[str] = Field(
        description="Dimensions whose values overlap or nest: their parts never add up."
    )
    note: str | None
    observations: list[ObservationPublic] = Field(description="In printed order.")


class PublicationItem(Thing):
    """A report, article or announcement that printed figures, as lists show it."""

    title: str = Field(
        examples=["Phong trào thi đua “Dân vận khéo” tại tỉnh Long An (bài viết năm 2024)"]
    )
    publisher: OrganisationRef | None
    url: str | None
    published_on: PartialDate | None
    date_precision: Annotated[str | None, Computed(precision_of, "published_on")] = extensible(
        DatePrecision
    )


class PublicationPublic(PublicationItem):
    """A publication with its datasets and their observations."""

    datasets: list[DatasetPublic] = Field(description="In printed order.")


class Printed(Thing):
    """Where a number was printed; `version` and `updated_at` are those of the publication."""

    publication: TitledRef
    dataset: DatasetRef


class ObservationItem(ObservationPublic, Counted, Printed):
    """One printed number with what its dataset says of it."""

    unit: str | None = Field(description="Its own, or that of its dataset.", examples=["mô hình"])


class PublicationRef(TitledRef):
    """A publication as a correction left it."""

    version: int


class FigureCorrected(Answer):
    """A member of an observation that a correction changed."""

    member: str = Field(examples=["amount"])
    before: Any = Field(examples=[1070])
    after: Any = Field(examples=[1007])


class PublicationCorrectionPublic(Thing):
    """A correction of how a printed number was transcribed. What stood before is kept here."""

    observation: UUID
    reason: str
    changed: list[FigureCorrected]
    recorded_at: str = Field(
        description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"}
    )
    agency: Annotated[Ref, Reference("agency")] = Field(description="Who recorded it.")
    publication: PublicationRef = Field(description="As it is now.")


class PublicationCorrectionQuery(ListQuery):
    """The order of the list of corrections."""

    sort: Annotated[
        Literal["recorded_at", "-recorded_at"], Query(description="When it was recorded.")
    ] = "-recorded_at"


class PublicationQuery(UnderFilters, SearchQuery):
    """Filters of the list of publications."""

    under: Annotated[
        UUID | None,
        Query(
            description="Publications with a dataset whose subject's place lay in this unit (of"
            " any era) at the end of the period, or has since become wholly part of it."
        ),
    ] = None
    publisher: Annotated[CommaList[UUID] | None, Query()] = None
    published_from: Annotated[Day | None, Query()] = None
    published_to: Annotated[Day | None, Query()] = None
    measure: Annotated[CommaList[Line] | None, Query(examples=["registered"])] = None
    sort: Annotated[
        Literal["published_on", "-published_on", "updated_at", "-updated_at"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-published_on"


def _dimension(name: str) -> str:
    if not re.fullmatch(r"dimension\.[a-z][a-z0-9_]{0,39}", name):
        raise PydanticCustomError("extra_forbidden", "is no parameter of observations")
    return name


class ObservationQuery(UnderFilters, ListQuery):
    """Filters of the list of observations; `dimension.<name>` filters by any dimension."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Annotated[str, AfterValidator(_dimension)], CommaList[Line]] = Field(
        init=False
    )

    under: Annotated[
        UUID | None,
        Query(
            description="The subject's place lay in this unit (of any era) at the end of the"
            " period, or has since become wholly part of it."
        ),
    ] = None
    publication: Annotated[CommaList[UUID] | None, Query()] = None
    measure: Annotated[CommaList[Line] | None, Query(examples=["registered"])] = None
    claim_status: Annotated[CommaList[ClaimStatus] | None, Query()] = None
    from_: Annotated[
        Day | None, Query(alias="from", description="The period begins on this day or later.")
    ] = None
    to: Annotated[
        Day | None,
        Query(description="The period ends on this day or earlier; an open one never does."),
    ] = None
    sort: Annotated[
        Literal[
            "published_on",
            "-published_on",
            "period_end",
            "-period_end",
            "updated_at",
            "-updated_at",
        ],
        Query(description="Unknown dates come last in both directions."),
    ] = "-published_on"

    @property
    def dimension(self) -> str | None:
        """The values asked for of each dimension, as JSON: `{"field": ["economy"]}`."""
        asked = self.model_extra or {}
        values = {name.removeprefix("dimension."): value for name, value in asked.items()}
        return encode(values).decode() if values else None


def _described(name: str, terms: type[StrEnum]) -> dict[str, Any]:
    return {
        "name": f"dimension.{name}",
        "in": "query",
        "description": f"The value of the dimension `{name}`; `none`: not broken down by it.",
        "schema": {
            "type": "array",
            "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 500,
                "x-extensible-enum": list(terms),
            },
        },
    }


# Any name can follow `dimension.`; OpenAPI tells that as an object whose members are parameters.
DIMENSION_PARAMETERS = [
    *(_described(name, terms) for name, terms in USUAL_DIMENSIONS.items()),
    {
        "name": "dimension",
        "in": "query",
        "description": "`dimension.<name>=<value>` for any other dimension; a comma list is any of"
        " several values, `none`: not broken down by it.",
        "style": "form",
        "explode": True,
        "example": {},  # or /docs makes one up and sends it
        "schema": {
            "type": "object",
            "propertyNames": {"pattern": r"^dimension\.[a-z][a-z0-9_]{0,39}$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 500},
        },
    },
]
