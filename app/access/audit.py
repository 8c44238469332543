"""Reading the audit: who wrote what, and what keys were refused."""

from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlmodel import col

from app.access.actors import Actor, Role, lies_under
from app.access.schemas import AuditEntryPublic
from app.access.tables import Agency, AgencyKey, AuditEntry
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Bound, Clause, Compare, by_time
from app.querying.references import References, carried, selected


class _SeenBy:
    """Entries of the actor's own agency; for an administrator, of all agencies in its subtree."""

    def bind(self, name: str, actor: Actor, _: References) -> Bound:
        if actor.may(Role.administrator):
            return Bound("subtree", {name: actor.locality_id})
        return Bound("own", {name: actor.agency_id})

    def clause(self, name: str, shape: str) -> Clause:
        given = sa.bindparam(name, type_=sa.Uuid())
        if shape == "own":
            return col(AuditEntry.agency_id) == given
        within = lies_under(given, col(Agency.locality_id))
        return col(AuditEntry.agency_id).in_(sa.select(col(Agency.id)).where(within))


def serialize(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "at": row["at"],
        "actor": carried(row["actor"]),
        "key": carried(row["key"]),
        "request_id": row["request_id"],
        "action": row["action"],
        "type": row["type"],
        "thing": row["of_thing"],
        "status": row["status"],
        "before": carried(row["before"]),
        "after": carried(row["after"]),
    }


def _midnight(day: Any) -> Any:
    """When a day begins in Viet Nam."""
    return sa.func.timezone(sa.literal_column("interval '7 hours'"), sa.cast(day, sa.DateTime()))


AUDIT = Collection(
    name="audit-entries",
    id=col(AuditEntry.id),
    version=sa.literal(1),  # an entry never changes
    item=sa.select(
        col(AuditEntry.id),
        col(AuditEntry.at),
        selected(Agency, AuditEntry.agency_id).label("actor"),
        selected(AgencyKey, AuditEntry.key_id, "prefix").label("key"),
        col(AuditEntry.request_id),
        col(AuditEntry.action),
        col(AuditEntry.type),
        col(AuditEntry.thing_id).label("of_thing"),
        col(AuditEntry.status),
        col(AuditEntry.before),
        col(AuditEntry.after),
    ),
    serialize=serialize,
    schema=AuditEntryPublic,
    filters={
        "seen_by": _SeenBy(),
        "actor": AnyOf(col(AuditEntry.agency_id)),
        "key": AnyOf(col(AuditEntry.key_id)),
        "action": AnyOf(col(AuditEntry.action)),
        "type": AnyOf(col(AuditEntry.type)),
        "id": AnyOf(col(AuditEntry.thing_id)),
        "status": AnyOf(col(AuditEntry.status)),
        "from_": Compare(lambda day: col(AuditEntry.at) >= _midnight(day), sa.Date()),
        "to": Compare(lambda day: col(AuditEntry.at) < _midnight(day + 1), sa.Date()),
    },
    sorts={"at": by_time(col(AuditEntry.at))},
    default_sort="-at",
)
