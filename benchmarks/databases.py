"""The benchmark's databases: one for each size on a private server, or the one that is given."""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import asyncpg

from app.config import settings
from app.db import embedded, schema

SEED_TABLE = """
    create table if not exists benchmark_load (
        models integer not null, decisions integer not null, complete boolean not null)
"""


def home() -> Path:
    """The benchmark's data directory."""
    return Path(os.environ.get("KHEO_BENCHMARK_DIR", "var/benchmarks")).resolve()


def given_url() -> str | None:
    known = settings().database_url
    return None if known is None else str(known)


def url_for(models: int) -> str:
    """The database for a register of this size; an empty one if it is not there yet."""
    given = given_url()
    if given is not None:
        return given
    private = embedded.start(home())
    name = f"models_{models}"
    asyncio.run(schema.create_database(private, name))
    return _named(private, name)


def drop(models: int) -> None:
    """Drop the private server's database of this size."""
    private = embedded.start(home())

    async def dropped() -> None:
        connection = await asyncpg.connect(_named(private, "postgres"))
        await connection.execute(f"drop database if exists models_{models:d} (force)")
        await connection.close()

    asyncio.run(dropped())


class Load(NamedTuple):
    """How many were loaded, and whether the load came to its end."""

    models: int
    decisions: int
    complete: bool


async def loaded(url: str) -> Load | None:
    """What the benchmark loaded into a database."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow("select models, decisions, complete from benchmark_load")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return None if row is None else Load(*row)


def _named(private: str, name: str) -> str:
    """The address of a database of the private server.

    A socket is named twice: the registry's settings want a host in its place, SQLAlchemy in the
    query.
    """
    address, _, query = private.replace(f"/{embedded.DATABASE}", f"/{name}", 1).partition("?")
    host = quote(unquote(query.removeprefix("host=")), safe="")
    return f"{address.replace('@/', f'@{host}/')}?{query}".removesuffix("?")
