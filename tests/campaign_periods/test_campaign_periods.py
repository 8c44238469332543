"""Campaign periods over HTTP."""

import csv
import io
import json
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys

THEN = "province/96/-"
CA_MAU = "province/96/2025-07-01"
AN_GIANG = "province/91/2025-07-01"
OF_CA_MAU = ["ca-mau-2023/2020-2025", "ca-mau-2023/2020-2023", "ca-mau-2023/2023-2025"]
OF_U_MINH_THUONG = ["u-minh-thuong-2020/2016-2020", "u-minh-thuong-2020/2019-2020"]
OF_HA_TINH = ["ha-tinh-2023/cam-xuyen-2008-2023", "ha-tinh-2023/tp-ha-tinh-2008-2023"]
STEERING_COMMITTEE = str(shipped("organisation", "u-minh-thuong-2020/ban-chi-dao"))


def period_id(key: str) -> str:
    return str(shipped("campaign_period", key))


def document_id(key: str) -> str:
    return str(shipped("document", key))


def drive(**changes: object) -> dict[str, object]:
    return {
        "name": "Đợt thi đua “Dân vận khéo” chào mừng Đại hội Đảng bộ tỉnh",
        "kind": "drive",
        "locality": str(id_of(CA_MAU)),
        "start_on": "2025-07-15",
        "end_on": "2025-10-20",
    } | changes


class TestListCampaignPeriods:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            (f"locality={id_of(THEN)}", OF_CA_MAU),
            (f"locality={id_of(CA_MAU)}", []),
            (f"under={id_of(CA_MAU)}", OF_CA_MAU),
            (f"under={id_of('district/913/-')}", OF_U_MINH_THUONG),
            (f"under={id_of(AN_GIANG)}", OF_U_MINH_THUONG),
            (f"under={id_of('province/42/-')}", OF_HA_TINH),
            (f"organisation={STEERING_COMMITTEE}", OF_U_MINH_THUONG),
            (f"organisation=none&under={id_of(AN_GIANG)}", []),
            (f"parent={period_id('ca-mau-2023/2020-2025')}", OF_CA_MAU[1:]),
            (
                f"parent=none,{period_id(OF_U_MINH_THUONG[0])}&under={id_of(AN_GIANG)}",
                OF_U_MINH_THUONG,
            ),
            ("kind=annual,drive", ["can-tho-2024/2023"]),
            ("active_on=2008-01-01", OF_HA_TINH),
            ("active_on=2007-12-31", []),
            ("active_on=2025-12-31", ["ca-mau-2023/2020-2025", "ca-mau-2023/2023-2025",
                                      "long-an-2024/2021-2025"]),
            ("from=2019-01-01&to=2023-12-31", ["u-minh-thuong-2020/2019-2020",
                                               "ca-mau-2023/2020-2023", "can-tho-2024/2023"]),
            ("from=2019-01-02&to=2023-12-30", []),
            ("q=u minh thuong 2019", ["u-minh-thuong-2020/2019-2020"]),
            ("q=Cẩm Xuyen", OF_HA_TINH[:1]),
        ],
    )  # fmt: skip
    async def test_filters(
        self, client: httpx.AsyncClient, params: str, expected: list[str]
    ) -> None:
        answer = (await client.get(f"/v1/campaign-periods?count=true&{params}")).json()
        found = [item["id"] for item in answer["items"]]
        assert sorted(found) == sorted(map(period_id, expected))
        assert answer["total"] == len(expected)

    async def test_an_open_period_is_active_for_good_and_ends_before_no_day(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        made = await client.post("/v1/campaign-periods", json=drive(end_on=None), headers=key)
        url = f"/v1/campaign-periods?under={id_of(CA_MAU)}"
        active = (await client.get(f"{url}&active_on=2099-01-01")).json()["items"]
        over = (await client.get(f"{url}&to=2099-01-01")).json()["items"]
        assert [item["id"] for item in active] == [made.json()["id"]]
        assert sorted(item["id"] for item in over) == sorted(map(period_id, OF_CA_MAU))

    async def test_puts_the_latest_first(self, client: httpx.AsyncClient) -> None:
        days = {
            sort: [
                item["start_on"]
                for item in (await client.get(f"/v1/campaign-periods{sort}")).json()["items"]
            ]
            for sort in ("", "?sort=-start_on", "?sort=start_on")
        }
        assert len(days[""]) == 9
        assert days[""] == days["?sort=-start_on"] == sorted(days[""], reverse=True)
        assert days["?sort=start_on"] == sorted(days[""])

    @pytest.mark.parametrize("sort", ["start_on", "-start_on", "updated_at", "-updated_at"])
    async def test_pages_to_the_end_without_gaps(
        self, client: httpx.AsyncClient, sort: str
    ) -> None:
        seen: list[str] = []
        url = f"/v1/campaign-periods?limit=2&sort={sort}&from=2000-01-01"
        while url:
            answer = await client.get(url)
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 9

    async def test_is_the_same_as_a_table_and_as_lines(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/campaign-periods")).json()["items"]
        lines = (await client.get("/v1/campaign-periods?format=ndjson")).text.splitlines()
        table = (await client.get("/v1/campaign-periods?format=csv")).text
        assert [json.loads(line) for line in lines] == items
        rows = list(csv.DictReader(io.StringIO(table)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "name", "kind", "locality.id", "locality.code",
            "locality.path", "organisation.id", "organisation.name", "start_on", "end_on",
            "precision", "stated_duration", "theme", "parent.id", "parent.name",
        ]  # fmt: skip
        assert [row["name"] for row in rows] == [item["name"] for item in items]

    @pytest.mark.parametrize(
        ("params", "parameter", "code"),
        [
            ("sort=name", "sort", "not_in_vocabulary"),
            ("from=2023", "from", "invalid_date"),
            ("from_=2023-01-01", "from_", "unknown_parameter"),
            ("active_on=2023-02-30", "active_on", "invalid_date"),
        ],
    )
    async def test_refuses_parameters_it_does_not_have(
        self, client: httpx.AsyncClient, params: str, parameter: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/campaign-periods?{params}")
        assert answer.status_code == 422
        assert [(e["parameter"], e["code"]) for e in answer.json()["errors"]] == [(parameter, code)]


class TestGetCampaignPeriod:
    async def test_tells_everything_that_is_known(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/campaign-periods/{period_id('ca-mau-2023/2023-2025')}")
        content = answer.json()
        assert content.pop("updated_at")
        assert content == {
            "id": period_id("ca-mau-2023/2023-2025"),
            "version": 1,
            "name": "Phong trào thi đua “Dân vận khéo” tỉnh Cà Mau, giai đoạn 2023 - 2025",
            "kind": "multi_year",
            "locality": {
                "id": str(id_of(THEN)),
                "level": "province",
                "code": "96",
                "name": "Cà Mau",
                "full_name": "Tỉnh Cà Mau",
                "path": "Tỉnh Cà Mau",
            },
            "organisation": None,
            "start_on": "2023-01-01",
            "end_on": "2025-12-31",
            "precision": "year",
            "stated_duration": None,
            "theme": None,
            "parent": {
                "id": period_id("ca-mau-2023/2020-2025"),
                "name": "Phong trào thi đua “Dân vận khéo” tỉnh Cà Mau, giai đoạn 2020 - 2025",
            },
            "documents": [
                {"document": {"id": document_id(key), "number": number}, "role": "guides"}
                for key, number in (
                    ("viet-nam/33-ct-ttg", "33/CT-TTg"),
                    ("ca-mau-2023/16-kh-ubnd", "16/KH-UBND"),
                    ("ca-mau-2023/322-qd-tu", "322-QĐ/TU"),
                    ("ca-mau-2023/04-nq-tu", "04-NQ/TU"),
                )
            ],
        }

    async def test_tells_the_place_as_it_was(self, client: httpx.AsyncClient) -> None:
        url = f"/v1/campaign-periods/{period_id('u-minh-thuong-2020/2019-2020')}"
        content = (await client.get(url)).json()
        assert content["locality"]["path"] == "Huyện U Minh Thượng, Tỉnh Kiên Giang"
        assert content["documents"] == []

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/campaign-periods/{uuid4()}")).status_code == 404


class TestCreateCampaignPeriod:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/campaign-periods", json=drive())).status_code == 401

    async def test_needs_the_registrar_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("publisher")
        answer = await client.post("/v1/campaign-periods", json=drive(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    @pytest.mark.parametrize("place", [str(id_of(CA_MAU)), None])
    async def test_stays_inside_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys, place: str | None
    ) -> None:
        key = await keys.of("registrar", unit=AN_GIANG)
        body = drive(locality=place)
        answer = await client.post("/v1/campaign-periods", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_answers_the_whole_thing_where_it_can_be_read_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        cited = {"document": document_id("ca-mau-2023/16-kh-ubnd"), "role": "launches"}
        body = drive(
            start_on="2025-07-01",
            end_on=None,
            precision="month",
            theme="Dân vận khéo với chuyển đổi số",
            stated_duration="1 quý",
            parent=period_id("ca-mau-2023/2020-2025"),
            documents=[cited, cited],
        )
        answer = await client.post("/v1/campaign-periods", json=body, headers=key)
        assert answer.status_code == 201
        serialized = answer.json()
        assert serialized["locality"]["path"] == "Tỉnh Cà Mau"
        assert serialized["parent"]["name"].endswith("2020 - 2025")
        assert serialized["documents"] == [
            {"document": {"id": cited["document"], "number": "16/KH-UBND"}, "role": "launches"}
        ]
        again = await client.get(answer.headers["location"])
        assert again.json() == serialized
        assert again.headers["etag"] == answer.headers["etag"]
        found = (await client.get("/v1/campaign-periods?q=chuyen doi so")).json()["items"]
        assert [item["id"] for item in found] == [serialized["id"]]

    async def test_the_same_id_and_body_again_is_no_new_thing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        body = drive(id=str(uuid4()))
        statuses = [
            (await client.post("/v1/campaign-periods", json=each, headers=key)).status_code
            for each in (body, body, body | {"kind": "annual"})
        ]
        assert statuses == [201, 200, 409]

    @pytest.mark.parametrize(
        ("changes", "errors"),
        [
            (
                {"kind": "feast", "start_on": None, "precision": "day_without_year"},
                {
                    "#/kind": "not_in_vocabulary",
                    "#/start_on": "invalid_date",
                    "#/precision": "not_in_vocabulary",
                },
            ),
            ({"end_on": "2025-07-14"}, {"#/end_on": "ends_before_start"}),
            ({"precision": "year"}, {"#/precision": "precision_differs"}),
            (
                {"start_on": "2025-07-01", "precision": "month"},
                {"#/precision": "precision_differs"},
            ),
            (
                {
                    "locality": str(uuid4()),
                    "parent": str(uuid4()),
                    "documents": [{"document": str(uuid4()), "role": "cites"}],
                },
                {
                    "#/locality": "unknown_reference",
                    "#/parent": "unknown_reference",
                    "#/documents/0/document": "unknown_reference",
                },
            ),
            (
                {"documents": [{"role": "forbids", "number": "1"}]},
                {
                    "#/documents/0/document": "missing",
                    "#/documents/0/role": "not_in_vocabulary",
                    "#/documents/0/number": "unknown_member",
                },
            ),
        ],
    )
    async def test_tells_what_is_wrong(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        changes: dict[str, object],
        errors: dict[str, str],
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        answer = await client.post("/v1/campaign-periods", json=drive(**changes), headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors


class TestUpdateCampaignPeriod:
    url = f"/v1/campaign-periods/{period_id('ca-mau-2023/2023-2025')}"

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("registrar", unit=CA_MAU)
        far = await keys.of("registrar", unit=AN_GIANG)
        bad = {"kind": "feast"}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(f"/v1/campaign-periods/{uuid4()}", json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"1"'}),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 403, 428, 412, 422]

    async def test_changes_what_is_named_and_keeps_the_rest(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": '"1"'}
        before = (await client.get(self.url)).json()
        change = {"theme": "Hướng về cơ sở", "parent": None}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 200
        after = answer.json()
        assert after.pop("updated_at") > before.pop("updated_at")
        assert after == before | change | {"version": 2}

    async def test_documents_are_replaced_as_a_whole(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": '"1"'}
        document = document_id("ca-mau-2023/04-nq-tu")
        roles = [{"document": document, "role": role} for role in ("guides", "cites")]
        answer = await client.patch(self.url, json={"documents": roles}, headers=key)
        serialized = answer.json()
        assert [each["role"] for each in serialized["documents"]] == ["cites", "guides"]
        assert {each["document"]["id"] for each in serialized["documents"]} == {document}
        assert serialized["version"] == 2
        stale = await client.patch(self.url, json={"documents": []}, headers=key)
        assert stale.status_code == 412

    async def test_a_new_name_is_told_wherever_the_period_is(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        whole = f"/v1/campaign-periods/{period_id('ca-mau-2023/2020-2025')}"
        await client.patch(whole, json={"name": "Giai đoạn 2020 - 2025"}, headers=key)
        part = (await client.get(self.url)).json()
        assert part["parent"]["name"] == "Giai đoạn 2020 - 2025"

    async def test_cannot_lie_within_itself_at_any_depth(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        inner = period_id("ca-mau-2023/2023-2025")
        innermost = (
            await client.post("/v1/campaign-periods", json=drive(parent=inner), headers=key)
        ).json()["id"]
        whole = f"/v1/campaign-periods/{period_id('ca-mau-2023/2020-2025')}"
        for parent in (period_id("ca-mau-2023/2020-2025"), inner, innermost):
            answer = await client.patch(whole, json={"parent": parent}, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (409, "period_within_itself")
        assert (await client.get(whole)).json()["parent"] is None
        elsewhere = {"parent": period_id("long-an-2024/2021-2025")}
        assert (await client.patch(whole, json=elsewhere, headers=key)).status_code == 200

    async def test_what_results_must_be_a_period(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        for change, at in (
            ({"start_on": "2026-01-01"}, "#/end_on"),
            ({"end_on": "2025-06-30"}, "#/precision"),
            ({"start_on": None}, "#/start_on"),
        ):
            answer = await client.patch(self.url, json=change, headers=key)
            assert answer.status_code == 422
            assert [error["pointer"] for error in answer.json()["errors"]] == [at]
        open_ended = await client.patch(self.url, json={"end_on": None}, headers=key)
        assert open_ended.json()["end_on"] is None
