"""Databases beside the one of the run, for tests of migrations and commands."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
from alembic.config import Config

from app.db import schema


def of(server: str, name: str) -> str:
    """The URL of another database of the test server."""
    return server.replace("/kheo?", f"/{name}?")


def as_setting(url: str) -> str:
    """The same address as KHEO_DATABASE_URL takes it."""
    parts = urlsplit(url)
    return f"postgresql://{parts.path}?host={parse_qs(parts.query)['host'][0]}&user=postgres"


def fetch(url: str, query: str, *arguments: object) -> list[Any]:
    """The first column of what a query finds."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return [row[0] for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def execute(url: str, script: str) -> None:
    """Run statements, each committed by itself."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in script.split(";\n"):
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def alembic(url: str, migrations: object = schema.MIGRATIONS) -> Config:
    """Alembic on a database, with the migrations of a folder."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["url"] = url
    return config
