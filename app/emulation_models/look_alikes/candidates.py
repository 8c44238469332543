"""Where look-alikes of a model are looked for: few rows, found by indexes, to be compared closely.

Of the same commune or host all are looked at. Elsewhere namesakes are found by the order of titles,
others by those words of the title that stand in the fewest models, as PostgreSQL counted when it
last analysed them: by all of them, then by all but one or two, which may be misspelt or another's
own. Words of the movement stand in a hundred thousand models; by such alone, only models of the
latest year are found. Every branch is bounded.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from app.emulation_models.look_alikes.likeness import (
    HIGH,
    WORTH_TELLING,
    Described,
    Likeness,
    all_words,
    likeness,
    telling_words,
)

MOST_TOLD = 20
SELDOM = 20_000  # models: the index goes through as many in a few milliseconds
MOST_WORDS = 4  # of a query: each more takes longer than it spares

_PLACE = """
    with own as materialized (
        select array(
            select unit.id
            from locality_placement, unnest(within) as lies (unit_id)
                join locality unit on unit.id = unit_id and unit.level = 'commune'
            where locality_placement.id = placement_on($2, null)) as communes
    ), place as materialized (
        select id from locality_placement
        where within && (select communes from own) or locality_id = $2
    )
"""
_NEAR = """
    (select id, search from emulation_model
     where placement_id = any (array(select id from place)) limit 2000)
    union all
    (select id, search from emulation_model
     where host_id = $3
     order by coalesce(registered_on_first, '-infinity') desc limit 2000)
"""
_NAMESAKES = """
    (select id, search
     from emulation_model, split_part(vietnamese_sort_key($4), chr(1), 1) as letters
     where sort_key >= letters || chr(1) and sort_key < letters || '!'  -- or it goes on
     order by sort_key, id limit 60)
"""
_LATEST_YEAR = """
    registered_year = (
        select registered_year from emulation_model
        order by coalesce(registered_on_first, '-infinity') desc limit 1)
"""
_NAMED = """
    select found.*
    from unnest(${parameter}::text[]) as asked (words), lateral (
        select id, search from emulation_model
        where ts_filter(search, '{{a}}') @@ asked.words::tsquery and {among} limit 150) found
"""
_ANYWHERE = f"""
    {_NAMESAKES}
    union all
    (
        {_NAMED.format(parameter=5, among="true")}
        union all
        {_NAMED.format(parameter=6, among=_LATEST_YEAR)}
        limit 400
    )
"""
# Those whose names share the most words with the one asked about, in as few words.
_CLOSEST = """
    (select id
     from (
        select distinct on (id) id, ts_filter(search, '{{a}}') as names
        from ({found}) found
     ) found
     order by
        (length(names) - length(ts_delete(names, $1::text[])))::real
            / (length(names) + cardinality($1::text[])) desc,
        id desc
     limit {most})
"""
_MODELS = """
    select id, title, aliases, summary, field,
        placement_id in (select id from place) as same_place,
        host_id is not null and host_id is not distinct from $3 as same_host
    from emulation_model join ({found}) found using (id)
    where state is distinct from 'merged'
"""
_CLOSEST_NEARBY = _CLOSEST.format(found=_NEAR, most=20)
_CLOSEST_ANYWHERE = _CLOSEST.format(found=_ANYWHERE, most=40)
_NEARBY = _PLACE + _MODELS.format(found=_CLOSEST_NEARBY)
_EVERYWHERE = _PLACE + _MODELS.format(found=f"{_CLOSEST_NEARBY} union {_CLOSEST_ANYWHERE}")
_KNOWN = """
    select word, coalesce(share, 0) * greatest(reltuples, 0) as models
    from unnest($1::text[]) as given (word)
        join search_word using (word)
        join pg_class on pg_class.oid = 'emulation_model'::regclass
        left join model_word_share using (word)
"""


class Queries(NamedTuple):
    """Words that models must have, as text search takes them, the likest models first."""

    anywhere: list[str]
    of_the_latest_year: list[str]


async def similar(
    connection: asyncpg.Connection, model: Described, locality: UUID | None
) -> list[dict[str, Any]]:
    """The models of the register most like this one, the likest first."""
    known = await connection.fetch(_KNOWN, telling_words(model.names))
    asked = queries({row["word"]: row["models"] for row in known})
    words, title = all_words(model.names), model.names[0]
    rows = await connection.fetch(_EVERYWHERE, words, locality, None, title, *asked)
    return _compared(model, rows, WORTH_TELLING)


async def similar_nearby(
    connection: asyncpg.Connection, model: Described, locality: UUID, host: UUID | None
) -> list[dict[str, Any]]:
    """The models of the same commune or host that may be this one."""
    rows = await connection.fetch(_NEARBY, all_words(model.names), locality, host)
    return _compared(model, rows, HIGH)


def queries(models: dict[str, float]) -> Queries:
    """What to ask for, by the number of models that each word stands in."""
    words = sorted(models, key=lambda word: (models[word], word))[:MOST_WORDS]
    asked = Queries([], [])
    for many in range(len(words), len(words) // 3, -1):
        for each in combinations(words, many):
            seldom = models[each[0]] <= SELDOM
            found_by = asked.anywhere if seldom else asked.of_the_latest_year
            found_by.append(" & ".join(f"'{word}'" for word in each))
    return asked


def _compared(
    model: Described, rows: Sequence[asyncpg.Record], least: float
) -> list[dict[str, Any]]:
    found: list[tuple[Likeness, asyncpg.Record]] = []
    for row in rows:
        other = Described((row["title"], *row["aliases"]), row["summary"], row["field"])
        alike = likeness(model, other, same_place=row["same_place"], same_host=row["same_host"])
        if alike.score >= least:
            found.append((alike, row))
    found.sort(key=lambda each: (-each[0].score, not each[1]["same_place"], each[1]["id"]))
    return [
        {
            "model": {"id": row["id"], "title": row["title"]},
            "score": alike.score,
            "reasons": list(alike.reasons),
        }
        for alike, row in found[:MOST_TOLD]
    ]
