"""HTTP of a model's further life: replications, transitions, mergers, its history and its tree."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Registrar, Role
from app.access.routing import Route
from app.access.writing import changed, created
from app.emulation_models import history, steps
from app.emulation_models.queries import MODELS
from app.emulation_models.situation import Subject
from app.emulation_models.step_queries import REPLICATIONS, TRANSITIONS
from app.emulation_models.step_schemas import (
    MergeNew,
    ReplicationNew,
    ReplicationPublic,
    ReplicationQuery,
    ReplicationTree,
    TimelinePublic,
    TransitionNew,
    TransitionPublic,
    TransitionQuery,
)
from app.emulation_models.stepping import (
    OnModel,
    OwnStep,
    StoredStep,
)
from app.emulation_models.tables import EmulationModel
from app.http.documented_responses import ACT, CHANGE, DELETE, LIST_OF, ONE, STEP
from app.http.fast_reads import fast_get
from app.http.json_responses import json_answer
from app.http.merge_patch import Patch
from app.http.negotiation import wanted
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/models/{id}", tags=["Models"], route_class=Route)
_by_registrar = OnModel(Role.registrar)
_by_adopter = OnModel(Role.registrar, anywhere=True)
_own_replication = OwnStep(REPLICATIONS, Role.registrar, made_model=True)

# ---- replications -------------------------------------------------------------------------


@fast_get(router, "/replications", response_model=Page[ReplicationPublic], responses=LIST_OF)
async def list_model_replications(
    request: Request, id: UUID, query: Annotated[ReplicationQuery, Query()]
) -> Response:
    """List the adoptions of a model, each with the model that adopted it."""
    await MODELS.check_there(request, id)
    return await REPLICATIONS.answer(request, query.of(id))


@fast_get(router, "/replications/{step}", response_model=ReplicationPublic, responses=ONE)
async def get_model_replication(request: Request, id: UUID, step: UUID) -> Response:
    """Read one adoption of a model; its id is that of the adopter."""
    return await REPLICATIONS.one(request, step, id)


@router.post("/replications", status_code=201, response_model=ReplicationPublic, responses=STEP)
async def record_model_replication(
    request: Request,
    session: SessionDep,
    subject: Annotated[Subject, Depends(_by_adopter)],
    actor: Registrar,
    data: ReplicationNew,
) -> Response:
    """Record that a model was adopted at a place inside the agency's subtree.

    The model may lie anywhere. The adopter is made as a model of its own, with the field, the kind
    of participants, the objective and the target of the one it derives from, which is `replicating`
    from now on. Not of a model that has ended or the like (409 `step_not_possible`).
    """
    id, fresh = await steps.replicate(session, actor, subject, data)
    return await created(request, session, REPLICATIONS, id, fresh=fresh)


@router.patch("/replications/{step}", response_model=ReplicationPublic, responses=CHANGE)
async def update_model_replication(
    session: SessionDep,
    stored: Annotated[StoredStep[EmulationModel], Depends(_own_replication)],
    actor: Registrar,
    patch: Patch[ReplicationNew],
) -> Response:
    """Change an adoption that the agency recorded (JSON Merge Patch).

    409 `step_settled` once the adopter has taken steps of its own.
    """
    await steps.change_replication(session, actor, stored, patch.onto(stored.sent))
    return await changed(session, REPLICATIONS, stored.id)


@router.delete("/replications/{step}", status_code=204, responses=DELETE)
async def remove_model_replication(
    session: SessionDep,
    id: UUID,
    stored: Annotated[StoredStep[EmulationModel], Depends(_own_replication)],
) -> Response:
    """Say that the adopter does not derive from the model; it stays, as a model of its own.

    409 `step_settled` once the adopter has taken steps of its own.
    """
    await steps.take_back_replication(session, stored, origin=id)
    return Response(status_code=204)


# ---- transitions --------------------------------------------------------------------------


@fast_get(router, "/transitions", response_model=Page[TransitionPublic], responses=LIST_OF)
async def list_model_transitions(
    request: Request, id: UUID, query: Annotated[TransitionQuery, Query()]
) -> Response:
    """List what agencies set: surveys, returns, suspensions, ends, mergers and so on."""
    await MODELS.check_there(request, id)
    return await TRANSITIONS.answer(request, query.of(id))


@fast_get(router, "/transitions/{step}", response_model=TransitionPublic, responses=ONE)
async def get_model_transition(request: Request, id: UUID, step: UUID) -> Response:
    """Read one transition of a model."""
    return await TRANSITIONS.one(request, step, id)


@router.post("/transitions", status_code=201, response_model=TransitionPublic, responses=STEP)
async def record_model_transition(
    request: Request,
    session: SessionDep,
    subject: Annotated[Subject, Depends(_by_registrar)],
    actor: Registrar,
    data: TransitionNew,
) -> Response:
    """Put a model under survey, return, suspend, end, withdraw or resume it, today.

    `resumed` takes back what was set: the state is again what the record makes of it. An end is for
    good. 409 `step_not_possible` if the present state does not allow it.
    """
    id, fresh = await steps.transit(session, actor, subject, data)
    return await created(request, session, TRANSITIONS, id, fresh=fresh)


@router.post("/merge", response_model=TransitionPublic, responses=ACT)
async def merge_model(
    session: SessionDep,
    subject: Annotated[Subject, Depends(_by_registrar)],
    actor: Registrar,
    data: MergeNew,
) -> Response:
    """Say that a model is recorded twice: `into` is the record that goes on.

    The merged one still answers, with `merged_into`; its steps stay where they are. 409
    `step_not_possible` if either was merged already.
    """
    return await changed(session, TRANSITIONS, await steps.merge(session, actor, subject, data))


# ---- history ------------------------------------------------------------------------------


@fast_get(router, "/history", response_model=TimelinePublic, responses=ONE)
async def get_model_history(request: Request, id: UUID) -> Response:
    """Read all steps of a model as one timeline, those whose day is unknown last."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        return json_answer(await history.timeline(read_session, id))


@fast_get(router, "/replication-tree", response_model=ReplicationTree, responses=ONE)
async def get_model_replication_tree(request: Request, id: UUID) -> Response:
    """Read the model with those that adopted it, those that adopted these, and so on.

    `origins` are the models it derives from, the first one first. There are 32 generations at most;
    `complete` is false where there are more than 2,000 adopters.
    """
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        return json_answer(await history.replication_tree(read_session, id))
