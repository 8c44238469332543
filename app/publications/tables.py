"""Publications, their datasets (one table as printed) and observations (one printed number)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.db.columns import Record, first_day, last_day, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import (
    CheckStatus,
    ClaimStatus,
    DatePrecision,
    Measure,
    Qualifier,
    Resolution,
)

COUNTED_MEASURES = tuple(measure.value for measure in Measure)
SUBJECT = sa.text(
    "coalesce(subject_locality_id, subject_organisation_id, subject_event_id, subject_model_id)"
)
_COUNTED = ", ".join(f"'{measure}'" for measure in COUNTED_MEASURES)


class Publication(Record, table=True):
    """A report, article or announcement that printed figures."""

    __tablename__ = "publication"
    thing: ClassVar[Thing] = Thing("publications", deletable=True)

    title: str = Field(sa_type=sa.Text)
    publisher_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    url: str | None = Field(sa_type=sa.Text)
    published_on: str | None = Field(sa_type=sa.Text)
    published_on_first: date | None = Field(default=None, sa_column=first_day("published_on"))
    published_on_last: date | None = Field(default=None, sa_column=last_day("published_on"))
    search: str | None = Field(default=None, sa_column=search_vector("title"))

    __table_args__ = (sa.Index(None, "search", postgresql_using="gin"),)


class Dataset(SQLModel, table=True):
    """One table as printed: a measure of a subject over a period. Its subject is one thing."""

    __tablename__ = "dataset"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    publication_id: UUID = Field(foreign_key="publication.id", ondelete="CASCADE", index=True)
    position: int
    label: str | None = Field(sa_type=sa.Text)
    subject_locality_id: UUID | None = Field(foreign_key="locality.id")
    subject_organisation_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    subject_event_id: UUID | None = Field(foreign_key="event.id", index=True)
    subject_model_id: UUID | None = Field(foreign_key="emulation_model.id", index=True)
    reported_by_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    measure: str = Field(sa_type=sa.Text, index=True)
    claim_status: ClaimStatus = Field(sa_type=term(ClaimStatus))
    levels: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    period_start: date | None
    period_end: date | None
    period_precision: DatePrecision | None = Field(sa_type=term(DatePrecision))
    period_wording: str | None = Field(sa_type=sa.Text)
    observed_through: str | None = Field(sa_type=sa.Text)
    observed_through_last: date | None = Field(default=None, sa_column=last_day("observed_through"))
    unit: str | None = Field(sa_type=sa.Text)
    labels: dict[str, str] = Field(sa_type=postgresql.JSONB)
    overlapping: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    note: str | None = Field(sa_type=sa.Text)
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL", index=True
    )

    __table_args__ = (
        sa.CheckConstraint(
            "num_nonnulls(subject_locality_id, subject_organisation_id,"
            " subject_event_id, subject_model_id) = 1",
            name="subject",
        ),
        sa.CheckConstraint("period_start <= period_end", name="period"),
        sa.UniqueConstraint("id", "measure"),
        sa.Index("ix_dataset_subject", SUBJECT, "measure"),
    )


class Observation(SQLModel, table=True):
    """One printed number, never changed but by a recorded transcription correction."""

    __tablename__ = "observation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    dataset_id: UUID
    measure: str = Field(sa_type=sa.Text)
    position: int
    dimensions: dict[str, str] = Field(sa_type=postgresql.JSONB)
    amount: Decimal | None = Field(sa_type=sa.Numeric)
    minimum: Decimal | None = Field(sa_type=sa.Numeric)
    maximum: Decimal | None = Field(sa_type=sa.Numeric)
    magnitude: str | None = Field(sa_type=sa.Text)
    qualifier: Qualifier = Field(sa_type=term(Qualifier))
    unit: str | None = Field(sa_type=sa.Text)
    comparison: dict[str, Any] | None = Field(sa_type=postgresql.JSONB(none_as_null=True))
    note: str | None = Field(sa_type=sa.Text)
    quote: str | None = Field(sa_type=sa.Text)

    __table_args__ = (
        sa.CheckConstraint(
            f"measure not in ({_COUNTED}) or least(amount, minimum, maximum) >= 0",
            name="count",
        ),
        sa.CheckConstraint("minimum <= maximum", name="range"),
        sa.UniqueConstraint("dataset_id", "dimensions"),
        sa.ForeignKeyConstraint(
            ["dataset_id", "measure"],
            ["dataset.id", "dataset.measure"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )


class FigureCheck(SQLModel, table=True):
    """A printed number held against its parts, or against another publication.

    Made anew with every write to a publication; its id follows from what is compared. `figures` is
    a digest of the numbers compared.
    """

    __tablename__ = "figure_check"

    id: UUID = Field(primary_key=True)
    dataset_id: UUID = Field(foreign_key="dataset.id", ondelete="CASCADE", index=True)
    position: int
    kind: str = Field(sa_type=sa.Text)
    at: dict[str, str] = Field(sa_type=postgresql.JSONB)
    dimension: str | None = Field(sa_type=sa.Text)
    stated: Decimal = Field(sa_type=sa.Numeric)
    stated_by: list[UUID] = Field(sa_type=postgresql.ARRAY(sa.Uuid()))
    computed: Decimal | None = Field(sa_type=sa.Numeric)
    computed_from: list[UUID] = Field(sa_type=postgresql.ARRAY(sa.Uuid()))
    other_dataset_id: UUID | None = Field(foreign_key="dataset.id", ondelete="CASCADE", index=True)
    status: CheckStatus = Field(sa_type=term(CheckStatus))
    explanations: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    figures: str = Field(sa_type=sa.Text)

    __table_args__ = (sa.Index(None, "status", "kind"),)


class FigureResolution(SQLModel, table=True):
    """What a person found about a check. It lapses when another number is compared by it."""

    __tablename__ = "figure_resolution"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    check_id: UUID
    figures: str = Field(sa_type=sa.Text)
    status: Resolution = Field(sa_type=term(Resolution))
    note: str = Field(sa_type=sa.Text)
    resolved_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.clock_timestamp(), "nullable": False},
    )
    agency_id: UUID = Field(foreign_key="agency.id")
    lapsed_at: datetime | None = Field(default=None, sa_type=sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index(
            "uq_figure_resolution_check",
            "check_id",
            unique=True,
            postgresql_where=sa.text("lapsed_at is null"),
        ),
    )


class PublicationCorrection(Record, table=True):
    """A printed number was transcribed wrongly and is recorded right. What stood is kept here."""

    __tablename__ = "publication_correction"

    publication_id: UUID = Field(foreign_key="publication.id", ondelete="CASCADE", index=True)
    observation_id: UUID
    reason: str = Field(sa_type=sa.Text)
    changed: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    recorded_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.clock_timestamp(), "nullable": False},
    )
    agency_id: UUID = Field(foreign_key="agency.id")
