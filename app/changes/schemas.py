"""Changes: what clients send and get."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.http.schemas import Answer, extensible
from app.querying.queries import CommaList


class ThingType(StrEnum):
    """What the feed tells of, by the addresses these things have."""

    models = "models"
    award_decisions = "award-decisions"
    localities = "localities"
    organisations = "organisations"
    documents = "documents"
    events = "events"
    campaign_periods = "campaign-periods"
    criteria_sets = "criteria-sets"
    publications = "publications"


class Operation(StrEnum):
    """What to do with one's own copy of a thing."""

    upsert = "upsert"
    delete = "delete"


class ChangePublic(Answer):
    """The latest change of a thing."""

    type: str = extensible(ThingType)
    id: UUID
    operation: str = extensible(Operation)
    version: int
    changed_at: str = Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})
    data: dict[str, Any] | None = Field(
        description="The whole thing as a GET of it tells, without `allowed_actions`;"
        " null of one that was deleted or left `under`."
    )


class ChangesPage(Answer):
    """Changes in their order."""

    items: list[ChangePublic]
    next_cursor: str = Field(description="Where to go on, now or in a year.")
    has_more: bool = Field(description="Whether there are more already.")


class ChangesQuery(BaseModel):
    """What is followed, and from where on."""

    model_config = ConfigDict(frozen=True)

    after: Annotated[
        str | None,
        Query(max_length=1000, description="`next_cursor` of the page before; else all there was."),
    ] = None
    types: Annotated[CommaList[ThingType] | None, Query(description="By default all.")] = None
    under: Annotated[
        UUID | None,
        Query(
            description="Things of this place and below, and tombstones of those that left it."
            " A document lies where its issuer does, a criteria set where its owner does,"
            " a publication where its subjects do."
        ),
    ] = None
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes of a page.")] = 50
    wait: Annotated[
        int, Query(ge=0, le=30, description="Seconds to wait for a change if there is none yet.")
    ] = 0
    snapshot: Annotated[
        bool,
        Query(
            description="Without `after`: begin with what there is, without tombstones of the past."
        ),
    ] = False
    format: Annotated[
        Literal["json", "ndjson"] | None,
        Query(description="`ndjson` streams all there is at once; wins over `Accept`."),
    ] = None
