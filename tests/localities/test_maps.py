"""`under` on any day's map: as recorded, rolled up, or both."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.localities.load import id_of

KIEN_GIANG, AN_GIANG = id_of("province/91/-"), id_of("province/91/2025-07-01")
CAM_XUYEN, HA_TINH_CITY = id_of("district/446/-"), id_of("district/436/-")
U_MINH_THUONG, TRAN_HOI = id_of("district/913/-"), id_of("commune/32107/-")
CA_MAU = id_of("province/96/2025-07-01")
LONG_AN, TAY_NINH = id_of("province/80/-"), id_of("province/80/2025-07-01")
COUNTRY = id_of("country/VN/-")
BEFORE, REGROUPED, TODAY = "2024-06-01", "2025-03-01", "2026-11-01"


async def total(client: httpx.AsyncClient, path: str, **query: Any) -> int:
    answer = await client.get(path, params={"count": "true", "limit": 200, **query})
    assert answer.status_code == 200, answer.text
    serialized = answer.json()
    assert len(serialized["items"]) == serialized["total"]
    return int(serialized["total"])


class TestUnder:
    async def test_what_lies_in_a_province_at_last_is_within_it(
        self, session: AsyncSession
    ) -> None:
        strays = """
            select count(*) from locality_placement
            where province_id is not null and not within @> array[province_id]
        """
        assert await session.scalar(sa.text(strays)) == 0

    async def test_what_is_of_one_former_province_knows_it(self, session: AsyncSession) -> None:
        """All but the country, 23 provinces merged of others, and 23 communes of several."""
        unknown = """
            select count(distinct locality_id) from locality_placement
            where first_province_id is null
        """
        assert await session.scalar(sa.text(unknown)) == 1 + 23 + 23
        former = """
            select array_agg(distinct first_province_id) from locality_placement
            where province_id = :province and lower(valid) >= '2025-07-01'
        """
        found = await session.scalar(sa.text(former), {"province": AN_GIANG})
        assert {*found} == {KIEN_GIANG, id_of("province/89/-"), None}

    @pytest.mark.parametrize("map", [None, "recorded", BEFORE, REGROUPED, TODAY])
    @pytest.mark.parametrize(
        ("unit", "count"),
        [
            (COUNTRY, 59),
            (KIEN_GIANG, 4),
            (AN_GIANG, 4),
            (LONG_AN, 15),
            (TAY_NINH, 15),
            (U_MINH_THUONG, 4),
            # Cẩm Bình and Cẩm Vịnh went from Cẩm Xuyên to the city before the districts ended.
            (CAM_XUYEN, 6),
            (HA_TINH_CITY, 10),
            # Trần Hợi was divided: it is wholly in none of its successors.
            (TRAN_HOI, 1),
            (id_of("commune/32095/2025-07-01"), 0),
            (CA_MAU, 24),
        ],
    )
    async def test_selects_what_lay_or_has_come_to_lie_in_a_unit_whatever_the_map(
        self, client: httpx.AsyncClient, unit: str, count: int, map: str | None
    ) -> None:
        query = {"map": map} if map else {}
        assert await total(client, "/v1/models", under=str(unit), **query) == count

    @pytest.mark.parametrize(
        ("path", "count"),
        [
            ("/v1/organisations", 11),
            ("/v1/events", 1),
            ("/v1/campaign-periods", 2),
            ("/v1/award-decisions", 2),
            ("/v1/awards", 3),
            ("/v1/publications", 1),
            ("/v1/observations", 6),
        ],
    )
    async def test_is_the_same_in_every_list(
        self, client: httpx.AsyncClient, path: str, count: int
    ) -> None:
        queries: list[dict[str, str]] = [{}, {"map": "recorded"}, {"map": BEFORE}, {"map": TODAY}]
        found = [await total(client, path, under=str(AN_GIANG), **query) for query in queries]
        assert found == [count] * 4

    async def test_is_the_same_of_localities(self, client: httpx.AsyncClient) -> None:
        async def communes(unit: str, **query: str) -> int:
            query = {"as_of": "2025-03-01", "level": "commune", "count": "true", **query}
            answer = await client.get("/v1/localities", params={"under": str(unit), **query})
            assert answer.status_code == 200, answer.text
            return int(answer.json()["total"])

        for unit, count in ((HA_TINH_CITY, 27), (CA_MAU, 164)):
            for map in ("recorded", BEFORE, TODAY):
                assert await communes(str(unit), map=map) == await communes(str(unit)) == count

    async def test_refuses_what_is_no_map(self, client: httpx.AsyncClient) -> None:
        for map in ("today", "2025-02-30", "", "any"):
            answer = await client.get("/v1/models", params={"under": str(CA_MAU), "map": map})
            assert answer.status_code == 422, map
            assert answer.json()["errors"][0]["parameter"] == "map"


class TestCountedIn:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({"province": str(KIEN_GIANG)}, 4),
            ({"province": str(AN_GIANG)}, 0),
            ({"province": str(AN_GIANG), "map": TODAY}, 4),
            ({"province": f"{AN_GIANG},{TAY_NINH}", "map": TODAY}, 19),
            ({"province": "none"}, 0),
            ({"district": str(CAM_XUYEN)}, 6),
            ({"district": str(CAM_XUYEN), "map": REGROUPED}, 3),
            ({"district": "none", "under": str(LONG_AN)}, 14),
            ({"commune": "none", "under": str(U_MINH_THUONG)}, 0),
            ({"commune": str(U_MINH_THUONG)}, 0),
            ({"undivided": str(TRAN_HOI)}, 1),
            ({"undivided": str(U_MINH_THUONG)}, 0),
            ({"registered_year": "none"}, 59),
            ({"registered_year": "2023,none"}, 59),
            ({"recognised_year": "2023"}, 0),
        ],
    )
    async def test_the_filters_of_links(
        self, client: httpx.AsyncClient, query: dict[str, str], count: int
    ) -> None:
        assert await total(client, "/v1/models", **query) == count
