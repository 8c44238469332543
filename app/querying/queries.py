"""What every list is asked with, and the page it answers with."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.http.negotiation import Format
from app.http.schemas import Answer
from app.http.schemas import Query as SearchText

Item = TypeVar("Item", bound=BaseModel)

PAGE = 50  # items, unless another number is asked for


class Page(Answer, Generic[Item]):
    """One page of a list."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    items: list[Item]
    next_cursor: str | None
    total: int = Field(
        default_factory=int, description="How many there are in all; with `count=true`."
    )


def _split(value: object) -> object:
    texts = value if isinstance(value, list) else [value]
    parts = [
        part for text in texts for part in (text.split(",") if isinstance(text, str) else [text])
    ]
    return [None if part == "none" else part for part in parts]


T = TypeVar("T")
CommaList = Annotated[tuple[T | None, ...], BeforeValidator(_split)]
Year = Annotated[int, Field(ge=1, le=9998)]


class Filters(BaseModel):
    """What rows are selected by.

    `combined` names the properties that make one value of several parameters.
    """

    model_config = ConfigDict(frozen=True)

    combined: ClassVar[Mapping[str, tuple[str, ...]]] = {}


class SearchFilters(Filters):
    """What rows with searchable text are selected by."""

    q: Annotated[
        SearchText | None,
        Query(
            description="Words to find, without regard to case, tones and marks, misspelt or not."
            " The best 200 at most, those with all words in the title or name first, then the"
            " newest: no `cursor`, no `sort`."
        ),
    ] = None


class ListQuery(Filters):
    """The parameters every list takes."""

    limit: Annotated[int, Query(ge=1, le=200, description="Items of a page.")] = PAGE
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before.")
    ] = None
    count: Annotated[bool, Query(description="Adds `total`.")] = False
    format: Annotated[
        Format | None,
        Query(description="`csv`, `ndjson` and `xlsx` give the whole list; wins over `Accept`."),
    ] = None

    def of(self, owner: UUID) -> Self:
        """The same for the things at the address of another."""
        return self.model_copy(update={"owner": (owner,)})


class SearchQuery(SearchFilters, ListQuery):
    """The parameters of a list that can be searched."""
