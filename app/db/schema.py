"""The database schema as the migrations make it."""

import asyncio
from pathlib import Path

import asyncpg

from app.db.embedded import DATABASE

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NEWEST = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def upgrade(url: str) -> bool:
    """Bring the database to the newest revision; processes that start together take turns.

    False if there was nothing to do.
    """
    if asyncio.run(_revision(url)) == NEWEST:
        return False
    from alembic import command  # noqa: PLC0415 - most starts find nothing to do
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return True


async def _revision(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return revision
    finally:
        await connection.close()


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
