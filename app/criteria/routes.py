"""HTTP of criteria sets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Appraiser, Role
from app.access.recording import Route
from app.access.writing import Stored, StoredThing, changed, created
from app.criteria import service
from app.criteria.schemas import CriteriaSetNew, CriteriaSetPublic, CriteriaSetQuery
from app.criteria.service import CRITERIA_SETS
from app.http.patching import Patch
from app.http.queries import Page
from app.http.responses import CHANGE, CREATE, LIST, ONE
from app.http.sessions import SessionDep

router = APIRouter(prefix="/v1/criteria-sets", tags=["Criteria sets"], route_class=Route)


@router.get("", response_model=Page[CriteriaSetPublic], responses=LIST)
async def list_criteria_sets(
    request: Request, query: Annotated[CriteriaSetQuery, Query()]
) -> Response:
    """List criteria sets by name, every number of each."""
    return await CRITERIA_SETS.answer(request, query)


@router.get("/{id}", response_model=CriteriaSetPublic, responses=ONE)
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
    stored: Annotated[
        Stored, Depends(StoredThing(CRITERIA_SETS, Role.appraiser, service.check_stored))
    ],
    actor: Appraiser,
    patch: Patch[CriteriaSetNew],
) -> Response:
    """Change a criteria set that was not used yet (JSON Merge Patch).

    Once a model was appraised against it, it is frozen: 409 `criteria_set_frozen`.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, CRITERIA_SETS, stored.id)
