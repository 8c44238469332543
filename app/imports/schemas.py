"""Reports of imports."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.http.schemas import Answer


class RowError(Answer):
    """Why a row cannot be taken."""

    row: int = Field(description="As a spreadsheet numbers it; of NDJSON the line.", examples=[2])
    column: str | None = Field(
        description="The column or member; null where the row as a whole is meant.",
        examples=["locality.id"],
    )
    code: str = Field(examples=["unknown_reference"])
    detail: str
    value: str | None = Field(description="What stands there; the beginning of a long text.")


class ImportReport(Answer):
    """What came of each row. All rows are taken or none."""

    rows: int = Field(description="Rows that say something, without the header.")
    created: int
    updated: int
    unchanged: int = Field(description="Rows that say what is recorded already.")
    error_count: int
    errors: list[RowError] = Field(description="The first 1,000.")


class ImportQuery(BaseModel):
    """How an import is done."""

    model_config = ConfigDict(frozen=True)

    dry_run: Annotated[
        bool, Query(description="Make every check and report, but take nothing.")
    ] = False
