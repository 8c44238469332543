"""Proves on a sample that a load gave what triggers and services would have given."""

from typing import Any

import asyncpg

from app.emulation_models.lifecycle import Decision, ModelRecord, Registration, standing
from app.http.partial_dates import partial_date
from app.vocabularies.terms import Level, ModelState

_SAMPLE = 2_000  # rows of a table
_PLACED = ("emulation_model", "award_decision")
_SEARCHED = ("emulation_model", "award_decision", "award_recipient")
_KEEP = "create temp table was on commit drop as select * from {table} tablesample system_rows({n})"
_TOUCH = "update {table} set id = id where id in (select id from was)"
_DIFFERING = """
    select to_jsonb(was) as was, to_jsonb(now) as now
    from was join {table} now using (id)
    where to_jsonb(was) - 'version' - 'updated_at' <> to_jsonb(now) - 'version' - 'updated_at'
    limit 1
"""
_UNKNOWN_WORD = """
    select min(word) from {table} tablesample system_rows($1),
        unnest(tsvector_to_array(search)) as word
    where not exists (select from search_word known where known.word = word)
"""
_MODELS = """
    select transition, state, registered_level, registered_on, recognised_level, recognised_on,
        exists (select from emulation_model a where a.derived_from_id = m.id) as adopted,
        array(select array[level, registered_on] from model_registration
              where model_id = m.id) as registrations,
        array(select array[level, recognised::text, decided_on] from model_recognition
              where model_id = m.id) as decisions,
        exists (select from locality_placement p where p.id = m.placement_id
                and p.locality_id = m.locality_id and p.valid @> m.dated_on) as placed,
        replicated = exists (select from emulation_model a where a.derived_from_id = m.id)
            and commended = exists (select from award_recipient r where r.model_id = m.id)
            as staged
    from emulation_model m tablesample system_rows($1)
    where objective is not null  -- of the shipped ones only reports tell
"""


class Deviation(AssertionError):
    """A loaded row is not what the registry would have made of it."""


async def check_sample(connection: asyncpg.Connection) -> None:
    """Raise Deviation if a sampled row differs."""
    await connection.execute("create extension if not exists tsm_system_rows")
    for table in _PLACED:
        await _touch(connection, table)
    for table in _SEARCHED:
        unknown = await connection.fetchval(_UNKNOWN_WORD.format(table=table), _SAMPLE)
        if unknown is not None:
            raise Deviation(f"{table}: the word {unknown} is not known")
    for model in await connection.fetch(_MODELS, _SAMPLE):
        if (
            not (model["placed"] and model["staged"])
            or tuple(_standing(model)) != tuple(model)[1:6]
        ):
            raise Deviation(f"{dict(model)} stands as {_standing(model)}")


async def _touch(connection: asyncpg.Connection, table: str) -> None:
    """Let the triggers do their work on some rows, compare, and take it back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(_KEEP.format(table=table, n=_SAMPLE))
        await connection.execute(_TOUCH.format(table=table))
        differing = await connection.fetchrow(_DIFFERING.format(table=table))
    finally:
        await transaction.rollback()
    if differing is not None:
        raise Deviation(f"{table}: {tuple(differing)}")


def _standing(model: Any) -> Any:
    return standing(
        ModelRecord(
            registrations=[
                Registration(Level(level), partial_date(on)) for level, on in model["registrations"]
            ],
            decisions=[
                Decision(Level(level), said == "true", partial_date(on))
                for level, said, on in model["decisions"]
            ],
            transition=model["transition"] and ModelState(model["transition"]),
            adopted=model["adopted"],
        )
    )
