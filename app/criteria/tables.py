"""Criteria sets: what models are appraised against, in numbered editions."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db.columns import Record, search_vector, sort_key
from app.db.things import Thing


class CriteriaSet(Record, table=True):
    """One number of an owner's criteria. What replaces it is another set, with the next number."""

    __tablename__ = "criteria_set"
    thing: ClassVar[Thing] = Thing("criteria-sets", deletable=True)

    name: str = Field(sa_type=sa.Text)
    owner_id: UUID = Field(foreign_key="organisation.id", index=True)
    number: int
    supersedes_id: UUID | None = Field(foreign_key="criteria_set.id", unique=True)
    valid_from: date | None
    frozen: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")
    sort_key: str = Field(default=None, sa_column=sort_key("name"))
    search: str | None = Field(default=None, sa_column=search_vector("name"))

    __table_args__ = (
        sa.CheckConstraint("supersedes_id <> id", name="order"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.Index(None, "sort_key", "id"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class Criterion(SQLModel, table=True):
    """One criterion of a set, and the most that can be scored on it."""

    __tablename__ = "criterion"

    criteria_set_id: UUID = Field(
        foreign_key="criteria_set.id", primary_key=True, ondelete="CASCADE"
    )
    code: str = Field(sa_type=sa.Text, primary_key=True)
    position: int
    label: str = Field(sa_type=sa.Text)
    max_score: Decimal = Field(sa_type=sa.Numeric)

    __table_args__ = (sa.CheckConstraint("max_score > 0", name="max_score"),)
