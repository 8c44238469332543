"""Runs migrations through the async engine, one process at a time.

Before the revisions come the functions that tables rest on, after them all other functions, views
and triggers (`app/db/repeatable.py`), in the same transaction.
"""

import asyncio
import json
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlmodel import AutoString, SQLModel

import app.tables  # noqa: F401 - fills the metadata
from app.config import settings
from app.db import repeatable, schema
from app.db.database import make_engine

MIGRATION_LOCK = 0x6B68656F  # "kheo": two processes that start together migrate in turn


# Alembic takes a temporal key for a plain one.
TEMPORAL = {
    "uq_locality_life",
    "uq_locality_version_valid",
    "uq_locality_version_code",
    "uq_locality_placement_valid",
    "fk_locality_version_life",
    "fk_locality_version_parent_life",
}


def is_compared(name: str | None, kind: str, _: object) -> bool:
    return not (kind.endswith("_constraint") and name in TEMPORAL)


def render_item(kind: str, item: object, _: object) -> str | Literal[False]:
    """A revision imports no SQLModel: its own type for `str` is a String."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def migrate(connection: Connection) -> None:
    connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            include_name=is_compared,
            render_item=render_item,
        )
        with context.begin_transaction():
            run(connection)
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(sa.text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


def run(connection: Connection) -> None:
    """Run revisions; at the head, and nowhere else, there are functions, views and triggers."""
    try:
        target = context.get_revision_argument()
    except KeyError:  # `check` and `revision` compare, and write nothing
        context.run_migrations()
        return
    current, head = context.get_context().get_current_revision(), context.get_head_revision()
    refuse_unknown(connection, current)
    repeatable.before(connection)
    if target != head:
        repeatable.drop(connection)
    context.run_migrations()
    if target == head:
        repeatable.after(connection, revised=current != head)
    elif target is None:
        repeatable.drop_stored(connection)


def refuse_unknown(connection: Connection, current: str | None) -> None:
    """Raise `Refused` for a database that other migrations made."""
    if current is None:
        return
    if not sa.inspect(connection).has_table("applied_sql"):
        raise repeatable.Refused(
            "this database was made before the first release and cannot be migrated:"
            " begin with an empty one."
        )
    known = ScriptDirectory.from_config(context.config).walk_revisions()
    if current not in {script.revision for script in known}:
        raise repeatable.Refused(
            f"this database was migrated to {current} by a newer release: start that one."
        )


def parse_json(connection: Any, _: object) -> None:
    """SQLAlchemy 2.1.9 takes a reflected column's collation for parsed JSON, asyncpg gives text."""
    connection.run_async(
        lambda driver: driver.set_type_codec(
            "json", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
        )
    )


async def online(url: str) -> None:
    engine = make_engine(url)
    sa.event.listen(engine.sync_engine, "connect", parse_json)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():  # the SQL of the revisions alone, to be read
    context.configure(
        dialect_name="postgresql", target_metadata=SQLModel.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    url = context.config.attributes.get("url") or schema.database_url(settings())
    asyncio.run(online(url))
