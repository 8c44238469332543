"""Documents: what clients send and get."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.http.partial_dates import PartialDate, PrecisionOf, precision_of
from app.http.schemas import Day, Line, New, Thing, Url, extensible
from app.querying.members import Computed
from app.querying.queries import CommaList, SearchQuery
from app.querying.references import OrganisationId, OrganisationRef
from app.vocabularies.terms import DatePrecision, DocumentFamily, DocumentKind


class DocumentPublic(Thing):
    """A directive, plan, decision or article.

    The same number recurs in other provinces: a document is identified by number, issuer and date
    together, any of which may be unknown.
    """

    number: str | None = Field(
        description="As printed. Party numbers take a hyphen, State ones a slash.",
        examples=["322-QĐ/TU", "16/KH-UBND"],
    )
    kind: str = extensible(DocumentKind)
    family: str | None = Field(
        description="Whose numbering it follows; null where it has none.",
        json_schema_extra={"x-extensible-enum": list(DocumentFamily)},
        examples=["party"],
    )
    issuer: OrganisationRef | None
    issued_on: PartialDate | None = Field(examples=["2022-05-16"])
    date_precision: Annotated[str | None, Computed(precision_of, "issued_on")] = Field(
        description="How much of `issued_on` is known.",
        json_schema_extra={"x-extensible-enum": list(DatePrecision)},
        examples=["day"],
    )
    title: str = Field(
        examples=["Ban hành Quy chế công tác dân vận của hệ thống chính trị tỉnh Cà Mau"]
    )
    url: str | None = Field(description="Where it can be read.")


class DocumentNew(New):
    """A document to record."""

    number: Line | None = Field(
        None, description="As printed: `07-KH/BCĐ`.", examples=["07-KH/BCĐ"]
    )
    kind: DocumentKind = Field(examples=["plan"])
    family: DocumentFamily | None = None
    issuer: OrganisationId | None = Field(None, description="The document lies where it does.")
    issued_on: PartialDate | None = Field(None, examples=["2021-02-22"])
    date_precision: Annotated[DatePrecision | None, PrecisionOf("issued_on")] = Field(
        None, description="May be left out; it must agree with `issued_on`."
    )
    title: Line = Field(
        examples=["Về thực hiện phong trào thi đua “Dân vận khéo” giai đoạn 2021-2025"]
    )
    url: Url | None = None


class DocumentQuery(SearchQuery):
    """Filters of the list of documents."""

    kind: Annotated[CommaList[DocumentKind] | None, Query()] = None
    family: Annotated[CommaList[DocumentFamily] | None, Query()] = None
    issuer: Annotated[CommaList[UUID] | None, Query()] = None
    number: Annotated[
        CommaList[Line] | None, Query(description="As printed.", examples=["33/CT-TTg"])
    ] = None
    issued_from: Annotated[Day | None, Query(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Query(description="Issued on this day or earlier.")] = None
    sort: Annotated[
        Literal["issued_on", "-issued_on", "updated_at", "-updated_at"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-issued_on"
