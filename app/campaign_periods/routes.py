"""HTTP of campaign periods."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Registrar, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.campaign_periods import service
from app.campaign_periods.schemas import (
    CampaignPeriodNew,
    CampaignPeriodPublic,
    CampaignPeriodQuery,
)
from app.campaign_periods.service import CAMPAIGN_PERIODS
from app.campaign_periods.tables import CampaignPeriod
from app.http.documented_responses import CHANGE, CREATE, DELETE, LIST, ONE, RESTORE
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/campaign-periods", tags=["Campaign periods"], route_class=Route)
to_change = ToChange(CAMPAIGN_PERIODS, Role.registrar, service.check_place)


@fast_get(router, "", response_model=Page[CampaignPeriodPublic], responses=LIST)
async def list_campaign_periods(
    request: Request, query: Annotated[CampaignPeriodQuery, Query()]
) -> Response:
    """List campaign periods, those that began last first unless sorted otherwise.

    `from` and `to` together find the periods that lie wholly between two days.
    """
    return await CAMPAIGN_PERIODS.answer(request, query)


@fast_get(router, "/{id}", response_model=CampaignPeriodPublic, responses=ONE)
async def get_campaign_period(request: Request, id: UUID) -> Response:
    """Read a campaign period with the documents that launch, guide or otherwise bear on it."""
    return await CAMPAIGN_PERIODS.one(request, id)


@router.post("", status_code=201, response_model=CampaignPeriodPublic, responses=CREATE)
async def create_campaign_period(
    request: Request, session: SessionDep, actor: Registrar, data: CampaignPeriodNew
) -> Response:
    """Record a campaign period of a place inside the agency's subtree.

    Both days belong to the period. Where only years are known they are 1 January and 31 December,
    with `precision` `year`; a period without an end is open.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, CAMPAIGN_PERIODS, id, fresh=fresh)


@router.patch("/{id}", response_model=CampaignPeriodPublic, responses=CHANGE)
async def update_campaign_period(
    session: SessionDep,
    stored: Annotated[Stored[CampaignPeriod], Depends(to_change)],
    actor: Registrar,
    patch: Patch[CampaignPeriodNew],
) -> Response:
    """Change what is recorded of a campaign period (JSON Merge Patch).

    409 `period_within_itself` if its `parent` is itself or lies within it.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, CAMPAIGN_PERIODS, stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_campaign_period(
    session: SessionDep,
    stored: Annotated[Stored[CampaignPeriod], Depends(to_change)],
    actor: Registrar,
) -> Response:
    """Delete a campaign period, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=CampaignPeriodPublic, responses=RESTORE)
async def restore_campaign_period(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a period that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, CAMPAIGN_PERIODS, id)
