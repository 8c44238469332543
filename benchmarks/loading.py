"""Loads a generated register: COPY by every core, then indexes, keys and known words set-based.

What triggers and indexes would do row by row is switched off meanwhile. The generator gives the
places and standings that triggers and services would have given; `sample_check` proves it.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import shipped_facts
from app.db import schema
from app.statistics import verification
from app.statistics.settling import SETTLE
from app.statistics.tables import ROLL_UPS
from benchmarks import databases
from benchmarks.country import Country
from benchmarks.generator import COLUMNS, Generator
from benchmarks.sample_check import check_sample
from benchmarks.vocabulary import Vocabulary

_SECONDARY_INDEXES = """
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index left join pg_constraint on conindid = indexrelid
    where indrelid = any($1::text[]::regclass[]) and conindid is null
"""
_FOREIGN_KEYS = """
    select conrelid::regclass::text as relation, quote_ident(conname) as name,
        pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and conrelid = any($1::text[]::regclass[])
"""
_SEARCHED = """
    select attrelid::regclass::text as relation from pg_attribute
    where attrelid = any($1::text[]::regclass[]) and attname = 'search' and not attisdropped
"""
_WORDS = "select unnest(tsvector_to_array(search)) from {}"
# What competitors read beside the app's tables: an index of their own, and places as they would
# keep them, with the path in a column.
_FOR_COMPETITORS = (
    """
    create materialized view benchmark_place as
    select p.id as placement_id, p.locality_id as id, l.level, l.code, v.name, v.full_name, (
        select string_agg(above.full_name, ', ' order by up.depth desc)
        from unnest(p.ancestors) with ordinality up(id, depth)
            join locality_version above on above.locality_id = up.id
                and above.valid @> coalesce(lower(p.valid), upper(p.valid) - 1, '2000-01-01')
        where up.depth > 1 or cardinality(p.ancestors) = 1) as path
    from locality_placement p
        join locality l on l.id = p.locality_id
        join locality_version v on v.locality_id = l.id
            and v.valid @> coalesce(lower(p.valid), upper(p.valid) - 1, '2000-01-01')
    """,
    "create unique index on benchmark_place (placement_id)",
    """
    create index benchmark_newest on emulation_model (registered_on_first desc, id desc)
    where registered_on_first is not null
    """,
)

console = Console(stderr=True)


class AlreadyLoaded(ValueError):
    """The database holds another register."""


def load(models: int, decisions: int | None = None, *, fresh: bool = False) -> str:
    """Make the database for a register of this size unless it is there; returns its URL.

    `fresh` drops what is there, for example after a change of the schema.
    """
    decisions = models // 10 if decisions is None else decisions
    if fresh and databases.given_url() is None:
        databases.drop(models)
    url = databases.url_for(models)
    found = asyncio.run(databases.loaded(url))
    if found == (models, decisions, True):
        return url
    if found is not None:
        if databases.given_url() is not None:
            raise AlreadyLoaded(f"the given database holds something else: {found}")
        databases.drop(models)
        url = databases.url_for(models)
    schema.upgrade(url)
    asyncio.run(shipped_facts.load(url))
    asyncio.run(_load(url, models, decisions))
    return url


async def _load(url: str, models: int, decisions: int) -> None:
    connection = await asyncpg.connect(url)
    tables = list(COLUMNS)
    await connection.execute(databases.SEED_TABLE)
    await connection.execute("insert into benchmark_load values ($1, $2, false)", models, decisions)
    with _stage("bodies and periods"):
        await _load_country(connection)
    indexes = await connection.fetch(_SECONDARY_INDEXES, tables)
    keys = await connection.fetch(_FOREIGN_KEYS, tables)
    async with connection.transaction():
        for key in keys:
            await connection.execute(f"alter table {key['relation']} drop constraint {key['name']}")
        for index in indexes:
            await connection.execute(f"drop index {index['name']}")
        for table in tables:
            await connection.execute(f"alter table {table} disable trigger user")
    with _stage(f"{models:,} models and {decisions:,} award decisions"):
        _copy_all(url, models, decisions)
    with _stage(f"{len(indexes)} indexes and known words"):
        searched = await connection.fetch(_SEARCHED, tables)
        words = " union ".join(_WORDS.format(row["relation"]) for row in searched)
        learn = f"insert into search_word {words} on conflict do nothing"
        await _by_all_cores(url, [learn, *(index["definition"] for index in indexes)])
    with _stage(f"{len(keys)} foreign keys, statistics"):
        for key in keys:
            await connection.execute(
                f"alter table {key['relation']} add constraint {key['name']} {key['definition']}"
            )
        for table in tables:
            await connection.execute(f"alter table {table} enable trigger user")
        await verification.rebuild(url)
        for roll_up in ROLL_UPS:
            await SETTLE[roll_up].rows(connection)
        for statement in _FOR_COMPETITORS:
            await connection.execute(statement)
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    with _stage("a sample, against what triggers and services give"):
        await check_sample(connection)
    await connection.execute("update benchmark_load set complete = true")
    await connection.close()


async def _load_country(connection: asyncpg.Connection) -> None:
    country = await Country.read(connection)
    async with connection.transaction():
        await _insert(connection, "organisation", country.organisations())
        await _insert(connection, "campaign_period", country.campaign_periods())


async def _insert(
    connection: asyncpg.Connection, table: str, rows: Iterator[dict[str, Any]]
) -> None:
    listed = list(rows)
    columns = list(listed[0])
    await connection.copy_records_to_table(
        table, columns=columns, records=[tuple(row.values()) for row in listed]
    )


# ---- COPY by every core -----------------------------------------------------------------------


def _copy_all(url: str, models: int, decisions: int) -> None:
    processes = os.cpu_count() or 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars,
        ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), _begin, (url, models, decisions)
        ) as pool,
    ):
        bar = bars.add_task("models", total=models)
        chunks = [pool.submit(_copy_chunk, number) for number in Generator.chunks_of(models)]
        for chunk in as_completed(chunks):
            bars.advance(bar, chunk.result())


class _Loader:
    """One process that generates and copies."""

    def __init__(self, url: str, models: int, decisions: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.connection = self.loop.run_until_complete(asyncpg.connect(url))
        self.loop.run_until_complete(self.connection.execute("set synchronous_commit = off"))
        country = self.loop.run_until_complete(Country.read(self.connection))
        vocabulary = Vocabulary(place.name for place in country.places)
        self.generator = Generator(country, vocabulary, models, decisions)

    async def copy(self, number: int) -> None:
        for table, lines in self.generator.chunk(number).items():
            await self.connection.copy_to_table(
                table, source=_once(lines), columns=COLUMNS[table], format="text"
            )


_loader: _Loader | None = None


def _begin(url: str, models: int, decisions: int) -> None:
    global _loader  # noqa: PLW0603 - what a process of the pool keeps
    _loader = _Loader(url, models, decisions)


def _copy_chunk(number: int) -> int:
    assert _loader is not None
    _loader.loop.run_until_complete(_loader.copy(number))
    return len(_loader.generator.rows_of(number))


async def _once(lines: bytes) -> Any:
    yield lines


async def _by_all_cores(url: str, statements: Sequence[str]) -> None:
    waiting = list(reversed(statements))

    async def work() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("set maintenance_work_mem = '512MB'; set work_mem = '256MB'")
        while waiting:
            await connection.execute(waiting.pop())
        await connection.close()

    await asyncio.gather(*(work() for _ in range(os.cpu_count() or 1)))


@contextmanager
def _stage(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    console.print(f"{time.perf_counter() - began:7.1f} s  {name}")
