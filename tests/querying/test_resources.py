"""What neither follows from a table and its schemas nor is named stops the import, saying what."""

from typing import Annotated

import pytest
from fastapi import Query
from pydantic import Field

from app.criteria.schemas import CriteriaSetNew, CriteriaSetPublic, CriteriaSetQuery
from app.criteria.tables import CriteriaSet, Criterion
from app.documents.schemas import DocumentNew, DocumentPublic, DocumentQuery
from app.documents.tables import Document
from app.http.schemas import Line
from app.querying.parts import Parts
from app.querying.queries import CommaList
from app.querying.references import OrganisationId, OrganisationRef
from app.querying.resources import Resource


class WithColour(DocumentPublic):
    """Documents with a member that has no column."""

    colour: str


class WithSigner(DocumentPublic):
    """Documents with a reference that has no column."""

    signer: OrganisationRef | None


class NewWithColour(DocumentNew):
    """A request with a member that has no column."""

    colour: Line


class NewWithSigner(DocumentNew):
    """A request with a reference that has no column."""

    signer: OrganisationId | None = None


class ByColour(DocumentQuery):
    """A filter of no column."""

    colour: Annotated[CommaList[Line] | None, Query()] = None


class ByDay(DocumentQuery):
    """A filter that is no equality."""

    issued_on: Annotated[str | None, Query()] = None


def documents(**said: object) -> None:
    usual: dict[str, object] = {
        "shown": DocumentPublic,
        "new": DocumentNew,
        "query": DocumentQuery,
        "filters": {"issued_from": None, "issued_to": None},
    }
    Resource.of(Document, name="documents", **usual | said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"shown": WithColour}, "document has no column colour: add it, or mark the member"),
        ({"shown": WithSigner}, "document has no column signer_id: add it, or mark the member"),
        ({"new": NewWithColour}, "document has no column colour: add it, or mark the member"),
        ({"new": NewWithSigner}, "document has no column signer_id: add it, or mark the member"),
        ({"query": ByColour}, "ByColour.colour is none of document: say in `filters` what it is"),
        ({"query": ByDay}, "ByDay.issued_on is none of document: say in `filters` what it is"),
        ({"filters": {}}, "DocumentQuery.issued_from is none of document: say in `filters`"),
        ({"members": {"colour": Document.title}}, r"DocumentPublic has no \['colour'\]: take it"),
    ],
)
def test_a_member_that_does_not_follow_stops_the_import(
    said: dict[str, object], sentence: str
) -> None:
    documents()
    with pytest.raises(TypeError, match=sentence):
        documents(**said)


class CriterionWithWeight(CriteriaSetNew):
    """Criteria with a member that has no column."""

    class Weighed(CriteriaSetNew):
        """A criterion."""

        weight: int

    criteria: list[Weighed] = Field(min_length=1)  # type: ignore[assignment]


def test_a_member_of_a_part_that_does_not_follow_stops_the_import() -> None:
    with pytest.raises(TypeError, match="criterion has no column"):
        Resource.of(
            CriteriaSet,
            CriteriaSetPublic,
            CriterionWithWeight,
            CriteriaSetQuery,
            "criteria-sets",
            members={"criteria": Parts(Criterion)},
        )
