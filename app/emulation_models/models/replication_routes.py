"""HTTP of the adoptions of models."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Registrar, Role
from app.access.routing import Route
from app.access.writing import changed, created
from app.emulation_models.models import replications
from app.emulation_models.models.replication_schemas import (
    ReplicationNew,
    ReplicationPublic,
    ReplicationQuery,
)
from app.emulation_models.models.replications import REPLICATIONS
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.steps.dependencies import OnModel, OwnStep, StoredStep
from app.emulation_models.steps.records import LockedModel, check_exists
from app.http.documented_responses import CHANGE, DELETE, LIST_OF, ONE, STEP
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/models/{id}", tags=["Models"], route_class=Route)
_by_adopter = OnModel(Role.registrar, anywhere=True)
_own_replication = OwnStep(REPLICATIONS, Role.registrar, made_model=True)


@fast_get(router, "/replications", response_model=Page[ReplicationPublic], responses=LIST_OF)
async def list_model_replications(
    request: Request, id: UUID, query: Annotated[ReplicationQuery, Query()]
) -> Response:
    """List the adoptions of a model, each with the model that adopted it."""
    await check_exists(request, id)
    return await REPLICATIONS.answer(request, query.of(id))


@fast_get(router, "/replications/{step}", response_model=ReplicationPublic, responses=ONE)
async def get_model_replication(request: Request, id: UUID, step: UUID) -> Response:
    """Read one adoption of a model; its id is that of the adopter."""
    return await REPLICATIONS.one(request, step, id)


@router.post("/replications", status_code=201, response_model=ReplicationPublic, responses=STEP)
async def record_model_replication(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_adopter)],
    actor: Registrar,
    data: ReplicationNew,
) -> Response:
    """Record that a model was adopted at a place inside the agency's subtree.

    The model may lie anywhere. The adopter is made as a model of its own, with the field, the kind
    of participants, the objective and the target of the one it derives from, which is `replicating`
    from now on. Not of a model that has ended or the like (409 `step_not_possible`).
    """
    id, fresh = await replications.create(session, actor, model, data)
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
    await replications.change(session, actor, stored, patch.onto(stored.sent))
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
    await replications.take_back(session, stored, origin=id)
    return Response(status_code=204)
