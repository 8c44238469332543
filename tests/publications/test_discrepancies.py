"""What the five reports' figures come to, told over HTTP, and what people find about them."""

import csv
import io
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.publications.explanations import id_of as check_id
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.entering import Json, checks, enter, number, said, table
from tests.support.publishing import url_of

CEREMONY = "ca-mau-2023/khen-thuong-tai-hoi-nghi"
CA_MAU = shipped("publication", "ca-mau-2023")


def observation(key: str) -> str:
    return str(shipped("observation", key))


def sum_of(key: str, dimension: str) -> str:
    return str(check_id("sum", observation(key), dimension))


COLLECTIVES = sum_of(f"{CEREMONY}/tap-the", "award_form")
INDIVIDUALS = sum_of(f"{CEREMONY}/ca-nhan", "award_form")
CONSISTENT = sum_of("long-an-2024/hien-co/tong", "field")


async def of_report(client: httpx.AsyncClient, key: str, check: str = "sum") -> list[Json]:
    return await checks(client, {"id": shipped("publication", key)}, check)


class TestGetReconciliation:
    async def test_says_what_does_not_add_up_in_ca_mau(self, client: httpx.AsyncClient) -> None:
        assert said(await of_report(client, "ca-mau-2023")) == [
            ({"participant_kind": "collective"}, "award_form", 17, 27, "discrepant"),
            ({"participant_kind": "individual"}, "award_form", 74, 64, "discrepant"),
        ]

    async def test_one_exchange_explains_all_of_it(self, client: httpx.AsyncClient) -> None:
        for check in await of_report(client, "ca-mau-2023"):
            (explanation,) = check["explanations"]
            assert explanation["kind"] == "transposition"
            assert set(explanation["observations"]) == {
                observation(f"{CEREMONY}/giay-khen-{kind}") for kind in ("ca-nhan", "tap-the")
            }
            assert set(explanation["resolves"]) == {COLLECTIVES, INDIVIDUALS}
            assert explanation["unprinted_totals"] == [
                {"over": ["participant_kind"], "along": ["award_form"], "stated": 91,
                 "computed": 91}
            ]  # fmt: skip
            assert "agree: 91" in explanation["detail_en"]
            assert "đều là 91" in explanation["detail_vi"]

    @pytest.mark.parametrize(
        ("key", "found"),
        [
            ("ha-tinh-2023", [("field", 3372), ("field", 794)]),
            ("long-an-2024", [("participant_kind", 990), ("field", 990)]),
            ("can-tho-2024", [("field", 2391)]),
            ("u-minh-thuong-2020", []),
        ],
    )
    async def test_the_other_reports_add_up(
        self, client: httpx.AsyncClient, key: str, found: list[tuple[str, int]]
    ) -> None:
        assert said(await of_report(client, key)) == [
            ({}, dimension, amount, amount, "consistent") for dimension, amount in found
        ]

    async def test_has_every_member_of_the_contract(self, client: httpx.AsyncClient) -> None:
        check = (await of_report(client, "ca-mau-2023"))[0]
        assert list(check) == [
            "id", "publication", "dataset", "check", "at", "dimension", "stated", "stated_by",
            "computed", "computed_from", "other", "rows", "difference", "status", "explanations",
            "resolution",
        ]  # fmt: skip
        assert check["id"] == COLLECTIVES
        assert check["stated_by"] == [observation(f"{CEREMONY}/tap-the")]
        assert check["computed_from"] == [
            observation(f"{CEREMONY}/{line}") for line in ("bang-khen-tap-the", "giay-khen-tap-the")
        ]
        assert (check["difference"], check["rows"], check["other"]) == (10, None, None)

    async def test_is_the_same_until_something_changes(self, client: httpx.AsyncClient) -> None:
        first = await client.get(f"{url_of('ca-mau-2023')}/reconciliation")
        again = await client.get(f"{url_of('ca-mau-2023')}/reconciliation")
        assert first.headers["etag"] == again.headers["etag"]

    async def test_is_404_for_what_is_no_publication(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/publications/{uuid4()}/reconciliation")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_takes_no_parameters(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{url_of('ca-mau-2023')}/reconciliation?check=sum")
        assert answer.status_code == 422


class TestAgainstTheRegister:
    @pytest.fixture
    async def writer(self, keys: Keys) -> dict[str, str]:
        return await keys.of("publisher", "registrar")

    async def register(
        self, client: httpx.AsyncClient, writer: dict[str, str], level: str, on: str, **facts: str
    ) -> str:
        body = {
            "title": f"Mô hình {uuid4()}", "field": "economy", "participant_kind": "collective",
            "locality": str(id_of("province/96/-")), "objective": "Giúp nhau", "target": "50 hộ",
            "registration": {"level": level, "registered_on": on}, **facts,
        }  # fmt: skip
        answer = await client.post("/v1/models", json=body, headers=writer)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def test_counts_what_the_figure_counts_and_lists_it(
        self, client: httpx.AsyncClient, writer: dict[str, str]
    ) -> None:
        counted = {
            await self.register(client, writer, "district", "2022-03"),
            await self.register(client, writer, "grassroots", "2022-12-31", field="other"),
        }
        await self.register(client, writer, "province", "2022")  # of another level
        await self.register(client, writer, "district", "2021-12-31")  # of another period
        await self.register(client, writer, "district", "2022-06-01",
                            locality=str(id_of("province/95/-")))  # fmt: skip
        levels = ["district", "grassroots"]
        whole = await enter(
            client, writer,
            table(number(3), number(1, field="economy"), number(0, level="district"),
                  number(5, field="new_rural"), number(2, participant_kind="individual"),
                  levels=levels),
            table(number({"amount": 1, "qualifier": "at_least"}), levels=levels,
                  claim_status="proposed"),
            table(number(3), measure="existing"),
            table(number(3), period=None),
        )  # fmt: skip
        found = await checks(client, whole, "register")
        assert [(each["stated"], each["computed"], each["status"]) for each in found] == [
            (3, 2, "incomplete"),
            (1, 1, "consistent"),
            (0, 1, "discrepant"),
            (5, None, "not_comparable"),  # the register has no such field
            (2, 0, "incomplete"),
            (1, None, "not_comparable"),  # a proposal counts nothing
            (3, None, "not_comparable"),  # no track tells what exists
            (3, None, "not_comparable"),  # nobody knows when
        ]
        for check in (each for each in found if each["rows"]):
            listed = await client.get(check["rows"])
            assert len(listed.json()["items"]) == check["computed"]
        listed = await client.get(found[0]["rows"])
        assert {each["id"] for each in listed.json()["items"]} == counted

    async def test_days_after_the_last_that_was_counted_are_left_out(
        self, client: httpx.AsyncClient, writer: dict[str, str]
    ) -> None:
        await self.register(client, writer, "district", "2022-03-01")
        await self.register(client, writer, "district", "2022-10-01")
        whole = await enter(client, writer, table(number(1), observed_through="2022-06"))
        (check,) = await checks(client, whole, "register")
        assert (check["computed"], check["status"]) == (1, "consistent")
        assert check["rows"].endswith("&track=registered::2022-01-01:2022-06-30")

    @pytest.mark.parametrize(
        ("track", "status"),
        [
            ("recognised:province,central::", 200), ("not_recognised:::2022-01-01", 200),
            ("built:::", 422), ("registered", 422), ("registered::2022-02-30:", 422),
            ("registered:commune::", 422), ("registered:::\n", 422),
        ],
    )  # fmt: skip
    async def test_a_track_is_asked_for_in_one_form(
        self, client: httpx.AsyncClient, track: str, status: int
    ) -> None:
        assert (await client.get("/v1/models", params={"track": track})).status_code == status


class TestListDiscrepancies:
    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ("", {COLLECTIVES, INDIVIDUALS}),
            ("status=discrepant,not_comparable", {COLLECTIVES, INDIVIDUALS}),
            (f"publication={CA_MAU}", {COLLECTIVES, INDIVIDUALS}),
            (f"publication={UUID(int=4)}", set()),
            ("check=sum&resolved=false", {COLLECTIVES, INDIVIDUALS}),
            ("check=other_publication", set()),
            ("resolved=true", set()),
            (f"under={id_of('province/96/2025-07-01')}", {COLLECTIVES, INDIVIDUALS}),
            (f"under={id_of('province/80/-')}", set()),
            ("status=incomplete", set()),
            (
                f"status=consistent&under={id_of('province/80/2025-07-01')}",
                {CONSISTENT, sum_of("long-an-2024/hien-co/tong", "participant_kind")},
            ),
        ],
    )
    async def test_filters(self, client: httpx.AsyncClient, query: str, ids: set[str]) -> None:
        answer = await client.get(f"/v1/discrepancies?{query}&count=true")
        assert answer.status_code == 200, answer.text
        assert {each["id"] for each in answer.json()["items"]} == ids
        assert answer.json()["total"] == len(ids)

    @pytest.mark.parametrize("sort", ["published_on", "-published_on"])
    async def test_sorts_and_pages_without_gaps(self, client: httpx.AsyncClient, sort: str) -> None:
        seen: list[str] = []
        url = f"/v1/discrepancies?limit=2&sort={sort}&status=consistent,discrepant"
        while url:
            answer = await client.get(url)
            seen += [each["id"] for each in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 7
        assert set(seen[-4:]) >= {COLLECTIVES, INDIVIDUALS}  # of unknown dates, last both ways

    async def test_csv_and_ndjson(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/discrepancies?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {(row["stated"], row["computed"], row["difference"]) for row in rows} == {
            ("17", "27", "10"), ("74", "64", "-10")
        }  # fmt: skip
        answer = await client.get("/v1/discrepancies?format=ndjson")
        listed = (await client.get("/v1/discrepancies")).json()["items"]
        assert [json.loads(line) for line in answer.text.splitlines()] == listed

    @pytest.mark.parametrize(
        "query", ["check=register", "status=wrong", "resolved=maybe", "q=x", "sort=stated"]
    )
    async def test_refuses_bad_parameters(self, client: httpx.AsyncClient, query: str) -> None:
        assert (await client.get(f"/v1/discrepancies?{query}")).status_code == 422


class TestGetDiscrepancy:
    async def test_is_any_check_by_its_id(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/discrepancies/{CONSISTENT}")
        assert answer.json()["status"] == "consistent"
        assert (await client.get(f"/v1/discrepancies/{uuid4()}")).status_code == 404


FOUND = {"status": "source_error", "note": "Hai số bị in đổi chỗ."}


class TestResolveDiscrepancy:
    @staticmethod
    def url(id: str = COLLECTIVES) -> str:
        return f"/v1/discrepancies/{id}/resolution"

    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(self.url(), json=FOUND)).status_code == 401

    async def test_needs_the_role_and_the_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        for key, code in (
            (await keys.of("registrar"), "role_missing"),
            (await keys.of("publisher", unit="province/80/-"), "outside_scope"),
        ):
            answer = await client.post(self.url(), json={}, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (403, code)

    async def test_is_404_first(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        answer = await client.post(self.url(str(uuid4())), json={}, headers=key)
        assert answer.status_code == 404

    async def test_tells_who_found_what_and_when(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("publisher", unit="province/96/-", name="Ban Dân vận Tỉnh ủy")
        before = await client.get(url_of("ca-mau-2023"))
        answer = await client.post(self.url(), json=FOUND, headers=key)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/v1/discrepancies/{COLLECTIVES}"
        resolution = answer.json()["resolution"]
        assert resolution.pop("resolved_at").endswith("Z")
        assert resolution.pop("resolved_by")["name"] == "Ban Dân vận Tỉnh ủy"
        assert resolution == FOUND
        assert answer.json()["status"] == "discrepant"
        listed = await client.get("/v1/discrepancies?resolved=true")
        assert [each["id"] for each in listed.json()["items"]] == [COLLECTIVES]
        assert (await client.get(url_of("ca-mau-2023"))).json() == before.json()

    async def test_a_later_one_stands_in_its_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("publisher")
        await client.post(self.url(), json=FOUND, headers=key)
        answer = await client.post(
            self.url(), json={"status": "accepted", "note": "Để nguyên."}, headers=key
        )
        assert answer.json()["resolution"]["status"] == "accepted"
        assert (await client.get("/v1/discrepancies?resolved=true&count=true")).json()["total"] == 1

    async def test_lapses_when_a_figure_it_was_made_for_is_corrected(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("publisher")
        for id in (COLLECTIVES, INDIVIDUALS):
            await client.post(self.url(id), json=FOUND, headers=key)
        correction = {
            "observation": observation(f"{CEREMONY}/bang-khen-tap-the"),
            "reason": "Nhập nhầm", "changes": {"amount": 6},
        }  # fmt: skip
        answer = await client.post(
            f"{url_of('ca-mau-2023')}/corrections", json=correction, headers=key
        )
        assert answer.status_code == 201, answer.text
        lapsed = (await client.get(f"/v1/discrepancies/{COLLECTIVES}")).json()
        assert (lapsed["computed"], lapsed["resolution"]) == (28, None)
        other = (await client.get(f"/v1/discrepancies/{INDIVIDUALS}")).json()
        assert other["resolution"]["status"] == "source_error"
        correction["changes"] = {"amount": 5}
        await client.post(f"{url_of('ca-mau-2023')}/corrections", json=correction, headers=key)
        back = (await client.get(f"/v1/discrepancies/{COLLECTIVES}")).json()
        assert (back["computed"], back["resolution"]) == (27, None)

    async def test_what_agrees_needs_none(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("publisher")
        answer = await client.post(self.url(CONSISTENT), json=FOUND, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_resolve")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"status": "wrong", "note": "x"}, "not_in_vocabulary"),
            ({"status": "accepted"}, "missing"),
            ({**FOUND, "resolved_at": "2024-01-01"}, "unknown_member"),
        ],
    )
    async def test_refuses_what_is_no_resolution(
        self, client: httpx.AsyncClient, keys: Keys, body: Json, code: str
    ) -> None:
        answer = await client.post(self.url(), json=body, headers=await keys.of("publisher"))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


class TestGetRatio:
    async def ratio(
        self, client: httpx.AsyncClient, numerator: str, denominator: str, **more: Any
    ) -> httpx.Response:
        pair = {"numerator": observation(numerator), "denominator": observation(denominator)}
        return await client.get("/v1/observations/ratio", params=pair | more)

    async def test_answers_for_two_stages_of_the_same_models(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await self.ratio(
            client, "can-tho-2024/cong-nhan/tong", "can-tho-2024/dang-ky/tong"
        )
        assert answer.json() == {"ratio": 0.9049962150, "incomparable": []}

    async def test_refuses_other_periods_with_every_reason(self, client: httpx.AsyncClient) -> None:
        pair = "u-minh-thuong-2020/cong-nhan-co-so/tong", "u-minh-thuong-2020/dang-ky/tong"
        answer = await self.ratio(client, *pair)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_comparable")
        reasons = [each["code"] for each in answer.json()["errors"]]
        assert reasons == ["period_differs", "levels_differ"]
        allowed = await self.ratio(client, *pair, allow_incomparable="true")
        assert allowed.json() == {"ratio": 0.4188976378, "incomparable": reasons}

    @pytest.mark.parametrize(
        ("numerator", "denominator", "reasons"),
        [
            ("long-an-2024/hien-co/kinh-te", "long-an-2024/hien-co/tong", []),
            ("long-an-2024/hien-co/kinh-te", "long-an-2024/hien-co/van-hoa-xa-hoi", []),
            ("long-an-2024/hien-co/kinh-te", "long-an-2024/hien-co/tap-the", ["dimensions_differ"]),
            (
                "can-tho-2024/cong-nhan/tong",
                "long-an-2024/hien-co/tong",
                ["subject_differs", "period_differs", "levels_unstated"],
            ),
            (
                "ca-mau-2023/khen-thuong-cac-cap/tap-the",
                "ca-mau-2023/dang-ky-tinh/tong",
                ["levels_differ", "unit_differs", "dimensions_differ", "bound"],
            ),
            (
                "ca-mau-2023/xa-du-hoi-nghi/tong",
                "ca-mau-2023/so-xa/tong",
                ["subject_differs", "measures_unrelated"],
            ),
        ],
    )
    async def test_tells_each_reason(
        self, client: httpx.AsyncClient, numerator: str, denominator: str, reasons: list[str]
    ) -> None:
        answer = await self.ratio(client, numerator, denominator)
        assert [each["code"] for each in answer.json().get("errors", [])] == reasons
        assert answer.status_code == (409 if reasons else 200)

    async def test_divides_neither_by_zero_nor_what_is_no_number(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        printed = table(
            number(0), number({"magnitude": "hàng chục"}, grade="a"), number(4, grade="b")
        )
        whole = await enter(client, await keys.of("publisher"), printed)
        zero, words, four = (each["id"] for each in whole["datasets"][0]["observations"])
        for numerator, denominator, reason in ((four, zero, "zero"), (words, four, "no_number")):
            answer = await client.get(
                f"/v1/observations/ratio?numerator={numerator}&denominator={denominator}"
                "&allow_incomparable=true"
            )
            assert answer.status_code == 409
            assert [each["code"] for each in answer.json()["errors"]] == [reason]

    async def test_refuses_what_is_no_observation(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(
            f"/v1/observations/ratio?numerator={uuid4()}&denominator={uuid4()}"
        )
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "numerator")
        assert (await client.get("/v1/observations/ratio")).status_code == 422
