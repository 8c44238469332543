"""HTTP of gaps."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.db.calendar import today
from app.gaps.queries import OVERDUE_FOLLOW_UPS, STALE_LOCALITIES, UNCOMMENDED, UNINSPECTED
from app.gaps.schemas import (
    GapQuery,
    LocalityGap,
    ModelGap,
    OverdueQuery,
    StaleLocalitiesQuery,
    UncommendedQuery,
    UninspectedQuery,
)
from app.http.documented_responses import LIST
from app.http.fast_reads import fast_get
from app.http.routing import Route
from app.querying.queries import Page

router = APIRouter(prefix="/v1/gaps", tags=["Gaps"], route_class=Route)

Asked = TypeVar("Asked", bound=GapQuery)


def _dated(query: Asked) -> Asked:
    """The query as of a day, which is today by default."""
    return query.model_copy(update={"on": query.on or today()})


@fast_get(router, "/uninspected", response_model=Page[ModelGap], responses=LIST)
async def list_uninspected_models(
    request: Request, query: Annotated[UninspectedQuery, Query()]
) -> Response:
    """List the open models that nobody inspected in so many months, the longest registered first.

    A visit during a survey or an inspection is an inspection. `last_on` is the latest, null if
    there was none: then `days` are counted from the model's date (its registration, else its
    recognition, its start or the end of its period). A day that is known only in part counts from
    the last it may have been. Drafts, and models whose date is not known at all, are left out.
    """
    return await UNINSPECTED.answer(request, _dated(query))


@fast_get(router, "/uncommended", response_model=Page[ModelGap], responses=LIST)
async def list_uncommended_models(
    request: Request, query: Annotated[UncommendedQuery, Query()]
) -> Response:
    """List the models recognised so many days ago that no award names, the earliest first.

    `last_on` is the first recognition, `days` are counted from it. An award that was revoked by
    the day does not count; one of a decision without a date does.
    """
    return await UNCOMMENDED.answer(request, _dated(query))


@fast_get(router, "/stale-localities", response_model=Page[LocalityGap], responses=LIST)
async def list_stale_localities(
    request: Request, query: Annotated[StaleLocalitiesQuery, Query()]
) -> Response:
    """List the communes of the day where no model was registered in so many months.

    `last_on` is the latest registration in the commune or in what has wholly become part of it;
    where there never was one, nothing is due on any day.
    """
    return await STALE_LOCALITIES.answer(request, _dated(query))


@fast_get(router, "/overdue-follow-ups", response_model=Page[ModelGap], responses=LIST)
async def list_overdue_follow_ups(
    request: Request, query: Annotated[OverdueQuery, Query()]
) -> Response:
    """List the follow-ups that inspections asked for and nobody made in time, the oldest first.

    `last_on` is the inspection, `days` have passed since `due_on`. A later inspection, or a visit
    during a survey or an inspection, is the follow-up. Models that are closed are left out.
    """
    return await OVERDUE_FOLLOW_UPS.answer(request, _dated(query))
