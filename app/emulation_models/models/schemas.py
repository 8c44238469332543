"""Emulation models: what clients send and get."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.emulation_models.lifecycle import Action
from app.emulation_models.models.tracks import PATTERN, TrackText
from app.emulation_models.steps.schemas import Appraisal, Inspection
from app.http.partial_dates import PartialDate
from app.http.schemas import (
    Answer,
    Body,
    Day,
    Figure,
    Line,
    LocalityRef,
    Moment,
    New,
    Prose,
    Thing,
    Url,
    extensible,
)
from app.localities.schemas import TerritoryFilters
from app.querying.queries import CommaList, ListQuery, SearchFilters, Year
from app.querying.references import (
    LOCALITY,
    CampaignPeriodId,
    CampaignPeriodRef,
    DocumentId,
    DocumentRef,
    LocalityId,
    ModelId,
    ModelRef,
    OrganisationId,
    OrganisationRef,
)
from app.vocabularies.terms import (
    Level,
    ModelState,
    MovementField,
    OrganisationKind,
    ParticipantKind,
    Qualifier,
)

Place = Annotated[LocalityRef, LOCALITY.on("dated_on")]


class ModelItem(Thing):
    """A model (mô hình) as lists show it."""

    title: str = Field(examples=["Trồng cây ăn trái kết hợp với nuôi cá đồng"])
    summary: str | None
    field: str | None = Field(
        description="Null where it is not stated.",
        json_schema_extra={"x-extensible-enum": list(MovementField)},
        examples=["economy"],
    )
    participant_kind: str | None = Field(
        json_schema_extra={"x-extensible-enum": list(ParticipantKind)}
    )
    locality: Place
    host: OrganisationRef | None
    owner_name: str | None
    campaign_period: CampaignPeriodRef | None
    state: str | None = Field(
        description="Null where only a report tells of the model.",
        json_schema_extra={"x-extensible-enum": list(ModelState)},
    )
    registered_level: str | None = Field(
        description="The highest level it is registered at.",
        json_schema_extra={"x-extensible-enum": list(Level)},
    )
    registered_on: PartialDate | None = Field(description="The earliest registration.")
    recognised_level: str | None = Field(
        description="The highest level it is recognised at.",
        json_schema_extra={"x-extensible-enum": list(Level)},
    )
    recognised_on: PartialDate | None = Field(description="The earliest recognition.")


class Track(Answer):
    """What happened to a model at one level; levels are independent of each other."""

    level: str = extensible(Level)
    registered_on: PartialDate | None
    registered_precision: str | None
    registered_by: OrganisationRef | None
    outcome: Literal["recognised", "not_recognised"] | None
    decided_on: PartialDate | None
    decided_precision: str | None
    decided_by: OrganisationRef | None
    document: DocumentRef | None
    reason: str | None


class Outcome(Answer):
    """A result a model is said to have had, as reported."""

    id: UUID
    what: str
    amount: float | None = Field(examples=[100])
    minimum: float | None
    maximum: float | None
    qualifier: str = extensible(Qualifier)
    unit: str | None = Field(examples=["triệu đồng/năm/hộ"])
    period: str | None
    quote: str | None


class Source(Answer):
    """Where something about a model was read."""

    id: UUID
    document: DocumentRef | None
    url: str | None
    quote: str | None
    note: str | None


class AllowedAction(Answer):
    """A step of a model's life, and whether this caller may take it now."""

    action: str = extensible(Action)
    allowed: bool
    reason: str | None = Field(description="Why not.")


class ModelPublic(ModelItem):
    """A model with its tracks, outcomes and history."""

    other_localities: list[Place] = Field(
        description="Where it is carried out too; lists and counts go by `locality`."
    )
    other_hosts: list[OrganisationRef]
    aliases: list[str]
    objective: str | None
    target: str | None
    started_on: PartialDate | None
    tracks: list[Track]
    outcomes: list[Outcome]
    derived_from: ModelRef | None
    replications: list[ModelRef] = Field(description="The models that adopted this one.")
    inspections: list[Inspection]
    appraisals: list[Appraisal]
    sources: list[Source]
    merged_into: ModelRef | None
    allowed_actions: list[AllowedAction] = Field(
        description="What the caller may do with it now; empty without a key."
    )


class OutcomeNew(Body):
    """A result a model had."""

    id: UUID | None = None
    what: Line
    amount: Figure | None = None
    minimum: Figure | None = None
    maximum: Figure | None = None
    qualifier: Qualifier = Qualifier.exact
    unit: Line | None = None
    period: Line | None = None
    quote: Line | None = None


class SourceNew(Body):
    """Where something about a model was read."""

    id: UUID | None = None
    document: DocumentId | None = None
    url: Url | None = None
    quote: Line | None = None
    note: Prose | None = None


class RegistrationNew(Body):
    """Registration of the model at a level, in the same act."""

    level: Level
    registered_on: PartialDate | None = None


class ModelFacts(Body):
    """What can be recorded and changed of a model itself; its steps are sub-collections."""

    title: Line = Field(examples=["Đổi rác thải nhựa lấy quà"])
    summary: Prose | None = None
    field: MovementField | None = None
    participant_kind: ParticipantKind | None = None
    locality: LocalityId
    objective: Prose | None = None
    target: Prose | None = None
    host: OrganisationId | None = None
    other_localities: list[LocalityId] = Field(
        default=[], max_length=100, description="Where it is carried out too."
    )
    other_hosts: list[OrganisationId] = Field(default=[], max_length=100)
    owner_name: Line | None = Field(None, description="A personal name, only for an individual.")
    campaign_period: CampaignPeriodId | None = None
    started_on: PartialDate | None = None
    aliases: list[Line] = Field(default=[], max_length=20)
    outcomes: list[OutcomeNew] = Field(default=[], max_length=100)
    sources: list[SourceNew] = Field(default=[], max_length=100)
    derived_from: ModelId | None = None


class ModelNew(New, ModelFacts):
    """A model to enter; with `registration` it is registered in the same act."""

    field: MovementField
    participant_kind: ParticipantKind
    objective: Prose = Field(description="What it is for; vague models are the main complaint.")
    target: Prose = Field(description="What it is to reach, and by when.")
    distinct_because: Prose | None = Field(
        None, description="Why it is no look-alike of a model of the same commune or host."
    )
    registration: RegistrationNew | None = None


class ModelFilters(TerritoryFilters, SearchFilters):
    """What models are selected by."""

    combined: ClassVar = TerritoryFilters.combined | {
        "in_periods": ("campaign_period", "nested"),
        "in_period_alone": ("campaign_period", "nested"),
    }

    under: Annotated[
        UUID | None,
        Query(
            description="Models whose place lay in this unit (of any era) on the model's date, or"
            " has since become wholly part of it."
        ),
    ] = None
    campaign_period: Annotated[
        CommaList[UUID] | None, Query(description="With the periods nested in it.")
    ] = None
    nested: Annotated[
        bool, Query(description="`false`: `campaign_period` without the periods nested in it.")
    ] = True
    field: Annotated[CommaList[MovementField] | None, Query()] = None
    participant_kind: Annotated[CommaList[ParticipantKind] | None, Query()] = None
    state: Annotated[CommaList[ModelState] | None, Query()] = None
    registered_level: Annotated[
        CommaList[Level] | None, Query(description="The highest level.")
    ] = None
    recognised_level: Annotated[
        CommaList[Level] | None, Query(description="The highest level.")
    ] = None
    registered_at: Annotated[Level | None, Query(description="Registered at this level.")] = None
    recognised_at: Annotated[Level | None, Query(description="Recognised at this level.")] = None
    track: Annotated[
        TrackText | None,
        Query(
            pattern=PATTERN,
            description="With one track that is so: its outcome, at any of these levels, from this"
            " day, to this day; a part left empty asks nothing.",
            examples=["registered:district,province:2020-01-01:2023-12-31"],
        ),
    ] = None
    host: Annotated[CommaList[UUID] | None, Query()] = None
    host_kind: Annotated[CommaList[OrganisationKind] | None, Query()] = None
    registered_year: Annotated[CommaList[Year] | None, Query()] = None
    recognised_year: Annotated[CommaList[Year] | None, Query()] = None
    registered_from: Annotated[Day | None, Query()] = None
    registered_to: Annotated[Day | None, Query()] = None
    recognised_from: Annotated[Day | None, Query()] = None
    recognised_to: Annotated[Day | None, Query()] = None
    updated_since: Annotated[Moment | None, Query(description="RFC 3339, with a time zone.")] = None
    derived_from: Annotated[UUID | None, Query()] = None
    commended: Annotated[bool | None, Query(description="Named in an award decision.")] = None
    replicated: Annotated[bool | None, Query(description="Adopted by another model.")] = None
    uninspected_since: Annotated[
        Day | None,
        Query(
            description="Neither ended, withdrawn nor merged, and not inspected on this day or"
            " later; a survey visit is evidence of an inspection."
        ),
    ] = None

    @property
    def in_periods(self) -> tuple[UUID | None, ...] | None:
        return self.campaign_period if self.nested else None

    @property
    def in_period_alone(self) -> tuple[UUID | None, ...] | None:
        return None if self.nested else self.campaign_period


class ModelQuery(ModelFilters, ListQuery):
    """Filters of the list of models."""

    sort: Annotated[
        Literal[
            "registered_on", "-registered_on", "title", "-title",
            "recognised_on", "-recognised_on", "updated_at", "-updated_at",
        ],
        Query(description="Unknown dates come last in both directions."),
    ] = "-registered_on"  # fmt: skip
