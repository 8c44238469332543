"""Counting the register: every count adds up, and its link lists exactly the rows counted."""

import json
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.database import driver_of
from app.localities.load import id_of
from tests.conftest import Keys, OneTransaction
from tests.support.awarding import AN_GIANG, MEDALS, decision_id, record, revoke
from tests.support.random_models import insert_models, settle

TRAN_HOI, KIEN_GIANG = "commune/32107/-", "province/91/-"
TODAY, BEFORE, REGROUPED = "2026-11-01", "2024-06-01", "2025-03-01"

# One place that was recorded in a province and has since gone into another than the rest.
PART = """
    with parted as (
        update locality_placement set within = array_remove(within, $1) where id = (
            select p.id from locality_placement p
                join emulation_model model on model.placement_id = p.id
            where p.ancestors[2] = $1 order by model.id limit 1)
        returning id)
    select count(*) from emulation_model where placement_id in (select id from parted)
"""

Json = dict[str, Any]


@pytest.fixture
async def many(database: OneTransaction) -> None:
    async with database.writer() as session:
        connection = await driver_of(session)
        await insert_models(connection, 60, 1)
        await settle(connection)
        await insert_models(connection, 30, 2)


async def count(client: httpx.AsyncClient, what: str = "models", **query: Any) -> Json:
    answer = await client.get(f"/v1/statistics/{what}", params=query)
    assert answer.status_code == 200, answer.text
    serialized: Json = answer.json()
    return serialized


async def check(client: httpx.AsyncClient, serialized: Json) -> None:
    """Everything adds up, and every link lists what was counted."""
    rows = [*serialized["items"], *serialized["undivided"]]
    assert sum(row["count"] for row in rows) == serialized["total"]
    keys = [json.dumps([row[name] for name in serialized["by"]]) for row in serialized["items"]]
    assert len(set(keys)) == len(keys)
    for row in rows:
        joined = "&" if "?" in row["rows"] else "?"
        listed = await client.get(f"{row['rows']}{joined}count=true&limit=1")
        assert listed.status_code == 200, listed.text
        assert listed.json()["total"] == row["count"], row


def without_links(serialized: Json) -> Json:
    for row in (*serialized["items"], *serialized["undivided"]):
        del row["rows"]
    return serialized


BYS = [
    "",
    "field",
    "field,state",
    "participant_kind,registered_level,recognised_level",
    "campaign_period",
    "registered_year,recognised_year",
    "host_kind",
    "province",
    "province,field,state",
    "province,campaign_period",
    "district,province",
    "commune",
]


@pytest.mark.usefixtures("many")
class TestCountModels:
    @pytest.mark.parametrize(
        ("by", "map"),
        [
            *((by, None) for by in BYS),
            *((by, TODAY) for by in ("province,field,state", "commune")),
            *((by, map) for by in ("province", "district,province") for map in (BEFORE, REGROUPED)),
        ],
    )
    async def test_adds_up_and_links_to_exactly_the_rows_counted(
        self, client: httpx.AsyncClient, by: str, map: str | None
    ) -> None:
        query = ({"by": by} if by else {}) | ({"map": map} if map else {})
        under = {"under": str(id_of("province/96/2025-07-01"))} if "commune" in by else {}
        serialized = await count(client, **query, **under)
        if not under:
            assert serialized["total"] == 59 + 90
        await check(client, serialized)

    @pytest.mark.parametrize(
        "query",
        [
            {"field": "economy,none"},
            {"campaign_period": "none"},
            {"state": "none", "registered_level": "grassroots"},
            {"under": str(id_of("country/VN/-"))},
            {"under": str(id_of("province/96/2025-07-01"))},
            {"under": str(id_of(KIEN_GIANG)), "map": "recorded"},
            {"under": str(id_of("district/913/-"))},
            {"registered_from": "2023-01-01", "registered_to": "2024-12-31"},
            {"recognised_at": "province", "commended": "false"},
            {"host_kind": "womens_union", "replicated": "false"},
            {"q": "mo hinh 1/1"},
            {"registered_year": "2023", "field": "economy"},
        ],
    )
    async def test_takes_every_filter_of_the_list(
        self, client: httpx.AsyncClient, query: dict[str, str]
    ) -> None:
        answer = await client.get("/v1/models", params={**query, "count": "true"})
        for by in ("field,province", "registered_year"):
            serialized = await count(client, by=by, **query)
            assert serialized["total"] == answer.json()["total"]
            if "q" not in query:
                await check(client, serialized)

    @pytest.mark.parametrize("what", ["models", "funnel"])
    @pytest.mark.parametrize("map", ["recorded", BEFORE, TODAY])
    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"by": "province"},
            {"by": "province,state,recognised_level", "field": "economy,none"},
            {"by": "field,participant_kind,registered_level"},
            {"by": "province,campaign_period"},
            {"by": "state", "campaign_period": "none"},
            {"by": "field", "under": str(id_of(KIEN_GIANG))},
            {"by": "field", "under": str(id_of("province/96/2025-07-01"))},
            {"by": "province,state", "under": str(id_of("province/96/2025-07-01"))},
            {"by": "state", "province": f"{id_of(KIEN_GIANG)},{id_of(AN_GIANG)}"},
            {"by": "province", "province": f"{id_of(KIEN_GIANG)},none"},
            {"under": str(id_of("district/913/-"))},
            {"by": "commune,field,state", "under": str(id_of(KIEN_GIANG))},
            {"by": "commune", "under": str(id_of("province/96/2025-07-01"))},
            {"by": "commune,campaign_period", "under": str(id_of(AN_GIANG))},
            {
                "by": "host_kind,registered_year,recognised_year",
                "under": str(id_of(KIEN_GIANG)),
                "campaign_period": "none",
            },
            {
                "by": "participant_kind,recognised_level,registered_level",
                "under": str(id_of(KIEN_GIANG)),
                "campaign_period": "none",
            },
            {"by": "commune", "under": str(id_of(KIEN_GIANG)), "field": "economy,none"},
            {"by": "host_kind", "under": str(id_of(AN_GIANG)), "recognised_level": "none"},
            {
                "by": "commune,state",
                "under": str(id_of(KIEN_GIANG)),
                "state": "registered,recognised,draft",
                "registered_level": "grassroots,district,province",
            },
            {
                "by": "registered_year",
                "under": str(id_of(KIEN_GIANG)),
                "registered_year": "2023,2024,none",
                "commended": "false",
            },
            {"by": "host_kind", "province": str(id_of(AN_GIANG)), "replicated": "false"},
        ],
    )
    async def test_counts_the_same_from_the_rows_and_from_the_roll_up(
        self, client: httpx.AsyncClient, query: dict[str, str], map: str, what: str
    ) -> None:
        query = query | {"map": map}
        rolled_up = await count(client, what, **query)
        # No roll-up knows of this filter, which all models pass.
        rows = await count(client, what, **query, updated_since="2000-01-01T00:00:00Z")
        assert without_links(rolled_up) == without_links(rows)

    @pytest.mark.parametrize("by", ["field", "province,state"])
    async def test_counts_a_former_province_that_was_parted_between_two(
        self, client: httpx.AsyncClient, session: AsyncSession, by: str
    ) -> None:
        former = {"by": by, "under": str(id_of(KIEN_GIANG))}
        whole = await count(client, **former)
        gone = await (await driver_of(session)).fetchval(PART, id_of(KIEN_GIANG))
        rolled_up = await count(client, **former)
        assert 0 < gone < whole["total"]
        assert rolled_up["total"] == whole["total"] - gone
        rows = await count(client, **former, updated_since="2000-01-01T00:00:00Z")
        assert without_links(rolled_up) == without_links(rows)

    async def test_counts_what_the_rows_say(self, client: httpx.AsyncClient) -> None:
        lines = (await client.get("/v1/models?format=ndjson")).text.splitlines()
        models = [json.loads(line) for line in lines]

        def year(day: str | None) -> int | None:
            return None if day is None or day.startswith("-") else int(day[:4])

        expected = Counter(
            (model["field"], model["state"], year(model["registered_on"])) for model in models
        )
        serialized = await count(client, by="field,state,registered_year")
        assert {
            (item["field"], item["state"], item["registered_year"]): item["count"]
            for item in serialized["items"]
        } == expected

    async def test_what_a_divided_unit_leaves_open_is_never_shared_out(
        self, client: httpx.AsyncClient
    ) -> None:
        at = {"undivided": str(id_of(TRAN_HOI))}
        models = (await client.get("/v1/models", params={**at, "count": "true"})).json()["total"]
        assert models > 1
        serialized = await count(client, by="commune", map=TODAY, **at)
        (open_,) = serialized["undivided"]
        assert (serialized["items"], serialized["total"], open_["count"]) == ([], models, models)
        assert open_["locality"]["id"] == str(id_of(TRAN_HOI))
        assert [each["code"] for each in open_["candidates"]] == ["32095", "32104"]
        serialized = await count(client, by="province,field", map=TODAY, **at)
        assert serialized["undivided"] == []
        assert {item["province"]["name"] for item in serialized["items"]} == {"Cà Mau"}
        recorded = await count(client, by="commune", **at)
        assert [item["commune"]["name"] for item in recorded["items"]] == ["Trần Hợi"]

    async def test_a_place_above_the_level_counts_under_null_or_is_undivided(
        self, client: httpx.AsyncClient
    ) -> None:
        at = {"undivided": str(id_of(KIEN_GIANG))}
        recorded = await count(client, by="district", **at)
        assert [item["district"] for item in recorded["items"]] == [None]
        rolled_up = await count(client, by="district", map=BEFORE, **at)
        (open_,) = rolled_up["undivided"]
        assert len(open_["candidates"]) == 15
        assert open_["count"] == rolled_up["total"] == recorded["total"] > 0
        today = await count(client, by="province", map=TODAY, **at)
        assert [item["province"]["name"] for item in today["items"]] == ["An Giang"]

    async def test_zeros_adds_what_has_none(self, client: httpx.AsyncClient) -> None:
        serialized = await count(client, by="field", zeros="true", undivided=str(id_of(AN_GIANG)))
        assert [(item["field"], item["count"]) for item in serialized["items"]] == [
            ("economy", 0), ("culture_society", 0), ("defence_security", 0),
            ("political_system", 0), ("other", 0),
        ]  # fmt: skip
        serialized = await count(client, by="province,field", zeros="true", map=TODAY)
        told_of = Counter(item["province"]["id"] for item in serialized["items"] if item["field"])
        assert set(told_of.values()) == {5}
        assert len(told_of) == 34
        under = str(id_of("province/96/2025-07-01"))
        serialized = await count(client, by="commune", zeros="true", map=TODAY, under=under)
        assert len(serialized["items"]) == 64
        await check(client, await count(client, by="registered_year", zeros="true"))

    async def test_refuses_what_cannot_be_counted(self, client: httpx.AsyncClient) -> None:
        for query, code in (
            ("by=district&map=2025-07-01", "level_not_in_force"),
            ("by=colour", "not_in_vocabulary"),
            ("by=field,field", "repeated"),
            ("by=field,state,province,commune", "too_many"),
            ("by=", "not_in_vocabulary"),
            ("by=commune,field,state&zeros=true", "too_many_rows"),
            ("by=field&limit=3", "unknown_parameter"),
            ("by=field&sort=title", "unknown_parameter"),
            ("by=field&colour=red", "unknown_parameter"),
            ("map=today", "invalid_map"),
        ):
            answer = await client.get(f"/v1/statistics/models?{query}")
            assert answer.status_code == 422, query
            assert answer.json()["errors"][0]["code"] == code, answer.text


async def test_a_model_counts_once_at_every_level_above_its_hamlet(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    key = await keys.of("registrar")
    commune = str(id_of("commune/31027/2025-07-01"))
    hamlet = (
        await client.post(
            "/v1/localities",
            json={"name": "Minh Dũng", "kind": "ap", "parent": commune},
            headers=key,
        )
    ).json()["id"]
    answer = await client.post(
        "/v1/models",
        json={
            "title": "Quỹ xoay vòng ấp Minh Dũng", "field": "economy", "locality": hamlet,
            "participant_kind": "collective", "objective": "Sửa nhà", "target": "10 căn nhà",
            "registration": {"level": "grassroots", "registered_on": "2026-03-01"},
        },
        headers=key,
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    for map in ("recorded", TODAY):
        for by in ("province", "commune", "province,commune"):
            serialized = await count(client, by=by, map=map, registered_year="2026")
            assert (serialized["total"], len(serialized["items"]), serialized["undivided"]) == (
                1,
                1,
                [],
            )
            await check(client, serialized)
    serialized = await count(client, by="commune", registered_year="2026")
    assert serialized["items"][0]["commune"]["id"] == commune


@pytest.mark.parametrize("by", ["province,registered_year", "commune,field", "province"])
async def test_nothing_is_counted_where_nothing_is_selected(
    client: httpx.AsyncClient, by: str
) -> None:
    nothing = {
        "by": by,
        "q": "khong co gi nhu the",
        "under": str(id_of("commune/31027/2025-07-01")),
    }
    assert (await count(client, **nothing))["items"] == []
    serialized = await count(client, zeros="true", **nothing)
    assert (serialized["total"], {row["count"] for row in serialized["items"]} - {0}) == (0, set())


async def test_models_follow_the_corrected_kind_of_their_host(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    key = await keys.of("registrar")
    commune = str(id_of("commune/31027/2025-07-01"))

    async def record(path: str, **body: Any) -> str:
        answer = await client.post(path, json=body | {"locality": commune}, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    async def correct(path: str, **change: Any) -> None:
        match = {"If-Match": (await client.get(path)).headers["ETag"]}
        answer = await client.patch(path, json=change, headers=key | match)
        assert answer.status_code == 200, answer.text

    async def kinds_counted() -> list[str | None]:
        serialized = await count(client, by="host_kind", q="thuyen thung cuu nan")
        await check(client, serialized)
        return [row["host_kind"] for row in serialized["items"]]

    host = await record(
        "/v1/organisations", name="Hội Minh Dũng", kind="farmers_union", tier="commune"
    )
    model = await record(
        "/v1/models", title="Thuyền thúng cứu nạn", field="economy", objective="Sửa thuyền",
        participant_kind="collective", target="10 chiếc", host=host.rpartition("/")[2],
    )  # fmt: skip
    assert await kinds_counted() == ["farmers_union"]
    await correct(host, kind="womens_union")
    assert await kinds_counted() == ["womens_union"]
    await correct(model, host=None)
    assert await kinds_counted() == [None]


class TestCountAwards:
    @pytest.mark.parametrize(
        "by", ["", "form,participant_kind", "level,issued_year", "province", "province,form"]
    )
    @pytest.mark.parametrize("map", ["recorded", TODAY])
    async def test_sums_the_lines_and_links_to_them(
        self, client: httpx.AsyncClient, by: str, map: str
    ) -> None:
        serialized = await count(client, "awards", **({"by": by} if by else {}), map=map)
        lines = (await client.get("/v1/awards?limit=200")).json()["items"]
        assert serialized["total"] == sum(line["count"] for line in lines) == 121
        # The medals came from a central body: from which province, no map can tell.
        left_open = 37 if "province" in by and map == TODAY else 0
        assert sum(item["count"] for item in serialized["undivided"]) == left_open
        assert sum(item["count"] for item in serialized["items"]) == 121 - left_open
        for item in (*serialized["items"], *serialized["undivided"]):
            listed = (await client.get(f"{item['rows']}&limit=200")).json()["items"]
            assert sum(line["count"] for line in listed) == item["count"]

    @pytest.mark.parametrize("map", ["recorded", BEFORE, TODAY])
    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"by": "province"},
            {"by": "province,form,level"},
            {"by": "issued_year,participant_kind", "issued_year": "2023,none"},
            {"by": "form", "campaign_period": "none"},
            {"by": "form", "under": str(id_of("province/96/2025-07-01")), "status": "revoked"},
        ],
    )
    async def test_counts_the_same_from_the_rows_and_from_the_roll_up(
        self, client: httpx.AsyncClient, keys: Keys, query: dict[str, str], map: str
    ) -> None:
        await record(client, await keys.of("awarder"))
        await revoke(client, await keys.of("awarder"), decision_id(MEDALS), "2024-01-01")
        decisions = (await client.get("/v1/award-decisions?limit=200")).json()["items"]
        # No roll-up knows of authorities; these are all that decided anything.
        every = ",".join({decision["authority"]["id"] for decision in decisions})
        rolled_up = await count(client, "awards", **query, map=map)
        rows = await count(client, "awards", **query, map=map, authority=every)
        assert without_links(rolled_up) == without_links(rows)

    async def test_leaves_revoked_ones_out_unless_asked_for(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        await revoke(client, await keys.of("awarder"), decision_id(MEDALS), "2024-01-01")
        assert (await count(client, "awards"))["total"] == 121 - 37
        assert (await count(client, "awards", status="revoked"))["total"] == 37
        assert (await count(client, "awards", status="issued,revoked"))["total"] == 121

    async def test_counts_by_the_place_of_the_authority(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        await record(client, await keys.of("awarder"))
        serialized = await count(client, "awards", by="province,issued_year")
        found: Counter[tuple[str | None, int | None]] = Counter()
        for item in serialized["items"]:
            name = item["province"] and item["province"]["name"]
            found[name, item["issued_year"]] += item["count"]
        assert found["Cà Mau", None] == 54  # of no decision is a date printed
        assert found["Cà Mau", 2023] == 3
        assert found["Kiên Giang", None] == 30
        zeros = await count(client, "awards", by="province", map=TODAY, zeros="true")
        assert len([item for item in zeros["items"] if item["province"]]) == 34

    async def test_nothing_selected_is_nought(self, client: httpx.AsyncClient) -> None:
        for nothing in ({"q": "xyzzy"}, {"issued_year": "1900"}):
            serialized = await count(client, "awards", **nothing)
            assert ([item["count"] for item in serialized["items"]], serialized["total"]) == (
                [0],
                0,
            )

    async def test_refuses_what_cannot_be_counted(self, client: httpx.AsyncClient) -> None:
        for query in ("by=field", "by=district", "by=form&limit=1", "sort=issued_on"):
            answer = await client.get(f"/v1/statistics/awards?{query}")
            assert answer.status_code == 422, query


@pytest.mark.usefixtures("many")
class TestFunnel:
    @pytest.mark.parametrize("by", ["", "field", "province", "registered_year,host_kind"])
    async def test_counts_each_stage(self, client: httpx.AsyncClient, by: str) -> None:
        serialized = await count(client, "funnel", **({"by": by} if by else {}))
        await check(client, serialized)
        stages = {
            "registered": "registered_level=grassroots,district,province,central",
            "recognised": "recognised_level=grassroots,district,province,central",
            "commended": "commended=true",
            "replicated": "replicated=true",
        }
        for item in serialized["items"]:
            for stage, query in stages.items():
                joined = "&" if "?" in item["rows"] else "?"
                listed = await client.get(f"{item['rows']}{joined}{query}&count=true&limit=1")
                assert listed.json()["total"] == item[stage], (item, stage)

    async def test_is_of_the_selected_models(self, client: httpx.AsyncClient) -> None:
        (item,) = (await count(client, "funnel", recognised_level="none"))["items"]
        assert item["recognised"] == 0
        assert item["count"] > item["registered"] > 0
        serialized = await count(
            client, "funnel", by="commune", map=TODAY, undivided=str(id_of(TRAN_HOI))
        )
        (open_,) = serialized["undivided"]
        assert open_["count"] == serialized["total"] >= open_["registered"] >= 0
