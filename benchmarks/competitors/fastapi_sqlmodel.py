"""FastAPI with SQLModel entities, asynchronous, as its tutorial and template teach it."""

import os
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ARRAY, DateTime, FetchedValue, Text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7


class Place(SQLModel, table=True):
    __tablename__ = "benchmark_place"
    placement_id: int = Field(primary_key=True)
    id: UUID
    level: str
    code: str | None
    name: str
    full_name: str
    path: str


class Organisation(SQLModel, table=True):
    id: UUID = Field(primary_key=True)
    name: str


class CampaignPeriod(SQLModel, table=True):
    __tablename__ = "campaign_period"
    id: UUID = Field(primary_key=True)
    name: str


class Registration(SQLModel, table=True):
    __tablename__ = "model_registration"
    id: UUID = Field(default_factory=uuid7, primary_key=True)
    model_id: UUID = Field(foreign_key="emulation_model.id")
    level: str
    registered_on: str | None


class EmulationModel(SQLModel, table=True):
    __tablename__ = "emulation_model"
    id: UUID = Field(default_factory=uuid7, primary_key=True)
    version: int = Field(default=1)
    updated_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": FetchedValue()},
    )
    title: str
    aliases: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    summary: str | None = None
    field: str | None = None
    participant_kind: str | None = None
    locality_id: UUID
    host_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    owner_name: str | None = None
    campaign_period_id: UUID | None = Field(default=None, foreign_key="campaign_period.id")
    objective: str | None = None
    target: str | None = None
    state: str | None = None
    registered_level: str | None = None
    registered_on: str | None = None
    registered_on_first: date | None = Field(
        default=None, sa_column_kwargs={"server_default": FetchedValue()}
    )
    recognised_level: str | None = None
    recognised_on: str | None = None
    placement_id: int | None = Field(
        default=None,
        foreign_key="benchmark_place.placement_id",
        sa_column_kwargs={"server_default": FetchedValue()},
    )

    locality: Place | None = Relationship()
    host: Organisation | None = Relationship()
    campaign_period: CampaignPeriod | None = Relationship()


class Ref(BaseModel):
    id: UUID
    name: str


class LocalityRef(BaseModel):
    id: UUID
    level: str
    code: str | None
    name: str
    full_name: str
    path: str


class ModelPublic(BaseModel):
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


class ModelsPublic(BaseModel):
    items: list[ModelPublic]


class RegistrationCreate(BaseModel):
    level: str
    registered_on: str


class ModelCreate(BaseModel):
    title: str
    summary: str | None = None
    field: str
    participant_kind: str
    locality: UUID
    host: UUID | None = None
    campaign_period: UUID | None = None
    objective: str
    target: str
    registration: RegistrationCreate


engine = create_async_engine(
    os.environ["BENCHMARK_DATABASE"].replace("postgresql://", "postgresql+asyncpg://", 1)
)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
WITH_REFERENCES = (
    selectinload(EmulationModel.locality),
    selectinload(EmulationModel.host),
    selectinload(EmulationModel.campaign_period),
)

app = FastAPI()


@app.get("/v1/models", response_model=ModelsPublic)
async def list_models(session: SessionDep):
    newest = (
        select(EmulationModel)
        .where(col(EmulationModel.registered_on_first).is_not(None))
        .order_by(col(EmulationModel.registered_on_first).desc(), col(EmulationModel.id).desc())
        .options(*WITH_REFERENCES)
        .limit(50)
    )
    return {"items": (await session.exec(newest)).all()}


@app.get("/v1/models/{id}", response_model=ModelPublic)
async def get_model(session: SessionDep, id: UUID):
    model = await session.get(EmulationModel, id, options=WITH_REFERENCES)
    if model is None:
        raise HTTPException(404)
    return model


@app.post("/v1/models", response_model=ModelPublic, status_code=201)
async def create_model(session: SessionDep, data: ModelCreate):
    model = EmulationModel(
        **data.model_dump(exclude={"locality", "host", "campaign_period", "registration"}),
        locality_id=data.locality,
        host_id=data.host,
        campaign_period_id=data.campaign_period,
        state="registered",
        registered_level=data.registration.level,
        registered_on=data.registration.registered_on,
    )
    session.add(model)
    await session.flush()
    session.add(Registration(model_id=model.id, **data.registration.model_dump()))
    await session.commit()
    return await session.get(
        EmulationModel, model.id, options=WITH_REFERENCES, populate_existing=True
    )
