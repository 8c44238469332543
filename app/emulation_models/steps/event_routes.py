"""HTTP of the inspections made during an event."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.emulation_models.steps.queries import INSPECTIONS
from app.emulation_models.steps.schemas import InspectionPublic, InspectionQuery
from app.events.service import EVENTS
from app.http.documented_responses import LIST_OF
from app.http.fast_reads import fast_get
from app.http.routing import Route
from app.querying.queries import Page

router = APIRouter(prefix="/v1/events/{id}", tags=["Events"], route_class=Route)


@fast_get(router, "/inspections", response_model=Page[InspectionPublic], responses=LIST_OF)
async def list_event_inspections(
    request: Request, id: UUID, query: Annotated[InspectionQuery, Query()]
) -> Response:
    """List the inspections of models made during an event, the latest first by default.

    A survey visit is evidence of them: each is recorded at its model and names the event.
    """
    await EVENTS.check_there(request, id)
    return await INSPECTIONS.answer(request, query.model_copy(update={"event": id}))
