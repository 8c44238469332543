"""Recording criteria sets and reading them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, replace_links, sent_before
from app.criteria.schemas import CriteriaSetNew, CriteriaSetPublic
from app.criteria.scoring import Score, faults_of
from app.criteria.tables import CriteriaSet, Criterion
from app.db.database import driver_of
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Text, Unprocessable
from app.organisations.tables import Organisation
from app.querying.collections import Collection
from app.querying.filters import AnyOf, Holds, by_text, by_time
from app.querying.references import References, carried, register, require, selected

register("criteria_set", CriteriaSet)


class CriteriaSetFrozen(Conflict):
    """A model was appraised against the set: a change makes the next number.

    Create a set that `supersedes` this one.
    """

    code = "criteria_set_frozen"
    title = Text("The set is in use and cannot change", "Bộ tiêu chí đã dùng, không thể thay đổi")


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "name": row["name"],
        "owner": refs.get("organisation", row["owner_id"]),
        "number": row["number"],
        "supersedes": carried(row["supersedes"]),
        "valid_from": row["valid_from"],
        "criteria": carried(row["criteria"]),
        "frozen": row["frozen"],
    }


_CRITERIA = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    "code",
                    Criterion.code,
                    "label",
                    Criterion.label,
                    "max_score",
                    Criterion.max_score,
                ),
                col(Criterion.position),
            )
        )
    )
    .where(col(Criterion.criteria_set_id) == CriteriaSet.id)
    .scalar_subquery()
)

CRITERIA_SETS = Collection(
    name="criteria-sets",
    id=col(CriteriaSet.id),
    version=col(CriteriaSet.version),
    item=sa.select(
        col(CriteriaSet.id),
        col(CriteriaSet.version),
        col(CriteriaSet.updated_at),
        col(CriteriaSet.name),
        col(CriteriaSet.owner_id),
        col(CriteriaSet.number),
        selected(CriteriaSet, CriteriaSet.supersedes_id).label("supersedes"),
        col(CriteriaSet.valid_from),
        _CRITERIA.label("criteria"),
        col(CriteriaSet.frozen),
    ),
    serialize=serialize,
    schema=CriteriaSetPublic,
    filters={
        "owner": AnyOf(col(CriteriaSet.owner_id)),
        "supersedes": AnyOf(col(CriteriaSet.supersedes_id)),
        "frozen": Holds(col(CriteriaSet.frozen).is_(True)),
    },
    sorts={
        "name": by_text(col(CriteriaSet.sort_key)),
        "updated_at": by_time(col(CriteriaSet.updated_at)),
    },
    default_sort="name",
    search=col(CriteriaSet.search),
    newest=col(CriteriaSet.updated_at),
)


async def create(session: AsyncSession, actor: Actor, data: CriteriaSetNew) -> tuple[UUID, bool]:
    """Record a set, the first of its name or the next number of another; whether it is new."""
    await _check_owner(session, actor, data.owner)
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    made = CriteriaSet(
        **_columns(data),
        **data.own_id(),
        number=await _number(session, data.supersedes),
        agency_id=actor.agency_id,
    )
    session.add(made)
    await session.flush()
    await _replace_criteria(session, made.id, data)
    return made.id, True


async def check_stored(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the owner of the set lies outside the agency's subtree."""
    await _check_owner(session, actor, UUID(stored.content["owner"]["id"]))


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[CriteriaSetNew]
) -> None:
    """Change a set that no model was appraised against yet."""
    data = patch.onto(stored.writable())
    await _check_owner(session, actor, data.owner)
    await require(await driver_of(session), data)
    if stored.content["frozen"]:
        raise CriteriaSetFrozen
    made = await session.get_one(CriteriaSet, stored.id)
    made.sqlmodel_update(_columns(data) | {"number": await _number(session, data.supersedes)})
    await session.flush()
    await _replace_criteria(session, stored.id, data)
    await stored.touch(session, CriteriaSet)


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
    if supersedes is None:
        return 1
    return (await session.get_one(CriteriaSet, supersedes)).number + 1


def _columns(data: CriteriaSetNew) -> dict[str, Any]:
    return {
        **data.model_dump(include={"name", "valid_from"}),
        "owner_id": data.owner,
        "supersedes_id": data.supersedes,
    }


async def _replace_criteria(session: AsyncSession, id: UUID, data: CriteriaSetNew) -> None:
    await replace_links(
        session,
        Criterion,
        {"criteria_set_id": id},
        [
            criterion.model_dump() | {"position": position}
            for position, criterion in enumerate(data.criteria)
        ],
    )


register_kind(CRITERIA_SETS, check_stored)
