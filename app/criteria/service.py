"""Recording criteria sets and reading them."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references
from app.criteria.schemas import CriteriaSetNew, CriteriaSetPublic, CriteriaSetQuery
from app.criteria.scoring import Score, faults_of
from app.criteria.tables import CriteriaSet, Criterion
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Text, Unprocessable
from app.organisations.tables import Organisation
from app.querying.parts import Parts
from app.querying.references import register
from app.querying.resources import Resource

register("criteria_set", CriteriaSet)


class CriteriaSetFrozen(Conflict):
    """A model was appraised against the set: a change makes the next number.

    Create a set that `supersedes` this one.
    """

    code = "criteria_set_frozen"
    title = Text("The set is in use and cannot change", "Bộ tiêu chí đã dùng, không thể thay đổi")


CRITERIA_SETS = Resource.of(
    CriteriaSet,
    CriteriaSetPublic,
    CriteriaSetNew,
    CriteriaSetQuery,
    "criteria-sets",
    members={"criteria": Parts(Criterion)},
)


async def create(session: AsyncSession, actor: Actor, data: CriteriaSetNew) -> tuple[UUID, bool]:
    """Record a set, the first of its name or the next number of another; whether it is new."""
    await _check_owner(session, actor, data.owner)
    number = await _number(session, data.supersedes)
    return await writing.create(
        session, actor, CRITERIA_SETS, data, number=number, agency_id=actor.agency_id
    )


async def check_owner(session: AsyncSession, actor: Actor, stored: Stored[CriteriaSet]) -> None:
    """403 if the owner of the set lies outside the agency's subtree."""
    await _check_owner(session, actor, stored.row.owner_id)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[CriteriaSet], patch: Patch[CriteriaSetNew]
) -> None:
    """Change a set that no model was appraised against yet."""
    data = patch.onto(stored.sent)
    await _check_owner(session, actor, data.owner)
    await check_references(session, data)
    if stored.row.frozen:
        raise CriteriaSetFrozen
    number = await _number(session, data.supersedes)
    await writing.change(session, stored, data, number=number)


async def check_scores(session: AsyncSession, id: UUID, scores: Sequence[Score]) -> None:
    """422 unless scores fit a set, which from now on stays as it is."""
    await session.exec(
        sa.update(CriteriaSet)
        .where(col(CriteriaSet.id) == id, ~col(CriteriaSet.frozen))
        .values(frozen=True)
    )
    criteria = await session.exec(
        select(col(Criterion.code), col(Criterion.max_score)).where(
            col(Criterion.criteria_set_id) == id
        )
    )
    if faults := sorted(faults_of(dict(criteria.all()), scores)):
        raise Unprocessable(faults=faults)


async def _check_owner(session: AsyncSession, actor: Actor, owner: UUID) -> None:
    organisation = await session.get(Organisation, owner)
    if organisation is not None:
        await check_scope(session, actor, organisation.locality_id)


async def _number(session: AsyncSession, supersedes: UUID | None) -> int:
    """The number of a set: one more than that of the set it supersedes."""
    before = None if supersedes is None else await session.get(CriteriaSet, supersedes)
    return 1 if before is None else before.number + 1


register_kind(CRITERIA_SETS, check_owner)
