"""Settling roll-ups: the differences that writes made are added up in the background."""

import asyncio
import logging
from contextlib import suppress

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.db.database import Database, driver_of
from app.db.statements import Statement
from app.statistics.tables import ROLL_UPS, RollUp

log = logging.getLogger("kheo.statistics")

PAUSE = 20  # seconds between two looks
MANY = 500  # differences that are worth adding up: fewer slow no count down
_UNREACHABLE = (
    OSError,
    asyncpg.exceptions.PostgresError,
    asyncpg.exceptions.InterfaceError,
    SQLAlchemyError,
)


def _settle(roll_up: RollUp) -> Statement:
    """Replace the differences by their sums, in the row of each key that is settled."""
    table = roll_up.table
    gone = sa.delete(table).where(~table.c.settled).returning(table).cte("gone")
    keys = [gone.c[key] for key in roll_up.keys]
    sums = [sa.func.sum(gone.c[measure]) for measure in roll_up.measures]
    rows = sa.select(*keys, *sums, sa.true()).group_by(*keys)
    names = [*roll_up.keys, *roll_up.measures, "settled"]
    settled = insert(table).from_select(names, rows, include_defaults=False)
    return Statement(
        settled.on_conflict_do_update(
            index_elements=list(roll_up.keys),
            index_where=table.c.settled,
            set_={name: table.c[name] + settled.excluded[name] for name in roll_up.measures},
        )
    )


def _are_many(roll_up: RollUp) -> Statement:
    enough = sa.select(sa.true()).where(~roll_up.table.c.settled).offset(MANY - 1)
    return Statement(sa.select(enough.exists()))


_ALONE = "select pg_try_advisory_xact_lock(hashtextextended($1, 0))"
SETTLE = {roll_up: _settle(roll_up) for roll_up in ROLL_UPS}
_ARE_MANY = {roll_up: _are_many(roll_up) for roll_up in ROLL_UPS}


async def settle(database: Database, roll_up: RollUp) -> None:
    """Settle a roll-up, unless someone else does; counts stay the same."""
    async with database.writer() as session:
        connection = await driver_of(session)
        if await connection.fetchval(_ALONE, roll_up.table.name):
            await SETTLE[roll_up].rows(connection)


async def settle_if_many(database: Database) -> None:
    """Settle the roll-ups that have many differences."""
    for roll_up in ROLL_UPS:
        async with database.reader() as connection:
            are_many = await _ARE_MANY[roll_up].value(connection)
        if are_many:
            await settle(database, roll_up)


class Settling:
    """Settles for as long as the process runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await settle_if_many(self._database)
            except _UNREACHABLE as error:
                log.warning("roll-ups not settled", extra={"error": str(error)})
