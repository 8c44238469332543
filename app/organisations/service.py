"""Recording organisations and reading them."""

from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, replace_links, sent_before
from app.db.database import driver_of
from app.http.merge_patch import Patch
from app.localities.filters import Under
from app.organisations.directory import Directory
from app.organisations.schemas import OrganisationNew, OrganisationPublic
from app.organisations.tables import Organisation, OrganisationSuccession
from app.querying.collections import Collection
from app.querying.filters import AnyOf, by_text, by_time
from app.querying.references import References, register, require

register("organisation", Organisation, kept=Directory)


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "name": row["name"],
        "kind": row["kind"],
        "tier": row["tier"],
        "locality": refs.get("locality", row["locality_id"]),
        "parent": refs.get("organisation", row["parent_id"]),
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "successors": [refs.get("organisation", each) for each in row["successors"]],
    }


_SUCCESSORS = sa.func.array(
    sa.select(col(OrganisationSuccession.successor_id))
    .where(col(OrganisationSuccession.predecessor_id) == Organisation.id)
    .order_by(col(OrganisationSuccession.successor_id))
    .scalar_subquery()
).label("successors")

ORGANISATIONS = Collection(
    name="organisations",
    id=col(Organisation.id),
    version=col(Organisation.version),
    item=sa.select(
        col(Organisation.id),
        col(Organisation.version),
        col(Organisation.updated_at),
        col(Organisation.name),
        col(Organisation.kind),
        col(Organisation.tier),
        col(Organisation.locality_id),
        col(Organisation.parent_id),
        col(Organisation.valid_from),
        col(Organisation.valid_to),
        _SUCCESSORS,
    ),
    serialize=serialize,
    schema=OrganisationPublic,
    filters={
        "kind": AnyOf(col(Organisation.kind)),
        "tier": AnyOf(col(Organisation.tier)),
        "place": Under(col(Organisation.placement_id)),
        "locality": AnyOf(col(Organisation.locality_id)),
        "parent": AnyOf(col(Organisation.parent_id)),
    },
    sorts={
        "name": by_text(col(Organisation.sort_key)),
        "updated_at": by_time(col(Organisation.updated_at)),
    },
    default_sort="name",
    search=col(Organisation.search),
    newest=col(Organisation.updated_at),
)


async def create(session: AsyncSession, actor: Actor, data: OrganisationNew) -> tuple[UUID, bool]:
    """Record an organisation; its id, and whether it is new."""
    await check_scope(session, actor, data.locality)
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    organisation = Organisation(**_columns(data), **data.own_id())
    session.add(organisation)
    await session.flush()
    await _link(session, organisation.id, data)
    return organisation.id, True


async def check_place(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the organisation lies outside the agency's subtree."""
    await check_scope(session, actor, stored.place("locality"))


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[OrganisationNew]
) -> None:
    """Change what is recorded of an organisation."""
    data = patch.onto(stored.writable())
    await check_scope(session, actor, data.locality)
    await require(await driver_of(session), data)
    organisation = await session.get_one(Organisation, stored.id)
    organisation.sqlmodel_update(_columns(data))
    await _link(session, stored.id, data)
    await stored.touch(session, Organisation)


def _columns(data: OrganisationNew) -> dict[str, Any]:
    return {
        **data.model_dump(include={"name", "kind", "tier", "valid_from", "valid_to"}),
        "locality_id": data.locality,
        "parent_id": data.parent,
    }


async def _link(session: AsyncSession, id: UUID, data: OrganisationNew) -> None:
    await replace_links(
        session,
        OrganisationSuccession,
        {"predecessor_id": id},
        [{"successor_id": successor} for successor in data.successors],
    )


register_kind(ORGANISATIONS, check_place)
