"""HTTP of models."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Registrar, Role
from app.access.recording import Route
from app.access.writing import Stored, StoredThing, changed, created
from app.emulation_models import service
from app.emulation_models.reading import MODELS
from app.emulation_models.schemas import ModelFacts, ModelItem, ModelNew, ModelPublic, ModelQuery
from app.http.patching import Patch
from app.http.queries import Page
from app.http.responses import CHANGE, CREATE, LIST, ONE
from app.http.sessions import SessionDep

router = APIRouter(prefix="/v1/models", tags=["Models"], route_class=Route)


@router.get("", response_model=Page[ModelItem], responses=LIST)
async def list_models(request: Request, query: Annotated[ModelQuery, Query()]) -> Response:
    """List models, the newest registered first unless sorted otherwise."""
    return await MODELS.answer(request, query)


@router.get("/{id}", response_model=ModelPublic, responses=ONE)
async def get_model(request: Request, id: UUID) -> Response:
    """Read a model with its tracks per level, outcomes, sources and adopters."""
    return await MODELS.one(request, id)


@router.post("", status_code=201, response_model=ModelPublic, responses=CREATE)
async def register_model(
    request: Request, session: SessionDep, actor: Registrar, data: ModelNew
) -> Response:
    """Enter a model; with `registration` it is registered at a level in the same act.

    Its place must be in force on the day of registration (422 `locality_not_in_force`, with the
    units that followed it). The district level ended with 2025-06-30 (422 `level_abolished`).
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, MODELS, id, fresh=fresh)


@router.patch("/{id}", response_model=ModelPublic, responses=CHANGE)
async def update_model(
    session: SessionDep,
    stored: Annotated[Stored, Depends(StoredThing(MODELS, Role.registrar, service.check_stored))],
    actor: Registrar,
    patch: Patch[ModelFacts],
) -> Response:
    """Change what is recorded of a model (JSON Merge Patch); its steps have their own addresses."""
    await service.update(session, actor, stored, patch)
    return await changed(session, MODELS, stored.id)
