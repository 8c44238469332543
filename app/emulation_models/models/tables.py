"""Emulation models (mô hình), the steps of their lives, their outcomes and sources."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.db.columns import (
    Record,
    first_day,
    last_day,
    search_vector,
    sort_key,
    term,
    year,
)
from app.db.things import Thing
from app.vocabularies.terms import (
    Level,
    ModelState,
    MovementField,
    ParticipantKind,
    Qualifier,
)

NEWEST = sa.text("coalesce(registered_on_first, '-infinity')")
OLDEST = sa.text("coalesce(registered_on_first, 'infinity')")
RECOGNISED_NEWEST = sa.text("coalesce(recognised_on_first, '-infinity')")
RECOGNISED_OLDEST = sa.text("coalesce(recognised_on_first, 'infinity')")
WORDS = (
    sa.text("ts_filter(search, '{a}')"),  # words of titles and other names
    sa.text("search"),
    sa.text("registered_year"),
)


class EmulationModel(Record, table=True):
    """A model. Levels, dates and state are derived from its steps and kept for lists.

    `transition` is what a person set (`suspended`, `ended`, …); `state` is what holds.
    `province_id` is the last province of its placement, `province_class_id` stands for that, the
    one on its date and the one when the data begins.
    `dated_on` is the model's date, null where it reads "today" or the locality's last day.
    `commended` is whether an award names it, `replicated` whether another model adopted it: both
    are kept by the database, as is `host_kind`, the kind of the host.
    """

    __tablename__ = "emulation_model"
    thing: ClassVar[Thing] = Thing(
        "models",
        deletable=True,
        personal={
            "owner_name": "emulation_model.owner_name",
            "inspectors": "model_inspection.inspectors",
        },
        # How far a model came is no part of what it states: its version stays.
        version_when="when ((new.commended, new.replicated) = (old.commended, old.replicated))",
    )

    title: str = Field(sa_type=sa.Text)
    aliases: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    summary: str | None = Field(sa_type=sa.Text)
    field: MovementField | None = Field(sa_type=term(MovementField))
    participant_kind: ParticipantKind | None = Field(sa_type=term(ParticipantKind))
    locality_id: UUID = Field(foreign_key="locality.id")
    host_id: UUID | None
    host_kind: str | None = Field(default=None, sa_type=sa.Text)
    owner_name: str | None = Field(sa_type=sa.Text)
    campaign_period_id: UUID | None = Field(foreign_key="campaign_period.id")
    objective: str | None = Field(sa_type=sa.Text)
    target: str | None = Field(sa_type=sa.Text)
    started_on: str | None = Field(sa_type=sa.Text)
    distinct_because: str | None = Field(sa_type=sa.Text)
    derived_from_id: UUID | None = Field(foreign_key="emulation_model.id")
    merged_into_id: UUID | None = Field(foreign_key="emulation_model.id")
    transition: ModelState | None = Field(default=None, sa_type=term(ModelState, "transition"))
    state: ModelState | None = Field(default=None, sa_type=term(ModelState, "state"))
    registered_level: Level | None = Field(default=None, sa_type=term(Level, "registered_level"))
    registered_on: str | None = Field(default=None, sa_type=sa.Text)
    registered_on_first: date | None = Field(default=None, sa_column=first_day("registered_on"))
    registered_on_last: date | None = Field(default=None, sa_column=last_day("registered_on"))
    registered_year: int | None = Field(
        default=None, sa_column=year("registered_year", "registered_on")
    )
    recognised_level: Level | None = Field(default=None, sa_type=term(Level, "recognised_level"))
    recognised_on: str | None = Field(default=None, sa_type=sa.Text)
    recognised_on_first: date | None = Field(default=None, sa_column=first_day("recognised_on"))
    recognised_on_last: date | None = Field(default=None, sa_column=last_day("recognised_on"))
    recognised_year: int | None = Field(
        default=None, sa_column=year("recognised_year", "recognised_on")
    )
    dated_on: date | None = Field(default=None)
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL"
    )
    province_id: UUID | None = Field(default=None, foreign_key="locality.id")
    province_class_id: int | None = Field(default=None, sa_type=sa.SmallInteger)
    commended: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    replicated: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")
    sort_key: str = Field(default=None, sa_column=sort_key("title"))
    search: str | None = Field(
        default=None, sa_column=search_vector("title || ' ' || joined(aliases)", "summary")
    )

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["host_id", "host_kind"],
            ["organisation.id", "organisation.kind"],
            match="FULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("merged_into_id <> id", name="merge"),
        sa.CheckConstraint("derived_from_id <> id", name="origin"),
        # The list's own orders: unknown dates come last in both directions.
        sa.Index("ix_emulation_model_newest", NEWEST, "id"),
        sa.Index("ix_emulation_model_oldest", OLDEST, "id"),
        sa.Index("ix_emulation_model_recognised_newest", RECOGNISED_NEWEST, "id"),
        sa.Index("ix_emulation_model_recognised_oldest", RECOGNISED_OLDEST, "id"),
        sa.Index(None, "sort_key", "id"),
        sa.Index(None, "updated_at", "id"),
        # Filters that keep many rows bring the newest first by themselves; a rare value has few
        # rows to sort, and of a frequent one the newest are soon met.
        sa.Index("ix_emulation_model_province_newest", "province_id", NEWEST, "id"),
        sa.Index("ix_emulation_model_placement_newest", "placement_id", NEWEST, "id"),
        sa.Index("ix_emulation_model_host_newest", "host_id", NEWEST, "id"),
        sa.Index("ix_emulation_model_period_newest", "campaign_period_id", NEWEST, "id"),
        sa.Index("ix_emulation_model_state_newest", "state", NEWEST, "id"),
        *(sa.Index(None, column) for column in ("field", "registered_level", "host_kind")),
        # Few are adopted, none of the newest commended: they would be looked for long.
        *(
            sa.Index(f"ix_emulation_model_{stage}_newest", NEWEST, "id", postgresql_where=stage)
            for stage in (sa.text("commended"), sa.text("replicated"))
        ),
        sa.Index(
            "ix_emulation_model_recognised_level_newest",
            "recognised_level",
            NEWEST,
            "id",
            postgresql_where=sa.text("recognised_level is not null"),
        ),
        # The models registered last are recognised only later: those that are, by themselves.
        sa.Index(
            "ix_emulation_model_newest_recognised",
            NEWEST,
            "id",
            postgresql_include=[
                "recognised_level",
                "registered_on_first",
                "recognised_on_first",
                "recognised_on_last",
            ],
            postgresql_where=sa.text("recognised_level is not null"),
        ),
        sa.Index(
            "ix_emulation_model_newest_registered_later",
            NEWEST,
            "id",
            postgresql_where=sa.text("(registered_on_first > recognised_on_first) is true"),
        ),
        # Few are of no field or registered nowhere: they would be looked for to the end.
        *(
            sa.Index(
                f"ix_emulation_model_no_{column}_newest",
                NEWEST,
                "id",
                postgresql_where=sa.text(f"{column} is null"),
            )
            for column in ("field", "registered_level")
        ),
        *(
            sa.Index(None, origin, postgresql_where=sa.text(f"{origin} is not null"))
            for origin in ("derived_from_id", "merged_into_id")
        ),
        sa.Index("ix_emulation_model_words", *WORDS, postgresql_using="gin"),
        # What lies in a province, or at some of its places, is counted without reading its rows.
        sa.Index(
            "ix_emulation_model_counted",
            "province_id",
            "placement_id",
            "campaign_period_id",
            "field",
            "participant_kind",
            "state",
            "registered_level",
            "recognised_level",
            "host_kind",
            "registered_year",
            "recognised_year",
            "commended",
            "replicated",
        ),
        sa.Index(
            "ix_emulation_model_unplaced",
            "locality_id",
            postgresql_where=sa.text("placement_id is null"),
        ),
    )


class ModelLocality(SQLModel, table=True):
    """A further place of a model that is carried out in several."""

    __tablename__ = "model_locality"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    position: int
    locality_id: UUID = Field(foreign_key="locality.id", index=True)


class ModelHost(SQLModel, table=True):
    """A further organisation that hosts a model."""

    __tablename__ = "model_host"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    position: int
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)


class ModelOutcome(SQLModel, table=True):
    """A result a model is said to have had, as reported."""

    __tablename__ = "model_outcome"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    position: int
    what: str = Field(sa_type=sa.Text)
    amount: Decimal | None = Field(sa_type=sa.Numeric)
    minimum: Decimal | None = Field(sa_type=sa.Numeric)
    maximum: Decimal | None = Field(sa_type=sa.Numeric)
    qualifier: Qualifier = Field(sa_type=term(Qualifier))
    unit: str | None = Field(sa_type=sa.Text)
    period: str | None = Field(sa_type=sa.Text)
    quote: str | None = Field(sa_type=sa.Text)

    __table_args__ = (sa.CheckConstraint("minimum <= maximum", name="range"),)


class ModelSource(SQLModel, table=True):
    """Where something about a model was read."""

    __tablename__ = "model_source"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    position: int
    document_id: UUID | None = Field(foreign_key="document.id", index=True)
    url: str | None = Field(sa_type=sa.Text)
    quote: str | None = Field(sa_type=sa.Text)
    note: str | None = Field(sa_type=sa.Text)
