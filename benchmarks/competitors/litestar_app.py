"""Litestar with advanced-alchemy: a repository service, msgspec structs, joined references."""

import os
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from advanced_alchemy.base import CommonTableAttributes, orm_registry
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
    providers,
    repository,
    service,
)
from litestar import Controller, Litestar, get, post
from litestar.params import Dependency
from msgspec import Struct
from sqlalchemy import ARRAY, DateTime, FetchedValue, ForeignKey, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload
from uuid_utils.compat import uuid7


class Base(CommonTableAttributes, DeclarativeBase):
    registry = orm_registry


class Place(Base):
    __tablename__ = "benchmark_place"
    id: Mapped[int] = mapped_column(primary_key=True)
    locality_id: Mapped[UUID]
    level: Mapped[str]
    code: Mapped[str | None]
    name: Mapped[str]
    full_name: Mapped[str]
    path: Mapped[str]


class Organisation(Base):
    __tablename__ = "organisation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class CampaignPeriod(Base):
    __tablename__ = "campaign_period"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Registration(Base):
    __tablename__ = "model_registration"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    model_id: Mapped[UUID] = mapped_column(ForeignKey("emulation_model.id"))
    level: Mapped[str]
    registered_on: Mapped[str | None]


class EmulationModel(Base):
    __tablename__ = "emulation_model"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=FetchedValue()
    )
    title: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    summary: Mapped[str | None]
    field: Mapped[str | None]
    participant_kind: Mapped[str | None]
    locality_id: Mapped[UUID]
    host_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    owner_name: Mapped[str | None]
    campaign_period_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign_period.id"))
    objective: Mapped[str | None]
    target: Mapped[str | None]
    state: Mapped[str | None]
    registered_level: Mapped[str | None]
    registered_on: Mapped[str | None]
    registered_on_first: Mapped[date | None] = mapped_column(server_default=FetchedValue())
    recognised_level: Mapped[str | None]
    recognised_on: Mapped[str | None]
    placement_id: Mapped[int | None] = mapped_column(
        ForeignKey("benchmark_place.id"), server_default=FetchedValue()
    )

    locality: Mapped[Place] = relationship(lazy="raise", viewonly=True)
    host: Mapped[Organisation | None] = relationship(lazy="raise", viewonly=True)
    campaign_period: Mapped[CampaignPeriod | None] = relationship(lazy="raise", viewonly=True)
    registrations: Mapped[list[Registration]] = relationship(lazy="noload")


class Ref(Struct):
    id: UUID
    name: str


class LocalityRef(Struct):
    id: UUID
    level: str
    code: str | None
    name: str
    full_name: str
    path: str


class Model(Struct):
    id: UUID
    version: int
    updated_at: datetime
    title: str
    summary: str | None
    field: str | None
    participant_kind: str | None
    locality: LocalityRef
    host: Ref | None
    owner_name: str | None
    campaign_period: Ref | None
    state: str | None
    registered_level: str | None
    registered_on: str | None
    recognised_level: str | None
    recognised_on: str | None


class Models(Struct):
    items: list[Model]


class RegistrationNew(Struct):
    level: str
    registered_on: str


class ModelNew(Struct):
    title: str
    field: str
    participant_kind: str
    locality: UUID
    objective: str
    target: str
    registration: RegistrationNew
    summary: str | None = None
    host: UUID | None = None
    campaign_period: UUID | None = None


