"""Adoptions of models: what clients send and get."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from app.emulation_models.steps.schemas import SteppedModel, StepPublic
from app.http.partial_dates import PartialDate
from app.http.schemas import Line, LocalityRef, New
from app.querying.queries import ListQuery
from app.querying.references import (
    LOCALITY,
    LocalityId,
    OrganisationId,
    OrganisationRef,
)


class ReplicationPublic(StepPublic):
    """A model was adopted elsewhere; its `id` is that of the adopter."""

    title: str
    locality: Annotated[LocalityRef, LOCALITY.on("dated_on")]
    host: OrganisationRef | None
    adopted_on: PartialDate | None = Field(description="`started_on` of the adopter.")
    adopter: SteppedModel


class ReplicationNew(New):
    """An adoption to record. It makes the adopter, a model of its own."""

    title: Line
    locality: LocalityId
    host: OrganisationId | None = None
    adopted_on: PartialDate | None = None


class ReplicationQuery(ListQuery):
    """Sorts of the replications of a model."""

    sort: Annotated[
        Literal["adopted_on", "-adopted_on"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-adopted_on"
