"""Periods of the movement: they nest, overlap, differ by place and may be open."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db.columns import AT_ZERO, Record, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import CampaignKind, DatePrecision, DocumentRole


class CampaignPeriod(Record, table=True):
    """A period for which the movement was launched somewhere; a year stands as 01-01 … 12-31."""

    __tablename__ = "campaign_period"
    thing: ClassVar[Thing] = Thing(
        "campaign-periods", deletable=True, place=("locality_id", "start_on")
    )

    name: str = Field(sa_type=sa.Text)
    kind: CampaignKind = Field(sa_type=term(CampaignKind))
    locality_id: UUID | None = Field(foreign_key="locality.id")
    organisation_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    start_on: date
    end_on: date | None
    precision: DatePrecision = Field(sa_type=term(DatePrecision))
    stated_duration: str | None = Field(sa_type=sa.Text)
    theme: str | None = Field(sa_type=sa.Text)
    parent_id: UUID | None = Field(foreign_key="campaign_period.id", index=True)
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL", index=True
    )
    search: str | None = Field(default=None, sa_column=search_vector("name", "theme"))
    revision: int = Field(default=0, sa_type=sa.BigInteger, index=True, sa_column_kwargs=AT_ZERO)

    __table_args__ = (
        sa.CheckConstraint("start_on <= end_on", name="order"),
        sa.CheckConstraint("parent_id <> id", name="nesting"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class CampaignPeriodDocument(SQLModel, table=True):
    """A document that launches, guides or otherwise bears on a period."""

    __tablename__ = "campaign_period_document"

    campaign_period_id: UUID = Field(
        foreign_key="campaign_period.id", primary_key=True, ondelete="CASCADE"
    )
    document_id: UUID = Field(foreign_key="document.id", primary_key=True, index=True)
    role: DocumentRole = Field(sa_type=term(DocumentRole), primary_key=True)
