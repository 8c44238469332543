"""The database schema as the migrations make it."""

import asyncio
from pathlib import Path

import asyncpg

from app.config import Settings
from app.db import embedded, repeatable
from app.db.embedded import DATABASE

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NEWEST = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def upgrade(url: str) -> bool:
    """Bring the database to the newest schema; processes that start together take turns.

    False if there was nothing to do.
    """
    if asyncio.run(_is_newest(url)):
        return False
    from alembic import command  # noqa: PLC0415 - most starts find nothing to do
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return True


async def _is_newest(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        revision = await connection.fetchval("select version_num from alembic_version")
        applied = await connection.fetch("select key, digest, release from applied_sql")
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return revision == NEWEST and (
        any(repeatable.is_older(release) for _, _, release in applied)
        or {key: digest for key, digest, _ in applied} == repeatable.digests()
    )


def database_url(known: Settings) -> str:
    """Where the database is; starts the private server if it is needed."""
    if known.database_url is not None:
        return str(known.database_url)
    url = embedded.start(known.data_dir)
    asyncio.run(create_database(url))
    return url


async def create_database(url: str, name: str = DATABASE) -> None:
    """Create a database on the private server, if it is not there yet."""
    connection = await asyncpg.connect(url.replace(f"/{DATABASE}?", "/postgres?", 1))
    try:
        known = "select exists (select from pg_database where datname = $1)"
        if not await connection.fetchval(known, name):
            await connection.execute(
                f"create database {name} template template0 encoding 'UTF8'"
                " locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
            )
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another process made it at this moment
    finally:
        await connection.close()
