"""HTTP of organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Registrar, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.http.documented_responses import CHANGE, CREATE, DELETE, LIST, ONE, RESTORE
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.organisations import service
from app.organisations.schemas import OrganisationNew, OrganisationPublic, OrganisationQuery
from app.organisations.service import ORGANISATIONS
from app.organisations.tables import Organisation
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/organisations", tags=["Organisations"], route_class=Route)
to_change = ToChange(ORGANISATIONS, Role.registrar, service.check_place)


@fast_get(router, "", response_model=Page[OrganisationPublic], responses=LIST)
async def list_organisations(
    request: Request, query: Annotated[OrganisationQuery, Query()]
) -> Response:
    """List organisations, by name in the Vietnamese alphabet unless sorted otherwise."""
    return await ORGANISATIONS.answer(request, query)


@fast_get(router, "/{id}", response_model=OrganisationPublic, responses=ONE)
async def get_organisation(request: Request, id: UUID) -> Response:
    """Read an organisation."""
    return await ORGANISATIONS.one(request, id)


@router.post("", status_code=201, response_model=OrganisationPublic, responses=CREATE)
async def create_organisation(
    request: Request, session: SessionDep, actor: Registrar, data: OrganisationNew
) -> Response:
    """Record an organisation of a place inside the agency's subtree."""
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, ORGANISATIONS, id, fresh=fresh)


@router.patch("/{id}", response_model=OrganisationPublic, responses=CHANGE)
async def update_organisation(
    session: SessionDep,
    stored: Annotated[Stored[Organisation], Depends(to_change)],
    actor: Registrar,
    patch: Patch[OrganisationNew],
) -> Response:
    """Change what is recorded of an organisation (JSON Merge Patch)."""
    await service.update(session, actor, stored, patch)
    return await changed(session, ORGANISATIONS, stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_organisation(
    session: SessionDep,
    stored: Annotated[Stored[Organisation], Depends(to_change)],
    actor: Registrar,
) -> Response:
    """Delete an organisation, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=OrganisationPublic, responses=RESTORE)
async def restore_organisation(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back an organisation that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, ORGANISATIONS, id)
