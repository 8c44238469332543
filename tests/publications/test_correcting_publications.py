"""Correcting over HTTP how publications were transcribed: what is printed stays readable."""

import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.entering import YEAR_2022, Json, checks, enter, number, said, table
from tests.support.publishing import PUBLICATIONS, faults, url_of


@pytest.fixture
async def publisher(keys: Keys) -> dict[str, str]:
    return await keys.of("publisher", unit="province/96/-")


class TestCorrectPublication:
    @staticmethod
    def correction(number: Json, **changes: Any) -> Json:
        return {"observation": number["id"], "reason": "Nhập nhầm", "changes": changes}

    async def test_needs_key_role_and_place(
        self, client: httpx.AsyncClient, keys: Keys, publisher: dict[str, str]
    ) -> None:
        url = f"{url_of('ca-mau-2023')}/corrections"
        assert (await client.post(url, json={})).status_code == 401
        for key in (
            await keys.of("registrar"),
            await keys.of("publisher", unit="province/80/-"),
        ):
            assert (await client.post(url, json={}, headers=key)).status_code == 403
        nothing = f"{PUBLICATIONS}/{uuid4()}/corrections"
        assert (await client.post(nothing, json={}, headers=publisher)).status_code == 404
        stale = publisher | {"If-Match": '"7"'}
        assert (await client.post(url, json={}, headers=stale)).status_code == 412

    async def test_keeps_what_stood_before(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(1070), number(1007, level="province")))
        url = f"{PUBLICATIONS}/{whole['id']}"
        one, _ = whole["datasets"][0]["observations"]
        answer = await client.post(
            f"{url}/corrections",
            json=self.correction(one, amount="1.007", qualifier="at_least", quote="trên 1.007"),
            headers=publisher,
        )
        assert answer.status_code == 201, answer.text
        serialized = answer.json()
        assert answer.headers["location"] == f"{url}/corrections/{serialized['id']}"
        assert (await client.get(answer.headers["location"])).json() == serialized
        assert serialized["changed"] == [
            {"member": "amount", "before": 1070, "after": 1007},
            {"member": "qualifier", "before": "exact", "after": "at_least"},
            {"member": "quote", "before": None, "after": "trên 1.007"},
        ]
        assert (serialized["observation"], serialized["reason"]) == (one["id"], "Nhập nhầm")
        assert serialized["agency"]["name"].endswith("publisher")
        assert serialized["publication"] == {
            "id": whole["id"],
            "title": "Báo cáo thử",
            "version": 2,
        }
        after = (await client.get(url)).json()
        corrected, other = after["datasets"][0]["observations"]
        assert corrected == {**one, "amount": 1007, "qualifier": "at_least", "quote": "trên 1.007"}
        assert (after["version"], other["amount"]) == (2, 1007)
        assert said(await checks(client, whole)) == [({}, "level", 1007, 1007, "consistent")]

    async def test_everything_of_a_number_can_be_wrong(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10)))
        (one,) = whole["datasets"][0]["observations"]
        comparison = {"kind": "change", "amount": 2.5, "base_period": YEAR_2022}
        body = self.correction(
            one, amount=None, minimum=5, maximum=12, unit="hộ", comparison=comparison,
            dimensions={"field": "economy"},
        )  # fmt: skip
        url = f"{PUBLICATIONS}/{whole['id']}"
        answer = await client.post(f"{url}/corrections", json=body, headers=publisher)
        assert answer.status_code == 201, answer.text
        after = {each["member"]: each["after"] for each in answer.json()["changed"]}
        assert after["comparison"]["amount"] == 2.5
        assert after["dimensions"] == {"field": "economy"}
        (now,) = (await client.get(url)).json()["datasets"][0]["observations"]
        assert (now["amount"], now["minimum"], now["maximum"]) == (None, 5, 12)
        assert now["comparison"] == after["comparison"] == {
            "kind": "change", "amount": 2.5, "qualifier": "exact",
            "base_period": {**YEAR_2022, "wording": None},
        }  # fmt: skip

    async def test_a_retry_corrects_once(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10)))
        url = f"{PUBLICATIONS}/{whole['id']}"
        (one,) = whole["datasets"][0]["observations"]
        body = {**self.correction(one, amount=11), "id": str(uuid4())}
        first = await client.post(f"{url}/corrections", json=body, headers=publisher)
        again = await client.post(f"{url}/corrections", json=body, headers=publisher)
        assert (first.status_code, again.status_code) == (201, 200)
        assert (await client.get(url)).json()["version"] == 2

    async def test_are_listed_the_latest_first(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10)))
        url = f"{PUBLICATIONS}/{whole['id']}/corrections"
        (one,) = whole["datasets"][0]["observations"]
        for amount in (11, 12):
            await client.post(url, json=self.correction(one, amount=amount), headers=publisher)
        for sort, amounts in (("recorded_at", [11, 12]), ("-recorded_at", [12, 11])):
            listed = await client.get(f"{url}?sort={sort}&count=true")
            items = listed.json()["items"]
            assert [each["changed"][0]["after"] for each in items] == amounts
            assert listed.json()["total"] == 2
        rows = list(csv.DictReader(io.StringIO((await client.get(f"{url}?format=csv")).text)))
        assert [row["reason"] for row in rows] == ["Nhập nhầm"] * 2
        elsewhere = f"{url_of('can-tho-2024')}/corrections/{items[0]['id']}"
        assert (await client.get(elsewhere)).status_code == 404
        assert (await client.get(f"{PUBLICATIONS}/{uuid4()}/corrections")).status_code == 404

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"amount": 10}, "#/changes", "nothing_changed"),
            ({"amount": "10"}, "#/changes", "nothing_changed"),
            ({"amount": "1,234"}, "#/changes/amount", "ambiguous_number"),
            ({"amount": None}, "#/changes", "not_one_number"),
            ({"amounts": 1}, "#/changes/amounts", "unknown_member"),
        ],
    )
    async def test_refuses_what_is_no_correction(
        self, client: httpx.AsyncClient, publisher: dict[str, str], changes: Json, pointer: str,
        code: str,
    ) -> None:  # fmt: skip
        whole = await enter(client, publisher, table(number(10)))
        url = f"{PUBLICATIONS}/{whole['id']}/corrections"
        (one,) = whole["datasets"][0]["observations"]
        body = self.correction(one, **changes)
        assert faults(await client.post(url, json=body, headers=publisher)) == {pointer: code}

    async def test_refuses_numbers_of_other_publications(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        foreign = {"id": str(shipped("observation", "can-tho-2024/dang-ky/tong"))}
        answer = await client.post(
            f"{url_of('ca-mau-2023')}/corrections",
            json=self.correction(foreign, amount=1),
            headers=publisher,
        )
        assert faults(answer) == {"#/observation": "unknown_reference"}
