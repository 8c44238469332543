"""Award decisions, awards and verifications: what clients send and get."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.emulation_models.lifecycle import DISTRICTS_ENDED
from app.http.merge_patch import Patch
from app.http.partial_dates import PartialDate, PrecisionOf, first_day_of, precision_of
from app.http.schemas import (
    Answer,
    Body,
    Day,
    Line,
    LocalityRef,
    New,
    NumberedRef,
    Prose,
    Ref,
    Thing,
    extensible,
)
from app.localities.schemas import TerritoryFilters
from app.querying.members import Computed, Reference
from app.querying.queries import CommaList, ListQuery, SearchFilters, Year
from app.querying.references import (
    CampaignPeriodId,
    CampaignPeriodRef,
    DocumentId,
    DocumentRef,
    EventId,
    EventRef,
    LocalityId,
    ModelId,
    ModelRef,
    OrganisationId,
    OrganisationRef,
)
from app.vocabularies.terms import (
    AuthorityCapacity,
    AwardForm,
    AwardStatus,
    DatePrecision,
    Level,
    ParticipantKind,
)

MOST_RECIPIENTS = 1_000_000  # of one line: more than any decision ever named or counted


class RecipientPublic(Answer):
    """Who is named on a line so far."""

    id: UUID
    name: str = Field(examples=["Tổ vần đổi công ấp Đặng Văn Do"])
    organisation: OrganisationRef | None = Field(
        description="If the recipient is a recorded organisation."
    )
    locality: LocalityRef | None = Field(description="As it was on the day of the decision.")
    model: ModelRef | None = Field(description="The model it was commended for.")


class AwardLine(Answer):
    """So many awards of one form to recipients of one kind, named or only counted."""

    id: UUID
    form: str = extensible(AwardForm)
    title: str | None = Field(examples=["Vì sự nghiệp công tác dân vận của Đảng"])
    merit: str | None = Field(
        description="What it was given for, as the decision words it.",
        examples=["Thành tích tốt trong phong trào thi đua “Dân vận khéo” giai đoạn 2016-2020"],
    )
    participant_kind: str = extensible(ParticipantKind)
    count: int = Field(description="How many recipients, named or not.", examples=[37])
    recipients: list[RecipientPublic] = Field(description="Those named so far: `count` at most.")


class AwardTotals(Answer):
    """The sums of the lines' counts by kind of recipient."""

    collective: int
    individual: int
    household: int


class AwardWarning(Answer):
    """Something about the decision that is recorded as stated, but should be looked at."""

    code: str = Field(examples=["medal_for_a_collective"])
    detail: str


PrecisionOfIssue = Annotated[str | None, Computed(precision_of, "issued_on")]


class AwardDecisionPublic(Thing):
    """An authority's decision to commend. Ceremony, decision and award are three things."""

    number: str | None = Field(description="As printed; null where it is not known.")
    issued_on: PartialDate | None = Field(examples=["2023-10-27"])
    date_precision: PrecisionOfIssue = Field(
        description="How much of `issued_on` is known.",
        json_schema_extra={"x-extensible-enum": list(DatePrecision)},
        examples=["day"],
    )
    authority: OrganisationRef
    capacity: str = Field(
        description="Whether it acted as a body or through its head.",
        json_schema_extra={"x-extensible-enum": list(AuthorityCapacity)},
        examples=["as_head"],
    )
    signer: str | None
    level: str = extensible(Level)
    event: EventRef | None = Field(description="The ceremony where the awards were handed over.")
    campaign_period: CampaignPeriodRef | None
    occasion: str | None
    status: str = extensible(AwardStatus)
    status_reason: str | None = Field(description="Why it was corrected or revoked.")
    status_on: str | None = Field(
        description="The day it was corrected, or from which it no longer holds.",
        json_schema_extra={"format": "date"},
    )
    verification_code: str | None = Field(
        description="What the certificates carry, for `/v1/verify`. Told only to keys of the"
        " awarding agency."
    )
    awards: list[AwardLine] = Field(description="In the order of the decision.")
    totals: AwardTotals
    warnings: list[AwardWarning]


class FactCorrected(Answer):
    """A fact that a correction changed: of the decision, of a line, or of a recipient."""

    award: UUID | None = Field(description="The line it is of; null for one of the decision.")
    recipient: UUID | None = Field(description="The recipient it is of.")
    member: str | None = Field(
        description="Its name; null where the whole line or recipient was added or struck.",
        examples=["count"],
    )
    before: Any = Field(description="What was stated; null for nothing.", examples=[20])
    after: Any = Field(description="What was stated instead; null for nothing.", examples=[22])


class DecisionRef(NumberedRef):
    """A decision as a correction left it."""

    version: int
    status: str = extensible(AwardStatus)


class CorrectionPublic(Thing):
    """A correction of a decision. The decision itself has the corrected text."""

    reason: str
    document: DocumentRef | None = Field(description="What ordered the correction.")
    changed: list[FactCorrected]
    recorded_at: str = Field(
        description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"}
    )
    agency: Annotated[Ref, Reference("agency")] = Field(description="Who recorded it.")
    decision: DecisionRef = Field(description="As it is now.")


class RevocationPublic(Answer):
    """Since when a decision no longer holds, why, and who recorded that."""

    reason: str
    effective_on: str = Field(
        description="The first day it no longer holds.", json_schema_extra={"format": "date"}
    )
    recorded_at: str = Field(
        description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"}
    )
    agency: Ref = Field(description="Who recorded it.")


class AwardPublic(AwardLine, Thing):
    """An award, that is one line of a decision, with what its reader needs of the decision.

    `version` and `updated_at` are those of the decision.
    """

    decision: NumberedRef
    issued_on: PartialDate | None = Field(examples=["2023-10-27"])
    date_precision: PrecisionOfIssue = Field(
        description="How much of `issued_on` is known.",
        json_schema_extra={"x-extensible-enum": list(DatePrecision)},
        examples=["day"],
    )
    authority: OrganisationRef
    level: str = extensible(Level)
    status: str = extensible(AwardStatus)


class VerifiedForm(Answer):
    """How many awards of a form the decision gave."""

    form: str = extensible(AwardForm)
    count: int


class VerificationPublic(Answer):
    """What a code on a certificate stands for. No names."""

    status: str = Field(
        description="`unknown` also for a code that was mistyped.",
        json_schema_extra={"x-extensible-enum": ["valid", "revoked", "unknown"]},
        examples=["valid"],
    )
    number: str | None
    issued_on: PartialDate | None = Field(examples=["2023-10-27"])
    authority: OrganisationRef | None
    level: str | None = Field(json_schema_extra={"x-extensible-enum": list(Level)})
    forms: list[VerifiedForm]
    revoked_on: str | None = Field(json_schema_extra={"format": "date"})


# ---- What clients send ------------------------------------------------------------------------


class RecipientNew(New):
    """A recipient named on a line."""

    name: Line = Field(examples=["Tổ vần đổi công ấp Đặng Văn Do"])
    organisation: OrganisationId | None = None
    locality: LocalityId | None = None
    model: ModelId | None = None


class AwardNew(New):
    """A line of a decision. Recipients may be only counted, and named later."""

    form: AwardForm = Field(examples=["commendation_certificate"])
    title: Line | None = None
    merit: Prose | None = None
    participant_kind: ParticipantKind = Field(examples=["collective"])
    count: Annotated[int, Field(strict=True, ge=1, le=MOST_RECIPIENTS)] = Field(examples=[20])
    recipients: list[RecipientNew] = Field(
        default=[], max_length=2_000, description="`count` at most."
    )

    @field_validator("recipients")
    @classmethod
    def _are_within_the_count(
        cls, recipients: list[RecipientNew], info: ValidationInfo
    ) -> list[RecipientNew]:
        count = info.data.get("count", len(recipients))
        if len(recipients) > count:
            raise PydanticCustomError(
                "more_names_than_count",
                "has more names than the count",
                {
                    "en": f"names {len(recipients)}, more than the count of {count}",
                    "vi": f"nêu {len(recipients)} tên, nhiều hơn số lượng {count}",
                },
            )
        return recipients


class AwardDecisionNew(New):
    """A decision to record."""

    number: Line | None = Field(None, description="As printed.", examples=["125-QĐ/BDVTU"])
    issued_on: PartialDate | None = Field(
        None, description="Not in the future.", examples=["2023-10-20"]
    )
    date_precision: Annotated[DatePrecision | None, PrecisionOf("issued_on")] = Field(
        None, description="May be left out; it must agree with `issued_on`."
    )
    authority: OrganisationId
    capacity: AuthorityCapacity = Field(examples=["as_head"])
    signer: Line | None = None
    level: Level = Field(
        description="`district` only for days before 2025-07-01 (Resolution 203/2025/QH15).",
        examples=["province"],
    )
    event: EventId | None = None
    campaign_period: CampaignPeriodId | None = None
    occasion: Line | None = None
    awards: list[AwardNew] = Field(min_length=1, max_length=200)

    @field_validator("level")
    @classmethod
    def _existed_on_the_day(cls, level: Level, info: ValidationInfo) -> Level:
        first = first_day_of(info.data.get("issued_on"))
        if level is Level.district and first is not None and first >= DISTRICTS_ENDED:
            raise PydanticCustomError(
                "level_abolished",
                "there is no such level",
                {
                    "en": "there is no district level from 2025-07-01",
                    "vi": "không còn cấp huyện từ ngày 2025-07-01",
                },
            )
        return level


class CorrectionNew(New):
    """What a decision should have stated."""

    reason: Prose = Field(examples=["Ghi nhầm số lượng tập thể"])
    document: DocumentId | None = Field(None, description="What ordered the correction.")
    changes: Patch[AwardDecisionNew] = Field(
        description="A JSON Merge Patch (RFC 7396) of the decision. Lines that are named are"
        " named all, with their ids; recipients left out of a line are struck."
    )


class Revocation(Body):
    """That a decision no longer holds."""

    reason: Prose = Field(examples=["Kê khai sai thành tích"])
    effective_on: Day = Field(
        description="The first day it no longer holds: not in the future, nor before its issue."
    )


class CorrectionQuery(ListQuery):
    """The order of the list of corrections."""

    sort: Annotated[
        Literal["recorded_at", "-recorded_at"], Query(description="When it was recorded.")
    ] = "-recorded_at"


class AwardFilters(TerritoryFilters, SearchFilters):
    """What decisions and awards are selected by."""

    under: Annotated[
        UUID | None,
        Query(
            description="Decisions of an authority whose place lay in this unit (of any era) on"
            " the day of issue, or has since become wholly part of it."
        ),
    ] = None
    authority: Annotated[CommaList[UUID] | None, Query()] = None
    level: Annotated[CommaList[Level] | None, Query()] = None
    form: Annotated[
        CommaList[AwardForm] | None, Query(description="Decisions with a line of this form.")
    ] = None
    participant_kind: Annotated[
        CommaList[ParticipantKind] | None,
        Query(description="Decisions with a line for recipients of this kind."),
    ] = None
    campaign_period: Annotated[
        CommaList[UUID] | None, Query(description="With the periods nested in it.")
    ] = None
    event: Annotated[CommaList[UUID] | None, Query()] = None
    status: Annotated[CommaList[AwardStatus] | None, Query()] = None
    issued_year: Annotated[CommaList[Year] | None, Query()] = None
    issued_from: Annotated[Day | None, Query(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Query(description="Issued on this day or earlier.")] = None
    recipient: Annotated[
        CommaList[UUID] | None, Query(description="An organisation that is named as recipient.")
    ] = None
    model: Annotated[
        CommaList[UUID] | None, Query(description="A model that a recipient was commended for.")
    ] = None
    as_of: Annotated[
        Day | None,
        Query(
            description="Valid on this day: issued by then, and not revoked by then; none whose"
            " date is not known. Told as corrected since; corrections tell the earlier text."
        ),
    ] = None


class AwardDecisionQuery(AwardFilters, ListQuery):
    """Filters of the lists of decisions and of awards."""

    sort: Annotated[
        Literal["issued_on", "-issued_on", "updated_at", "-updated_at"],
        Query(description="Unknown dates come last in both directions."),
    ] = "-issued_on"
