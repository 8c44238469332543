"""Filtered lists, newest first: the same rows as in any other order, page by page."""

from uuid import UUID

import httpx
import pytest

from app.db.database import driver_of
from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import OneTransaction
from tests.support.random_models import insert_models

FIVE_YEARS = shipped("campaign_period", "ca-mau-2023/2020-2025")
NESTED = shipped("campaign_period", "ca-mau-2023/2020-2023")
CA_MAU = id_of("province/96/2025-07-01")
FORMERLY_CA_MAU = id_of("province/96/-")
U_MINH = id_of("district/966/-")
KHANH_HOI = id_of("commune/32062/-")

# Registered at some levels and recognised at some, now and then before it was registered.
TRACKS = """
    with track as (
        select id, level, rank, day + 40 * (rank - 2) as registered, (
                day + (get_byte(uuid_send(id), 8 + rank) % 100 - 20) * 10
            ) as recognised,
            get_byte(uuid_send(id), rank) % 3 > 0 as has_registration,
            get_byte(uuid_send(id), 4 + rank) % 3 > 0 as has_recognition
        from emulation_model cross join unnest(array['grassroots', 'district', 'province'])
                with ordinality as each(level, place),
            lateral (select place::integer as rank) as ranked,
            lateral (select coalesce(registered_on_first, '2023-02-01') as day) as its
        where id = any($1)
    ), registrations as (
        insert into model_registration (id, model_id, level, registered_on)
        select gen_random_uuid(), id, level, registered::text from track where has_registration
    ), recognitions as (
        insert into model_recognition (id, model_id, level, recognised, decided_on)
        select gen_random_uuid(), id, level, true, recognised::text from track
        where has_recognition
    ), model as (
        select id,
            (array_agg(level order by rank desc) filter (where has_registration))[1] as registered,
            min(registered) filter (where has_registration) as registered_on,
            (array_agg(level order by rank desc) filter (where has_recognition))[1] as recognised,
            min(recognised) filter (where has_recognition) as recognised_on
        from track group by id
    )
    update emulation_model set
        registered_level = model.registered, registered_on = model.registered_on::text,
        recognised_level = model.recognised, recognised_on = model.recognised_on::text
    from model where model.id = emulation_model.id
"""
ORDER = """
    select id from emulation_model where id = any($1)
    order by registered_on_first desc nulls last, id desc
"""


QUERIES = [
    "field=economy",
    "field=none",
    "field=economy,political_system",
    "field=economy,none",
    "field=economy,culture_society&state=registered,recognised",
    "state=recognised,registered&participant_kind=individual",
    "registered_level=grassroots,province",
    "recognised_level=grassroots,province",
    "recognised_level=none",
    *(
        f"{step}_at={level}"
        for step in ("registered", "recognised")
        for level in ("grassroots", "district", "province", "central")
    ),
    "recognised_at=grassroots&registered_at=grassroots",
    "recognised_from=2023-01-01",
    "recognised_to=2022-06-30",
    "recognised_year=2022",
    "recognised_year=2021,2023",
    "recognised_year=2021,none",
    "registered_year=none",
    "registered_year=2022",
    *(
        f"track={step}:{levels}:{days}"
        for step in ("registered", "recognised")
        for levels in ("", "grassroots", "district,province")
        for days in (":2022-06-30", "2021-01-01:2023-06-30", "2023-01-01:")
    ),
    "recognised_to=2022-06-30&recognised_from=2022-01-01",
    "recognised_to=2022-06-30&recognised_at=grassroots",
    "recognised_to=2022-06-30&state=registered,recognised",
    f"campaign_period={FIVE_YEARS}",
    f"campaign_period={FIVE_YEARS},none",
    f"campaign_period={FIVE_YEARS}&recognised_to=2024-06-30",
    f"campaign_period={FIVE_YEARS}&under={CA_MAU}",
    *(f"under={unit}" for unit in (CA_MAU, FORMERLY_CA_MAU, U_MINH, KHANH_HOI)),
    *(f"under={unit}&map=recorded" for unit in (CA_MAU, FORMERLY_CA_MAU, U_MINH)),
    f"under={FORMERLY_CA_MAU}&map=2026-01-01",
    f"under={FORMERLY_CA_MAU}&state=registered,recognised&recognised_to=2024-01-01",
    f"district={U_MINH}",
    f"district={U_MINH},none&map=2025-06-30",
    f"district={U_MINH}&state=registered,recognised&recognised_to=2024-01-01",
    f"commune={KHANH_HOI}",
    f"province={FORMERLY_CA_MAU},{CA_MAU}&field=economy,political_system",
    f"under={id_of('country/VN/-')}&field=economy,political_system",
]


@pytest.fixture
async def many(database: OneTransaction) -> None:
    async with database.writer() as session:
        connection = await driver_of(session)
        ids = await insert_models(connection, 400, 7)
        await connection.execute(TRACKS, ids)
        await connection.execute(
            "update emulation_model set campaign_period_id = $2 where id = any($1)",
            ids[::5],
            UUID(str(NESTED)),
        )


async def pages(client: httpx.AsyncClient, query: str) -> list[str]:
    ids: list[str] = []
    url = f"/v1/models?{query}&limit=7"
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        ids += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    return ids


@pytest.mark.usefixtures("many")
async def test_are_those_of_another_order(
    client: httpx.AsyncClient, database: OneTransaction
) -> None:
    for query in QUERIES:
        others = await pages(client, f"{query}&sort=title")
        assert len(others) == len(set(others)), query
        async with database.reader() as connection:
            rows = await connection.fetch(ORDER, [UUID(id) for id in others])
        assert await pages(client, query) == [str(row["id"]) for row in rows], query


@pytest.mark.usefixtures("many")
async def test_are_some_of_all_kinds(client: httpx.AsyncClient, database: OneTransaction) -> None:
    async with database.reader() as connection:
        assert await connection.fetchval(
            "select count(*) > 20 from emulation_model where registered_on_first"
            " > recognised_on_first"
        )
    for query in ("recognised_at=grassroots", "recognised_to=2022-06-30", f"under={U_MINH}"):
        assert await pages(client, query), query
