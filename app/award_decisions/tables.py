"""Award decisions, their lines (awards), the recipients named so far; what became of them."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.db.columns import Record, first_day, last_day, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import (
    AuthorityCapacity,
    AwardForm,
    AwardStatus,
    Level,
    ParticipantKind,
)

NEWEST = sa.text("coalesce(issued_on_first, '-infinity')")
OLDEST = sa.text("coalesce(issued_on_first, 'infinity')")


class AwardDecision(Record, table=True):
    """An authority's decision to commend. Its place is the authority's on the day of issue."""

    __tablename__ = "award_decision"
    thing: ClassVar[Thing] = Thing(
        "award-decisions",
        deletable=True,
        personal={"signer": "award_decision.signer", "recipients[].name": "award_recipient.name"},
    )

    number: str | None = Field(sa_type=sa.Text, index=True)
    issued_on: str | None = Field(sa_type=sa.Text)
    issued_on_first: date | None = Field(default=None, sa_column=first_day("issued_on"))
    issued_on_last: date | None = Field(default=None, sa_column=last_day("issued_on"))
    authority_id: UUID = Field(foreign_key="organisation.id")
    capacity: AuthorityCapacity = Field(sa_type=term(AuthorityCapacity))
    signer: str | None = Field(sa_type=sa.Text)
    level: Level = Field(sa_type=term(Level))
    event_id: UUID | None = Field(foreign_key="event.id")
    campaign_period_id: UUID | None = Field(foreign_key="campaign_period.id")
    occasion: str | None = Field(sa_type=sa.Text)
    status: AwardStatus = Field(sa_type=term(AwardStatus))
    status_reason: str | None = Field(default=None, sa_type=sa.Text)
    status_on: date | None = Field(default=None)
    verification_code: str = Field(sa_type=sa.Text, unique=True)
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL"
    )
    province_id: UUID | None = Field(default=None, foreign_key="locality.id")
    province_class_id: int | None = Field(default=None, sa_type=sa.SmallInteger)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")
    search: str | None = Field(
        default=None, sa_column=search_vector("coalesce(number, '')", "occasion")
    )

    __table_args__ = (
        sa.CheckConstraint(
            "status <> 'revoked' or (status_reason is not null and status_on is not null)",
            name="revocation",
        ),
        # The list's own orders: unknown dates come last in both directions.
        sa.Index("ix_award_decision_newest", NEWEST, "id"),
        sa.Index("ix_award_decision_oldest", OLDEST, "id"),
        sa.Index(None, "updated_at", "id"),
        # Filters that keep many rows, or next to none, bring the newest first by themselves.
        sa.Index("ix_award_decision_period_newest", "campaign_period_id", NEWEST, "id"),
        # What lies in a province, or at a place, is looked for without reading its rows.
        sa.Index(
            "ix_award_decision_placement_newest",
            "placement_id",
            NEWEST,
            "id",
            postgresql_include=["status"],
        ),
        sa.Index(
            "ix_award_decision_province_newest",
            "province_id",
            NEWEST,
            "id",
            postgresql_include=[
                "placement_id",
                "campaign_period_id",
                "level",
                "status",
                "issued_on_first",
                "issued_on_last",
            ],
        ),
        sa.Index("ix_award_decision_event_newest", "event_id", NEWEST, "id"),
        sa.Index("ix_award_decision_level_newest", "level", NEWEST, "id"),
        sa.Index("ix_award_decision_status_newest", "status", NEWEST, "id"),
        sa.Index("ix_award_decision_authority_newest", "authority_id", NEWEST, "id"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class Award(SQLModel, table=True):
    """A line of a decision: so many recipients of one kind, named or only counted."""

    __tablename__ = "award"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    decision_id: UUID = Field(foreign_key="award_decision.id", ondelete="CASCADE")
    position: int
    form: AwardForm = Field(sa_type=term(AwardForm))
    title: str | None = Field(sa_type=sa.Text)
    merit: str | None = Field(sa_type=sa.Text)
    participant_kind: ParticipantKind = Field(sa_type=term(ParticipantKind))
    count: int
    search: str | None = Field(
        default=None, sa_column=search_vector("coalesce(title, '')", "merit")
    )

    __table_args__ = (
        sa.CheckConstraint("count > 0", name="count"),
        sa.UniqueConstraint("id", "count"),
        # Filters on lines find the decisions, and decisions their counts, without reading lines.
        sa.Index(None, "decision_id", postgresql_include=["count", "form", "participant_kind"]),
        sa.Index(None, "form", "decision_id"),
        sa.Index(None, "participant_kind", "decision_id"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class AwardRecipient(SQLModel, table=True):
    """A recipient named on a line. Its position never exceeds the line's count."""

    __tablename__ = "award_recipient"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    award_id: UUID
    award_count: int
    position: int
    name: str = Field(sa_type=sa.Text)
    organisation_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    locality_id: UUID | None = Field(foreign_key="locality.id")
    model_id: UUID | None = Field(foreign_key="emulation_model.id", index=True)
    search: str | None = Field(default=None, sa_column=search_vector("name"))

    __table_args__ = (
        sa.CheckConstraint("position between 1 and award_count", name="within_count"),
        sa.UniqueConstraint("award_id", "position", deferrable=True, initially="deferred"),
        sa.ForeignKeyConstraint(
            ["award_id", "award_count"],
            ["award.id", "award.count"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class Act(SQLModel):
    """What was done to a decision: why, and who told the registry of it when."""

    reason: str = Field(sa_type=sa.Text)
    recorded_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.clock_timestamp(), "nullable": False},
    )
    agency_id: UUID = Field(foreign_key="agency.id")


class AwardDecisionCorrection(Act, Record, table=True):
    """A decision was corrected. What it stated before is kept here."""

    __tablename__ = "award_decision_correction"

    decision_id: UUID = Field(foreign_key="award_decision.id", ondelete="CASCADE", index=True)
    document_id: UUID | None = Field(foreign_key="document.id")
    changed: list[dict[str, Any]] = Field(sa_type=sa.JSON)


class AwardDecisionRevocation(Act, table=True):
    """A decision was revoked, once and for all."""

    __tablename__ = "award_decision_revocation"

    decision_id: UUID = Field(foreign_key="award_decision.id", primary_key=True, ondelete="CASCADE")
    effective_on: date
