"""A reform recorded in the database: rows, `under`, maps and counts are right at once."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.database import driver_of
from app.localities.load import id_of
from tests.conftest import OneTransaction

ON = "2026-10-01"
BEFORE, AFTER = "2026-06-01", "2026-11-01"
COUNTRY = id_of("country/VN/-")
CA_MAU, AN_GIANG = id_of("province/96/2025-07-01"), id_of("province/91/2025-07-01")
KHANH_LAM = id_of("commune/32062/2025-07-01")  # of Cà Mau
VINH_HOA = id_of("commune/31012/2025-07-01")  # of An Giang

INSERT = """
    insert into emulation_model (id, title, aliases, locality_id, registered_on, registered_level)
    values (gen_random_uuid(), $1, '{}', $2, $3, 'grassroots')
"""
END_VERSION = """
    update locality_version set valid = daterange(lower(valid), '2026-10-01')
    where locality_id = $1 and upper_inf(valid)
"""
END_PLACEMENT = """
    update locality_placement
    set valid = daterange(lower(valid), '2026-10-01'), within = within || $2::uuid[],
        province_id = $3
    where locality_id = $1 and upper_inf(valid)
"""
MOVE = (
    END_VERSION,
    """
    insert into locality_version
    select locality_id, daterange('2026-10-01', null), level, code, name, full_name, kind, $2, true
    from locality_version where locality_id = $1 and upper(valid) = '2026-10-01'
    """,
)
PLACE = """
    insert into locality_placement (locality_id, valid, ancestors, within, province_id)
    values ($1, daterange('2026-10-01', null), $2::uuid[], $2::uuid[], $3)
"""


@pytest.fixture
async def connection(database: OneTransaction) -> asyncpg.Connection:
    """The connection of the test, with a model of Khánh Lâm before and one after the reform."""
    async with database.writer() as session:
        connection = await driver_of(session)
    await connection.execute(INSERT, "trước", KHANH_LAM, "2026-03-01")
    await connection.execute(INSERT, "sau", KHANH_LAM, "2026-10-20")
    return connection


async def titles(client: httpx.AsyncClient, **query: Any) -> set[str]:
    answer = await client.get("/v1/models", params={**query, "registered_year": "2026"})
    assert answer.status_code == 200, answer.text
    return {item["title"] for item in answer.json()["items"]}


async def counted(client: httpx.AsyncClient, by: str, **query: Any) -> dict[str, int]:
    found = []
    # No roll-up knows of this filter, which all rows pass.
    for more in ({}, {"updated_since": "2000-01-01T00:00:00Z"}):
        query = {"by": by, "registered_from": "2026-01-01", **query, **more}
        answer = await client.get("/v1/statistics/models", params=query)
        assert answer.status_code == 200, answer.text
        serialized = answer.json()
        assert serialized["undivided"] == []
        found.append({item[by]["id"]: item["count"] for item in serialized["items"]})
    assert found[0] == found[1]
    return found[0]


async def by_province(client: httpx.AsyncClient, **query: Any) -> dict[str, int]:
    answer = await client.get("/v1/statistics/models", params={"by": "province", **query})
    return {item["province"]["id"]: item["count"] for item in answer.json()["items"]}


async def test_a_commune_moves_to_another_province(
    client: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    before = await by_province(client)
    assert await titles(client, under=CA_MAU) == {"trước", "sau"}
    await client.get("/v1/statistics/models", params={"by": "province", "map": AFTER})
    await connection.execute(MOVE[0], KHANH_LAM)
    await connection.execute(MOVE[1], KHANH_LAM, AN_GIANG)
    await connection.execute(END_PLACEMENT, KHANH_LAM, [AN_GIANG], AN_GIANG)
    await connection.execute(PLACE, KHANH_LAM, [COUNTRY, AN_GIANG, KHANH_LAM], AN_GIANG)

    assert await titles(client, under=CA_MAU) == {"trước"}
    assert await titles(client, under=AN_GIANG) == {"trước", "sau"}
    for map in ("recorded", BEFORE, AFTER):
        assert await titles(client, under=CA_MAU, map=map) == {"trước"}
        assert await titles(client, under=AN_GIANG, map=map) == {"trước", "sau"}
    recorded = {str(CA_MAU): 1, str(AN_GIANG): 1}
    assert await counted(client, "province") == recorded
    assert await counted(client, "province", map=BEFORE) == {str(CA_MAU): 2}
    assert await counted(client, "province", map=AFTER) == {str(AN_GIANG): 2}
    assert await counted(client, "commune", map=AFTER) == {str(KHANH_LAM): 2}
    after = await by_province(client)
    assert after[str(CA_MAU)] == before[str(CA_MAU)] - 1
    assert after[str(AN_GIANG)] == before.get(str(AN_GIANG), 0) + 1
    place = (await client.get(f"/v1/localities/{KHANH_LAM}")).json()
    assert place["path"] == "Xã Khánh Lâm, Tỉnh An Giang"
    versions = await connection.fetch(
        "select version from emulation_model where registered_on like '2026-%' order by 1"
    )
    assert [row["version"] for row in versions] == [2, 3]  # in a province then; also placed anew


async def test_a_commune_is_merged_into_another(
    client: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    await connection.execute("delete from emulation_model where registered_on = '2026-10-20'")
    await connection.execute(END_VERSION, KHANH_LAM)
    await connection.execute(
        "update locality set life = daterange(lower(life), '2026-10-01') where id = $1", KHANH_LAM
    )
    await connection.execute(
        "insert into locality_succession values ($1, $2, 'whole', '2026-10-01')",
        KHANH_LAM,
        VINH_HOA,
    )
    await connection.execute(END_PLACEMENT, KHANH_LAM, [VINH_HOA, AN_GIANG], AN_GIANG)

    assert await titles(client, under=VINH_HOA) == {"trước"}
    assert await titles(client, under=VINH_HOA, map="recorded") == {"trước"}
    assert await titles(client, under=KHANH_LAM) == {"trước"}
    assert await counted(client, "commune") == {str(KHANH_LAM): 1}
    assert await counted(client, "commune", map=BEFORE) == {str(KHANH_LAM): 1}
    assert await counted(client, "commune", map=AFTER) == {str(VINH_HOA): 1}
    assert await counted(client, "province", map=AFTER) == {str(AN_GIANG): 1}
    scanned = (
        await client.get(f"/v1/localities/{KHANH_LAM}/successors", params={"on": AFTER})
    ).json()
    assert [each["locality"]["id"] for each in scanned["items"]] == [str(VINH_HOA)]


async def test_rows_follow_placements_that_are_taken_away_and_made_anew(
    client: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    await connection.execute("delete from locality_placement where locality_id = $1", KHANH_LAM)
    assert await titles(client, under=CA_MAU) == set()
    await connection.execute(
        "insert into locality_placement (locality_id, valid, ancestors, within, province_id)"
        " values ($1, daterange('2025-07-01', null), $2::uuid[], $2::uuid[], $3)",
        KHANH_LAM,
        [COUNTRY, CA_MAU, KHANH_LAM],
        CA_MAU,
    )
    assert await titles(client, under=CA_MAU) == {"trước", "sau"}
    assert await counted(client, "province") == {str(CA_MAU): 2}


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ("organisation", "locality_id"),
        ("event", "locality_id"),
        ("campaign_period", "locality_id"),
        ("dataset", "subject_locality_id"),
    ],
)
async def test_everything_that_has_a_place_follows(
    connection: asyncpg.Connection, table: str, place: str
) -> None:
    await connection.execute(
        f"update {table} set {place} = $1 where id = (select id from {table} order by id limit 1)",
        KHANH_LAM,
    )
    placed = f"""
        select p.ancestors from {table} t join locality_placement p on p.id = t.placement_id
        where t.{place} = $1
    """
    rows = await connection.fetch(placed, KHANH_LAM)
    assert [row["ancestors"] for row in rows] == [[COUNTRY, CA_MAU, KHANH_LAM]]
    await connection.execute("delete from locality_placement where locality_id = $1", KHANH_LAM)
    assert await connection.fetch(placed, KHANH_LAM) == []
    lineage: list[UUID] = [COUNTRY, AN_GIANG, KHANH_LAM]
    await connection.execute(PLACE, KHANH_LAM, lineage, AN_GIANG)
    rows = await connection.fetch(placed, KHANH_LAM)
    assert [row["ancestors"] for row in rows] == [lineage]
