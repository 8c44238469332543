"""Events: what clients send and get."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.http.partial_dates import PartialDate, PrecisionOf, first_day_of, precision_of
from app.http.schemas import Answer, Day, Line, LocalityRef, New, Prose, Thing, extensible
from app.localities.schemas import UnderFilters
from app.querying.members import Computed
from app.querying.queries import CommaList, SearchQuery
from app.querying.references import (
    LOCALITY,
    CampaignPeriodId,
    CampaignPeriodRef,
    LocalityId,
    ModelId,
    ModelRef,
    OrganisationId,
    OrganisationRef,
)
from app.vocabularies.terms import DatePrecision, EventKind


class DelegationPublic(Answer):
    """Who came to an event together."""

    id: UUID
    organisation: OrganisationRef | None = Field(
        description="Whose delegation it was, if that is recorded."
    )
    name: str = Field(
        description="As printed.",
        examples=["Đoàn công tác Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh"],
    )
    head: str | None = Field(
        description="The office of who led it, as printed.", examples=["Trưởng ban Dân vận Tỉnh ủy"]
    )
    size: int | None = Field(description="How many people came; null where that is not told.")


class EventPublic(Thing):
    """A conference, visit, contest or ceremony of the movement."""

    kind: str = extensible(EventKind)
    name: str = Field(
        examples=[
            "Hội nghị sơ kết phong trào thi đua “Dân vận khéo” tỉnh Cà Mau, giai đoạn 2020 - 2023"
        ]
    )
    held_on: PartialDate | None = Field(
        description="The day it was held, or its first day.", examples=["2023-10-27", "--06-05"]
    )
    ends_on: PartialDate | None = Field(
        description="The last day of an event of several days; null if it is one."
    )
    date_precision: Annotated[str | None, Computed(precision_of, "held_on")] = Field(
        description="How much of `held_on` is known.",
        json_schema_extra={"x-extensible-enum": list(DatePrecision)},
        examples=["day", "day_without_year"],
    )
    locality: Annotated[LocalityRef, LOCALITY.on("held_on_first")] = Field(
        description="As it was on the event's first day."
    )
    campaign_period: CampaignPeriodRef | None
    organiser: OrganisationRef | None
    description: str | None
    delegations: list[DelegationPublic] = Field(description="Those that are told of, not all.")
    models_visited: list[ModelRef]


class DelegationNew(New):
    """A delegation to an event."""

    organisation: OrganisationId | None = None
    name: Line = Field(
        description="As printed.",
        examples=["Đoàn công tác Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh"],
    )
    head: Line | None = Field(None, description="The office of who led it, as printed.")
    size: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        None, description="How many people came."
    )


class EventNew(New):
    """An event to record."""

    kind: EventKind = Field(examples=["survey_visit"])
    name: Line = Field(examples=["Khảo sát thực tế mô hình tại huyện Cẩm Xuyên"])
    held_on: PartialDate | None = Field(None, examples=["--06-05"])
    ends_on: PartialDate | None = Field(None, description="The last day, if it is another.")
    date_precision: Annotated[DatePrecision | None, PrecisionOf("held_on")] = Field(
        None, description="May be left out; it must agree with `held_on`."
    )
    locality: LocalityId
    campaign_period: CampaignPeriodId | None = None
    organiser: OrganisationId | None = None
    description: Prose | None = None
    delegations: list[DelegationNew] = Field(default=[], max_length=500)
    models_visited: list[ModelId] = Field(default=[], max_length=500)

    @field_validator("ends_on")
    @classmethod
    def _ends_after_it_begins(
        cls, ends_on: PartialDate | None, info: ValidationInfo
    ) -> PartialDate | None:
        held_on: PartialDate | None = info.data.get("held_on")
        first, last = first_day_of(held_on), ends_on and ends_on.last
        if first and last and last < first:
            raise PydanticCustomError(
                "ends_before_start",
                "ends before it begins",
                {"en": "must not be before held_on", "vi": "không được trước held_on"},
            )
        return ends_on


class EventQuery(UnderFilters, SearchQuery):
    """Filters of the list of events."""

    kind: Annotated[CommaList[EventKind] | None, Query()] = None
    under: Annotated[
        UUID | None,
        Query(
            description="Events at a place that lay in this unit (of any era) on the day, or has"
            " since become wholly part of it."
        ),
    ] = None
    locality: Annotated[CommaList[UUID] | None, Query()] = None
    campaign_period: Annotated[
        CommaList[UUID] | None, Query(description="With the periods nested in it.")
    ] = None
    organiser: Annotated[CommaList[UUID] | None, Query()] = None
    held_from: Annotated[Day | None, Query(description="Held on this day or later.")] = None
    held_to: Annotated[Day | None, Query(description="Held on this day or earlier.")] = None
    model: Annotated[
        CommaList[UUID] | None,
        Query(description="Events that visited this model; `none`: no model is named."),
    ] = None
    sort: Annotated[
        Literal["held_on", "-held_on", "updated_at", "-updated_at"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-held_on"
