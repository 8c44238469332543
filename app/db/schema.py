"""The database schema as the migrations make it."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations
from app.db.embedded import DATABASE


def alembic_config(url: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["url"] = url
    return config


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def upgrade(url: str) -> None:
    """Bring the database to the newest revision; processes that start together take turns."""
    command.upgrade(alembic_config(url), "head")


async def create_database(url: str, name: str = DATABASE) -> None:
    """Create a database on the private server, if it is not there yet."""
    connection = await asyncpg.connect(url.replace(f"/{DATABASE}?", "/postgres?", 1))
    try:
        await connection.execute(
            f"create database {name} template template0 encoding 'UTF8'"
            " locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
        )
    except asyncpg.DuplicateDatabaseError:
        pass
    except asyncpg.UniqueViolationError:  # another process creates it at this moment
        await asyncio.sleep(1)
    finally:
        await connection.close()
