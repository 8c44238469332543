"""Campaign periods: what clients send and get."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.http.partial_dates import PartialDate
from app.http.schemas import Answer, Body, Day, Line, LocalityRef, New, Prose, Thing, extensible
from app.localities.schemas import UnderFilters
from app.querying.queries import CommaList, SearchQuery
from app.querying.references import (
    LOCALITY,
    CampaignPeriodId,
    CampaignPeriodRef,
    DocumentId,
    DocumentRef,
    LocalityId,
    OrganisationId,
    OrganisationRef,
)
from app.vocabularies.terms import CampaignKind, DocumentRole

Precision = Literal["day", "month", "year"]
_DIGITS = {"year": 4, "month": 7, "day": 10}  # of a day written YYYY-MM-DD, how much is known


class PeriodDocument(Answer):
    """A document that bears on a period, and how."""

    document: DocumentRef
    role: str = extensible(DocumentRole)


class CampaignPeriodPublic(Thing):
    """A period for which the movement was launched somewhere. Periods nest and overlap."""

    name: str = Field(
        examples=["Phong trào thi đua “Dân vận khéo” tỉnh Cà Mau, giai đoạn 2020 - 2023"]
    )
    kind: str = extensible(CampaignKind)
    locality: Annotated[LocalityRef | None, LOCALITY.on("start_on")] = Field(
        description="As it was on the period's first day."
    )
    organisation: OrganisationRef | None = Field(description="The body that leads it.")
    start_on: str = Field(
        description="The first day; a year stands as its 1 January, a month as its 1st.",
        json_schema_extra={"format": "date"},
        examples=["2020-01-01"],
    )
    end_on: str | None = Field(
        description="The last day; a year stands as its 31 December. Null while it is open.",
        json_schema_extra={"format": "date"},
        examples=["2023-12-31"],
    )
    precision: str = Field(
        description="How much of the two days was stated.",
        json_schema_extra={"x-extensible-enum": list(_DIGITS)},
        examples=["year"],
    )
    stated_duration: str | None = Field(
        description="As printed; places count it differently.", examples=["03 năm"]
    )
    theme: str | None
    parent: CampaignPeriodRef | None = Field(description="The period this one is part of.")
    documents: list[PeriodDocument] = Field(description="The oldest first.")


class PeriodDocumentNew(Body):
    """A document that bears on a period, and how."""

    document: DocumentId
    role: DocumentRole


class CampaignPeriodNew(New):
    """A campaign period to record."""

    name: Line = Field(
        examples=["Phong trào thi đua “Dân vận khéo” tỉnh Cà Mau, giai đoạn 2023 - 2025"]
    )
    kind: CampaignKind = Field(examples=["multi_year"])
    locality: LocalityId | None = Field(None, description="None: it is for the whole country.")
    organisation: OrganisationId | None = None
    start_on: Day = Field(description="The first day.", examples=["2023-01-01"])
    end_on: Day | None = Field(
        None, description="The last day; none while it is open.", examples=["2025-12-31"]
    )
    precision: Precision = Field(
        "day",
        description="`month` and `year` need a period of whole months or years.",
        examples=["year"],
    )
    stated_duration: Line | None = Field(None, description="As printed.", examples=["03 năm"])
    theme: Prose | None = None
    parent: CampaignPeriodId | None = None
    documents: list[PeriodDocumentNew] = Field(default=[], max_length=200)

    @field_validator("end_on")
    @classmethod
    def _ends_after_it_begins(cls, end_on: date | None, info: ValidationInfo) -> date | None:
        start_on = info.data.get("start_on")
        if end_on and start_on and end_on < start_on:
            raise PydanticCustomError(
                "ends_before_start",
                "ends before it begins",
                {
                    "en": "must not be before start_on",
                    "vi": "không được trước start_on",
                },
            )
        return end_on

    @field_validator("precision")
    @classmethod
    def _is_of_whole_months_or_years(cls, precision: str, info: ValidationInfo) -> str:
        digits = _DIGITS[precision]
        for name in ("start_on", "end_on"):
            day = info.data.get(name)
            if day is None:
                continue
            stated = PartialDate(day.isoformat()[:digits])
            expected = stated.first if name == "start_on" else stated.last
            if day != expected:
                raise PydanticCustomError(
                    "precision_differs",
                    "differs",
                    {
                        "en": f"{name} must be {expected} if only the {precision} is known",
                        "vi": f"{name} phải là {expected} nếu độ chính xác là {precision}",
                    },
                )
        return precision


class CampaignPeriodQuery(UnderFilters, SearchQuery):
    """Filters of the list of campaign periods."""

    kind: Annotated[CommaList[CampaignKind] | None, Query()] = None
    under: Annotated[
        UUID | None,
        Query(
            description="Periods of a place that lay in this unit (of any era) on their first day,"
            " or has since become wholly part of it."
        ),
    ] = None
    locality: Annotated[CommaList[UUID] | None, Query()] = None
    organisation: Annotated[CommaList[UUID] | None, Query()] = None
    parent: Annotated[
        CommaList[UUID] | None, Query(description="Periods nested directly in this one.")
    ] = None
    active_on: Annotated[Day | None, Query(description="Periods this day lies in.")] = None
    from_: Annotated[
        Day | None, Query(alias="from", description="Periods that begin on this day or later.")
    ] = None
    to: Annotated[
        Day | None, Query(description="Periods that end on this day or earlier, not open ones.")
    ] = None
    sort: Annotated[Literal["start_on", "-start_on", "updated_at", "-updated_at"], Query()] = (
        "-start_on"
    )
