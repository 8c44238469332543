"""Keeping the kept counts: changes are added up from time to time, and compared with the rows."""

import asyncio
import logging
from contextlib import suppress

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from app.db.database import Database, driver_of
from app.statistics.tables import KEYS, WITHOUT_PERIOD

log = logging.getLogger("kheo.statistics")

PAUSE = 20  # seconds between two looks
MANY = 500  # changes that are worth adding up: fewer slow no count down
_ARE_MANY = f"select count(*) = {MANY} from (select from model_count_change limit {MANY}) changes"  # noqa: S608
SETTLE = "select settle_model_counts()"
_AWAY = (
    OSError,
    asyncpg.exceptions.PostgresError,
    asyncpg.exceptions.InterfaceError,
    SQLAlchemyError,
)


async def settle(database: Database) -> None:
    """Add the changes up if there are many; who only reads sees no difference."""
    async with database.reader() as connection:
        many = await connection.fetchval(_ARE_MANY)
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


def _differences(settled: str, keys: tuple[str, ...]) -> str:
    listed = ", ".join(keys)
    return f"""
        select {listed}, sum(count)::bigint as too_many
        from (
            select {listed}, count from {settled}
            union all select {listed}, count from model_count_change
            union all select {listed}, -count(*) from emulation_model group by {listed}
        ) every
        group by {listed} having sum(count) <> 0
    """  # noqa: S608 - put together from constants


async def drift(url: str) -> list[dict[str, object]]:
    """Where kept counts differ from the rows, each told by its keys and by how many too many."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            by_period = await connection.fetch(_differences("model_count", KEYS))
            of_all = await connection.fetch(
                _differences("model_count_of_all_periods", WITHOUT_PERIOD)
            )
    finally:
        await connection.close()
    return [dict(row) for row in (*by_period, *of_all)]


async def recount(url: str) -> None:
    """Count all models anew; writers of models wait meanwhile."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select recount_models()")
    finally:
        await connection.close()
