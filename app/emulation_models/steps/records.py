"""The record of a stored model, and what lists show of a model as derived from its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access.actors import Actor, OutsideScope
from app.db.database import driver_of
from app.emulation_models.lifecycle import Decision, ModelRecord, Registration, standing
from app.http.json_encoding import Json, encode
from app.http.partial_dates import partial_date
from app.http.problems import NotFound
from app.querying.read_sessions import read_sessions_of
from app.vocabularies.terms import Level, ModelState

# A column of every select from emulation_model.
RECORD = """
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


def record_of(json: str) -> ModelRecord:
    """The record that was read as RECORD."""
    read: Json = orjson.loads(json)
    return ModelRecord(
        registrations=[
            Registration(Level(level), partial_date(on))
            for level, on in read["registrations"] or ()
        ],
        decisions=[
            Decision(Level(level), recognised, partial_date(on))
            for level, recognised, on in read["decisions"] or ()
        ],
        transition=read["transition"] and ModelState(read["transition"]),
        adopted=read["adopted"],
        appraised=read["appraised"],
        commended=read["commended"],
        only_reported=read["only_reported"],
    )


@dataclass(frozen=True)
class LockedModel:
    """The model a step is taken on, its row locked until the step is done."""

    id: UUID
    version: int
    locality_id: UUID
    covered: bool
    record: ModelRecord

    def require_covered(self) -> None:
        """403 if the model lies outside the agency's subtree."""
        if not self.covered:
            raise OutsideScope


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> LockedModel:
    """Lock a model to change its life; 404 if there is none.

    Steps of one model wait for each other here, so each sees what the one before has done.
    """
    connection = await driver_of(session)
    if await connection.fetchval(_LOCK, id) is None:
        raise NotFound
    row = await connection.fetchrow(_MODEL, id, actor.locality_id)
    return LockedModel(
        id,
        row["version"],
        row["locality_id"],
        bool(row["covered"]),
        record_of(row["record"]),
    )


async def update_standing(session: AsyncSession, id: UUID) -> None:
    """Derive again what lists show of a model; its version rises."""
    await session.flush()
    connection = await driver_of(session)
    await connection.execute(_LOCK, id)
    row = await connection.fetchrow(_MODEL, id, None)
    await connection.execute(_UPDATE, id, *standing(record_of(row["record"])))


async def update_standings(connection: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    """The same for many models at once."""
    if not ids:
        return
    await connection.execute(_LOCK_ALL, ids)
    rows = await connection.fetch(_RECORDS, ids)
    derived = [{"id": row["id"], **standing(record_of(row["record"]))._asdict()} for row in rows]
    await connection.execute(_UPDATE_ALL, encode(derived).decode())


async def set_transition(
    session: AsyncSession, id: UUID, transition: ModelState | None, merged_into: UUID | None = None
) -> None:
    """Set the state that a person put a model in, and derive again what lists show of it."""
    connection = await driver_of(session)
    await connection.execute(_TRANSIT, id, transition, merged_into)
    await update_standing(session, id)


async def check_exists(request: Request, id: UUID) -> None:
    """404 if there is no model with this id."""
    async with read_sessions_of(request).read_session() as read_session:
        if await read_session.connection.fetchval(_EXISTS, id) is None:
            raise NotFound


_TRANSIT = """
    update emulation_model
    set transition = $2, merged_into_id = coalesce($3, merged_into_id)
    where id = $1
"""
_EXISTS = "select 1 from emulation_model where id = $1"
# Locked first and read in a statement of its own, which sees what others did in the meantime.
_LOCK = "select 1 from emulation_model where id = $1 for update"
_MODEL = f"""
    select version, locality_id, {WITHIN} @> array[$2::uuid] as covered,
        {RECORD} as record
    from emulation_model where id = $1
"""  # noqa: S608 - put together from constants
_UPDATE = """
    update emulation_model
    set state = $2, registered_level = $3, registered_on = $4, recognised_level = $5,
        recognised_on = $6
    where id = $1
"""
_LOCK_ALL = "select 1 from emulation_model where id = any($1) order by id for update"
_RECORDS = f"select id, {RECORD} as record from emulation_model where id = any($1)"  # noqa: S608
_UPDATE_ALL = """
    update emulation_model stored
    set (state, registered_level, registered_on, recognised_level, recognised_on) =
        (new.state, new.registered_level, new.registered_on, new.recognised_level,
            new.recognised_on)
    from json_populate_recordset(null::emulation_model, $1::text::json) new
    where stored.id = new.id
"""
