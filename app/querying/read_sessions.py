"""What requests read with: short reads on pooled connections, and the secret of cursors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from starlette.requests import Request

from app.db.database import Database
from app.querying.cursors import Cursors
from app.querying.references import ReadSession, References, empty_references

_REVISION = "select revision from reference_revision"


class ReadSessions:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.references = empty_references()
        self._cursors: Cursors | None = None

    @asynccontextmanager
    async def read_session(self, *, several: bool = False) -> AsyncIterator[ReadSession]:
        """Read on one connection; `several` statements see one state of the database."""
        share = None if self.database.reads_uncommitted else self._share
        async with self.database.reader(several=several) as connection:
            yield ReadSession(connection, self.references, share)

    async def catch_up(self) -> References:
        """The references as of what is committed now."""
        async with self.read_session() as read_session:
            await read_session.refresh(await read_session.connection.fetchval(_REVISION))
        return self.references

    def _share(self, references: References) -> None:
        if references.revision > self.references.revision:
            self.references = references

    async def cursors(self) -> Cursors:
        if self._cursors is None:
            async with self.database.reader() as connection:
                secret = await connection.fetchval("select value from secret where name = 'cursor'")
            self._cursors = Cursors(secret)
        return self._cursors


def read_sessions_of(request: Request) -> ReadSessions:
    return cast("ReadSessions", request.app.state.read_sessions)
