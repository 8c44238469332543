"""The steps of a model's life: what clients send and get."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.http.partial_dates import PartialDate, PrecisionOf, precision_of
from app.http.schemas import (
    Answer,
    Body,
    Day,
    Figure,
    Line,
    New,
    Prose,
    Thing,
    extensible,
)
from app.querying.members import Computed
from app.querying.queries import ListQuery
from app.querying.references import (
    CriteriaSetId,
    CriteriaSetRef,
    DocumentId,
    DocumentRef,
    EventId,
    EventRef,
    ModelId,
    ModelRef,
    OrganisationId,
    OrganisationRef,
)
from app.vocabularies.terms import DatePrecision, Level, ModelState

Precision = Annotated[
    DatePrecision | None, Field(description="May be left out; it must agree with the date.")
]


class SteppedModel(Answer):
    """The model a step was taken on, as it is now."""

    id: UUID
    title: str
    version: int
    state: str | None = Field(json_schema_extra={"x-extensible-enum": list(ModelState)})


class StepPublic(Thing):
    """What every step tells."""

    model: SteppedModel


class Warned(Answer):
    """Something allowed that its readers should know of."""

    code: str
    detail: str


# ---- inspections --------------------------------------------------------------------------


class InspectionFacts(Answer):
    """What an inspection found."""

    inspected_on: PartialDate
    date_precision: Annotated[str, Computed(precision_of, "inspected_on")] = extensible(
        DatePrecision
    )
    event: EventRef | None = Field(description="The visit during which it was made.")
    inspectors: list[str] = Field(examples=[["Trần Thị Bình"]])
    findings: str | None
    follow_up_due_on: Day | None = Field(description="By when someone is to look again.")


class Inspection(InspectionFacts):
    """An inspection, as its model tells it."""

    id: UUID


class InspectionPublic(InspectionFacts, StepPublic):
    """An inspection of a model (kiểm tra, theo dõi)."""


class InspectionNew(New):
    """An inspection to record."""

    inspected_on: PartialDate
    date_precision: Annotated[Precision, PrecisionOf("inspected_on")] = None
    event: EventId | None = None
    inspectors: list[Line] = Field(default=[], max_length=50, description="Personal names.")
    findings: Prose | None = None
    follow_up_due_on: Day | None = None


class InspectionQuery(ListQuery):
    """Sorts of the inspections of a model."""

    sort: Annotated[
        Literal["inspected_on", "-inspected_on"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-inspected_on"


# ---- registrations ------------------------------------------------------------------------


class RegistrationPublic(StepPublic):
    """A registration of a model at a level."""

    level: str = extensible(Level)
    registered_on: PartialDate | None
    registered_precision: Annotated[str | None, Computed(precision_of, "registered_on")] = Field(
        json_schema_extra={"x-extensible-enum": list(DatePrecision)}
    )
    registered_by: OrganisationRef | None


class ModelRegistrationNew(New):
    """A registration to record: once at each level."""

    level: Level
    registered_on: PartialDate | None = None
    registered_precision: Annotated[Precision, PrecisionOf("registered_on")] = None
    registered_by: OrganisationId | None = None


class RegistrationQuery(ListQuery):
    """Sorts of the registrations of a model."""

    sort: Annotated[
        Literal["registered_on", "-registered_on"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-registered_on"


# ---- appraisals ---------------------------------------------------------------------------


class ScorePublic(Answer):
    """What was given for one criterion."""

    criterion: str = Field(description="The code of a criterion of the set.")
    score: float
    note: str | None


class AppraisalFacts(Answer):
    """How a model was scored."""

    criteria_set: CriteriaSetRef = Field(description="The number of the set it was scored against.")
    appraised_on: Day
    scores: list[ScorePublic]
    total: float = Field(description="The sum of the scores.", examples=[87])


class Appraisal(AppraisalFacts):
    """An appraisal, as its model tells it."""

    id: UUID


class AppraisalPublic(AppraisalFacts, StepPublic):
    """An appraisal of a model (khảo sát, thẩm tra) against one number of a criteria set."""


class ScoreNew(Body):
    """A score for one criterion."""

    criterion: Line = Field(description="The code of a criterion of the set.")
    score: Figure = Field(description="Between 0 and the criterion's `max_score`.")
    note: Prose | None = None


class AppraisalNew(New):
    """An appraisal to record: every criterion of the set is scored, each once."""

    criteria_set: CriteriaSetId
    appraised_on: Day
    scores: list[ScoreNew] = Field(min_length=1, max_length=200)


class AppraisalQuery(ListQuery):
    """Sorts of the appraisals of a model."""

    sort: Annotated[Literal["appraised_on", "-appraised_on"], Query()] = "-appraised_on"


# ---- recognitions -------------------------------------------------------------------------


class RecognitionOutcome(StrEnum):
    """What was decided."""

    recognised = "recognised"
    not_recognised = "not_recognised"


class RecognitionPublic(StepPublic):
    """A decision to recognise a model at a level, or not to."""

    level: str = extensible(Level)
    outcome: str = extensible(RecognitionOutcome)
    decided_on: PartialDate | None
    decided_precision: Annotated[str | None, Computed(precision_of, "decided_on")] = Field(
        json_schema_extra={"x-extensible-enum": list(DatePrecision)}
    )
    decided_by: OrganisationRef | None
    document: DocumentRef | None
    reason: str | None
    warnings: list[Warned]


class RecognitionNew(New):
    """A decision to record. After `not_recognised` a level may still recognise the model."""

    level: Level
    outcome: RecognitionOutcome
    decided_on: PartialDate | None = None
    decided_precision: Annotated[Precision, PrecisionOf("decided_on")] = None
    decided_by: OrganisationId | None = None
    document: DocumentId | None = None
    reason: Prose | None = None


class RecognitionQuery(ListQuery):
    """Sorts of the recognitions of a model."""

    sort: Annotated[
        Literal["decided_on", "-decided_on"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-decided_on"


# ---- transitions --------------------------------------------------------------------------


class TransitionTarget(StrEnum):
    """What a model can be set to."""

    under_survey = "under_survey"
    returned = "returned"
    suspended = "suspended"
    ended = "ended"
    withdrawn = "withdrawn"
    resumed = "resumed"


class TransitionPublic(StepPublic):
    """What was set."""

    to: str = Field(json_schema_extra={"x-extensible-enum": [*TransitionTarget, "merged"]})
    into: ModelRef | None = Field(description="What it was merged into.")
    reason: str
    made_on: Day


class TransitionNew(New):
    """A state to set, and why."""

    to: TransitionTarget
    reason: Prose


class TransitionQuery(ListQuery):
    """Sorts of the transitions of a model."""

    sort: Annotated[Literal["made_on", "-made_on"], Query()] = "-made_on"


class MergeNew(Body):
    """Another record of the same model, which goes on in place of this one."""

    into: ModelId
    reason: Prose
