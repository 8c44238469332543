"""Administrative units through time: units, their versions, who became what, and what lies where.

A code identifies nothing by itself: (level, code) is unique only on a day. Temporal keys
(`WITHOUT OVERLAPS`, `PERIOD`) are written by hand in a migration.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from app.db.columns import AT_ZERO, Record, sort_key, term
from app.db.things import Thing
from app.vocabularies.terms import Extent, LocalityKind, LocalityLevel


class Locality(Record, table=True):
    """A unit: one life from its establishment to its abolition."""

    __tablename__ = "locality"
    thing: ClassVar[Thing] = Thing("localities", version_of="of life")

    level: LocalityLevel = Field(sa_type=term(LocalityLevel))
    code: str | None = Field(sa_type=sa.Text)
    life: postgresql.Range[date] = Field(sa_type=postgresql.DATERANGE)
    search: str | None = Field(default=None, sa_type=postgresql.TSVECTOR)
    revision: int = Field(default=0, sa_type=sa.BigInteger, index=True, sa_column_kwargs=AT_ZERO)

    __table_args__ = (
        sa.CheckConstraint("code is not null or level = 'hamlet'", name="code"),
        sa.CheckConstraint("not isempty(life)", name="life"),
        sa.UniqueConstraint("id", "level", "code"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class LocalityVersion(SQLModel, table=True):
    """How a unit was named, classed and placed during part of its life."""

    __tablename__ = "locality_version"

    locality_id: UUID = Field(foreign_key="locality.id", primary_key=True)
    valid: postgresql.Range[date] = Field(sa_type=postgresql.DATERANGE, primary_key=True)
    level: LocalityLevel = Field(sa_type=term(LocalityLevel))
    code: str | None = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    full_name: str = Field(sa_type=sa.Text)
    kind: LocalityKind = Field(sa_type=term(LocalityKind))
    parent_id: UUID | None = Field(foreign_key="locality.id", index=True)
    dates_exact: bool
    sort_key: str = Field(default=None, sa_column=sort_key("name"))

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["locality_id", "level", "code"],
            ["locality.id", "locality.level", "locality.code"],
            name="fk_locality_version_identity",
        ),
        sa.Index(None, "sort_key", "locality_id"),
    )


class LocalitySuccession(SQLModel, table=True):
    """All or part of a unit went into another on a day."""

    __tablename__ = "locality_succession"

    predecessor_id: UUID = Field(foreign_key="locality.id", primary_key=True)
    successor_id: UUID = Field(foreign_key="locality.id", primary_key=True, index=True)
    extent: Extent = Field(sa_type=term(Extent))
    effective_on: date


class ProvinceClass(SQLModel, table=True):
    """Placements with the same province when the data begins, as recorded, and at last.

    There are few: what is counted by them is put on a map class by class.
    """

    __tablename__ = "province_class"

    id: int = Field(
        sa_column=sa.Column(sa.SmallInteger(), sa.Identity(always=True), primary_key=True)
    )
    first_province_id: UUID | None
    recorded_province_id: UUID | None
    last_province_id: UUID | None

    __table_args__ = (
        sa.UniqueConstraint(
            "first_province_id",
            "recorded_province_id",
            "last_province_id",
            name="uq_province_class",
            postgresql_nulls_not_distinct=True,
        ),
    )


class LocalityPlacement(SQLModel, table=True):
    """Where a unit lay during part of its life, derived from versions and successions.

    `ancestors` are the units it lay in, itself included, root first. `within` adds every unit, of
    any era, that it has since become wholly part of; `province_id` is the last province of these.
    `first_province_id` is the one that all of the unit lay in when the data begins, if known.
    """

    __tablename__ = "locality_placement"

    id: int = Field(default=None, primary_key=True)
    locality_id: UUID = Field(foreign_key="locality.id")
    valid: postgresql.Range[date] = Field(sa_type=postgresql.DATERANGE)
    ancestors: list[UUID] = Field(sa_type=postgresql.ARRAY(sa.Uuid))
    within: list[UUID] = Field(sa_type=postgresql.ARRAY(sa.Uuid))
    province_id: UUID | None = Field(foreign_key="locality.id")
    first_province_id: UUID | None = Field(default=None)
    province_class_id: int = Field(
        default=None, sa_type=sa.SmallInteger, foreign_key="province_class.id"
    )

    __table_args__ = (
        sa.Index(None, "within", postgresql_using="gin"),
        sa.Index(None, "ancestors", postgresql_using="gin"),
        sa.Index(None, "locality_id"),
    )
