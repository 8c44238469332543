"""HTTP of criteria sets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Appraiser, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.criteria import service
from app.criteria.schemas import CriteriaSetNew, CriteriaSetPublic, CriteriaSetQuery
from app.criteria.service import CRITERIA_SETS
from app.criteria.tables import CriteriaSet
from app.http.documented_responses import CHANGE, CREATE, DELETE, LIST, ONE, RESTORE
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/criteria-sets", tags=["Criteria sets"], route_class=Route)
to_change = ToChange(CRITERIA_SETS, Role.appraiser, service.check_owner)


@fast_get(router, "", response_model=Page[CriteriaSetPublic], responses=LIST)
async def list_criteria_sets(
    request: Request, query: Annotated[CriteriaSetQuery, Query()]
) -> Response:
    """List criteria sets by name, every number of each."""
    return await CRITERIA_SETS.answer(request, query)


@fast_get(router, "/{id}", response_model=CriteriaSetPublic, responses=ONE)
async def get_criteria_set(request: Request, id: UUID) -> Response:
    """Read one number of a criteria set."""
    return await CRITERIA_SETS.one(request, id)


@router.post("", status_code=201, response_model=CriteriaSetPublic, responses=CREATE)
async def create_criteria_set(
    request: Request, session: SessionDep, actor: Appraiser, data: CriteriaSetNew
) -> Response:
    """Record the criteria of an owner inside the agency's subtree.

    With `supersedes` it gets the next number; a set is superseded once (409 `already_exists`).
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, CRITERIA_SETS, id, fresh=fresh)


@router.patch("/{id}", response_model=CriteriaSetPublic, responses=CHANGE)
async def update_criteria_set(
    session: SessionDep,
    stored: Annotated[Stored[CriteriaSet], Depends(to_change)],
    actor: Appraiser,
    patch: Patch[CriteriaSetNew],
) -> Response:
    """Change a criteria set that was not used yet (JSON Merge Patch).

    Once a model was appraised against it, it is frozen: 409 `criteria_set_frozen`.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, CRITERIA_SETS, stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_criteria_set(
    session: SessionDep,
    stored: Annotated[Stored[CriteriaSet], Depends(to_change)],
    actor: Appraiser,
) -> Response:
    """Delete a criteria set, which can be restored for thirty days.

    409 `cited` once a model was appraised against it, or another set supersedes it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=CriteriaSetPublic, responses=RESTORE)
async def restore_criteria_set(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a criteria set that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, CRITERIA_SETS, id)
