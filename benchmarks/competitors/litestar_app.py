"""Litestar with advanced-alchemy: a repository service, msgspec structs, joined references."""

import os
from datetime import date, datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
    providers,
    repository,
    service,
)
from advanced_alchemy.filters import LimitOffset
from litestar import Controller, Litestar, get, post
from msgspec import Struct
from sqlalchemy import ARRAY, DateTime, FetchedValue, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from uuid_utils.compat import uuid7


class Place(DefaultBase):
    __tablename__ = "benchmark_place"
    placement_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    level: Mapped[str]
    code: Mapped[str | None]
    name: Mapped[str]
    full_name: Mapped[str]
    path: Mapped[str]


class Organisation(DefaultBase):
    __tablename__ = "organisation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class CampaignPeriod(DefaultBase):
    __tablename__ = "campaign_period"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Registration(DefaultBase):
    __tablename__ = "model_registration"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    model_id: Mapped[UUID] = mapped_column(ForeignKey("emulation_model.id"))
    level: Mapped[str]
    registered_on: Mapped[str | None]


class EmulationModel(DefaultBase):
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
        ForeignKey("benchmark_place.placement_id"), server_default=FetchedValue()
    )

    locality: Mapped[Place] = relationship()
    host: Mapped[Organisation | None] = relationship()
    campaign_period: Mapped[CampaignPeriod | None] = relationship()
    registrations: Mapped[list[Registration]] = relationship()


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


class ModelService(service.SQLAlchemyAsyncRepositoryService[EmulationModel]):
    class Repo(repository.SQLAlchemyAsyncRepository[EmulationModel]):
        model_type = EmulationModel

    repository_type = Repo


REFERENCES = (
    selectinload(EmulationModel.locality),
    selectinload(EmulationModel.host),
    selectinload(EmulationModel.campaign_period),
)


class ModelController(Controller):
    path = "/v1/models"
    dependencies = providers.create_service_dependencies(ModelService, "models", load=REFERENCES)

    @get()
    async def list_models(self, models: ModelService) -> Models:
        newest = await models.list(
            EmulationModel.registered_on_first.is_not(None),
            LimitOffset(limit=50, offset=0),
            order_by=[EmulationModel.registered_on_first.desc(), EmulationModel.id.desc()],
        )
        return Models([models.to_schema(model, schema_type=Model) for model in newest])

    @get("/{id:uuid}")
    async def get_model(self, models: ModelService, id: UUID) -> Model:
        return models.to_schema(await models.get(id), schema_type=Model)

    @post()
    async def create_model(self, models: ModelService, data: ModelNew) -> Model:
        given = data.registration
        model = EmulationModel(
            title=data.title,
            summary=data.summary,
            field=data.field,
            participant_kind=data.participant_kind,
            locality_id=data.locality,
            host_id=data.host,
            campaign_period_id=data.campaign_period,
            objective=data.objective,
            target=data.target,
            state="registered",
            registered_level=given.level,
            registered_on=given.registered_on,
            registrations=[Registration(level=given.level, registered_on=given.registered_on)],
        )
        created = await models.create(model, auto_commit=True)
        return models.to_schema(await models.get(created.id), schema_type=Model)


alchemy = SQLAlchemyAsyncConfig(
    connection_string=os.environ["BENCHMARK_DATABASE"].replace(
        "postgresql://", "postgresql+asyncpg://", 1
    ),
    session_config=AsyncSessionConfig(expire_on_commit=False),
)
app = Litestar(route_handlers=[ModelController], plugins=[SQLAlchemyPlugin(config=alchemy)])
