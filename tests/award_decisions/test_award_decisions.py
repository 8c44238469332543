"""Reading award decisions over HTTP."""

import csv
import io
import json
from uuid import UUID, uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.awarding import (
    ALL,
    AN_GIANG,
    BY_THE_BOARD,
    BY_THE_DISTRICT,
    CA_MAU,
    CEREMONY,
    COMMENDATIONS,
    MEDALS,
    MERITS,
    TRUSTED_PLACE,
    WOMEN,
    decision_id,
    every_id,
    line,
    organisation_id,
    period_id,
    record,
    revoke,
)


class TestListAwardDecisions:
    async def test_tells_the_counts_as_they_were_printed(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/award-decisions")).json()["items"]
        lines = {
            item["id"]: [(award["participant_kind"], award["count"]) for award in item["awards"]]
            for item in items
        }
        assert lines == {
            decision_id(MEDALS): [("individual", 37)],
            decision_id(MERITS): [("collective", 5), ("individual", 15)],
            decision_id(COMMENDATIONS): [("individual", 12), ("collective", 22)],
            decision_id(BY_THE_BOARD): [("collective", 4), ("individual", 6)],
            decision_id(BY_THE_DISTRICT): [("collective", 20)],
        }

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ("", ALL),
            (f"under={id_of(CA_MAU)}", [MERITS, COMMENDATIONS]),
            (f"under={id_of('district/913/-')}", [BY_THE_BOARD, BY_THE_DISTRICT]),
            (f"under={id_of(AN_GIANG)}", [BY_THE_BOARD, BY_THE_DISTRICT]),
            (f"under={id_of('country/VN/-')}", ALL),
            (f"authority={organisation_id('ca-mau-2023/ubnd-tinh')}", [MERITS]),
            (
                f"authority={organisation_id('ca-mau-2023/ubnd-tinh')},"
                f"{organisation_id('viet-nam/ban-dan-van-trung-uong')}",
                [MERITS, MEDALS],
            ),
            ("level=central", [MEDALS]),
            ("level=central,district", [MEDALS, BY_THE_BOARD, BY_THE_DISTRICT]),
            ("form=commemorative_medal", [MEDALS]),
            ("form=merit_certificate,commemorative_medal", [MERITS, MEDALS]),
            ("form=prize", []),
            ("participant_kind=collective", [MERITS, COMMENDATIONS, BY_THE_BOARD, BY_THE_DISTRICT]),
            ("participant_kind=household", []),
            ("participant_kind=individual&level=district", [BY_THE_BOARD]),
            (
                f"campaign_period={period_id('ca-mau-2023/2020-2023')}",
                [MEDALS, MERITS, COMMENDATIONS],
            ),
            (
                f"campaign_period={period_id('ca-mau-2023/2020-2025')}",
                [MEDALS, MERITS, COMMENDATIONS],
            ),
            ("campaign_period=none", []),
            (f"event={CEREMONY}", [MEDALS, MERITS, COMMENDATIONS]),
            ("event=none", []),
            ("status=issued", ALL),
            ("status=revoked,corrected", []),
            ("issued_from=0001-01-01", []),
            ("issued_to=2100-01-01", []),
            ("as_of=2025-01-01", []),
            (f"recipient={organisation_id(WOMEN)}", []),
            (f"model={TRUSTED_PLACE}", []),
            ("q=vi su nghiep cong tac dan van", [MEDALS]),
            ("q=thanh tich cong tac chi dao", [BY_THE_BOARD]),
            ("q=thanh tich", [BY_THE_BOARD, BY_THE_DISTRICT]),
            ("q=nguyen van an", []),
        ],
    )
    async def test_filters(
        self, client: httpx.AsyncClient, params: str, expected: list[str]
    ) -> None:
        answer = (await client.get(f"/v1/award-decisions?count=true&{params}")).json()
        found = [item["id"] for item in answer["items"]]
        assert sorted(found) == sorted(map(decision_id, expected))
        assert answer["total"] == len(expected)

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ("issued_from=2023-10-20", ["day", "later"]),
            ("issued_from=2023-10-21", ["later"]),
            ("issued_from=2023-01-01&issued_to=2023-12-31", ["day", "year"]),
            ("issued_from=2023-01-02&issued_to=2023-12-31", ["day"]),
            ("issued_to=2023-12-30", ["day"]),
            ("as_of=2023-10-19", []),
            ("as_of=2023-10-20", ["day"]),
            ("as_of=2023-12-31", ["day", "year"]),
            ("as_of=2024-05-01", ["day", "year", "later"]),
            ("as_of=2024-06-01", ["year", "later"]),
            ("as_of=2024-05-31&status=revoked", ["day"]),
            ("status=revoked", ["day"]),
            ("q=125 qd bdvtu", ["day"]),
            ("q=126", ["year"]),
            ("q=tong ket giai doan", ["later"]),
            ("q=to vann doi cong", ["later"]),
            (f"recipient={organisation_id(WOMEN)}", ["later"]),
            (f"model={TRUSTED_PLACE}", ["later"]),
            (f"model={TRUSTED_PLACE},{UUID(int=4)}&form=prize", ["later"]),
            ("participant_kind=household", ["later"]),
        ],
    )
    async def test_filters_by_what_is_known_of_dates_and_recipients(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        params: str,
        expected: list[str],
    ) -> None:
        key = await keys.of("awarder")
        recipient = {"organisation": organisation_id(WOMEN), "model": TRUSTED_PLACE}
        known = {
            "day": await record(client, key),
            "year": await record(client, key, number="126-QĐ/BDVTU", issued_on="2023"),
            "later": await record(
                client,
                key,
                number=None,
                issued_on="2024-01-05",
                occasion="Tổng kết giai đoạn",
                awards=[
                    line(
                        form="prize",
                        participant_kind="household",
                        recipients=[{"name": "Tổ vần đổi công"} | recipient],
                    )
                ],
            ),
        }
        await revoke(client, key, known["day"]["id"], "2024-06-01")
        own = {serialized["id"]: name for name, serialized in known.items()}
        answer = (await client.get(f"/v1/award-decisions?{params}")).json()
        found = [own[item["id"]] for item in answer["items"] if item["id"] in own]
        assert sorted(found) == sorted(expected)

    async def test_puts_the_newest_first_and_unknown_dates_last_both_ways(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        for issued_on in ("2022", "2023-10-20", "2021-03", "--06-05"):
            await record(client, key, issued_on=issued_on)
        dates = {
            sort: [
                item["issued_on"]
                for item in (await client.get(f"/v1/award-decisions{sort}")).json()["items"]
            ]
            for sort in ("", "?sort=-issued_on", "?sort=issued_on")
        }
        assert dates[""] == dates["?sort=-issued_on"]
        assert dates[""][:3] == ["2023-10-20", "2022", "2021-03"]
        assert dates["?sort=issued_on"][:3] == ["2021-03", "2022", "2023-10-20"]
        assert set(dates[""][3:]) == set(dates["?sort=issued_on"][3:]) == {None, "--06-05"}

    async def test_a_search_tells_the_number_before_other_text_then_the_newest(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        older = await record(client, key, number="1-QĐ", issued_on="2022", occasion="Số 777")
        newer = await record(client, key, number="2-QĐ", issued_on="2023", occasion="Số 777")
        titled = await record(client, key, number="777-QĐ", issued_on="2021")
        named = await record(
            client, key, number="3-QĐ", issued_on="2024", awards=[line(title="Giải thưởng 777")]
        )
        answer = (await client.get("/v1/award-decisions?q=777")).json()
        assert [item["id"] for item in answer["items"]] == [
            each["id"] for each in (titled, named, newer, older)
        ]

    @pytest.mark.parametrize("sort", ["issued_on", "-issued_on", "updated_at", "-updated_at"])
    async def test_pages_to_the_end_without_gaps(
        self, client: httpx.AsyncClient, keys: Keys, sort: str
    ) -> None:
        key = await keys.of("awarder")
        for issued_on in ("2022", "2022", "2023-10-20"):
            await record(client, key, issued_on=issued_on)
        seen = await every_id(client, f"/v1/award-decisions?limit=2&sort={sort}")
        assert len(seen) == len(set(seen)) == 8

    async def test_is_the_same_as_a_table_and_as_lines(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        await record(client, await keys.of("awarder"), occasion="=Sơ kết")
        items = (await client.get("/v1/award-decisions")).json()["items"]
        lines = (await client.get("/v1/award-decisions?format=ndjson")).text.splitlines()
        table = (await client.get("/v1/award-decisions", headers={"Accept": "text/csv"})).text
        assert [json.loads(line) for line in lines] == items
        rows = list(csv.DictReader(io.StringIO(table)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "number", "issued_on", "date_precision", "authority.id",
            "authority.name", "capacity", "signer", "level", "event.id", "event.name",
            "campaign_period.id", "campaign_period.name", "occasion", "status", "status_reason",
            "status_on", "verification_code", "totals.collective", "totals.individual",
            "totals.household",
        ]  # fmt: skip
        assert [row["id"] for row in rows] == [item["id"] for item in items]
        assert rows[0]["occasion"] == "'=Sơ kết"
        assert rows[0]["totals.collective"] == "3"

    async def test_never_tells_a_verification_code(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        code = (await record(client, key))["verification_code"]
        for form in ("json", "ndjson", "csv"):
            for path in ("award-decisions", "awards"):
                answer = await client.get(f"/v1/{path}?format={form}", headers=key)
                assert answer.status_code == 200
                assert code not in answer.text

    @pytest.mark.parametrize(
        ("params", "parameter", "code"),
        [
            ("sort=number", "sort", "not_in_vocabulary"),
            ("form=bicycle", "form.0", "not_in_vocabulary"),
            ("level=ward", "level.0", "not_in_vocabulary"),
            ("as_of=2023-02-30", "as_of", "invalid_date"),
            ("recipient=1", "recipient.0", "invalid_id"),
            ("number=1", "number", "unknown_parameter"),
            ("limit=0", "limit", "out_of_range"),
        ],
    )
    @pytest.mark.parametrize("path", ["award-decisions", "awards"])
    async def test_refuses_parameters_it_does_not_have(
        self, client: httpx.AsyncClient, path: str, params: str, parameter: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/{path}?{params}")
        assert answer.status_code == 422
        assert [(e["parameter"], e["code"]) for e in answer.json()["errors"]] == [(parameter, code)]


class TestGetAwardDecision:
    url = f"/v1/award-decisions/{decision_id(MERITS)}"

    async def test_tells_everything_that_is_known(self, client: httpx.AsyncClient) -> None:
        content = (await client.get(self.url)).json()
        assert content.pop("updated_at")
        assert content == {
            "id": decision_id(MERITS),
            "version": 1,
            "number": None,
            "issued_on": None,
            "date_precision": None,
            "authority": {
                "id": organisation_id("ca-mau-2023/ubnd-tinh"),
                "name": "Ủy ban nhân dân tỉnh Cà Mau",
            },
            "capacity": "as_head",
            "signer": None,
            "level": "province",
            "event": {"id": CEREMONY, "name": content["event"]["name"]},
            "campaign_period": {
                "id": period_id("ca-mau-2023/2020-2023"),
                "name": content["campaign_period"]["name"],
            },
            "occasion": None,
            "status": "issued",
            "status_reason": None,
            "status_on": None,
            "verification_code": None,
            "awards": [
                {
                    "id": str(shipped("award", f"{MERITS}/{kind}")),
                    "form": "merit_certificate",
                    "title": None,
                    "merit": None,
                    "participant_kind": participant_kind,
                    "count": count,
                    "recipients": [],
                }
                for kind, participant_kind, count in (
                    ("tap-the", "collective", 5),
                    ("ca-nhan", "individual", 15),
                )
            ],
            "totals": {"collective": 5, "individual": 15, "household": 0},
            "warnings": [],
        }

    async def test_places_are_told_as_they_were_on_its_day(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        hamlets = {
            "name": "Chi đoàn Ấp 8",
            "locality": str(id_of("commune/32062/-")),
            "organisation": organisation_id(WOMEN),
            "model": TRUSTED_PLACE,
        }
        serialized = await record(
            client, await keys.of("awarder"), awards=[line(recipients=[hamlets, {"name": "B"}])]
        )
        public = (await client.get(f"/v1/award-decisions/{serialized['id']}")).json()
        (award,) = public["awards"]
        first, second = award["recipients"]
        assert first["locality"]["path"] == "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"
        assert first["organisation"]["name"].startswith("Chi hội Phụ nữ ấp Đặng Văn Do")
        assert first["model"] == {"id": TRUSTED_PLACE, "title": "Địa chỉ tin cậy, nhà tạm lánh"}
        assert second == {
            "id": second["id"],
            "name": "B",
            "organisation": None,
            "locality": None,
            "model": None,
        }

    async def test_tells_the_verification_code_to_the_awarding_agency_alone(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        own = await keys.of("awarder", name="Ban Dân vận Tỉnh ủy Cà Mau")
        other = await keys.of("awarder", "administrator", name="Cơ quan khác")
        serialized = await record(client, own)
        url = f"/v1/award-decisions/{serialized['id']}"
        codes, caching = [], []
        for headers in (own, other, {}):
            answer = await client.get(url, headers=headers)
            codes.append(answer.json()["verification_code"])
            caching.append(answer.headers["cache-control"])
            assert "Authorization" in answer.headers["vary"]
        assert codes == [serialized["verification_code"], None, None]
        assert caching == ["private, no-cache", "public, no-cache", "public, no-cache"]

    @pytest.mark.parametrize("header", ["Bearer kheo_x", "Bearer ", "kheo_x", "Basic a2hlbw=="])
    async def test_a_bad_key_is_told_as_bad(self, client: httpx.AsyncClient, header: str) -> None:
        answer = await client.get(self.url, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_is_not_modified_until_it_changes(self, client: httpx.AsyncClient) -> None:
        first = await client.get(self.url)
        again = await client.get(self.url, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/award-decisions/{uuid4()}")).status_code == 404
        assert (await client.get("/v1/award-decisions/1")).status_code == 422

    async def test_its_key_is_documented_as_optional(self, client: httpx.AsyncClient) -> None:
        paths = (await client.get("/v1/openapi.json")).json()["paths"]
        security = paths["/v1/award-decisions/{id}"]["get"]["security"]
        assert {} in security
        assert len(security) == 2
