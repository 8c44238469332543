"""Keeping the kept counts: changes are added up from time to time, and compared with the rows."""

import asyncio
import logging
from contextlib import suppress

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.db.database import Database, driver_of
from app.statistics.tables import CELL_CHANGES, KINDS, Kept

log = logging.getLogger("kheo.statistics")

PAUSE = 20  # seconds between two looks
MANY = 500  # changes that are worth adding up: fewer slow no count down
_ARE_MANY = " or ".join(
    f"exists (select from {changes} offset {MANY - 1})"
    for changes in (*(kept.changes for kept in KINDS), CELL_CHANGES)
)
SETTLE = "select " + " + ".join(
    (*(f"settle_{kept.kind}_counts()" for kept in KINDS), "settle_model_cells()")
)
_CELLS_DIFFER = """
    select 'cell' as kind, placement_id, campaign_period_id, cell, 'count' as measure,
        sum(count)::bigint as too_many
    from (
        select placement_id, campaign_period_id, unnest(cells) as cell, 1 as count
        from model_cells
        union all select placement_id, campaign_period_id, cell, count from model_cell_change
        union all select placement_id, campaign_period_id, cell, -1 from celled_model
    ) every
    group by placement_id, campaign_period_id, cell having sum(count) <> 0
"""
_AWAY = (
    OSError,
    asyncpg.exceptions.PostgresError,
    asyncpg.exceptions.InterfaceError,
    SQLAlchemyError,
)


async def settle(database: Database) -> None:
    """Add the changes up if there are many; who only reads sees no difference."""
    async with database.reader() as connection:
        many = await connection.fetchval(f"select {_ARE_MANY}")
    if many:
        async with database.writer() as session:
            await (await driver_of(session)).execute(SETTLE)


class Settling:
    """Adds changes up for as long as the process runs."""

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
                await settle(self._database)
            except _AWAY as error:
                log.warning("counts not settled", extra={"error": str(error)})


def _differences(kept: Kept, settled: sa.Table) -> str:
    """What is kept by all keys is compared with the rows, all else with that."""
    *_, by_all_keys = kept.settled
    keys, measures = ", ".join(kept.keys_of(settled)), kept.measures
    too_many = ", ".join(f"sum({measure})::bigint as {measure}" for measure in measures)
    serialized = ", ".join(f"('{measure}', {measure})" for measure in measures)
    lessened = ", ".join(f"-sum({measure})" for measure in measures)
    if settled is by_all_keys:
        compared = f"""
            select {keys}, {", ".join(measures)} from {kept.changes}
            union all select {keys}, {lessened} from counted_{kept.kind} group by {keys}
        """  # noqa: S608 - put together from constants
    else:
        compared = f"select {keys}, {lessened} from {by_all_keys} group by {keys}"  # noqa: S608
    return f"""
        select '{kept.kind}' as kind, {keys}, measure, too_many
        from (
            select {keys}, {too_many}
            from (
                select {keys}, {", ".join(measures)} from {settled}
                union all {compared}
            ) every
            group by {keys}
        ) added_up, lateral (values {serialized}) each (measure, too_many)
        where too_many <> 0
    """  # noqa: S608 - put together from constants


async def drift(url: str) -> list[dict[str, object]]:
    """Where kept counts differ from the rows, each told by its keys and by how many too many."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            differing = [
                await connection.fetch(_differences(kept, settled))
                for kept in KINDS
                for settled in kept.settled
            ]
            differing.append(await connection.fetch(_CELLS_DIFFER))
    finally:
        await connection.close()
    return [dict(row) for rows in differing for row in rows]


async def recount(url: str) -> None:
    """Count everything anew; who writes what is counted waits meanwhile."""
    connection = await asyncpg.connect(url)
    try:
        for kept in KINDS:
            await connection.execute(f"select recount_{kept.kind}s()")
        await connection.execute("select recount_model_cells()")
    finally:
        await connection.close()
