"""Organisations over HTTP."""

from uuid import uuid4

import httpx

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys

CA_MAU = str(id_of("province/96/2025-07-01"))
AN_GIANG = str(id_of("province/91/2025-07-01"))
U_MINH_THUONG = str(id_of("district/913/-"))


def unions(**changes: object) -> dict[str, object]:
    return {
        "name": "Hội Liên hiệp Phụ nữ tỉnh Cà Mau",
        "kind": "womens_union",
        "tier": "province",
        "locality": CA_MAU,
    } | changes


class TestListOrganisations:
    async def test_sorts_by_the_vietnamese_alphabet(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/organisations?limit=200")).json()["items"]
        names = [item["name"] for item in items]
        assert len(names) == 32
        assert names.index("Ban Dân vận Trung ương") < names.index("Bộ Chính trị")

    async def test_finds_what_lies_under_a_unit_of_another_era(
        self, client: httpx.AsyncClient
    ) -> None:
        then = (await client.get(f"/v1/organisations?under={U_MINH_THUONG}")).json()["items"]
        now = (await client.get(f"/v1/organisations?under={AN_GIANG}")).json()["items"]
        assert {item["id"] for item in then} < {item["id"] for item in now}

    async def test_pages_to_the_end_without_gaps(self, client: httpx.AsyncClient) -> None:
        seen: list[str] = []
        url = "/v1/organisations?limit=7&sort=-name"
        while url:
            answer = await client.get(url)
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 32


class TestCreateOrganisation:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/organisations", json=unions())
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_needs_the_registrar_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("publisher")
        answer = await client.post("/v1/organisations", json=unions(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stays_inside_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit="province/91/2025-07-01")
        answer = await client.post("/v1/organisations", json=unions(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_answers_the_whole_thing_where_it_can_be_read_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit="province/96/2025-07-01")
        answer = await client.post("/v1/organisations", json=unions(), headers=key)
        assert answer.status_code == 201
        assert answer.json()["locality"]["path"] == "Tỉnh Cà Mau"
        again = await client.get(answer.headers["location"])
        assert again.json() == answer.json()
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_the_same_id_and_body_again_is_no_new_thing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        body = unions(id=str(uuid4()))
        statuses = [
            (await client.post("/v1/organisations", json=each, headers=key)).status_code
            for each in (body, body, body | {"name": "Khác"})
        ]
        assert statuses == [201, 200, 409]

    async def test_tells_all_that_is_wrong_at_once(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        body = unions(kind="club", name="", founded="1930", version=3, tier=None)
        key = await keys.of("registrar")
        answer = await client.post("/v1/organisations", json=body, headers=key)
        assert answer.status_code == 422
        assert {error["pointer"]: error["code"] for error in answer.json()["errors"]} == {
            "#/kind": "not_in_vocabulary",
            "#/name": "too_short",
            "#/founded": "unknown_member",
            "#/version": "read_only",
            "#/tier": "not_in_vocabulary",
        }

    async def test_names_every_reference_to_nothing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        body = unions(parent=str(uuid4()), successors=[str(uuid4())])
        key = await keys.of("registrar")
        answer = await client.post("/v1/organisations", json=body, headers=key)
        assert [error["pointer"] for error in answer.json()["errors"]] == [
            "#/parent",
            "#/successors/0",
        ]


class TestUpdateOrganisation:
    url = f"/v1/organisations/{shipped('organisation', 'ca-mau-2023/tinh-uy')}"

    async def test_needs_if_match_and_the_present_version(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit="province/96/2025-07-01")
        change = {"valid_from": "1930-02-03"}
        without = await client.patch(self.url, json=change, headers=key)
        stale = await client.patch(self.url, json=change, headers=key | {"If-Match": '"7"'})
        good = await client.patch(self.url, json=change, headers=key | {"If-Match": '"1"'})
        again = await client.patch(self.url, json=change, headers=key | {"If-Match": '"1"'})
        assert [each.status_code for each in (without, stale, good, again)] == [428, 412, 200, 412]
        assert good.json()["valid_from"] == "1930-02-03"
        assert good.json()["version"] == 2

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("registrar", unit="province/96/2025-07-01")
        far = await keys.of("registrar", unit="province/91/2025-07-01")
        bad = {"kind": "club"}
        missing = f"/v1/organisations/{uuid4()}"
        match = {"If-Match": '"1"'}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(missing, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad, headers=near | match),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 403, 428, 412, 422]

    async def test_null_removes_a_fact_but_not_a_required_one(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar") | {"If-Match": "*"}
        removed = await client.patch(self.url, json={"locality": None}, headers=key)
        assert removed.json()["locality"] is None
        refused = await client.patch(self.url, json={"name": None}, headers=key)
        assert refused.status_code == 422
