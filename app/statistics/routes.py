"""HTTP of statistics."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.documented_responses import ANSWER
from app.http.fast_reads import fast_get
from app.http.json_responses import encoded_answer
from app.http.negotiation import wanted
from app.http.routing import Route
from app.statistics import facts, service
from app.statistics.schemas import (
    AwardStatistics,
    AwardStatisticsQuery,
    Funnel,
    ModelStatistics,
    ModelStatisticsQuery,
)

router = APIRouter(prefix="/v1/statistics", tags=["Statistics"], route_class=Route)


@fast_get(router, "/models", response_model=ModelStatistics, responses=ANSWER)
async def count_models(
    request: Request, query: Annotated[ModelStatisticsQuery, Query()]
) -> Response:
    """Count models by up to three dimensions, with all filters of `/v1/models`.

    A model counts once, at every level above its place. With a territory in `by`, `map=recorded`
    (the default) counts it where it lay on its own date; `map=DATE` puts it on the map of that day,
    forwards or backwards over any number of reforms. What that leaves open stands in `undivided`
    with the units it may lie in, is never shared out, and is part of `total`. A level that did not
    exist on the day is 422 `level_not_in_force`.

    Fast for anything under a province or a smaller place, and for the whole country by `province`,
    `field`, `participant_kind`, `state` and `campaign_period` with filters by these alone; other
    questions about the whole country read every row, which takes up to half a second for a million
    models.
    """
    wanted(request)
    return encoded_answer(await service.statistics(request, query, facts.MODELS, "/v1/models"))


@fast_get(router, "/awards", response_model=AwardStatistics, responses=ANSWER)
async def count_awards(
    request: Request, query: Annotated[AwardStatisticsQuery, Query()]
) -> Response:
    """Count awards by up to three dimensions, with all filters of `/v1/awards`.

    Awards are the sums of the lines' counts, whether the recipients are named or not. Those of
    revoked decisions are left out unless `status` asks for them. The place is the authority's.
    """
    wanted(request)
    query = query.model_copy(update={"status": query.counted_status()})
    return encoded_answer(await service.statistics(request, query, facts.AWARDS, "/v1/awards"))


@fast_get(router, "/funnel", response_model=Funnel, responses=ANSWER)
async def count_funnel(
    request: Request, query: Annotated[ModelStatisticsQuery, Query()]
) -> Response:
    """Count how many models ever were registered, recognised, commended and replicated.

    Filters, dimensions and maps are those of `/v1/statistics/models`; each stage counts models,
    whatever became of them later.
    """
    wanted(request)
    return encoded_answer(await service.statistics(request, query, facts.FUNNEL, "/v1/models"))
