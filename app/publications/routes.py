"""HTTP of publications and of their observations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.queries import Page
from app.http.responses import LIST, ONE
from app.http.routing import Route
from app.publications.schemas import (
    DIMENSION_PARAMETERS,
    ObservationItem,
    ObservationQuery,
    PublicationItem,
    PublicationPublic,
    PublicationQuery,
)
from app.publications.service import OBSERVATIONS, PUBLICATIONS

router = APIRouter(prefix="/v1", tags=["Publications"], route_class=Route)


@router.get("/publications", response_model=Page[PublicationItem], responses=LIST)
async def list_publications(
    request: Request, query: Annotated[PublicationQuery, Query()]
) -> Response:
    """List publications, the newest first unless sorted otherwise, without their datasets.

    As NDJSON every row is the whole publication.
    """
    return await PUBLICATIONS.answer(request, query)


@router.get("/publications/{id}", response_model=PublicationPublic, responses=ONE)
async def get_publication(request: Request, id: UUID) -> Response:
    """Read a publication with its tables and numbers, as printed and in printed order.

    Every number is a claim of its source, never added up or corrected. `dimensions: {}` is the
    total of a table; `levels` says which levels the whole table counts.
    """
    return await PUBLICATIONS.one(request, id)


@router.get(
    "/observations",
    response_model=Page[ObservationItem],
    responses=LIST,
    openapi_extra={"parameters": DIMENSION_PARAMETERS},
)
async def list_observations(
    request: Request, query: Annotated[ObservationQuery, Query()]
) -> Response:
    """List printed numbers across publications, each with what its dataset says of it.

    `from` and `to` select numbers whose whole period lies inside. `dimension.field=economy` selects
    a bucket of a breakdown, `dimension.field=none` what is not broken down by field. As CSV the
    usual dimensions are columns; NDJSON has them all.
    """
    return await OBSERVATIONS.answer(request, query)
