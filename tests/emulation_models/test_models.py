"""Models over HTTP."""

import json
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys, OneTransaction

CA_MAU_NOW = "province/96/2025-07-01"
KHANH_HOI = "commune/32062/-"  # xã Khánh Hội, huyện U Minh, until 2025-06-30


def model(unit: str = CA_MAU_NOW, **changes: object) -> dict[str, object]:
    return {
        "title": "Đổi rác thải nhựa lấy quà ở chợ xã",
        "field": "culture_society",
        "participant_kind": "collective",
        "locality": str(id_of(unit)),
        "objective": "Giảm rác thải nhựa ở chợ",
        "target": "Thu gom 2 tấn rác nhựa trong năm 2026",
    } | changes


class TestListModels:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 59),
            ("field=economy", 7),
            ("field=none", 36),
            ("field=economy,political_system", 10),
            ("participant_kind=individual", 2),
            ("state=none", 59),
            ("state=registered", 0),
            (f"under={id_of('country/VN/-')}", 59),
            (f"under={id_of('province/96/-')}", 24),
            (f"under={id_of('province/96/2025-07-01')}", 24),
            (f"under={id_of('district/446/-')}", 6),
            (f"under={id_of('province/80/2025-07-01')}", 15),
            (f"under={id_of('commune/31066/-')}", 2),
            (f"campaign_period={shipped('campaign_period', 'ca-mau-2023/2020-2023')}", 24),
            (f"campaign_period={shipped('campaign_period', 'ca-mau-2023/2020-2025')}", 24),
            ("host_kind=womens_union,red_cross", 5),
            ("host=none", 49),
            ("registered_from=2000-01-01", 0),
            ("recognised_to=2030-01-01", 0),
            ("registered_at=province", 0),
            ("recognised_at=province", 0),
            ("updated_since=2020-01-01T00:00:00Z", 59),
            ("commended=false", 59),
            ("replicated=true", 0),
        ],
    )
    async def test_filters(self, client: httpx.AsyncClient, query: str, count: int) -> None:
        answer = await client.get(f"/v1/models?{query}&count=true&limit=200")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["total"], len(answer.json()["items"])) == (count, count)

    @pytest.mark.parametrize(
        "words",
        ["ngan hang mau song", "Ngân hàng máu sống", "NGAN-HANG mau  sông", "ngan hang mauu song"],
    )
    async def test_finds_folded_and_misspelt_words(
        self, client: httpx.AsyncClient, words: str
    ) -> None:
        items = (await client.get("/v1/models", params={"q": words})).json()["items"]
        assert {item["title"] for item in items} == {
            "Câu lạc bộ ngân hàng máu sống",
            "Ngân hàng máu sống cứu người",
        }

    @pytest.mark.parametrize(
        "sort", ["registered_on", "-registered_on", "title", "-title", "recognised_on",
                 "-recognised_on", "updated_at", "-updated_at"]
    )  # fmt: skip
    async def test_sorts_and_pages_without_gaps(self, client: httpx.AsyncClient, sort: str) -> None:
        seen: list[str] = []
        url = f"/v1/models?sort={sort}&limit=25"
        while url:
            answer = await client.get(url)
            assert answer.status_code == 200, answer.text
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 59

    async def test_gives_the_whole_list_as_files(self, client: httpx.AsyncClient) -> None:
        csv = await client.get("/v1/models", headers={"Accept": "text/csv"})
        assert csv.headers["content-disposition"] == 'attachment; filename="models.csv"'
        lines = csv.text.split("\r\n")
        assert len(lines) == 1 + 59 + 1
        assert "locality.path" in lines[0]
        ndjson = await client.get("/v1/models?format=ndjson")
        assert len(ndjson.text.splitlines()) == 59
        assert (await client.get("/v1/models?format=csv&limit=3")).status_code == 422

    async def test_refuses_what_does_not_go_together(self, client: httpx.AsyncClient) -> None:
        first = (await client.get("/v1/models?limit=1")).json()["next_cursor"]
        for query in (
            f"cursor={first}&field=economy",
            f"cursor={first}&sort=title",
            f"cursor={first[:-2]}AA",
            "cursor=x",
            "q=rac&sort=title",
            f"q=rac&cursor={first}",
            "limit=0",
            "limit=201",
            "limit=ten",
            "field=sport",
            "registered_from=2023-02-30",
            "registered_from=0000-01-01",
            "under=7",
            "q=",
            "q=%00",
            "updated_since=2023-01-01T00:00:00",
            "unknown=1",
        ):
            answer = await client.get(f"/v1/models?{query}")
            assert answer.status_code == 422, query
            assert answer.json()["errors"], query


class TestGetModel:
    async def test_tells_everything_a_report_says(self, client: httpx.AsyncClient) -> None:
        id = shipped("emulation_model", "ca-mau-2023/dua-mau-xuong-ruong")
        answer = await client.get(f"/v1/models/{id}")
        model = answer.json()
        assert model["title"] == "Đưa màu xuống ruộng"
        assert model["locality"]["path"] == "Tỉnh Cà Mau"
        assert model["state"] is None
        assert [each["amount"] for each in model["outcomes"]] == [100, 400]
        assert model["outcomes"][0]["qualifier"] == "at_least"
        assert model["sources"][0]["document"]["id"]
        assert model["tracks"] == []
        assert answer.headers["etag"].removeprefix("W/").startswith('"1.')

    async def test_tells_what_happened_at_each_level(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        model, by = (
            shipped("emulation_model", "ca-mau-2023/dua-mau-xuong-ruong"),
            shipped("organisation", "ca-mau-2023/so-noi-vu"),
        )
        async with database.reader() as connection:
            await connection.execute(
                "insert into model_registration (id, model_id, level, registered_on,"
                " registered_by_id) values (gen_random_uuid(), $1, 'grassroots', '2021', $2)",
                model,
                by,
            )
            for recognised, on in ((False, "2021-05"), (True, "2022-06-07")):
                await connection.execute(
                    "insert into model_recognition (id, model_id, level, recognised, decided_on,"
                    " decided_by_id) values (gen_random_uuid(), $1, 'province', $2, $3, $4)",
                    model,
                    recognised,
                    on,
                    by,
                )
        tracks = (await client.get(f"/v1/models/{model}")).json()["tracks"]
        serialized = [
            (
                track["level"],
                track["registered_on"],
                track["registered_precision"],
                track["outcome"],
                track["decided_on"],
                track["decided_precision"],
            )
            for track in tracks
        ]
        assert serialized == [
            ("grassroots", "2021", "year", None, None, None),
            ("province", None, None, "recognised", "2022-06-07", "day"),
        ]
        assert tracks[0]["registered_by"]["id"] == tracks[1]["decided_by"]["id"] == str(by)

    async def test_answers_304_to_who_has_it(self, client: httpx.AsyncClient) -> None:
        id = shipped("emulation_model", "ca-mau-2023/dua-mau-xuong-ruong")
        tag = (await client.get(f"/v1/models/{id}")).headers["etag"]
        again = await client.get(f"/v1/models/{id}", headers={"If-None-Match": f'"x", {tag}'})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize(
        ("id", "status"), [(uuid4(), 404), ("7", 422), ("%00", 422), ("a/b", 404)]
    )
    async def test_tells_what_is_wrong_with_an_id(
        self, client: httpx.AsyncClient, id: object, status: int
    ) -> None:
        assert (await client.get(f"/v1/models/{id}")).status_code == status


class TestRegisterModel:
    async def test_needs_a_key_a_role_and_the_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        awarder = await keys.of("awarder")
        far = await keys.of("registrar", unit="province/91/2025-07-01")
        answers = [
            await client.post("/v1/models", json=model(), headers=headers)
            for headers in ({}, awarder, far)
        ]
        assert [answer.status_code for answer in answers] == [401, 403, 403]

    async def test_registers_in_the_same_act(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        registration = {"level": "grassroots", "registered_on": "2026-03"}
        body = model(registration=registration, outcomes=[{"what": "rác nhựa", "amount": 1.25}])
        answer = await client.post("/v1/models", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["state"] == "registered"
        assert (made["registered_level"], made["registered_on"]) == ("grassroots", "2026-03")
        assert made["tracks"][0]["registered_precision"] == "month"
        assert made["outcomes"][0]["amount"] == 1.25
        found = await client.get("/v1/models?registered_at=grassroots&registered_from=2026-03-01")
        assert [item["id"] for item in found.json()["items"]] == [made["id"]]

    async def test_refuses_a_place_that_was_not_in_force(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        registration = {"level": "grassroots", "registered_on": "2026-03-01"}
        body = model(KHANH_HOI, registration=registration)
        answer = await client.post("/v1/models", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "locality_not_in_force")
        assert answer.json()["successors"][0]["extent"] == "whole"

    async def test_an_agency_covers_what_wholly_went_into_its_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        registration = {"level": "district", "registered_on": "2024-05-06"}
        body = model(KHANH_HOI, registration=registration)
        now = await keys.of("registrar", unit=CA_MAU_NOW)
        answer = await client.post("/v1/models", json=body, headers=now)
        assert answer.status_code == 201
        assert answer.json()["locality"]["path"] == "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"
        former = await keys.of("registrar", unit="province/96/-")
        assert (await client.post("/v1/models", json=model(), headers=former)).status_code == 403

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"registration": {"level": "district", "registered_on": "2025-07-01"}},
             "#/registration/level", "level_abolished"),
            ({"registration": {"level": "province", "registered_on": "2999"}},
             "#/registration/registered_on", "in_the_future"),
            ({"registration": {"level": "province", "registered_on": "2026-02-30"}},
             "#/registration/registered_on", "invalid_date"),
            ({"title": "\ud800"}, "#", "malformed_json"),
            ({"title": "a\x00b"}, "#/title", "invalid_text"),
            ({"title": "x" * 501}, "#/title", "too_long"),
            ({"field": None}, "#/field", "not_in_vocabulary"),
            ({"locality": str(uuid4())}, "#/locality", "unknown_reference"),
            ({"outcomes": [{"what": "x", "amount": "7"}]}, "#/outcomes/0/amount", "not_a_number"),
            ({"outcomes": [{"what": "x", "amount": 10**60}]}, "#", "malformed_json"),
            ({"state": "recognised"}, "#/state", "read_only"),
            ({"colour": "red"}, "#/colour", "unknown_member"),
            ({"sources": [{"document": str(uuid4())}]}, "#/sources/0/document",
             "unknown_reference"),
        ],
    )  # fmt: skip
    async def test_refuses_bad_input_and_changes_nothing(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        changes: dict[str, object],
        pointer: str,
        code: str,
    ) -> None:
        key = await keys.of("registrar") | {"Content-Type": "application/json"}
        answer = await client.post("/v1/models", content=json.dumps(model() | changes), headers=key)
        assert answer.status_code == 422, answer.text
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
        assert (await client.get("/v1/models?count=true")).json()["total"] == 59


class TestUpdateModel:
    async def test_changes_facts_and_keeps_parts_by_their_id(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(outcomes=[{"what": "một", "amount": 1}, {"what": "hai", "amount": 2}])
        made = await client.post("/v1/models", json=body, headers=key)
        url, tag = made.headers["location"], made.headers["etag"]
        first = made.json()["outcomes"][0]["id"]
        patch = {"summary": "Tóm tắt", "outcomes": [{"what": "ba"}, {"id": first, "unit": "tấn"}]}
        answer = await client.patch(url, json=patch, headers=key | {"If-Match": tag})
        assert answer.status_code == 200, answer.text
        changed = answer.json()
        assert changed["version"] == 2
        assert [each["what"] for each in changed["outcomes"]] == ["ba", "một"]
        assert changed["outcomes"][1] == made.json()["outcomes"][0] | {"unit": "tấn"}

    async def test_what_is_required_cannot_be_taken_away(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW) | {"If-Match": "*"}
        url = (await client.post("/v1/models", json=model(), headers=key)).headers["location"]
        for patch in ({"objective": None}, {"title": None}, {"field": None}):
            assert (await client.patch(url, json=patch, headers=key)).status_code == 422

    async def test_a_reported_model_may_be_completed_bit_by_bit(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW) | {"If-Match": "*"}
        id = shipped("emulation_model", "ca-mau-2023/dua-mau-xuong-ruong")
        answer = await client.patch(f"/v1/models/{id}", json={"target": "x"}, headers=key)
        assert (answer.status_code, answer.json()["objective"]) == (200, None)
