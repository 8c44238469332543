"""What requests read with: short reads on pooled connections, and the secret of cursors."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from starlette.requests import Request

from app.db.database import Database
from app.http.cursors import Cursors
from app.http.problems import Text, TooManyRequests
from app.http.references import Reading, References, nothing_kept_yet

STREAMS_OF_ONE_ADDRESS = 2
_REVISION = "select revision from reference_revision"


class Readings:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.references = nothing_kept_yet()
        self._cursors: Cursors | None = None
        self._streams: Counter[str] = Counter()

    @asynccontextmanager
    async def reading(self, *, several: bool = False) -> AsyncIterator[Reading]:
        """Read on one connection; `several` statements see one state of the database."""
        share = None if self.database.reads_uncommitted else self._share
        async with self.database.reader(several=several) as connection:
            yield Reading(connection, self.references, share)

    async def catch_up(self) -> References:
        """The references as of what is committed now."""
        async with self.reading() as reading:
            await reading.keep_up(await reading.connection.fetchval(_REVISION))
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

    def stream_slot(self, request: Request) -> "StreamSlot":
        """Take one of the places for whole lists that an address has; 429 if both are taken."""
        address = request.state.address
        if self._streams[address] >= STREAMS_OF_ONE_ADDRESS:
            raise TooManyRequests(
                Text(
                    f"At most {STREAMS_OF_ONE_ADDRESS} whole lists at once",
                    f"Tối đa {STREAMS_OF_ONE_ADDRESS} danh sách đầy đủ cùng lúc",
                ),
                headers={"Retry-After": "5"},
            )
        return StreamSlot(self._streams, address)


class StreamSlot:
    """A place taken, until it is released."""

    def __init__(self, taken: Counter[str], address: str) -> None:
        self._taken, self._address = taken, address
        taken[address] += 1

    def release(self) -> None:
        self._taken[self._address] -= 1
        if not self._taken[self._address]:
            del self._taken[self._address]


def readings_of(request: Request) -> Readings:
    return cast("Readings", request.app.state.readings)
