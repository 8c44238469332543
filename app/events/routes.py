"""HTTP of events."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Registrar, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.events import service
from app.events.schemas import EventNew, EventPublic, EventQuery
from app.events.service import EVENTS
from app.events.tables import Event
from app.http.documented_responses import CHANGE, CREATE, DELETE, LIST, ONE, RESTORE
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/events", tags=["Events"], route_class=Route)
to_change = ToChange(EVENTS, Role.registrar, service.check_place)


@fast_get(router, "", response_model=Page[EventPublic], responses=LIST)
async def list_events(request: Request, query: Annotated[EventQuery, Query()]) -> Response:
    """List events, the latest first unless sorted otherwise.

    `held_from` and `held_to` find a partial date only if all of it lies between them; a day
    without a year never does.
    """
    return await EVENTS.answer(request, query)


@fast_get(router, "/{id}", response_model=EventPublic, responses=ONE)
async def get_event(request: Request, id: UUID) -> Response:
    """Read an event with the delegations that came and the models visited."""
    return await EVENTS.one(request, id)


@router.post("", status_code=201, response_model=EventPublic, responses=CREATE)
async def create_event(
    request: Request, session: SessionDep, actor: Registrar, data: EventNew
) -> Response:
    """Record an event at a place inside the agency's subtree.

    Its date is as precise as the fact: `--06-05` where no year is printed.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, EVENTS, id, fresh=fresh)


@router.patch("/{id}", response_model=EventPublic, responses=CHANGE)
async def update_event(
    session: SessionDep,
    stored: Annotated[Stored[Event], Depends(to_change)],
    actor: Registrar,
    patch: Patch[EventNew],
) -> Response:
    """Change what is recorded of an event (JSON Merge Patch)."""
    await service.update(session, actor, stored, patch)
    return await changed(session, EVENTS, stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_event(
    session: SessionDep, stored: Annotated[Stored[Event], Depends(to_change)], actor: Registrar
) -> Response:
    """Delete an event, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=EventPublic, responses=RESTORE)
async def restore_event(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back an event that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, EVENTS, id)
