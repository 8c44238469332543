"""One PostgreSQL for the run, migrated and loaded once; for each test a transaction rolled back."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import shipped_facts
from app.access.actors import Role
from app.access.service import issue_key
from app.access.tables import Agency
from app.config import Settings
from app.db import embedded, schema
from app.db.database import Database, driver_of, make_engine
from app.localities.load import id_of
from app.logs import configure_logging
from app.main import create_app

configure_logging("error")
SETTINGS = Settings(
    access_log=False,
    cache_bytes=0,
    rate_limit_reads="100000/second",
    rate_limit_writes="100000/second",
    rate_limit_verify="100000/second",
)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a migrated and loaded database on a server of its own."""
    directory = Path(tempfile.mkdtemp(prefix="kheo-test-", dir="/tmp"))
    url = embedded.start(directory)
    asyncio.run(_for_tests(url))
    asyncio.run(schema.create_database(url))
    schema.upgrade(url)
    asyncio.run(shipped_facts.load(url))
    asyncio.run(_copy(url))
    yield url
    embedded.stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


async def _for_tests(url: str) -> None:
    """Nothing has to outlive the server, and nothing but the tests changes a database."""
    connection = await asyncpg.connect(url.replace("/kheo?", "/postgres?"))
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        await connection.execute(f"alter system set {setting} = off")
    await connection.execute("select pg_reload_conf()")
    await connection.close()


async def _copy(url: str) -> None:
    """Copy the database for tests whose writes must be committed; nobody is connected to it yet."""
    connection = await asyncpg.connect(url.replace("/kheo?", "/postgres?"))
    await connection.execute("create database races template kheo")
    await connection.close()


class OneTransaction(Database):
    """A database whose readers and writers share one connection and its open transaction.

    Commits are savepoints, so the whole is rolled back with the test.
    """

    reads_uncommitted = True

    def __init__(self, url: str, connection: AsyncConnection) -> None:
        super().__init__(url)
        self._connection = connection

    @asynccontextmanager
    async def reader(self, *, several: bool = False) -> AsyncIterator[asyncpg.Connection]:
        del several
        yield await driver_of(self._connection)

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(
            self._connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
            await session.commit()


@pytest.fixture(scope="session")
async def engine(server: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(server)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def app(server: str) -> AsyncIterator[FastAPI]:
    """The application; its references are read once from what is committed."""
    database = Database(server)
    app = create_app(SETTINGS, database)
    read_sessions = app.state.read_sessions
    async with read_sessions.read_session() as read_session:
        await read_session.refresh(
            await read_session.connection.fetchval("select revision from reference_revision")
        )
    yield app
    await database.close()


@pytest.fixture
async def database(server: str, engine: AsyncEngine, app: FastAPI) -> AsyncIterator[OneTransaction]:
    async with engine.connect() as connection:
        transaction = await connection.begin()
        database = OneTransaction(server, connection)
        app.state.read_sessions.database = database
        yield database
        await transaction.rollback()


@pytest.fixture
async def session(database: OneTransaction) -> AsyncIterator[AsyncSession]:
    """A session in the transaction of the test, for factories."""
    async with database.writer() as session:
        yield session


@pytest.fixture
async def client(app: FastAPI, database: OneTransaction) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    del database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield client


class Keys:
    """Makes keys of agencies, as the header a request needs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self,
        *roles: str,
        unit: str = "country/VN/-",
        name: str = "",
        levels: Sequence[str] = (),
    ) -> dict[str, str]:
        """The key of an agency with these roles and levels, whose place is a shipped unit."""
        agency = name or " ".join((unit, *roles, *levels))
        async with self._database.writer() as session:
            secret = await issue_key(
                session,
                agency=agency,
                roles=[Role(role) for role in roles],
                place=id_of(unit),
            )
            if levels:
                found = await session.exec(select(Agency).where(Agency.name == agency))
                found.one().levels = list(levels)
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def keys(database: OneTransaction) -> Keys:
    return Keys(database)


class Races(NamedTuple):
    """An application whose requests run at once, each on a connection of its own."""

    client: httpx.AsyncClient
    keys: Keys


@pytest.fixture
async def races(server: str) -> AsyncIterator[Races]:
    """On a copy of the database, where what is written stays: each test makes its own things."""
    database = Database(server.replace("/kheo?", "/races?"))
    transport = httpx.ASGITransport(create_app(SETTINGS, database), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield Races(client, Keys(database))
    await database.close()
