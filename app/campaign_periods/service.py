"""Recording campaign periods and reading them."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references
from app.campaign_periods.calendar import Calendar
from app.campaign_periods.schemas import (
    CampaignPeriodNew,
    CampaignPeriodPublic,
    CampaignPeriodQuery,
)
from app.campaign_periods.tables import CampaignPeriod, CampaignPeriodDocument
from app.db.database import driver_of
from app.documents.tables import Document
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Text
from app.localities.filters import Under
from app.querying.filters import Compare, on_or_after, on_or_before
from app.querying.parts import Parts
from app.querying.references import register
from app.querying.resources import Resource

register("campaign_period", CampaignPeriod, cache=Calendar)


class PeriodWithinItself(Conflict):
    """A period cannot be part of itself, nor of a period that is nested in it."""

    code = "period_within_itself"
    title = Text("A period cannot lie within itself", "Giai đoạn không thể nằm trong chính nó")


_its_document = col(CampaignPeriodDocument.document_id)
_OLDEST_FIRST = (
    sa.select(col(Document.issued_on_first))
    .where(col(Document.id) == _its_document)
    .scalar_subquery(),
    _its_document,
    col(CampaignPeriodDocument.role),
)
_start_on, _end_on = col(CampaignPeriod.start_on), col(CampaignPeriod.end_on)

CAMPAIGN_PERIODS = Resource.of(
    CampaignPeriod,
    CampaignPeriodPublic,
    CampaignPeriodNew,
    CampaignPeriodQuery,
    "campaign-periods",
    members={"documents": Parts(CampaignPeriodDocument, order=_OLDEST_FIRST)},
    filters={
        "under": Under(col(CampaignPeriod.placement_id)),
        "active_on": Compare(
            lambda day: sa.and_(_start_on <= day, sa.or_(_end_on >= day, _end_on.is_(None))),
            sa.Date(),
        ),
        "from_": on_or_after(_start_on),
        "to": on_or_before(_end_on),
    },
)


async def create(session: AsyncSession, actor: Actor, data: CampaignPeriodNew) -> tuple[UUID, bool]:
    """Record a campaign period; its id, and whether it is new."""
    await check_scope(session, actor, data.locality, data.start_on)
    return await writing.create(session, actor, CAMPAIGN_PERIODS, data)


async def check_place(session: AsyncSession, actor: Actor, stored: Stored[CampaignPeriod]) -> None:
    """403 if the period's place lay outside the agency's subtree on its first day."""
    await check_scope(session, actor, stored.row.locality_id, stored.row.start_on)


async def update(
    session: AsyncSession,
    actor: Actor,
    stored: Stored[CampaignPeriod],
    patch: Patch[CampaignPeriodNew],
) -> None:
    """Change what is recorded of a campaign period."""
    data = patch.onto(stored.sent)
    await check_scope(session, actor, data.locality, data.start_on)
    await check_references(session, data)
    if data.parent == stored.id:
        raise PeriodWithinItself
    await writing.change(session, stored, data)
    # Writers of periods wait for each other (they raise the revision of references), so once this
    # one has written, no other can close a circle that it does not see.
    connection = await driver_of(session)
    if await connection.fetchval(_LIES_WITHIN_ITSELF, stored.id):
        raise PeriodWithinItself


_LIES_WITHIN_ITSELF = """
    with recursive above (id) as (
        select parent_id from campaign_period where id = $1
        union
        select period.parent_id from campaign_period period join above using (id)
    )
    select $1 in (select id from above)
"""


register_kind(CAMPAIGN_PERIODS, check_place)
