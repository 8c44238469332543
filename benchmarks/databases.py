"""The benchmark's databases: one for each size on a private server, or the one that is given."""

import asyncio
import os
from pathlib import Path

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


async def loaded(url: str) -> tuple[int, int, bool] | None:
    """How many models and decisions were loaded, and whether the load came to its end."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow("select models, decisions, complete from benchmark_load")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


def _named(url: str, name: str) -> str:
    return url.replace(f"/{embedded.DATABASE}?", f"/{name}?", 1)
