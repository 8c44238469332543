"""The schema of a fresh database as SQL, for reviewers: `migrations/schema.sql`."""

import asyncio
import re
import subprocess
from pathlib import Path

import asyncpg

from app.db import embedded, schema

FILE = schema.MIGRATIONS / "schema.sql"
_SCRATCH = "kheo_schema"
# What is random, names versions, or sets how a restore runs.
_LEFT_OUT = re.compile(r"^(?:--|\\|SET |SELECT pg_catalog\.set_config).*\n", re.MULTILINE)


def fresh(data_dir: Path) -> str:
    """The schema of a database made for this on the private server."""
    server = embedded.start(data_dir)
    asyncio.run(_drop_scratch(server))
    asyncio.run(schema.create_database(server, _SCRATCH))
    url = server.replace(f"/{embedded.DATABASE}?", f"/{_SCRATCH}?")
    try:
        schema.upgrade(url)
        return of(url)
    finally:
        asyncio.run(_drop_scratch(server))


def of(url: str) -> str:
    """The schema of a database: the same text for the same tables, functions and triggers."""
    options = ("--schema-only", "--no-owner", "--no-privileges", "--no-comments")
    dumped = subprocess.run(  # noqa: S603 - of the wheel
        [embedded.PG_DUMP, *options, url], check=True, capture_output=True, text=True
    )
    return re.sub(r"\n{3,}", "\n\n", _LEFT_OUT.sub("", dumped.stdout)).strip() + "\n"


async def _drop_scratch(server: str) -> None:
    connection = await asyncpg.connect(server.replace(f"/{embedded.DATABASE}?", "/postgres?"))
    await connection.execute(f"drop database if exists {_SCRATCH}")
    await connection.close()
