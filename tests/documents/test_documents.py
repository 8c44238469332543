"""Documents over HTTP."""

import csv
import io
import json
from uuid import uuid4

import httpx
import pytest

from app.shipped_facts import id_of as shipped
from tests.conftest import Keys

CA_MAU = "province/96/2025-07-01"
AN_GIANG = "province/91/2025-07-01"
STANDING_BOARD = "ca-mau-2023/ban-thuong-vu-tinh-uy"


def document_id(key: str) -> str:
    return str(shipped("document", key))


def issuer_id(key: str) -> str:
    return str(shipped("organisation", key))


def letter(**changes: object) -> dict[str, object]:
    return {
        "number": "15-CV/TU",
        "kind": "official_letter",
        "family": "party",
        "issuer": issuer_id(STANDING_BOARD),
        "issued_on": "2023-09",
        "title": "Về việc tổ chức Hội nghị sơ kết phong trào thi đua “Dân vận khéo”",
    } | changes


class TestListDocuments:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ("kind=directive", ["viet-nam/33-ct-ttg", "viet-nam/38-ct-tw", "viet-nam/16-ct-ttg"]),
            ("kind=plan&family=state", ["ca-mau-2023/16-kh-ubnd"]),
            ("kind=plan", ["ca-mau-2023/16-kh-ubnd", "long-an-2024/07-kh-bcd"]),
            (
                "family=none&issuer=none&issued_from=2000-01-01",
                ["long-an-2024/bai-viet", "can-tho-2024/bai-viet"],
            ),
            (f"issuer={issuer_id(STANDING_BOARD)}", ["ca-mau-2023/322-qd-tu"]),
            (
                f"issuer={issuer_id('viet-nam/bo-chinh-tri')},{issuer_id('viet-nam/ban-bi-thu')}",
                ["viet-nam/59-nq-tw", "viet-nam/38-ct-tw"],
            ),
            ("number=33/CT-TTg,25-NQ/TW", ["viet-nam/33-ct-ttg", "viet-nam/25-nq-tw"]),
            ("number=33", []),
            (
                "issued_from=2022-01-24&issued_to=2022-07-12",
                ["ca-mau-2023/322-qd-tu", "ca-mau-2023/16-kh-ubnd"],
            ),
            ("issued_from=2024-01-02&issued_to=2024-12-31", ["can-tho-2024/bai-viet"]),
            ("q=quy che cong tac dan van", ["ca-mau-2023/322-qd-tu"]),
            ("q=1029 cv tu", ["u-minh-thuong-2020/1029-cv-tu"]),
            ("q=bao hiem y te", ["viet-nam/38-ct-tw"]),
            ("q=bao hiem y tee", ["viet-nam/38-ct-tw"]),
        ],
    )
    async def test_filters(
        self, client: httpx.AsyncClient, params: str, expected: list[str]
    ) -> None:
        answer = (await client.get(f"/v1/documents?count=true&{params}")).json()
        found = [item["id"] for item in answer["items"]]
        assert sorted(found) == sorted(map(document_id, expected))
        assert answer["total"] == len(expected)

    async def test_puts_the_newest_first_and_unknown_dates_last_both_ways(
        self, client: httpx.AsyncClient
    ) -> None:
        dates = {
            sort: [
                item["issued_on"]
                for item in (await client.get(f"/v1/documents{sort}")).json()["items"]
            ]
            for sort in ("", "?sort=-issued_on", "?sort=issued_on")
        }
        newest, oldest = dates[""], dates["?sort=issued_on"]
        assert newest == dates["?sort=-issued_on"]
        assert newest[0] == "2024-06-13"
        assert oldest[0] == "2009-09-07"
        assert newest[12:] == oldest[12:] == [None] * 4
        assert newest[:12] == oldest[:12][::-1]

    @pytest.mark.parametrize("sort", ["issued_on", "-issued_on", "updated_at", "-updated_at"])
    async def test_pages_to_the_end_without_gaps(
        self, client: httpx.AsyncClient, sort: str
    ) -> None:
        seen: list[str] = []
        url = f"/v1/documents?limit=3&sort={sort}"
        while url:
            answer = await client.get(url)
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 16

    async def test_is_the_same_as_a_table_and_as_lines(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/documents")).json()["items"]
        lines = (await client.get("/v1/documents?format=ndjson")).text.splitlines()
        table = (await client.get("/v1/documents", headers={"Accept": "text/csv"})).text
        assert [json.loads(line) for line in lines] == items
        rows = list(csv.DictReader(io.StringIO(table)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "number", "kind", "family", "issuer.id", "issuer.name",
            "issued_on", "date_precision", "title", "url",
        ]  # fmt: skip
        assert [row["id"] for row in rows] == [item["id"] for item in items]

    @pytest.mark.parametrize(
        ("params", "parameter", "code"),
        [
            ("sort=title", "sort", "not_in_vocabulary"),
            ("kind=poem", "kind.0", "not_in_vocabulary"),
            ("issued_from=2023-02-30", "issued_from", "invalid_date"),
            ("issuer=1", "issuer.0", "invalid_id"),
            ("title=x", "title", "unknown_parameter"),
        ],
    )
    async def test_refuses_parameters_it_does_not_have(
        self, client: httpx.AsyncClient, params: str, parameter: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/documents?{params}")
        assert answer.status_code == 422
        assert [(e["parameter"], e["code"]) for e in answer.json()["errors"]] == [(parameter, code)]


class TestGetDocument:
    async def test_tells_everything_that_is_known(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/documents/{document_id('ca-mau-2023/322-qd-tu')}")
        content = answer.json()
        assert content.pop("updated_at")
        assert content == {
            "id": document_id("ca-mau-2023/322-qd-tu"),
            "version": 1,
            "number": "322-QĐ/TU",
            "kind": "decision",
            "family": "party",
            "issuer": {
                "id": issuer_id(STANDING_BOARD),
                "name": "Ban Thường vụ Tỉnh ủy Cà Mau",
            },
            "issued_on": "2022-05-16",
            "date_precision": "day",
            "title": "Ban hành Quy chế công tác dân vận của hệ thống chính trị tỉnh Cà Mau",
            "url": None,
        }

    async def test_is_not_modified_until_it_changes(self, client: httpx.AsyncClient) -> None:
        url = f"/v1/documents/{document_id('long-an-2024/bai-viet')}"
        first = await client.get(url)
        again = await client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert first.json()["date_precision"] == "year"
        assert again.status_code == 304

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/documents/{uuid4()}")).status_code == 404


class TestCreateDocument:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/documents", json=letter())).status_code == 401

    async def test_needs_the_registrar_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("publisher", "awarder", "appraiser")
        answer = await client.post("/v1/documents", json=letter(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_lies_where_its_issuer_does(self, client: httpx.AsyncClient, keys: Keys) -> None:
        far = await keys.of("registrar", unit=AN_GIANG)
        near = await keys.of("registrar", unit=CA_MAU)
        answers = [
            await client.post("/v1/documents", json=letter(), headers=key) for key in (far, near)
        ]
        assert [answer.status_code for answer in answers] == [403, 201]
        assert answers[0].json()["code"] == "outside_scope"

    @pytest.mark.parametrize("issuer", [None, issuer_id("viet-nam/ban-bi-thu")])
    async def test_what_central_bodies_or_nobody_issued_is_for_any_registrar(
        self, client: httpx.AsyncClient, keys: Keys, issuer: str | None
    ) -> None:
        key = await keys.of("registrar", unit=AN_GIANG)
        answer = await client.post("/v1/documents", json=letter(issuer=issuer), headers=key)
        assert answer.status_code == 201

    async def test_answers_the_whole_thing_where_it_can_be_read_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        body = letter(url="https://camau.gov.vn/15", date_precision="month")
        answer = await client.post("/v1/documents", json=body, headers=key)
        assert answer.status_code == 201
        serialized = answer.json()
        assert {name: serialized[name] for name in body if name != "issuer"} == {
            name: value for name, value in body.items() if name != "issuer"
        }
        again = await client.get(answer.headers["location"])
        assert again.json() == serialized
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_the_same_id_and_body_again_is_no_new_thing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        body = letter(id=str(uuid4()))
        statuses = [
            (await client.post("/v1/documents", json=each, headers=key)).status_code
            for each in (body, body, body | {"number": "16-CV/TU"})
        ]
        assert statuses == [201, 200, 409]

    async def test_number_issuer_and_date_together_are_recorded_once(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        bodies = [
            letter(),
            letter(title="Bản khác"),
            letter(issued_on="2024"),
            letter(issued_on=None),
            letter(issued_on=None, kind="other"),
            letter(issuer=issuer_id("ca-mau-2023/tinh-uy")),
            letter(issuer=None),
            letter(issuer=None),
        ]
        answers = [await client.post("/v1/documents", json=body, headers=key) for body in bodies]
        assert [answer.status_code for answer in answers] == [
            201, 409, 201, 201, 409, 201, 201, 201,
        ]  # fmt: skip
        assert answers[1].json()["code"] == "already_exists"

    @pytest.mark.parametrize(
        ("changes", "errors"),
        [
            (
                {"kind": "poem", "title": "", "url": "ftp://x", "pages": 3, "version": 1},
                {
                    "#/kind": "not_in_vocabulary",
                    "#/title": "too_short",
                    "#/url": "invalid_format",
                    "#/pages": "unknown_member",
                    "#/version": "read_only",
                },
            ),
            ({"issued_on": "2023-02-30"}, {"#/issued_on": "invalid_date"}),
            ({"date_precision": "day"}, {"#/date_precision": "precision_differs"}),
            (
                {"issued_on": None, "date_precision": "day"},
                {"#/date_precision": "precision_differs"},
            ),
            ({"issuer": str(uuid4())}, {"#/issuer": "unknown_reference"}),
            ({"number": "1\x00"}, {"#/number": "invalid_text"}),
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
        answer = await client.post("/v1/documents", json=letter(**changes), headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors


class TestUpdateDocument:
    url = f"/v1/documents/{document_id('ca-mau-2023/322-qd-tu')}"

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("registrar", unit=CA_MAU)
        far = await keys.of("registrar", unit=AN_GIANG)
        bad = {"kind": "poem"}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(f"/v1/documents/{uuid4()}", json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"1"'}),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 403, 428, 412, 422]

    async def test_cannot_be_moved_out_of_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        elsewhere = {"issuer": issuer_id("u-minh-thuong-2020/huyen-uy")}
        answer = await client.patch(self.url, json=elsewhere, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    @pytest.mark.parametrize("key", ["viet-nam/33-ct-ttg", "long-an-2024/bai-viet"])
    async def test_what_central_bodies_or_nobody_issued_is_for_agencies_of_the_country(
        self, client: httpx.AsyncClient, keys: Keys, key: str
    ) -> None:
        url, change = f"/v1/documents/{document_id(key)}", {"url": "https://example.vn"}
        province = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        country = await keys.of("registrar") | {"If-Match": "*"}
        statuses = [
            (await client.patch(url, json=change, headers=who)).status_code
            for who in (province, country)
        ]
        assert statuses == [403, 200]

    async def test_changes_what_is_named_and_removes_what_is_null(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": '"1"'}
        before = (await client.get(self.url)).json()
        change = {"issued_on": "2022", "number": None}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 200
        after = answer.json()
        assert after.pop("updated_at") > before.pop("updated_at")
        assert after == before | change | {"date_precision": "year", "version": 2}

    async def test_the_precision_agrees_with_the_date_there_is(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU) | {"If-Match": "*"}
        statuses = [
            (await client.patch(self.url, json=change, headers=key)).status_code
            for change in (
                {"date_precision": "day"},
                {"date_precision": "year"},
                {"issued_on": "2022", "date_precision": "year"},
                {"issued_on": None},
                {"title": None},
            )
        ]
        assert statuses == [200, 422, 200, 200, 422]

    async def test_cannot_become_what_another_document_is(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        made = await client.post("/v1/documents", json=letter(), headers=key)
        same = {"number": "322-QĐ/TU", "issued_on": "2022-05-16"}
        url = made.headers["location"]
        answer = await client.patch(url, json=same, headers=key | {"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
        assert (await client.get(url)).json() == made.json()
