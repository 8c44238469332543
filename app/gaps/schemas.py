"""What was neglected, as it goes over the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.http.partial_dates import PartialDate
from app.http.schemas import Answer, Day, LocalityRef, TitledRef
from app.localities.schemas import UnderFilters
from app.querying.queries import ListQuery

_LAST_ON = "The latest fact there is, as precise as it is known; null if there is none."


class ModelGap(Answer):
    """A model that something is due for."""

    model: TitledRef
    last_on: PartialDate | None = Field(description=_LAST_ON)
    days: int = Field(description="How many have passed by the day asked for.", examples=[412])
    due_on: date


class LocalityGap(Answer):
    """A place that something is due from."""

    locality: LocalityRef
    last_on: PartialDate | None = Field(description=_LAST_ON)
    days: int | None = Field(description="How many have passed by the day asked for.")
    due_on: date | None


class GapQuery(UnderFilters, ListQuery):
    """What all gaps are asked with."""

    under: Annotated[
        UUID | None,
        Query(
            description="What lay in this unit (of any era), or has since become wholly part of it."
        ),
    ] = None
    on: Annotated[
        Day | None,
        Query(
            le=date(9998, 12, 31),
            description="As of this day: only what had happened by then counts; today if none.",
        ),
    ] = None


Months = Annotated[int, Query(ge=1, le=240)]


class UninspectedQuery(GapQuery):
    """Which models are asked for."""

    months: Months = 12
    sort: Annotated[Literal["registered_on", "-registered_on"], Query()] = "registered_on"


class UncommendedQuery(GapQuery):
    """Which models are asked for."""

    days: Annotated[int, Query(ge=1, le=7_300)] = 365
    sort: Annotated[Literal["recognised_on", "-recognised_on"], Query()] = "recognised_on"


class StaleLocalitiesQuery(GapQuery):
    """Which communes are asked for."""

    months: Months = 12
    sort: Annotated[Literal["name", "-name"], Query()] = "name"


class OverdueQuery(GapQuery):
    """Which inspections are asked for."""

    sort: Annotated[Literal["due_on", "-due_on"], Query()] = "due_on"
