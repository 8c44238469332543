"""Limit A: PostgreSQL makes the JSON, a minimal ASGI callable carries it."""

import os
from urllib.parse import parse_qs
from uuid import UUID

import asyncpg

ITEM = """
    json_build_object(
        'id', m.id, 'version', m.version, 'updated_at', m.updated_at,
        'title', m.title, 'summary', m.summary,
        'field', m.field, 'participant_kind', m.participant_kind,
        'locality', json_build_object(
            'id', p.id, 'level', p.level, 'code', p.code,
            'name', p.name, 'full_name', p.full_name, 'path', p.path),
        'host', case when h.id is not null then json_build_object('id', h.id, 'name', h.name) end,
        'owner_name', m.owner_name,
        'campaign_period',
            case when c.id is not null then json_build_object('id', c.id, 'name', c.name) end,
        'state', m.state,
        'registered_level', m.registered_level, 'registered_on', m.registered_on,
        'recognised_level', m.recognised_level, 'recognised_on', m.recognised_on)
"""
JOINS = """
    join benchmark_place p using (placement_id)
    left join organisation h on h.id = m.host_id
    left join campaign_period c on c.id = m.campaign_period_id
"""
ONE = f"select {ITEM}::text from emulation_model m {JOINS} where m.id = $1"
NEWEST = f"""
    select json_build_object(
        'items', json_agg({ITEM} order by m.registered_on_first desc, m.id desc))::text
    from (
        select * from emulation_model where registered_on_first is not null
        order by registered_on_first desc, id desc limit 50
    ) m {JOINS}
"""
CREATE = f"""
    with given as (
        select * from json_to_record($1::json) as body(
            title text, summary text, field text, participant_kind text, locality uuid, host uuid,
            campaign_period uuid, objective text, target text, registration json)
    ), m as (
        insert into emulation_model (
            id, title, aliases, summary, field, participant_kind, locality_id, host_id,
            campaign_period_id, objective, target, state, registered_level, registered_on)
        select uuidv7(), title, array[]::text[], summary, field, participant_kind, locality, host,
            campaign_period, objective, target, 'registered',
            registration->>'level', registration->>'registered_on'
        from given returning *
    ), registered as (
        insert into model_registration (id, model_id, level, registered_on)
        select uuidv7(), id, registered_level, registered_on from m
    )
    select {ITEM}::text from m {JOINS}
"""
# Of a province and period by commune, field and state.
COUNT = """
    select json_build_object('items', json_agg(json_build_object(
            'commune', case when p.level = 'commune' then json_build_object(
                'id', p.id, 'level', p.level, 'code', p.code,
                'name', p.name, 'full_name', p.full_name, 'path', p.path) end,
            'field', field, 'state', state, 'count', count,
            'rows', concat(
                '/v1/models?under=', $1, '&campaign_period=', $2, '&commune=', p.id,
                '&field=', coalesce(field, 'none'), '&state=', coalesce(state, 'none')))
            order by p.code, field, state),
        'total', sum(count))::text
    from (
        select placement_id, field, state, count(*) as count from emulation_model
        where campaign_period_id = $2 and placement_id = any(array(
                select id from locality_placement where within @> array[$1::uuid]))
            and province_id = (
                select province_id from locality_placement where within @> array[$1::uuid] limit 1)
        group by placement_id, field, state
    ) counted join benchmark_place p using (placement_id)
"""

pool = None


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    status = 200
    if scope["method"] == "POST":
        status, body = 201, await pool.fetchval(CREATE, (await read(receive)).decode())
    elif scope["path"] == "/v1/statistics/models":
        asked = parse_qs(scope["query_string"].decode())
        body = await pool.fetchval(
            COUNT, UUID(asked["under"][0]), UUID(asked["campaign_period"][0])
        )
    elif scope["path"] == "/v1/models":
        body = await pool.fetchval(NEWEST)
    else:
        body = await pool.fetchval(ONE, UUID(scope["path"][-36:]))
    body = body.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message.get("more_body", False)
    return body


async def lifespan(receive, send):
    global pool
    await receive()
    pool = await asyncpg.create_pool(os.environ["BENCHMARK_DATABASE"], min_size=6, max_size=6)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await pool.close()
    await send({"type": "lifespan.shutdown.complete"})
