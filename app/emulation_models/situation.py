"""What has happened to a stored model, and keeping what lists show of it in step with that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, OutsideScope
from app.db.database import driver_of
from app.emulation_models.lifecycle import Decision, Registration, Situation, standing
from app.http.json_encoding import encode
from app.http.partial_dates import partial_date
from app.http.problems import NotFound
from app.vocabularies.terms import Level, ModelState

# A column of every select from emulation_model.
SITUATION = """
    json_build_object(
        'registrations', (select json_agg(json_build_array(level, registered_on))
            from model_registration where model_id = emulation_model.id),
        'decisions', (select json_agg(json_build_array(level, recognised, decided_on))
            from model_recognition where model_id = emulation_model.id),
        'transition', transition,
        'adopted', replicated,
        'appraised', exists (select from model_appraisal where model_id = emulation_model.id),
        'commended', commended,
        'only_reported', agency_id is null)
"""
# Whether the model lies within a unit: its place on its own date is, or went wholly into it.
WITHIN = """
    (select within from locality_placement where id = emulation_model.placement_id)
"""


def situation_of(json: str) -> Situation:
    serialized: dict[str, Any] = orjson.loads(json)
    return Situation(
        registrations=[
            Registration(Level(level), partial_date(on))
            for level, on in serialized["registrations"] or ()
        ],
        decisions=[
            Decision(Level(level), recognised, partial_date(on))
            for level, recognised, on in serialized["decisions"] or ()
        ],
        transition=serialized["transition"] and ModelState(serialized["transition"]),
        adopted=serialized["adopted"],
        appraised=serialized["appraised"],
        commended=serialized["commended"],
        only_reported=serialized["only_reported"],
    )


@dataclass(frozen=True)
class Subject:
    """The model a step is taken on, its row locked until the step is done."""

    id: UUID
    version: int
    title: str
    locality_id: UUID
    covered: bool
    situation: Situation

    def require_covered(self) -> None:
        """403 if the model lies outside the agency's subtree."""
        if not self.covered:
            raise OutsideScope


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> Subject:
    """Take a model to change its life; 404 if there is none.

    Steps of one model wait for each other here, so each sees what the one before has done.
    """
    connection = await driver_of(session)
    if await connection.fetchval(_LOCK, id) is None:
        raise NotFound
    row = await connection.fetchrow(_SUBJECT, id, actor.locality_id)
    return Subject(
        id,
        row["version"],
        row["title"],
        row["locality_id"],
        bool(row["covered"]),
        situation_of(row["situation"]),
    )


async def follow(session: AsyncSession, id: UUID) -> Situation:
    """Derive again what lists show of a model; its version rises."""
    await session.flush()
    connection = await driver_of(session)
    await connection.execute(_LOCK, id)
    row = await connection.fetchrow(_SUBJECT, id, None)
    situation = situation_of(row["situation"])
    await connection.execute(_FOLLOW, id, *standing(situation))
    return situation


async def follow_all(connection: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    """`follow` for many models at once."""
    if not ids:
        return
    await connection.execute(_LOCK_ALL, ids)
    rows = await connection.fetch(_SITUATIONS, ids)
    followed = [
        {"id": row["id"], **standing(situation_of(row["situation"]))._asdict()} for row in rows
    ]
    await connection.execute(_FOLLOW_ALL, encode(followed).decode())


# Locked first and read in a statement of its own, which sees what others did in the meantime.
_LOCK = "select 1 from emulation_model where id = $1 for update"
_SUBJECT = f"""
    select version, title, locality_id, {WITHIN} @> array[$2::uuid] as covered,
        {SITUATION} as situation
    from emulation_model where id = $1
"""  # noqa: S608 - put together from constants
_FOLLOW = """
    update emulation_model
    set state = $2, registered_level = $3, registered_on = $4, recognised_level = $5,
        recognised_on = $6
    where id = $1
"""
_LOCK_ALL = "select 1 from emulation_model where id = any($1) order by id for update"
_SITUATIONS = f"select id, {SITUATION} as situation from emulation_model where id = any($1)"  # noqa: S608
_FOLLOW_ALL = """
    update emulation_model stored
    set (state, registered_level, registered_on, recognised_level, recognised_on) =
        (new.state, new.registered_level, new.registered_on, new.recognised_level,
            new.recognised_on)
    from json_populate_recordset(null::emulation_model, $1::text::json) new
    where stored.id = new.id
"""
