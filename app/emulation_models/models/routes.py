"""HTTP of models."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Registrar, Role, actor_of
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.emulation_models.look_alikes.schemas import LookAlikes, ModelDescribed
from app.emulation_models.look_alikes.service import look_alikes
from app.emulation_models.models import service
from app.emulation_models.models.allowed_actions import seen_by
from app.emulation_models.models.queries import MODELS
from app.emulation_models.models.schemas import (
    ModelFacts,
    ModelItem,
    ModelNew,
    ModelPublic,
    ModelQuery,
)
from app.emulation_models.models.tables import EmulationModel
from app.http.documented_responses import (
    CHANGE,
    CREATE,
    DELETE,
    LIST,
    ONE,
    RESTORE,
    Responses,
    headers,
    problems,
)
from app.http.fast_reads import fast_get
from app.http.json_responses import PRIVATE, json_answer, thing_answer
from app.http.merge_patch import Patch
from app.http.negotiation import wanted
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep

SIMILAR: Responses = {
    200: {"description": "The likest first; empty if there is none.", "headers": headers("ETag")},
    **problems(413, 415, 422),
}

router = APIRouter(prefix="/v1/models", tags=["Models"], route_class=Route)
to_change = ToChange(MODELS, Role.registrar, service.check_stored)


@fast_get(router, "", response_model=Page[ModelItem], responses=LIST)
async def list_models(request: Request, query: Annotated[ModelQuery, Query()]) -> Response:
    """List models, the newest registered first unless sorted otherwise."""
    return await MODELS.answer(request, query)


@fast_get(
    router,
    "/{id}",
    response_model=ModelPublic,
    responses={**ONE, **problems(401)},
    openapi_extra={"security": [{}, {"HTTPBearer": []}]},
)
async def get_model(request: Request, id: UUID) -> Response:
    """Read a model with its tracks per level, outcomes, steps, sources and adopters.

    With a key, `allowed_actions` tells what its agency may do with the model now, and why not
    otherwise.
    """
    actor = await actor_of(request)
    if actor is None:
        return await MODELS.one(request, id)
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        version, content = await seen_by(actor, request).find(read_session, id)
    return thing_answer(version, content, private=True)


@router.post("", status_code=201, response_model=ModelPublic, responses=CREATE)
async def register_model(
    request: Request, session: SessionDep, actor: Registrar, data: ModelNew
) -> Response:
    """Enter a model; with `registration` it is registered at a level in the same act.

    Its place must be in force on the day of registration (422 `locality_not_in_force`, with the
    units that followed it). The district level ended with 2025-06-30 (422 `level_abolished`).
    A model much like one of the same commune or of the same host is refused (409
    `similar_models`, which names it) unless `distinct_because` tells why it is another, or
    `derived_from` that it was adopted from that one.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, seen_by(actor, request), id, fresh=fresh)


@router.post("/similar", response_model=LookAlikes, responses=SIMILAR)
async def find_similar_models(request: Request, data: ModelDescribed) -> Response:
    """Find the models most like one that is to be registered: before a second is made of it.

    Titles, other names and summaries are compared without case, tones and marks; what few titles
    say weighs more than what all of them say, and other numerals tell models apart. The same field
    and place speak for the same model. Models in other places are told as well: a namesake there
    is no fault, but something to learn from. Nothing is recorded, and no key is needed.
    """
    async with read_sessions_of(request).read_session(several=True) as read_session:
        found = await look_alikes(read_session.connection, data)
    return json_answer(found, PRIVATE)


@router.patch("/{id}", response_model=ModelPublic, responses=CHANGE)
async def update_model(
    request: Request,
    session: SessionDep,
    stored: Annotated[Stored[EmulationModel], Depends(to_change)],
    actor: Registrar,
    patch: Patch[ModelFacts],
) -> Response:
    """Change what is recorded of a model (JSON Merge Patch); its steps have their own addresses."""
    await service.update(session, actor, stored, patch)
    return await changed(session, seen_by(actor, request), stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_model(
    session: SessionDep,
    stored: Annotated[Stored[EmulationModel], Depends(to_change)],
    actor: Registrar,
) -> Response:
    """Delete a model, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    await service.update_origin(session, stored.row)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=ModelPublic, responses=RESTORE)
async def restore_model(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a model that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    stored = await restore(request, session, actor, id, to_change)
    await service.update_origin(session, stored.row)
    return await changed(session, seen_by(actor, request), id)
