"""The way to PostgreSQL: pooled connections for reads, sessions for writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

type_codecs_are_text = {"encoder": str, "decoder": str, "schema": "pg_catalog", "format": "text"}


_SETTINGS = {
    "jit": "off",  # every statement here is short: compiling takes longer than running it
    "random_page_cost": "1.1",  # of memory or a disk without heads: where a page lies is all one
}


class ReadConnection(asyncpg.Connection):
    """A pooled connection on which nothing is set, so that giving it back asks nothing."""

    def get_reset_query(self) -> str:
        return ""


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1).replace(
        "postgres://", "postgresql+asyncpg://", 1
    )


def make_engine(url: str, connections: int = 2) -> AsyncEngine:
    engine = create_async_engine(
        sqlalchemy_url(url),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args={"server_settings": _SETTINGS},
        json_deserializer=str,  # as on reading connections: JSON is carried on as text
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, *_: object) -> None:
    """Have the pool connect anew: what is sent past SQLAlchemy does not tell it of a loss."""
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


class Database:
    """One per process. Connections are made when first needed, so it can start before its server.

    A read runs on `reader()`: one statement, or one REPEATABLE READ transaction. A write runs on
    `writer()`: one session, one transaction, committed here and nowhere else.
    """

    # Whether readers see what no writer has committed: tests read inside their transaction.
    reads_uncommitted = False

    def __init__(self, url: str, read_connections: int = 6, write_connections: int = 8) -> None:
        self.url = url
        self._engine = make_engine(url, write_connections)
        self._read_connections = read_connections
        self._pool: asyncpg.Pool | None = None
        # The pool lets whoever comes at the right moment in first, and others wait for long.
        self._turns = asyncio.Semaphore(read_connections)

    async def _readers(self) -> asyncpg.Pool:
        if self._pool is None:
            pool = asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=self._read_connections,
                connection_class=ReadConnection,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                init=read_json_as_text,
                timeout=5,
                server_settings={"default_transaction_read_only": "on", **_SETTINGS},
            )
            self._pool = pool
            await pool
        return self._pool

    @asynccontextmanager
    async def reader(self, *, several: bool = False) -> AsyncIterator[asyncpg.Connection]:
        """A connection for one statement, or for `several` that see one state of the database."""
        pool = await self._readers()
        async with self._turns, pool.acquire() as connection:
            try:
                if several:
                    async with connection.transaction(isolation="repeatable_read", readonly=True):
                        yield connection
                else:
                    yield connection
            except asyncpg.exceptions.InternalClientError:
                connection.terminate()  # broken off in the middle of a message: of no more use
                raise

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
        await self._engine.dispose()


async def read_json_as_text(connection: asyncpg.Connection) -> None:
    """Leave JSON as PostgreSQL wrote it: answers carry it on unparsed."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, **type_codecs_are_text)


async def driver_of(connection: AsyncConnection | AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection of a session, inside the session's transaction.

    SQLAlchemy begins the transaction with its own first statement: a statement sent past it before
    that would be committed by itself.
    """
    if isinstance(connection, AsyncSession):
        if connection.new or connection.dirty or connection.deleted:
            await connection.flush()
        if "driver" not in connection.info:
            connection.info["driver"] = await driver_of(await connection.connection())
        return cast("asyncpg.Connection", connection.info["driver"])
    raw = await connection.get_raw_connection()
    adapted: Any = raw.dbapi_connection
    if adapted._transaction is None:  # noqa: SLF001
        await adapted._start_transaction()  # noqa: SLF001
    return cast("asyncpg.Connection", raw.driver_connection)
