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


class AgencyKey(Record, table=True):
    """A credential. The secret is 256 random bits, shown once and kept as its SHA-256."""

    __tablename__ = "agency_key"

    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    name: str = Field(sa_type=sa.Text)
    prefix: str = Field(sa_type=sa.Text, index=True)
    digest: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    roles: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    levels: list[str] = Field(
        default_factory=list,
        sa_type=postgresql.ARRAY(sa.Text),
        sa_column_kwargs={"server_default": "{}"},
    )
    expires_on: date | None
    # The key that made it; null for one made at the command line.
    parent_id: UUID | None = Field(default=None, foreign_key="agency_key.id", index=True)
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


class AuditEntry(SQLModel, table=True):
    """What a request of an agency wrote, or was refused (403). The database lets nobody change it.

    `before` and `after` are the thing as GET told it; a step's own answer stands in `after`.
    What it names may be gone: no foreign keys.
    """

    __tablename__ = "audit_entry"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.clock_timestamp(), "nullable": False},
    )
    agency_id: UUID
    key_id: UUID
    request_id: str = Field(sa_type=sa.Text)
    action: str = Field(sa_type=sa.Text)
    type: str = Field(sa_type=sa.Text)
    thing_id: UUID | None
    status: int = Field(sa_type=sa.SmallInteger)
    before: str | None = Field(sa_type=postgresql.JSONB)
    after: str | None = Field(sa_type=postgresql.JSONB)

    __table_args__ = (
        sa.Index(None, "at", "id"),
        sa.Index(None, "agency_id", "id"),
        sa.Index(None, "key_id", "id"),
        sa.Index(None, "thing_id", "id"),
    )


class IdempotentAnswer(SQLModel, table=True):
    """The answer to a request under its Idempotency-Key, kept for seven days."""

    __tablename__ = "idempotent_answer"

    agency_id: UUID = Field(primary_key=True)
    path: str = Field(sa_type=sa.Text, primary_key=True)
    key: str = Field(sa_type=sa.Text, primary_key=True)
    fingerprint: bytes = Field(sa_type=sa.LargeBinary)
    status: int = Field(sa_type=sa.SmallInteger)
    headers: str = Field(sa_type=postgresql.JSONB)
    body: bytes = Field(sa_type=sa.LargeBinary)
    answered_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now(), "nullable": False},
        index=True,
    )


class DeletedThing(SQLModel, table=True):
    """A thing that was deleted, and by whom; its id stays taken.

    `content` has its rows and those of its parts as `{table: [row]}`, until it can no longer be
    restored.
    """

    __tablename__ = "deleted_thing"

    id: UUID = Field(primary_key=True)
    type: str = Field(sa_type=sa.Text)
    version: int
    agency_id: UUID = Field(foreign_key="agency.id")
    content: str | None = Field(sa_type=sa.JSON)
    deleted_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now(), "nullable": False},
    )

    __table_args__ = (
        sa.Index(None, "deleted_at", postgresql_where=sa.text("content is not null")),
    )
