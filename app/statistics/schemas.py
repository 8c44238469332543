"""Counts: what clients send and get."""

from typing import Annotated, Literal, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.award_decisions.schemas import AwardFilters
from app.emulation_models.models.schemas import ModelFilters
from app.http.schemas import Answer, LocalityRef, Ref
from app.vocabularies.terms import (
    AwardForm,
    AwardStatus,
    Level,
    ModelState,
    MovementField,
    OrganisationKind,
    ParticipantKind,
)

ModelDimension = Literal[
    "field", "participant_kind", "state", "registered_level", "recognised_level",
    "campaign_period", "registered_year", "recognised_year", "host_kind",
    "province", "district", "commune",
]  # fmt: skip
AwardDimension = Literal["form", "participant_kind", "level", "issued_year", "province"]
VOCABULARIES = {
    "field": MovementField,
    "participant_kind": ParticipantKind,
    "state": ModelState,
    "registered_level": Level,
    "recognised_level": Level,
    "host_kind": OrganisationKind,
    "form": AwardForm,
    "level": Level,
}


def _split(value: object) -> object:
    """What is repeated or separated by commas, as a list of names."""
    texts = value if isinstance(value, list) else [value]
    return ",".join(map(str, texts)).split(",")


Name = TypeVar("Name")


def _each_once(names: tuple[Name, ...]) -> tuple[Name, ...]:
    if len(set(names)) < len(names):
        raise PydanticCustomError(
            "repeated",
            "names one twice",
            {"en": "names a dimension twice", "vi": "nêu một chiều hai lần"},
        )
    return names


By = Annotated[
    tuple[Name, ...], BeforeValidator(_split), AfterValidator(_each_once), Field(max_length=3)
]
_ZEROS = Query(description="Adds a row of 0 for every combination of values that has none.")
_BY = Query(
    description="Up to three dimensions, separated by commas; without any, one row counts all."
)


class ModelStatisticsQuery(ModelFilters):
    """The filters of `/v1/models`, and what models are counted by."""

    by: Annotated[By[ModelDimension], _BY] = ()
    zeros: Annotated[bool, _ZEROS] = False


class AwardStatisticsQuery(AwardFilters):
    """The filters of `/v1/awards`, and what awards are counted by."""

    by: Annotated[By[AwardDimension], _BY] = ()
    zeros: Annotated[bool, _ZEROS] = False

    def counted_status(self) -> tuple[AwardStatus | None, ...]:
        """The statuses that are asked for; without any, all but `revoked`."""
        standing = tuple(status for status in AwardStatus if status is not AwardStatus.revoked)
        return self.status or standing


StatisticsQuery = ModelStatisticsQuery | AwardStatisticsQuery


def _term(name: str) -> str | None:
    """A member with a term, which is there if the dimension is asked for."""
    field: str | None = Field(
        default_factory=str, json_schema_extra={"x-extensible-enum": list(VOCABULARIES[name])}
    )
    return field


_ROWS = Field(
    description="The list of exactly the rows counted.",
    examples=["/v1/models?field=economy&state=recognised"],
)


class Count(Answer):
    """How many there are of one combination of values: a member for each dimension in `by`.

    Null stands for an unknown value, and for a place above the level that is asked for.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    count: int
    rows: str = _ROWS
    participant_kind: str | None = _term("participant_kind")
    province: LocalityRef | None = Field(default_factory=lambda: None)


class ModelCount(Count):
    """How many models there are of one combination of values."""

    field: str | None = _term("field")
    state: str | None = _term("state")
    registered_level: str | None = _term("registered_level")
    recognised_level: str | None = _term("recognised_level")
    host_kind: str | None = _term("host_kind")
    registered_year: int | None = Field(default_factory=int)
    recognised_year: int | None = Field(default_factory=int)
    campaign_period: Ref | None = Field(
        default_factory=lambda: None, description="The period itself, without those nested in it."
    )
    district: LocalityRef | None = Field(default_factory=lambda: None)
    commune: LocalityRef | None = Field(default_factory=lambda: None)


class AwardCount(Count):
    """How many awards there are of one combination of values: the sum of the lines' counts."""

    form: str | None = _term("form")
    level: str | None = _term("level")
    issued_year: int | None = Field(default_factory=int)


class Stages(Answer):
    """How far models came, whatever became of them later."""

    registered: int = Field(description="Registered at any level.")
    recognised: int = Field(description="Recognised at any level.")
    commended: int = Field(description="Named in an award decision.")
    replicated: int = Field(description="Adopted by another model.")


class FunnelCount(ModelCount, Stages):
    """How far the models of one combination of values came."""

    model_config = Count.model_config


class Undivided(Answer):
    """What is recorded at a place that the map leaves open: counted in `total`, in no item."""

    locality: LocalityRef
    count: int
    candidates: list[LocalityRef] = Field(
        description="The units it may lie in; empty where nothing is known."
    )
    rows: str = _ROWS


class UndividedFunnel(Undivided, Stages):
    """How far the models came that are recorded at a place which the map leaves open."""


class Statistics(Answer):
    """Counts that add up."""

    by: list[str]
    total: int = Field(description="All items and all that is undivided.")


class ModelStatistics(Statistics):
    """Models counted."""

    items: list[ModelCount]
    undivided: list[Undivided]


class AwardStatistics(Statistics):
    """Awards counted."""

    items: list[AwardCount]
    undivided: list[Undivided]


class Funnel(Statistics):
    """Models counted by how far they came."""

    items: list[FunnelCount]
    undivided: list[UndividedFunnel]
