"""Organisations: what clients send and get."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.http.schemas import Day, Line, New, Thing, extensible
from app.localities.schemas import UnderFilters
from app.querying.queries import CommaList, SearchQuery
from app.querying.references import LocalityId, OrganisationId, OrganisationRef, PlaceRef
from app.vocabularies.terms import OrganisationKind, OrganisationTier


class OrganisationPublic(Thing):
    """A body that registers, hosts, inspects, commends or publishes."""

    name: str = Field(examples=["Ban Dân vận Tỉnh ủy Cà Mau"])
    kind: str = extensible(OrganisationKind)
    tier: str = extensible(OrganisationTier)
    locality: PlaceRef | None
    parent: OrganisationRef | None
    valid_from: str | None = Field(json_schema_extra={"format": "date"})
    valid_to: str | None = Field(
        description="The day from which it is no more.", json_schema_extra={"format": "date"}
    )
    successors: list[OrganisationRef]


class OrganisationNew(New):
    """An organisation to record."""

    name: Line = Field(examples=["Hội Liên hiệp Phụ nữ xã Trung Thạnh"])
    kind: OrganisationKind
    tier: OrganisationTier
    locality: LocalityId | None = Field(None, description="None: it belongs to the whole country.")
    parent: OrganisationId | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    successors: list[OrganisationId] = Field(default=[], max_length=50)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise PydanticCustomError(
                "ends_before_start",
                "ends before it begins",
                {"en": "valid_to must be after valid_from", "vi": "valid_to phải sau valid_from"},
            )
        return self


class OrganisationQuery(UnderFilters, SearchQuery):
    """Filters of the list of organisations."""

    kind: Annotated[CommaList[OrganisationKind] | None, Query()] = None
    tier: Annotated[CommaList[OrganisationTier] | None, Query()] = None
    under: Annotated[UUID | None, Query(description="Organisations of this place and below.")] = (
        None
    )
    locality: Annotated[CommaList[UUID] | None, Query()] = None
    parent: Annotated[CommaList[UUID] | None, Query()] = None
    sort: Annotated[
        Literal["name", "-name", "updated_at", "-updated_at"],
        Query(description="By the Vietnamese alphabet."),
    ] = "name"
