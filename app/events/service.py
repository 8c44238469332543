"""Recording events and reading them."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references
from app.campaign_periods.calendar import InPeriod
from app.db.statements import Clause
from app.events.schemas import EventNew, EventPublic, EventQuery
from app.events.tables import Event, EventDelegation, EventVisit
from app.http.merge_patch import Patch
from app.http.partial_dates import first_day_of
from app.localities.filters import Under
from app.querying.filters import AnyOf, spans_from, spans_to
from app.querying.parts import Links, Parts
from app.querying.references import register
from app.querying.resources import Resource

register("event", Event)


class _Visited(AnyOf):
    """Events that visited any of several models; `none`: no model is named."""

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        known, unknown = shape
        visit = sa.exists().where(col(EventVisit.event_id) == Event.id)
        clauses: list[Clause] = []
        if known != "none":
            clauses.append(visit.where(super().clause(name, (known, False))))
        if unknown:
            clauses.append(~visit)
        return sa.or_(*clauses)


_held = col(Event.held_on_first), col(Event.held_on_last)
EVENTS = Resource.of(
    Event,
    EventPublic,
    EventNew,
    EventQuery,
    "events",
    members={
        "delegations": Parts(EventDelegation),
        "models_visited": Links(EventVisit, "model_id", order="sort_key"),
    },
    filters={
        "under": Under(col(Event.placement_id)),
        "campaign_period": InPeriod(col(Event.campaign_period_id)),
        "held_from": spans_from(_held[0]),
        "held_to": spans_to(*_held),
        "model": _Visited(col(EventVisit.model_id)),
    },
)


async def create(session: AsyncSession, actor: Actor, data: EventNew) -> tuple[UUID, bool]:
    """Record an event; its id, and whether it is new."""
    await check_scope(session, actor, data.locality, first_day_of(data.held_on))
    return await writing.create(session, actor, EVENTS, data)


async def check_place(session: AsyncSession, actor: Actor, stored: Stored[Event]) -> None:
    """403 if the event's place lay outside the agency's subtree on its first day."""
    await check_scope(session, actor, stored.row.locality_id, stored.row.held_on_first)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[Event], patch: Patch[EventNew]
) -> None:
    """Change what is recorded of an event."""
    data = patch.onto(stored.sent)
    await check_scope(session, actor, data.locality, first_day_of(data.held_on))
    await check_references(session, data)
    await writing.change(session, stored, data)


register_kind(EVENTS, check_place)
