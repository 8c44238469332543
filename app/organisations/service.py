"""Recording organisations and reading them."""

from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references
from app.http.merge_patch import Patch
from app.localities.filters import Under
from app.organisations.directory import Directory
from app.organisations.schemas import OrganisationNew, OrganisationPublic, OrganisationQuery
from app.organisations.tables import Organisation, OrganisationSuccession
from app.querying.parts import Links
from app.querying.references import register
from app.querying.resources import Resource

register("organisation", Organisation, cache=Directory)

ORGANISATIONS = Resource.of(
    Organisation,
    OrganisationPublic,
    OrganisationNew,
    OrganisationQuery,
    "organisations",
    members={"successors": Links(OrganisationSuccession, "successor_id")},
    filters={"under": Under(col(Organisation.placement_id))},
)


async def create(session: AsyncSession, actor: Actor, data: OrganisationNew) -> tuple[UUID, bool]:
    """Record an organisation; its id, and whether it is new."""
    await check_scope(session, actor, data.locality)
    return await writing.create(session, actor, ORGANISATIONS, data)


async def check_place(session: AsyncSession, actor: Actor, stored: Stored[Organisation]) -> None:
    """403 if the organisation lies outside the agency's subtree."""
    await check_scope(session, actor, stored.row.locality_id)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[Organisation], patch: Patch[OrganisationNew]
) -> None:
    """Change what is recorded of an organisation."""
    data = patch.onto(stored.sent)
    await check_scope(session, actor, data.locality)
    await check_references(session, data)
    await writing.change(session, stored, data)


register_kind(ORGANISATIONS, check_place)
