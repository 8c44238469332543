"""Checks of published figures and ratios between them: what clients send and get."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.http.partial_dates import PartialDate
from app.http.schemas import Answer, Body, Prose, Ref, TitledRef, extensible
from app.localities.schemas import UnderFilters
from app.publications.schemas import DatasetRef, Dimensions, Period
from app.querying.queries import CommaList, ListQuery
from app.vocabularies.terms import CheckStatus, Resolution


class UnprintedTotal(Answer):
    """A total that is not printed, added up from a failing margin and from its parts."""

    over: list[str] = Field(
        description="The dimensions of the margin.", examples=[["participant_kind"]]
    )
    along: list[str] = Field(
        description="The dimensions that break it down.", examples=[["award_form"]]
    )
    stated: float = Field(description="The sum of the margin.", examples=[91])
    computed: float = Field(description="The sum of its parts.", examples=[91])


class Explanation(Answer):
    """What would make every failing sum of a table right."""

    kind: str = Field(
        description="`transposition`: two printed numbers exchanged, the only exchange that does;"
        " `transposition_candidate`: one of several that do.",
        json_schema_extra={"x-extensible-enum": ["transposition", "transposition_candidate"]},
    )
    observations: list[UUID] = Field(description="The two numbers.")
    resolves: list[UUID] = Field(description="The checks that come right: all that fail.")
    unprinted_totals: list[UnprintedTotal] = Field(
        description="What the source leaves to be added up. Where both sides agree, nothing is"
        " missing: numbers stand in wrong places."
    )
    detail_en: str
    detail_vi: str


class OtherSource(Answer):
    """The table of another publication on the same thing."""

    publication: TitledRef
    dataset: DatasetRef
    period: Period | None
    observed_through: PartialDate | None


class ResolutionPublic(Answer):
    """What a person found about a discrepancy. It lapses when a number compared is corrected."""

    status: str = extensible(Resolution)
    note: str
    resolved_at: str = Field(
        description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"}
    )
    resolved_by: Ref = Field(description="The agency.")


class DiscrepancyPublic(Answer):
    """A check: a printed number held against what it should agree with."""

    id: UUID = Field(description="Follows from what is compared, so it never changes.")
    publication: TitledRef
    dataset: DatasetRef
    check: str = Field(
        description="`sum`: against the numbers that break it down; `register`: against the models"
        " of the register; `other_publication`: against another source.",
        json_schema_extra={"x-extensible-enum": ["sum", "register", "other_publication"]},
    )
    at: Dimensions = Field(description="Where in its table the number stands; `{}` is the total.")
    dimension: str | None = Field(
        description="Of a sum: the dimension it breaks the number down along; several with commas"
        " where only finer cells are printed.",
        examples=["award_form"],
    )
    stated: float = Field(
        description="The printed number; of a range its lower end, or the only one.", examples=[17]
    )
    stated_by: list[UUID] = Field(description="The observation that states it.")
    computed: float | None = Field(
        description="What the other side comes to; null only if it cannot be compared.",
        examples=[27],
    )
    computed_from: list[UUID] = Field(description="Observations; none of the register.")
    other: OtherSource | None = Field(description="Of `other_publication`: the other source.")
    rows: str | None = Field(description="Of `register`: the address of the models counted.")
    difference: float | None = Field(description="`computed` less `stated`.", examples=[10])
    status: str = extensible(CheckStatus)
    explanations: list[Explanation]
    resolution: ResolutionPublic | None


class Reconciliation(Answer):
    """Every check of a publication."""

    items: list[DiscrepancyPublic] = Field(description="Sums, other publications, the register.")


class Ratio(Answer):
    """One figure divided by another."""

    ratio: float = Field(description="Rounded to 10 decimals.", examples=[0.9049962150])
    incomparable: list[str] = Field(
        description="Why it may mislead, if that was allowed; the codes of `not_comparable`.",
        examples=[[]],
    )


class RatioQuery(BaseModel):
    """The two figures of a ratio."""

    model_config = ConfigDict(frozen=True)

    numerator: Annotated[UUID, Query(description="An observation.")]
    denominator: Annotated[UUID, Query(description="An observation.")]
    allow_incomparable: Annotated[
        bool, Query(description="Answer whatever the two count; the reasons are told along.")
    ] = False


class DiscrepancyQuery(UnderFilters, ListQuery):
    """Filters of the list of discrepancies."""

    under: Annotated[
        UUID | None,
        Query(
            description="The subject's place lay in this unit (of any era) at the end of the"
            " period, or has since become wholly part of it."
        ),
    ] = None
    status: Annotated[CommaList[CheckStatus], Query(description="What the checks found.")] = (
        CheckStatus.discrepant,
    )
    check: Annotated[CommaList[Literal["sum", "other_publication"]] | None, Query()] = None
    publication: Annotated[
        CommaList[UUID] | None, Query(description="Checks with a figure of this publication.")
    ] = None
    resolved: Annotated[
        bool | None, Query(description="Whether a person has told what it is about.")
    ] = None
    sort: Annotated[
        Literal["published_on", "-published_on"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-published_on"


class ResolutionNew(Body):
    """What was found about a discrepancy."""

    status: Resolution = Field(
        description="`explained`: the note tells why the figures differ; `accepted`: they are left"
        " as they are; `source_error`: the source is wrong."
    )
    note: Prose = Field(examples=["Dòng giấy khen in nhầm thứ tự: 12 tập thể và 22 cá nhân."])
