"""Conferences, visits, contests and ceremonies of the movement."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.db.columns import Record, first_day, last_day, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import EventKind


class Event(Record, table=True):
    """Something held on a day, whose date may be known only in part."""

    __tablename__ = "event"
    thing: ClassVar[Thing] = Thing("events", deletable=True, place=("locality_id", "held_on"))

    kind: EventKind = Field(sa_type=term(EventKind))
    name: str = Field(sa_type=sa.Text)
    held_on: str | None = Field(sa_type=sa.Text)
    held_on_first: date | None = Field(default=None, sa_column=first_day("held_on"))
    held_on_last: date | None = Field(default=None, sa_column=last_day("held_on"))
    ends_on: str | None = Field(sa_type=sa.Text)
    ends_on_last: date | None = Field(default=None, sa_column=last_day("ends_on"))
    locality_id: UUID = Field(foreign_key="locality.id")
    campaign_period_id: UUID | None = Field(foreign_key="campaign_period.id", index=True)
    organiser_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    description: str | None = Field(sa_type=sa.Text)
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL", index=True
    )
    search: str | None = Field(default=None, sa_column=search_vector("name", "description"))

    __table_args__ = (
        sa.CheckConstraint("first_day(held_on) <= last_day(ends_on)", name="order"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class EventDelegation(SQLModel, table=True):
    """Who came to an event together."""

    __tablename__ = "event_delegation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    event_id: UUID = Field(foreign_key="event.id", ondelete="CASCADE", index=True)
    position: int
    organisation_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text)
    head: str | None = Field(sa_type=sa.Text)
    size: int | None

    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)


class EventVisit(SQLModel, table=True):
    """A model visited during an event."""

    __tablename__ = "event_visit"

    event_id: UUID = Field(foreign_key="event.id", primary_key=True, ondelete="CASCADE")
    model_id: UUID = Field(foreign_key="emulation_model.id", primary_key=True, index=True)
