"""Criteria sets: what clients send and get."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from app.http.schemas import Answer, Body, Day, Figure, Line, New, Thing
from app.querying.queries import CommaList, SearchQuery
from app.querying.references import CriteriaSetId, CriteriaSetRef, OrganisationId, OrganisationRef


class CriterionPublic(Answer):
    """One criterion."""

    code: str = Field(examples=["muc-tieu"])
    label: str = Field(examples=["Xác định mục tiêu rõ ràng"])
    max_score: float = Field(description="The most that can be scored.", examples=[20])


class CriteriaSetPublic(Thing):
    """One number of an owner's criteria for appraising models."""

    name: str
    owner: OrganisationRef
    number: int = Field(description="One more than that of the set it supersedes.")
    supersedes: CriteriaSetRef | None
    valid_from: Day | None
    criteria: list[CriterionPublic]
    frozen: bool = Field(description="Once a model was appraised against it, it cannot change.")


class CriterionNew(Body):
    """A criterion of a new set."""

    code: Line
    label: Line
    max_score: Figure = Field(gt=0, json_schema_extra={"exclusiveMinimum": 0})


class CriteriaSetNew(New):
    """A criteria set to record; with `supersedes` it is the next number of another."""

    name: Line
    owner: OrganisationId
    supersedes: CriteriaSetId | None = None
    valid_from: Day | None = None
    criteria: list[CriterionNew] = Field(min_length=1, max_length=200)

    @field_validator("criteria")
    @classmethod
    def _has_each_code_once(cls, criteria: list[CriterionNew]) -> list[CriterionNew]:
        if len({criterion.code for criterion in criteria}) < len(criteria):
            raise PydanticCustomError(
                "repeated_code",
                "repeats a code",
                {"en": "must not repeat a code", "vi": "không được lặp lại mã tiêu chí"},
            )
        return criteria


class CriteriaSetQuery(SearchQuery):
    """Filters of the list of criteria sets."""

    owner: Annotated[CommaList[UUID] | None, Query()] = None
    supersedes: Annotated[CommaList[UUID] | None, Query()] = None
    frozen: Annotated[bool | None, Query(description="Used in an appraisal.")] = None
    sort: Annotated[
        Literal["name", "-name", "updated_at", "-updated_at"],
        Query(description="Names by the Vietnamese alphabet."),
    ] = "name"
