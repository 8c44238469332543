"""Waiting for changes: however many wait, one question at a time is asked for all of them."""

import asyncio
from contextlib import suppress

from app.changes.service import NEWEST
from app.querying.read_sessions import ReadSessions

PAUSE = 0.25  # seconds between two questions


class Watch:
    """One per process. It asks only while somebody waits, who holds no connection meanwhile."""

    def __init__(self, read_sessions: ReadSessions) -> None:
        self._read_sessions = read_sessions
        self._asking: asyncio.Task[int] | None = None
        self._stopped = False

    async def wait(self, beyond: int, seconds: float) -> bool:
        """Whether a change of a transaction beyond one came to be told within some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._stopped:
                    if await self._next_answer() > beyond:
                        return True
        return False

    def stop(self) -> None:
        """Let nobody wait any longer: the process is to end."""
        self._stopped = True

    def _next_answer(self) -> asyncio.Future[int]:
        """The newest transaction whose changes can be told, as of now or later."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            # Who waits is told of a failure; it may be that nobody does any more.
            self._asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return asyncio.shield(self._asking)

    async def _ask(self) -> int:
        await asyncio.sleep(PAUSE)
        async with self._read_sessions.read_session() as read_session:
            return await read_session.connection.fetchval(NEWEST) or 0
