"""Agencies, their keys, and what they sent under ids of their own."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.db.columns import Record


class Agency(Record, table=True):
    """An agency whose systems write to the registry, inside its locality's subtree."""

    __tablename__ = "agency"

    name: str = Field(sa_type=sa.Text, unique=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    locality_id: UUID = Field(foreign_key="locality.id")
    roles: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    levels: list[str] = Field(default_factory=list, sa_type=postgresql.ARRAY(sa.Text))
    active: bool = Field(default=True)


class AgencyKey(SQLModel, table=True):
    """A credential. The secret is 256 random bits, shown once and kept as its SHA-256."""

    __tablename__ = "agency_key"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    name: str = Field(sa_type=sa.Text)
    prefix: str = Field(sa_type=sa.Text)
    digest: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    roles: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    expires_on: date | None
    revoked_at: datetime | None = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
    )


class Submission(SQLModel, table=True):
    """Which agency created a thing under an id of its own, and the digest of what it sent."""

    __tablename__ = "submission"

    id: UUID = Field(primary_key=True)
    agency_id: UUID = Field(foreign_key="agency.id")
    digest: bytes = Field(sa_type=sa.LargeBinary)
