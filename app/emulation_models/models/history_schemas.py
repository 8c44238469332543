"""The history of a model, and the tree of its adopters: what clients send and get."""

from uuid import UUID

from pydantic import Field

from app.emulation_models.lifecycle import Action
from app.http.partial_dates import PartialDate
from app.http.schemas import Answer, LocalityRef, extensible
from app.querying.references import ModelRef, OrganisationRef
from app.vocabularies.terms import DatePrecision, Level, ModelState


class Happening(Answer):
    """A step on the timeline of a model."""

    on: PartialDate | None
    precision: str | None = Field(json_schema_extra={"x-extensible-enum": list(DatePrecision)})
    action: str = extensible(Action)
    by: OrganisationRef | None = Field(
        description="Who did it; where that is not recorded, the organisation of the agency that"
        " recorded the step."
    )
    level: str | None = Field(json_schema_extra={"x-extensible-enum": list(Level)})
    step: UUID


class TimelinePublic(Answer):
    """The steps of a model in the order of their days."""

    items: list[Happening]


class TreeNode(Answer):
    """A model with those that adopted it."""

    id: UUID
    title: str
    locality: LocalityRef
    host: OrganisationRef | None
    state: str | None = Field(json_schema_extra={"x-extensible-enum": list(ModelState)})
    adopted_on: PartialDate | None = Field(description="Null for the model the tree begins with.")
    replications: list["TreeNode"]


class ReplicationTree(TreeNode):
    """A model with all that derive from it."""

    origins: list[ModelRef] = Field(description="What the model derives from, the first first.")
    complete: bool
