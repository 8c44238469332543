"""Sets of criteria over HTTP, and who owns them."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.conftest import Keys
from tests.support.living import CA_MAU, CAN_THO, criteria, registered, scores, taken


class TestCriteriaSets:
    async def test_need_a_key_a_role_and_the_owner(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        serialized = [
            (await client.post("/v1/criteria-sets", json=criteria(), headers=key)).status_code
            for key in (
                {},
                await keys.of("registrar"),
                await keys.of("appraiser", unit=CA_MAU),
                await keys.of("appraiser", unit=CAN_THO),
            )
        ]
        assert serialized == [401, 403, 403, 201]

    async def test_are_frozen_once_used_and_go_on_with_the_next_number(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        headers = key | {"If-Match": "*"}
        made = await taken(client, key, "/v1/criteria-sets", **criteria())
        at, first = made.headers["location"], made.json()
        assert (first["number"], first["frozen"], first["supersedes"]) == (1, False, None)
        renamed = await client.patch(at, json={"name": "Tiêu chí"}, headers=headers)
        assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
        url = await registered(client, key)
        step = {"criteria_set": first["id"], "appraised_on": "2026-06-01", "scores": scores()}
        await taken(client, key, f"{url}/appraisals", **step)
        assert (await client.get(at)).json()["frozen"] is True
        refused = await client.patch(at, json={"name": "Khác"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "criteria_set_frozen")
        following = criteria(supersedes=first["id"])
        second = (await taken(client, key, "/v1/criteria-sets", **following)).json()
        assert (second["number"], second["supersedes"]["id"]) == (2, first["id"])
        twice = await client.post("/v1/criteria-sets", json=following, headers=key)
        assert (twice.status_code, twice.json()["code"]) == (409, "already_exists")

    async def test_are_deleted_and_restored_until_used(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser") | {"If-Match": "*"}
        at = (await client.post("/v1/criteria-sets", json=criteria(), headers=key)).headers[
            "location"
        ]
        serialized = (await client.get(at)).json()
        assert (await client.delete(at, headers=key)).status_code == 204
        assert (await client.get(at)).status_code == 404
        back = await client.post(f"{at}/restoration", headers=key)
        assert (back.status_code, back.json()["criteria"]) == (200, serialized["criteria"])
        url = await registered(client, key)
        step = {"criteria_set": serialized["id"], "appraised_on": "2026-06-01", "scores": scores()}
        await taken(client, key, f"{url}/appraisals", **step)
        refused = await client.delete(at, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "cited")

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 2),
            ("frozen=true", 0),
            ("frozen=false", 2),
            ("supersedes=none", 1),
            (f"owner={UUID(int=4)}", 0),
            ("q=tham tra", 2),
        ],
    )
    async def test_are_listed_and_found(
        self, client: httpx.AsyncClient, keys: Keys, query: str, count: int
    ) -> None:
        key = await keys.of("appraiser")
        first = (await taken(client, key, "/v1/criteria-sets", **criteria())).json()
        await taken(client, key, "/v1/criteria-sets", **criteria(supersedes=first["id"]))
        answer = await client.get(f"/v1/criteria-sets?{query}&count=true")
        assert answer.json()["total"] == len(answer.json()["items"]) == count
        for sort in ("name", "-name", "updated_at", "-updated_at"):
            pages = []
            at = f"/v1/criteria-sets?limit=1&sort={sort}"
            while at:
                page = await client.get(at)
                pages += page.json()["items"]
                at = page.links.get("next", {}).get("url", "")
            assert len({each["id"] for each in pages}) == 2
        assert len((await client.get("/v1/criteria-sets?format=ndjson")).text.splitlines()) == 2
        assert len((await client.get("/v1/criteria-sets?format=csv")).text.splitlines()) == 3

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"criteria": []}, "#/criteria", "too_few"),
            ({"criteria": [criteria()["criteria"][0]] * 2}, "#/criteria", "repeated_code"),
            ({"criteria": [{"code": "a", "label": "a", "max_score": 0}]},
             "#/criteria/0/max_score", "out_of_range"),
            ({"owner": str(uuid4())}, "#/owner", "unknown_reference"),
            ({"number": 3}, "#/number", "read_only"),
        ],
    )  # fmt: skip
    async def test_refuse_bad_input(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        changes: dict[str, Any],
        pointer: str,
        code: str,
    ) -> None:
        key = await keys.of("appraiser")
        answer = await client.post("/v1/criteria-sets", json=criteria(**changes), headers=key)
        assert answer.status_code == 422, answer.text
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
