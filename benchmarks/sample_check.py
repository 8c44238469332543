"""Proves on a sample that a load gave what triggers and services would have given."""

from typing import Any

import asyncpg

from app.emulation_models.lifecycle import Decision, Registration, standing
from app.vocabularies.terms import Level, ModelState

_SAMPLE = 2_000  # rows of a table
_PLACED = ("emulation_model", "award_decision")
_SEARCHED = ("emulation_model", "award_decision", "award_recipient")
_MODELS = """
    select transition, state, registered_level, registered_on, recognised_level, recognised_on,
        exists (select from emulation_model a where a.derived_from_id = m.id) as adopted,
        array(select array[level, registered_on] from model_registration
              where model_id = m.id) as registrations,
        array(select array[level, recognised::text, decided_on] from model_recognition
              where model_id = m.id) as decisions,
        exists (select from locality_placement p where p.id = m.placement_id
                and p.locality_id = m.locality_id and p.valid @> m.dated_on) as placed
    from emulation_model m tablesample system_rows($1) where agency_id is null and dated_on is not null
"""


class Deviation(AssertionError):
    """A loaded row is not what the registry would have made of it."""


async def check_sample(connection: asyncpg.Connection) -> None:
    """Raise Deviation if a sampled row differs."""
    await connection.execute("create extension if not exists tsm_system_rows")
    for table in _PLACED:
        await _touch(connection, table)
    for table in _SEARCHED:
        unknown = await connection.fetchval(
            f"""
            select min(word) from {table} tablesample system_rows($1),
                unnest(tsvector_to_array(search)) as word
            where not exists (select from search_word known where known.word = word)
            """,  # noqa: S608 - names of our own tables
            _SAMPLE,
        )
        if unknown is not None:
            raise Deviation(f"{table}: the word {unknown} is not known")
    for model in await connection.fetch(_MODELS, _SAMPLE):
        if not model["placed"] or tuple(_standing(model)) != tuple(model)[1:6]:
            raise Deviation(f"{dict(model)} stands as {_standing(model)}")


async def _touch(connection: asyncpg.Connection, table: str) -> None:
    """Let the triggers do their work on some rows, compare, and take it back."""
    row = "to_jsonb({}) - 'version' - 'updated_at'"
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            f"create temp table was on commit drop as"
            f" select * from {table} tablesample system_rows({_SAMPLE})"  # noqa: S608
        )
        await connection.execute(f"update {table} set id = id where id in (select id from was)")  # noqa: S608
        differing = await connection.fetch(
            f"select {row.format('was')} as was, {row.format('now')} as now"  # noqa: S608
            f" from was join {table} now using (id)"
            f" where {row.format('was')} <> {row.format('now')} limit 1"
        )
    finally:
        await transaction.rollback()
    if differing:
        raise Deviation(f"{table}: {tuple(differing[0])}")


def _standing(model: Any) -> Any:
    return standing(
        [Registration(Level(level), on) for level, on in model["registrations"]],
        [Decision(Level(level), said == "true", on) for level, said, on in model["decisions"]],
        transition=model["transition"] and ModelState(model["transition"]),
        adopted=model["adopted"],
    )
