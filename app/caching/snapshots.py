"""The state of the database, named exactly.

`pg_current_snapshot()` names the set of committed transactions that a reader sees: equal text,
equal data. All requests that wait when the question is sent share one round trip.
"""

import asyncio
import time
from collections.abc import Callable

import asyncpg

_QUESTION = """
    select case when pg_is_in_recovery() then null else pg_current_snapshot()::text end
"""
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.exceptions.PostgresError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,
)
_PATIENCE = 2.0  # seconds for one answer
_PAUSE = 1.0  # seconds between attempts to connect


class Snapshots:
    """Asks one connection of its own, one question at a time."""

    def __init__(self, url: str, clear: Callable[[], None]) -> None:
        """`clear` is called when the connection was lost: numbers may then be used again."""
        self._url = url
        self._clear = clear
        self._connection: asyncpg.Connection | None = None
        self._waiting: list[asyncio.Future[str | None]] = []
        self._asking: asyncio.Task[None] | None = None
        self._tried_at = 0.0
        self.latency = 0.0  # seconds that the last question took

    def current(self) -> asyncio.Future[str | None]:
        """The snapshot as of now or later.

        None where nothing may be cached: the database is away, or it is a standby, whose snapshots
        leave running transactions out.
        """
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self._waiting.append(answer)
        if self._asking is None:
            self._asking = loop.create_task(self._ask())
        return answer

    async def _ask(self) -> None:
        while self._waiting:
            began = time.perf_counter()
            connection = self._connection or await self._connect()
            waiting, self._waiting = self._waiting, []  # later requests wait for the next question
            snapshot: str | None = None
            if connection is not None:
                try:
                    snapshot = await connection.fetchval(_QUESTION, timeout=_PATIENCE)
                except _AWAY:
                    self._lose()
            self.latency = time.perf_counter() - began
            for answer in waiting:
                if not answer.done():
                    answer.set_result(snapshot)
        self._asking = None

    async def _connect(self) -> asyncpg.Connection | None:
        if time.monotonic() - self._tried_at < _PAUSE:
            return None
        self._tried_at = time.monotonic()
        try:
            self._connection = await asyncpg.connect(self._url, timeout=_PATIENCE)
        except _AWAY:
            return None
        self._clear()
        return self._connection

    def _lose(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        self._clear()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
