"""Recording events and reading them."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, replace_links, replace_parts, sent_before
from app.campaign_periods.calendar import InPeriod
from app.db.database import driver_of
from app.events.schemas import EventNew, EventPublic
from app.events.tables import Event, EventDelegation, EventVisit
from app.http.merge_patch import Patch
from app.http.schemas import first_day_of, precision_of
from app.localities.filters import Under
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Clause, by_date, by_time, spans_from, spans_to
from app.querying.references import References, carried, register, require

register("event", Event)


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "kind": row["kind"],
        "name": row["name"],
        "held_on": row["held_on"],
        "ends_on": row["ends_on"],
        "date_precision": precision_of(row["held_on"]),
        "locality": refs.get("locality", row["locality_id"], row["held_on_first"]),
        "campaign_period": refs.get("campaign_period", row["campaign_period_id"]),
        "organiser": refs.get("organisation", row["organiser_id"]),
        "description": row["description"],
        "delegations": _with_organisations(row["delegations"], refs),
        "models_visited": carried(row["models_visited"] or "[]"),
    }


def _with_organisations(delegations: str | None, refs: References) -> list[dict[str, Any]]:
    serialized: list[dict[str, Any]] = orjson.loads(delegations or "[]")
    for each in serialized:
        if each["organisation"] is not None:
            each["organisation"] = refs.get("organisation", UUID(each["organisation"]))
    return serialized


# Models belong to a floor above: named here as the database names them.
_model = sa.table(
    "emulation_model",
    sa.column("id", sa.Uuid()),
    sa.column("title", sa.Text()),
    sa.column("sort_key", sa.Text()),
)
_VISITED = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object("id", _model.c.id, "title", _model.c.title),
                _model.c.sort_key,
                _model.c.id,
            )
        )
    )
    .join_from(EventVisit, _model, col(EventVisit.model_id) == _model.c.id)
    .where(col(EventVisit.event_id) == Event.id)
    .scalar_subquery()
).label("models_visited")


_DELEGATIONS = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    *("id", EventDelegation.id, "organisation", EventDelegation.organisation_id),
                    *("name", EventDelegation.name, "head", EventDelegation.head),
                    *("size", EventDelegation.size),
                ),
                col(EventDelegation.position),
            )
        )
    )
    .where(col(EventDelegation.event_id) == Event.id)
    .scalar_subquery()
).label("delegations")


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


EVENTS = Collection(
    name="events",
    id=col(Event.id),
    version=col(Event.version),
    item=sa.select(
        col(Event.id),
        col(Event.version),
        col(Event.updated_at),
        col(Event.kind),
        col(Event.name),
        col(Event.held_on),
        col(Event.held_on_first),
        col(Event.ends_on),
        col(Event.locality_id),
        col(Event.campaign_period_id),
        col(Event.organiser_id),
        col(Event.description),
        _DELEGATIONS,
        _VISITED,
    ),
    serialize=serialize,
    schema=EventPublic,
    filters={
        "kind": AnyOf(col(Event.kind)),
        "place": Under(col(Event.placement_id)),
        "locality": AnyOf(col(Event.locality_id)),
        "campaign_period": InPeriod(col(Event.campaign_period_id)),
        "organiser": AnyOf(col(Event.organiser_id)),
        "held_from": spans_from(col(Event.held_on_first)),
        "held_to": spans_to(col(Event.held_on_first), col(Event.held_on_last)),
        "model": _Visited(col(EventVisit.model_id)),
    },
    sorts={
        "held_on": by_date(col(Event.held_on_first)),
        "updated_at": by_time(col(Event.updated_at)),
    },
    default_sort="-held_on",
    search=col(Event.search),
    newest=col(Event.held_on_first),
)


async def create(session: AsyncSession, actor: Actor, data: EventNew) -> tuple[UUID, bool]:
    """Record an event; its id, and whether it is new."""
    await check_scope(session, actor, data.locality, first_day_of(data.held_on))
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    event = Event(**_columns(data), **data.own_id())
    session.add(event)
    await session.flush()
    await _link(session, event.id, data)
    return event.id, True


async def check_place(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the event's place lay outside the agency's subtree on its first day."""
    first = first_day_of(stored.content["held_on"])
    await check_scope(session, actor, stored.place("locality"), first)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[EventNew]
) -> None:
    """Change what is recorded of an event."""
    data = patch.onto(stored.writable())
    await check_scope(session, actor, data.locality, first_day_of(data.held_on))
    await require(await driver_of(session), data)
    event = await session.get_one(Event, stored.id)
    event.sqlmodel_update(_columns(data))
    await _link(session, stored.id, data)
    await stored.touch(session, Event)


def _columns(data: EventNew) -> dict[str, Any]:
    return {
        **data.model_dump(include={"kind", "name", "held_on", "ends_on", "description"}),
        "locality_id": data.locality,
        "campaign_period_id": data.campaign_period,
        "organiser_id": data.organiser,
    }


async def _link(session: AsyncSession, id: UUID, data: EventNew) -> None:
    await replace_parts(
        session,
        EventDelegation,
        {"event_id": id},
        [
            {
                "id": delegation.id or uuid7(),
                "position": position,
                "organisation_id": delegation.organisation,
                **delegation.model_dump(include={"name", "head", "size"}),
            }
            for position, delegation in enumerate(data.delegations)
        ],
    )
    await replace_links(
        session,
        EventVisit,
        {"event_id": id},
        [{"model_id": model} for model in data.models_visited],
    )


register_kind(EVENTS, check_place)
