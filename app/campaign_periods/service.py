"""Recording campaign periods and reading them."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, replace_links, sent_before
from app.campaign_periods.calendar import Calendar
from app.campaign_periods.schemas import CampaignPeriodNew, CampaignPeriodPublic
from app.campaign_periods.tables import CampaignPeriod, CampaignPeriodDocument
from app.db.database import driver_of
from app.documents.tables import Document
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Text
from app.localities.filters import Under
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Compare, Sort, by_time, on_or_after, on_or_before
from app.querying.references import References, carried, register, require

register("campaign_period", CampaignPeriod, kept=Calendar)


class PeriodWithinItself(Conflict):
    """A period cannot be part of itself, nor of a period that is nested in it."""

    code = "period_within_itself"
    title = Text("A period cannot lie within itself", "Giai đoạn không thể nằm trong chính nó")


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "name": row["name"],
        "kind": row["kind"],
        "locality": refs.get("locality", row["locality_id"], row["start_on"]),
        "organisation": refs.get("organisation", row["organisation_id"]),
        "start_on": row["start_on"],
        "end_on": row["end_on"],
        "precision": row["precision"],
        "stated_duration": row["stated_duration"],
        "theme": row["theme"],
        "parent": refs.get("campaign_period", row["parent_id"]),
        "documents": carried(row["documents"] or "[]"),
    }


_cited = CampaignPeriodDocument
_DOCUMENTS = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    "document",
                    sa.func.json_build_object("id", Document.id, "number", Document.number),
                    "role",
                    _cited.role,
                ),
                col(Document.issued_on_first),
                col(Document.id),
                col(_cited.role),
            )
        )
    )
    .join_from(_cited, Document, col(_cited.document_id) == Document.id)
    .where(col(_cited.campaign_period_id) == CampaignPeriod.id)
    .scalar_subquery()
).label("documents")

CAMPAIGN_PERIODS = Collection(
    name="campaign-periods",
    id=col(CampaignPeriod.id),
    version=col(CampaignPeriod.version),
    item=sa.select(
        col(CampaignPeriod.id),
        col(CampaignPeriod.version),
        col(CampaignPeriod.updated_at),
        col(CampaignPeriod.name),
        col(CampaignPeriod.kind),
        col(CampaignPeriod.locality_id),
        col(CampaignPeriod.organisation_id),
        col(CampaignPeriod.start_on),
        col(CampaignPeriod.end_on),
        col(CampaignPeriod.precision),
        col(CampaignPeriod.stated_duration),
        col(CampaignPeriod.theme),
        col(CampaignPeriod.parent_id),
        _DOCUMENTS,
    ),
    serialize=serialize,
    schema=CampaignPeriodPublic,
    filters={
        "kind": AnyOf(col(CampaignPeriod.kind)),
        "place": Under(col(CampaignPeriod.placement_id)),
        "locality": AnyOf(col(CampaignPeriod.locality_id)),
        "organisation": AnyOf(col(CampaignPeriod.organisation_id)),
        "parent": AnyOf(col(CampaignPeriod.parent_id)),
        "active_on": Compare(
            lambda day: sa.and_(
                col(CampaignPeriod.start_on) <= day,
                sa.or_(col(CampaignPeriod.end_on) >= day, col(CampaignPeriod.end_on).is_(None)),
            ),
            sa.Date(),
        ),
        "from_": on_or_after(col(CampaignPeriod.start_on)),
        "to": on_or_before(col(CampaignPeriod.end_on)),
    },
    sorts={
        "start_on": Sort(col(CampaignPeriod.start_on), date),
        "updated_at": by_time(col(CampaignPeriod.updated_at)),
    },
    default_sort="-start_on",
    search=col(CampaignPeriod.search),
    newest=col(CampaignPeriod.start_on),
)


async def create(session: AsyncSession, actor: Actor, data: CampaignPeriodNew) -> tuple[UUID, bool]:
    """Record a campaign period; its id, and whether it is new."""
    await check_scope(session, actor, data.locality, data.start_on)
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    period = CampaignPeriod(**_columns(data), **data.own_id())
    session.add(period)
    await session.flush()
    await _link(session, period.id, data)
    return period.id, True


async def check_place(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the period's place lay outside the agency's subtree on its first day."""
    first = date.fromisoformat(stored.content["start_on"])
    await check_scope(session, actor, stored.place("locality"), first)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[CampaignPeriodNew]
) -> None:
    """Change what is recorded of a campaign period."""
    data = patch.onto(stored.writable())
    await check_scope(session, actor, data.locality, data.start_on)
    await require(await driver_of(session), data)
    if data.parent == stored.id:
        raise PeriodWithinItself
    period = await session.get_one(CampaignPeriod, stored.id)
    period.sqlmodel_update(_columns(data))
    # Writers of periods wait for each other (they raise the revision of references), so once this
    # one has written, no other can close a circle that it does not see.
    connection = await driver_of(session)
    if await connection.fetchval(_LIES_WITHIN_ITSELF, stored.id):
        raise PeriodWithinItself
    await _link(session, stored.id, data)
    await stored.touch(session, CampaignPeriod)


_LIES_WITHIN_ITSELF = """
    with recursive above (id) as (
        select parent_id from campaign_period where id = $1
        union
        select period.parent_id from campaign_period period join above using (id)
    )
    select $1 in (select id from above)
"""


def _columns(data: CampaignPeriodNew) -> dict[str, Any]:
    return {
        **data.model_dump(
            include={
                "name", "kind", "start_on", "end_on", "precision", "stated_duration", "theme",
            }
        ),
        "locality_id": data.locality,
        "organisation_id": data.organisation,
        "parent_id": data.parent,
    }  # fmt: skip


async def _link(session: AsyncSession, id: UUID, data: CampaignPeriodNew) -> None:
    await replace_links(
        session,
        CampaignPeriodDocument,
        {"campaign_period_id": id},
        [{"document_id": cited.document, "role": cited.role} for cited in data.documents],
    )


register_kind(CAMPAIGN_PERIODS, check_place)
