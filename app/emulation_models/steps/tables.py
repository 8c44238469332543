"""The steps of a model's life."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from app.db.columns import Record, first_day, last_day, term
from app.emulation_models.lifecycle import Action
from app.vocabularies.terms import Level


class ModelRegistration(Record, table=True):
    """A model was registered at a level: at most once at each."""

    __tablename__ = "model_registration"

    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE")
    level: Level = Field(sa_type=term(Level))
    registered_on: str | None = Field(sa_type=sa.Text)
    registered_on_first: date | None = Field(default=None, sa_column=first_day("registered_on"))
    registered_on_last: date | None = Field(default=None, sa_column=last_day("registered_on"))
    registered_by_id: UUID | None = Field(foreign_key="organisation.id")
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")

    __table_args__ = (sa.UniqueConstraint("model_id", "level"),)


class ModelRecognition(Record, table=True):
    """A model was recognised at a level, or not; recognised at most once at each."""

    __tablename__ = "model_recognition"

    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    level: Level = Field(sa_type=term(Level))
    recognised: bool
    decided_on: str | None = Field(sa_type=sa.Text)
    decided_on_first: date | None = Field(default=None, sa_column=first_day("decided_on"))
    decided_on_last: date | None = Field(default=None, sa_column=last_day("decided_on"))
    decided_by_id: UUID | None = Field(foreign_key="organisation.id")
    document_id: UUID | None = Field(foreign_key="document.id")
    reason: str | None = Field(sa_type=sa.Text)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")

    __table_args__ = (
        sa.Index(
            "uq_model_recognition_level",
            "model_id",
            "level",
            unique=True,
            postgresql_where=sa.text("recognised"),
        ),
    )


class ModelInspection(Record, table=True):
    """A model was inspected, for itself or during an event."""

    __tablename__ = "model_inspection"

    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE")
    inspected_on: str = Field(sa_type=sa.Text)
    inspected_on_first: date | None = Field(default=None, sa_column=first_day("inspected_on"))
    inspected_on_last: date | None = Field(default=None, sa_column=last_day("inspected_on"))
    event_id: UUID | None = Field(foreign_key="event.id", index=True)
    inspectors: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    findings: str | None = Field(sa_type=sa.Text)
    follow_up_due_on: date | None
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")

    __table_args__ = (
        sa.Index(None, "model_id", "inspected_on_first"),
        sa.Index(
            None, "follow_up_due_on", postgresql_where=sa.text("follow_up_due_on is not null")
        ),
    )


class ModelAppraisal(Record, table=True):
    """A model was scored against one number of a criteria set."""

    __tablename__ = "model_appraisal"

    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    criteria_set_id: UUID = Field(foreign_key="criteria_set.id", index=True)
    appraised_on: date
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")


class AppraisalScore(SQLModel, table=True):
    """What an appraisal gave for one criterion of its set."""

    __tablename__ = "appraisal_score"

    appraisal_id: UUID = Field(
        foreign_key="model_appraisal.id", primary_key=True, ondelete="CASCADE"
    )
    criterion: str = Field(sa_type=sa.Text, primary_key=True)
    criteria_set_id: UUID
    score: Decimal = Field(sa_type=sa.Numeric)
    note: str | None = Field(sa_type=sa.Text)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion"], ["criterion.criteria_set_id", "criterion.code"]
        ),
        sa.CheckConstraint("score >= 0", name="score"),
        sa.Index(None, "criteria_set_id", "criterion"),
    )


class ModelTransition(Record, table=True):
    """What a person set: a survey, a return, a suspension, an end, a merger, and so on."""

    __tablename__ = "model_transition"

    model_id: UUID = Field(foreign_key="emulation_model.id", ondelete="CASCADE", index=True)
    step: Action = Field(sa_type=term(Action, "step"))
    made_on: date
    reason: str = Field(sa_type=sa.Text)
    into_id: UUID | None = Field(default=None, foreign_key="emulation_model.id", index=True)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")
