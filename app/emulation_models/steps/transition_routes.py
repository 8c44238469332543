"""HTTP of what agencies set of models: surveys, returns, suspensions, ends, mergers and so on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Registrar, Role
from app.access.routing import Route
from app.access.writing import changed, created
from app.emulation_models.steps import service
from app.emulation_models.steps.dependencies import OnModel
from app.emulation_models.steps.queries import TRANSITIONS
from app.emulation_models.steps.records import LockedModel, check_exists
from app.emulation_models.steps.schemas import (
    MergeNew,
    TransitionNew,
    TransitionPublic,
    TransitionQuery,
)
from app.http.documented_responses import ACT, LIST_OF, ONE, STEP
from app.http.fast_reads import fast_get
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/models/{id}", tags=["Models"], route_class=Route)
_by_registrar = OnModel(Role.registrar)


@fast_get(router, "/transitions", response_model=Page[TransitionPublic], responses=LIST_OF)
async def list_model_transitions(
    request: Request, id: UUID, query: Annotated[TransitionQuery, Query()]
) -> Response:
    """List what agencies set: surveys, returns, suspensions, ends, mergers and so on."""
    await check_exists(request, id)
    return await TRANSITIONS.answer(request, query.of(id))


@fast_get(router, "/transitions/{step}", response_model=TransitionPublic, responses=ONE)
async def get_model_transition(request: Request, id: UUID, step: UUID) -> Response:
    """Read one transition of a model."""
    return await TRANSITIONS.one(request, step, id)


@router.post("/transitions", status_code=201, response_model=TransitionPublic, responses=STEP)
async def record_model_transition(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_registrar)],
    actor: Registrar,
    data: TransitionNew,
) -> Response:
    """Put a model under survey, return, suspend, end, withdraw or resume it, today.

    `resumed` takes back what was set: the state is again what the record makes of it. An end is for
    good. 409 `step_not_possible` if the present state does not allow it.
    """
    id, fresh = await service.transit(session, actor, model, data)
    return await created(request, session, TRANSITIONS, id, fresh=fresh)


@router.post("/merge", response_model=TransitionPublic, responses=ACT)
async def merge_model(
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_registrar)],
    actor: Registrar,
    data: MergeNew,
) -> Response:
    """Say that a model is recorded twice: `into` is the record that goes on.

    The merged one still answers, with `merged_into`; its steps stay where they are. 409
    `step_not_possible` if either was merged already.
    """
    return await changed(session, TRANSITIONS, await service.merge(session, actor, model, data))
