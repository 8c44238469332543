"""Organisations of the political system and beside it, and which of them followed which."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db.columns import AT_ZERO, Record, search_vector, sort_key, term
from app.db.things import Thing
from app.vocabularies.terms import OrganisationKind, OrganisationTier


class Organisation(Record, table=True):
    """A body that registers, hosts, inspects, commends or publishes."""

    __tablename__ = "organisation"
    thing: ClassVar[Thing] = Thing("organisations", deletable=True, place=("locality_id",))

    name: str = Field(sa_type=sa.Text)
    kind: OrganisationKind = Field(sa_type=term(OrganisationKind))
    tier: OrganisationTier = Field(sa_type=term(OrganisationTier))
    locality_id: UUID | None = Field(foreign_key="locality.id")
    parent_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    valid_from: date | None
    valid_to: date | None
    placement_id: int | None = Field(
        default=None, foreign_key="locality_placement.id", ondelete="SET NULL", index=True
    )
    sort_key: str = Field(default=None, sa_column=sort_key("name"))
    search: str | None = Field(default=None, sa_column=search_vector("name"))
    revision: int = Field(default=0, sa_type=sa.BigInteger, index=True, sa_column_kwargs=AT_ZERO)

    __table_args__ = (
        sa.CheckConstraint("valid_from < valid_to", name="validity"),
        sa.UniqueConstraint("id", "kind"),  # models follow the kind of their host
        sa.Index(None, "sort_key", "id"),
        sa.Index(None, "kind"),
        sa.Index(None, "search", postgresql_using="gin"),
    )


class OrganisationSuccession(SQLModel, table=True):
    """An organisation was followed by another, for example in a merger."""

    __tablename__ = "organisation_succession"

    predecessor_id: UUID = Field(
        foreign_key="organisation.id", primary_key=True, ondelete="CASCADE"
    )
    successor_id: UUID = Field(foreign_key="organisation.id", primary_key=True, index=True)

    __table_args__ = (sa.CheckConstraint("predecessor_id <> successor_id", name="other"),)
