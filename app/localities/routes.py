"""HTTP of localities."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Registrar
from app.access.routing import Route
from app.access.writing import created
from app.db.calendar import today
from app.http.documented_responses import CREATE, LIST, ONE
from app.http.fast_reads import fast_get
from app.http.json_responses import json_answer, thing_answer
from app.http.negotiation import wanted
from app.localities import service
from app.localities.schemas import (
    AsOf,
    HamletNew,
    LocalityPublic,
    LocalityQuery,
    LocalityWalk,
    LocalityWhole,
    OnDay,
)
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/localities", tags=["Localities"], route_class=Route)


@fast_get(router, "", response_model=Page[LocalityPublic], responses=LIST)
async def list_localities(request: Request, query: Annotated[LocalityQuery, Query()]) -> Response:
    """List the units of a day's map.

    A code identifies nothing by itself: (level, code) is unique only on a day.
    """
    if query.as_of == "any":
        collection, query = service.EVER_IN_LAST_VERSION, query.model_copy(update={"as_of": None})
    else:
        collection = service.ON_A_DAY
        query = query.model_copy(update={"as_of": query.as_of or today()})
    return await collection.answer(request, query)


@fast_get(router, "/{id}", response_model=LocalityWhole, responses=ONE)
async def get_locality(request: Request, id: UUID, query: Annotated[AsOf, Query()]) -> Response:
    """Read a unit as it was on a day, with its ancestors then and its whole history.

    404 `not_in_force` with both dates if the unit did not exist on that day.
    """
    wanted(request)
    async with read_sessions_of(request).read_session(several=True) as read_session:
        version, content = await service.as_of(read_session, id, query.as_of)
    return thing_answer(version, content)


@fast_get(router, "/{id}/successors", response_model=LocalityWalk, responses=ONE)
async def list_locality_successors(
    request: Request, id: UUID, query: Annotated[OnDay, Query()]
) -> Response:
    """Find the units of a day that a unit went into, over as many reforms as it takes.

    A district's successors are the communes of its last day, walked on.
    """
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        found = await service.walk(read_session, id, query.on or today(), forward=True)
    return json_answer(found)


@fast_get(router, "/{id}/predecessors", response_model=LocalityWalk, responses=ONE)
async def list_locality_predecessors(
    request: Request, id: UUID, query: Annotated[OnDay, Query()]
) -> Response:
    """Find the units of a day that went into a unit, over as many reforms as it takes."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        found = await service.walk(read_session, id, query.on or today(), forward=False)
    return json_answer(found)


@router.post("", status_code=201, response_model=LocalityWhole, responses=CREATE)
async def register_hamlet(
    request: Request, session: SessionDep, actor: Registrar, data: HamletNew
) -> Response:
    """Register a hamlet (ấp, khóm, thôn, bản, tổ dân phố …) under a commune in force."""
    id, fresh = await service.create_hamlet(session, actor, data)
    return await created(request, session, service.EVER_IN_LAST_VERSION, id, fresh=fresh)
