"""Where look-alikes of a model are looked for: few rows, found by indexes, to be compared closely.

A register holds the words of the movement a hundred thousand times. How often each occurs is what
PostgreSQL knows from its last ANALYZE; only seldom ones are looked up by themselves or in pairs,
frequent ones together, and among the registrations of the last two years. Every branch is bounded.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.emulation_models.look_alikes import (
    HIGH,
    WORTH_TELLING,
    Described,
    likeness,
    telling_words,
)

MOST_TOLD = 20

_ASKED = """
    with known as materialized (
        select word, coalesce(share, 0) * greatest(reltuples, 0) as rows
        from unnest($1::text[]) as given (word)
            join search_word using (word)
            join pg_class on pg_class.oid = 'emulation_model'::regclass
            left join model_word_share using (word)
        order by rows, word
    ), asked as materialized (
        select
            (select string_agg(quote_literal(word), ' | ')
             from (select word from known where rows < 2000 limit 4))::tsquery as rare,
            (select string_agg(quote_literal(word), ' & ')
             from (select word from known limit 2))::tsquery as two,
            (select string_agg(quote_literal(word), ' & ')
             from (select word from known limit 3))::tsquery as three,
            (select string_agg(quote_literal(word), ' & ') from known)::tsquery as every,
            (select string_agg(quote_literal(word), ' | ') from known)::tsquery as either,
            (select min(rows) < 20000 from known) as seldom,
            (select extract(year from registered_on_first)::integer from emulation_model
             order by coalesce(registered_on_first, '-infinity') desc limit 1) as year
    ), own as materialized (
        select array(
            select unit.id
            from locality_placement, unnest(within) as lies (unit_id)
                join locality unit on unit.id = unit_id and unit.level = 'commune'
            where locality_placement.id = placement_on($2, null)) as communes
    ), place as materialized (
        select id from locality_placement
        where within && (select communes from own) or locality_id = $2
    ), found as (
"""
_NEAR = """
    (select id, search from emulation_model
     where placement_id = any (array(select id from place))
        and ts_match_vq(search, (select either from asked)) limit 2000)
    union all
    (select id, search from (
        select id, search from emulation_model where host_id = $3
        order by coalesce(registered_on_first, '-infinity') desc limit 2000) of_host
     where search @@ (select either from asked))
"""
_OF_TWO_YEARS = """extract(year from registered_on_first)::integer = any (
    array[(select year from asked), (select year from asked) - 1])"""
_ANYWHERE = f"""
    union all
    (select id, search from emulation_model
     where search @@ (select rare from asked) limit 1000)
    union all
    (select id, search from emulation_model
     where search @@ (select two from asked) and (select seldom from asked) limit 400)
    union all
    (select id, search from emulation_model
     where search @@ (select three from asked) and (select seldom from asked) limit 400)
    union all
    (select id, search from emulation_model
     where ts_filter(search, '{{a}}') @@ (select three from asked)
        and not (select seldom from asked) and {_OF_TWO_YEARS} limit 400)
    union all
    (select id, search from emulation_model
     where ts_filter(search, '{{a}}') @@ (select every from asked) and {_OF_TWO_YEARS} limit 200)
"""  # noqa: S608 - put together from constants
_BEST = """
    )
    select model.id, model.title, model.aliases, model.summary, model.field,
        model.placement_id in (select id from place) as same_place,
        model.host_id is not null and model.host_id is not distinct from $3 as same_host
    from (
        select id,
            max(ts_rank('{0, 0, 0.4, 1}', search, (select either from asked))) as rank
        from found group by id order by rank desc, id desc limit $4
    ) best join emulation_model model using (id)
    where model.state is distinct from 'merged'
"""
_NEARBY = _ASKED + _NEAR + _BEST
_EVERYWHERE = _ASKED + _NEAR + _ANYWHERE + _BEST
_COMPARED_NEARBY, _COMPARED = 30, 60  # models that are compared closely


async def similar(
    connection: asyncpg.Connection, model: Described, locality: UUID | None
) -> list[dict[str, Any]]:
    """The models of the register most like this one, the likest first."""
    rows = await _found(connection, _EVERYWHERE, model, locality, None, _COMPARED)
    return _compared(model, rows, WORTH_TELLING)


async def similar_nearby(
    connection: asyncpg.Connection, model: Described, locality: UUID, host: UUID | None
) -> list[dict[str, Any]]:
    """The models of the same commune or host that may be this one."""
    rows = await _found(connection, _NEARBY, model, locality, host, _COMPARED_NEARBY)
    return _compared(model, rows, HIGH)


async def _found(
    connection: asyncpg.Connection,
    query: str,
    model: Described,
    locality: UUID | None,
    host: UUID | None,
    limit: int,
) -> Sequence[asyncpg.Record]:
    words = telling_words(model.names)
    rows: Sequence[asyncpg.Record] = await connection.fetch(query, words, locality, host, limit)
    return rows


def _compared(
    model: Described, rows: Sequence[asyncpg.Record], least: float
) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for row in rows:
        other = Described((row["title"], *row["aliases"]), row["summary"], row["field"])
        alike = likeness(model, other, same_place=row["same_place"], same_host=row["same_host"])
        if alike.score >= least:
            told.append(
                {
                    "model": {"id": row["id"], "title": row["title"]},
                    "score": alike.score,
                    "reasons": list(alike.reasons),
                }
            )
    told.sort(key=lambda each: (-each["score"], each["model"]["id"]))
    return told[:MOST_TOLD]
