"""Award decisions, awards and verification over HTTP."""

import csv
import io
import json
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.tables import Agency
from app.award_decisions.corrections import restated
from app.award_decisions.tables import AwardDecision
from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys

CA_MAU = "province/96/2025-07-01"
AN_GIANG = "province/91/2025-07-01"
MEDALS = "ca-mau-2023/ky-niem-chuong"
MERITS = "ca-mau-2023/bang-khen-chu-tich-ubnd-tinh"
COMMENDATIONS = "ca-mau-2023/giay-khen-truong-ban-dan-van-tinh-uy"
BY_THE_BOARD = "u-minh-thuong-2020/giay-khen-ban-thuong-vu-huyen-uy"
BY_THE_DISTRICT = "u-minh-thuong-2020/giay-khen-ubnd-huyen"
ALL = [MEDALS, MERITS, COMMENDATIONS, BY_THE_BOARD, BY_THE_DISTRICT]
WOMEN = "u-minh-thuong-2020/chi-hoi-phu-nu-ap-dang-van-do"

Json = dict[str, Any]


def decision_id(key: str) -> str:
    return str(shipped("award_decision", key))


def organisation_id(key: str) -> str:
    return str(shipped("organisation", key))


def event_id(key: str) -> str:
    return str(shipped("event", key))


def period_id(key: str) -> str:
    return str(shipped("campaign_period", key))


def model_id(key: str) -> str:
    return str(shipped("emulation_model", key))


CEREMONY = event_id("ca-mau-2023/le-khen-thuong-2023-10-27")
TRUSTED_PLACE = model_id("ca-mau-2023/dia-chi-tin-cay-nha-tam-lanh")


def line(**changes: Any) -> Json:
    return {"form": "commendation_certificate", "participant_kind": "collective", "count": 3} | (
        changes
    )


def commendation(**changes: Any) -> Json:
    return {
        "number": "125-QĐ/BDVTU",
        "issued_on": "2023-10-20",
        "authority": organisation_id("ca-mau-2023/ban-dan-van-tinh-uy"),
        "capacity": "as_head",
        "level": "province",
        "awards": [line()],
    } | changes


async def record(client: httpx.AsyncClient, key: dict[str, str], **changes: Any) -> Json:
    answer = await client.post("/v1/award-decisions", json=commendation(**changes), headers=key)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


async def revoke(session: AsyncSession, id: str, on: str) -> None:
    await session.exec(
        update(AwardDecision)
        .where(col(AwardDecision.id) == UUID(id))
        .values(status="revoked", status_reason="Kê khai sai", status_on=date.fromisoformat(on))
    )
    await session.commit()


async def every_id(client: httpx.AsyncClient, url: str) -> list[str]:
    """All ids of a list, page by page."""
    seen: list[str] = []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    return seen


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
            ("issued_from=2000-01-01", []),
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
            (f"model={TRUSTED_PLACE},{uuid4()}&form=prize", ["later"]),
            ("participant_kind=household", ["later"]),
        ],
    )
    async def test_filters_by_what_is_known_of_dates_and_recipients(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
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
        await revoke(session, known["day"]["id"], "2024-06-01")
        own = {told["id"]: name for name, told in known.items()}
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
        told = await record(
            client, await keys.of("awarder"), awards=[line(recipients=[hamlets, {"name": "B"}])]
        )
        public = (await client.get(f"/v1/award-decisions/{told['id']}")).json()
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
        told = await record(client, own)
        url = f"/v1/award-decisions/{told['id']}"
        codes, caching = [], []
        for headers in (own, other, {}):
            answer = await client.get(url, headers=headers)
            codes.append(answer.json()["verification_code"])
            caching.append(answer.headers["cache-control"])
            assert "Authorization" in answer.headers["vary"]
        assert codes == [told["verification_code"], None, None]
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


class TestCreateAwardDecision:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/award-decisions", json=commendation())
        assert answer.status_code == 401

    async def test_needs_the_awarder_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "publisher", "appraiser")
        answer = await client.post("/v1/award-decisions", json=commendation(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stays_inside_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=AN_GIANG)
        of_the_country = organisation_id("viet-nam/ban-dan-van-trung-uong")
        for authority in (commendation()["authority"], of_the_country):
            body = commendation(authority=authority)
            answer = await client.post("/v1/award-decisions", json=body, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_what_lay_in_a_unit_of_another_era_is_for_its_successor(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        told = await record(
            client,
            await keys.of("awarder", unit=AN_GIANG),
            authority=organisation_id("u-minh-thuong-2020/ubnd-huyen"),
            level="district",
            issued_on="2020-08-03",
        )
        assert told["level"] == "district"

    async def test_stays_at_the_agencys_levels(
        self, client: httpx.AsyncClient, session: AsyncSession, keys: Keys
    ) -> None:
        key = await keys.of("awarder", name="Ban Chỉ đạo")
        await session.exec(
            update(Agency)
            .where(col(Agency.name) == "Ban Chỉ đạo")
            .values(levels=["grassroots", "district"])
        )
        await session.commit()
        answers = [
            await client.post("/v1/award-decisions", json=commendation(level=level), headers=key)
            for level in ("province", "grassroots")
        ]
        assert [answer.status_code for answer in answers] == [403, 201]
        assert answers[0].json()["code"] == "level_not_covered"

    async def test_answers_the_whole_thing_where_it_can_be_read_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        body = commendation(
            signer="Trần Văn B",
            event=CEREMONY,
            campaign_period=period_id("ca-mau-2023/2020-2023"),
            occasion="Sơ kết phong trào thi đua “Dân vận khéo”",
            date_precision="day",
            awards=[
                line(merit="Thành tích tốt", recipients=[{"name": "Tập thể A"}]),
                line(participant_kind="household", count=7),
            ],
        )
        answer = await client.post("/v1/award-decisions", json=body, headers=key)
        assert answer.status_code == 201
        told = answer.json()
        assert told["status"] == "issued"
        assert told["date_precision"] == "day"
        assert len(told["verification_code"]) == 27
        assert told["totals"] == {"collective": 3, "individual": 0, "household": 7}
        assert [award["recipients"] == [] for award in told["awards"]] == [False, True]
        assert answer.headers["cache-control"] == "private, no-cache"
        again = await client.get(answer.headers["location"], headers=key)
        assert again.json() == told
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_the_same_id_and_body_again_is_no_new_thing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        body = commendation(id=str(uuid4()), awards=[line(id=str(uuid4()))])
        answers = [
            await client.post("/v1/award-decisions", json=each, headers=key)
            for each in (body, body, body | {"number": "126-QĐ/BDVTU"})
        ]
        assert [answer.status_code for answer in answers] == [201, 200, 409]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["awards"][0]["id"] == body["awards"][0]["id"]

    async def test_a_line_cannot_take_the_id_of_another(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        taken = str(shipped("award", f"{MERITS}/tap-the"))
        answer = await client.post(
            "/v1/award-decisions",
            json=commendation(awards=[line(id=taken)]),
            headers=await keys.of("awarder"),
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")

    async def test_warns_of_a_medal_for_a_collective(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        told = await record(client, key, awards=[line(form="commemorative_medal"), line()])
        (warning,) = told["warnings"]
        assert warning["code"] == "medal_for_a_collective"
        individual = line(form="commemorative_medal", participant_kind="individual")
        assert (await record(client, key, awards=[individual]))["warnings"] == []

    @pytest.mark.parametrize(
        ("level", "issued_on", "status"),
        [
            ("district", "2025-06-30", 201),
            ("district", "2025-07-01", 422),
            ("district", "2025", 201),
            ("district", None, 201),
            ("province", "2025-07-01", 201),
        ],
    )
    async def test_the_district_level_ended_in_2025(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        level: str,
        issued_on: str | None,
        status: int,
    ) -> None:
        body = commendation(level=level, issued_on=issued_on)
        key = await keys.of("awarder")
        answer = await client.post("/v1/award-decisions", json=body, headers=key)
        assert answer.status_code == status
        if status == 422:
            assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
                ("#/level", "level_abolished")
            ]

    @pytest.mark.parametrize(
        ("changes", "errors"),
        [
            (
                {
                    "capacity": "as_friend",
                    "level": None,
                    "number": "",
                    "status": "revoked",
                    "verification_code": "1",
                    "place": "Cà Mau",
                },
                {
                    "#/capacity": "not_in_vocabulary",
                    "#/level": "not_in_vocabulary",
                    "#/number": "too_short",
                    "#/status": "read_only",
                    "#/verification_code": "read_only",
                    "#/place": "unknown_member",
                },
            ),
            ({"issued_on": "2999-01-01"}, {"#/issued_on": "in_the_future"}),
            ({"issued_on": "2023-02-30"}, {"#/issued_on": "invalid_date"}),
            ({"date_precision": "year"}, {"#/date_precision": "precision_differs"}),
            ({"signer": "A\x00"}, {"#/signer": "invalid_text"}),
            (
                {
                    "authority": str(uuid4()),
                    "event": str(uuid4()),
                    "awards": [line(recipients=[{"name": "A", "model": str(uuid4())}])],
                },
                {
                    "#/authority": "unknown_reference",
                    "#/event": "unknown_reference",
                    "#/awards/0/recipients/0/model": "unknown_reference",
                },
            ),
            (
                {
                    "awards": [
                        line(),
                        line(count=1, recipients=[{"name": "A"}, {"name": "B"}]),
                        line(count=0),
                        line(count=-1),
                        line(count=1.5),
                        line(count=True),
                        line(count=10**12),
                        line(form="bicycle"),
                        line(total=1),
                    ]
                },
                {
                    "#/awards/1/recipients": "more_names_than_count",
                    "#/awards/2/count": "out_of_range",
                    "#/awards/3/count": "out_of_range",
                    "#/awards/4/count": "not_a_number",
                    "#/awards/5/count": "not_a_number",
                    "#/awards/6/count": "out_of_range",
                    "#/awards/7/form": "not_in_vocabulary",
                    "#/awards/8/total": "unknown_member",
                },
            ),
            ({"awards": [line(id=str(UUID(int=7)))] * 2}, {"#/awards": "id_repeated"}),
            ({"awards": []}, {"#/awards": "too_few"}),
            (
                {"awards": [line(recipients=[{"name": ""}])]},
                {"#/awards/0/recipients/0/name": "too_short"},
            ),
        ],
    )
    async def test_tells_what_is_wrong(
        self, client: httpx.AsyncClient, keys: Keys, changes: Json, errors: dict[str, str]
    ) -> None:
        key = await keys.of("awarder")
        before = (await client.get("/v1/award-decisions?count=true")).json()["total"]
        body = commendation(**changes)
        answer = await client.post("/v1/award-decisions", json=body, headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors
        assert (await client.get("/v1/award-decisions?count=true")).json()["total"] == before


class TestUpdateAwardDecision:
    url = f"/v1/award-decisions/{decision_id(MERITS)}"
    collectives = str(shipped("award", f"{MERITS}/tap-the"))
    individuals = str(shipped("award", f"{MERITS}/ca-nhan"))

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("awarder", unit=CA_MAU)
        far = await keys.of("awarder", unit=AN_GIANG)
        other = await keys.of("registrar", unit=CA_MAU)
        bad = {"capacity": "as_friend"}
        restating = {"level": "central"}
        match = {"If-Match": '"1"'}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(f"/v1/award-decisions/{uuid4()}", json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=other),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad | restating, headers=near | match),
            await client.patch(self.url, json=restating, headers=near | match),
        ]
        assert [answer.status_code for answer in answers] == [
            401, 404, 403, 403, 428, 412, 422, 409,
        ]  # fmt: skip

    async def test_fills_what_is_null_and_adds_names(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        before = (await client.get(self.url)).json()
        change = {
            "number": "1999/QĐ-UBND",
            "issued_on": "2023-10-25",
            "signer": "Huỳnh Quốc Việt",
            "awards": [
                {"id": self.individuals, "recipients": [{"name": "Nguyễn Văn An"}]},
                {"id": self.collectives, "merit": "Thành tích tốt"},
            ],
        }
        answer = await client.patch(self.url, json=change, headers=key | {"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text
        after = answer.json()
        assert after["version"] == 2
        assert after["date_precision"] == "day"
        assert after["totals"] == before["totals"]
        assert after["verification_code"] is None  # it was not this agency that recorded it
        individuals, collectives = after["awards"]
        assert (individuals["id"], individuals["count"]) == (self.individuals, 15)
        assert (collectives["id"], collectives["merit"]) == (self.collectives, "Thành tích tốt")
        (an,) = individuals["recipients"]
        more = {
            "awards": [
                {"id": self.collectives},
                {
                    "id": self.individuals,
                    "recipients": [
                        {"name": "Lê Thị Bình"},
                        {"id": an["id"], "locality": str(id_of("commune/32062/-"))},
                    ],
                },
            ]
        }
        answer = await client.patch(self.url, json=more, headers=key | {"If-Match": '"2"'})
        assert answer.status_code == 200, answer.text
        named = answer.json()["awards"][1]["recipients"]
        assert [each["name"] for each in named] == ["Lê Thị Bình", "Nguyễn Văn An"]
        assert named[1]["id"] == an["id"]
        assert named[1]["locality"]["path"] == "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"
        assert answer.json()["version"] == 3
        found = (await client.get("/v1/award-decisions?q=le thi binh")).json()["items"]
        assert [item["id"] for item in found] == [before["id"]]

    async def test_an_own_change_tells_the_own_code(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        told = await record(client, key)
        url = f"/v1/award-decisions/{told['id']}"
        answer = await client.patch(url, json={"signer": "Trần Văn B"}, headers=key)
        assert answer.json()["verification_code"] == told["verification_code"]
        assert (await client.get(url, headers=key)).headers["etag"] == answer.headers["etag"]

    @pytest.mark.parametrize(
        ("change", "pointers"),
        [
            ({"number": "126-QĐ/BDVTU"}, ["#/number"]),
            ({"number": None}, ["#/number"]),
            ({"issued_on": "2023-10"}, ["#/issued_on"]),
            ({"issued_on": "2023-10-21", "capacity": "as_body"}, ["#/issued_on", "#/capacity"]),
            ({"authority": organisation_id("ca-mau-2023/ubnd-tinh")}, ["#/authority"]),
            ({"awards": [line()]}, ["#/awards", "#/awards/0"]),
            ({"awards": [{"id": "FIRST", "count": 4}, {"id": "SECOND"}]}, ["#/awards/0/count"]),
            (
                {"awards": [{"id": "SECOND", "merit": "Khác"}, {"id": "FIRST", "form": "prize"}]},
                ["#/awards/0/merit", "#/awards/1/form"],
            ),
            ({"awards": [{"id": "FIRST"}]}, ["#/awards"]),
            ({"awards": [{"id": "FIRST"}, {"id": "SECOND"}, line()]}, ["#/awards/2"]),
            (
                {"awards": [{"id": "FIRST"}, {"id": "SECOND", "recipients": []}]},
                ["#/awards/1/recipients"],
            ),
            (
                {"awards": [{"id": "FIRST"}, {"id": "SECOND", "recipients": [{"name": "B"}]}]},
                ["#/awards/1/recipients"],
            ),
            (
                {
                    "awards": [
                        {"id": "FIRST"},
                        {"id": "SECOND", "recipients": [{"id": "NAMED", "name": "B"}]},
                    ]
                },
                ["#/awards/1/recipients/0/name"],
            ),
        ],
    )
    async def test_what_is_stated_needs_a_correction(
        self, client: httpx.AsyncClient, keys: Keys, change: Json, pointers: list[str]
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        lines = [line(), line(merit="Thành tích tốt", recipients=[{"name": "A"}])]
        told = await record(client, key, awards=lines)
        first, second = told["awards"]
        text = json.dumps(change).replace("FIRST", first["id"]).replace("SECOND", second["id"])
        change = json.loads(text.replace("NAMED", second["recipients"][0]["id"]))
        url = f"/v1/award-decisions/{told['id']}"
        answer = await client.patch(url, json=change, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "correction_needed")
        assert [error["pointer"] for error in answer.json()["errors"]] == pointers
        assert (await client.get(url, headers=key)).json() == told

    @pytest.mark.parametrize(
        ("change", "errors"),
        [
            ({"issued_on": "2999"}, {"#/issued_on": "in_the_future"}),
            ({"status": "revoked", "id": "x"}, {"#/status": "read_only", "#/id": "read_only"}),
            ({"event": str(uuid4())}, {"#/event": "unknown_reference"}),
            ({"awards": None}, {"#/awards": "not_an_array"}),
            (
                {"awards": [{"id": collectives, "recipients": [{"name": "A"}] * 6}]},
                {"#/awards/0/recipients": "more_names_than_count"},
            ),
        ],
    )
    async def test_tells_what_is_wrong(
        self, client: httpx.AsyncClient, keys: Keys, change: Json, errors: dict[str, str]
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors


class TestRestated:
    """The rule of what is a correction, on plain values."""

    before: Json = {  # noqa: RUF012
        "number": None,
        "level": "province",
        "awards": [
            {"id": "a", "count": 2, "merit": None, "recipients": [{"id": "r", "name": "A"}]}
        ],
    }

    @pytest.mark.parametrize(
        ("after", "paths"),
        [
            ({}, []),
            ({"number": "1"}, []),
            ({"level": "central"}, [("level",)]),
            ({"level": None}, [("level",)]),
            ({"awards": []}, [("awards",)]),
            ({"awards": [{"id": "a"}]}, [("awards", 0, "count"), ("awards", 0, "recipients")]),
            (
                {"awards": [{"id": "a", "count": 2, "merit": "x", "recipients": [
                    {"id": None, "name": "B"}, {"id": "r", "name": "A", "locality": "l"}]}]},
                [],
            ),
            (
                {"awards": [{"id": None, "count": 2, "recipients": []}, before["awards"][0]]},
                [("awards", 0)],
            ),
        ],
    )  # fmt: skip
    def test_filling_and_naming_state_nothing_anew(self, after: Json, paths: list[object]) -> None:
        assert list(restated(self.before, self.before | after)) == paths


class TestListAwards:
    async def test_tells_every_line_with_its_decision(self, client: httpx.AsyncClient) -> None:
        items = {
            item["id"]: item
            for item in (await client.get("/v1/awards?limit=200&count=true")).json()["items"]
        }
        decisions = (await client.get("/v1/award-decisions")).json()["items"]
        told = {award["id"]: (award, each) for each in decisions for award in each["awards"]}
        assert items == {
            id: award
            | {name: decision[name] for name in ("version", "updated_at", "issued_on")}
            | {name: decision[name] for name in ("date_precision", "authority", "level", "status")}
            | {"decision": {"id": decision["id"], "number": decision["number"]}}
            for id, (award, decision) in told.items()
        }
        assert len(items) == 8

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            (f"under={id_of(CA_MAU)}", [5, 12, 15, 22]),
            (f"under={id_of(AN_GIANG)}&participant_kind=collective", [4, 20]),
            (f"authority={organisation_id('ca-mau-2023/ubnd-tinh')}", [5, 15]),
            ("level=central", [37]),
            ("form=commemorative_medal", [37]),
            ("form=merit_certificate,commemorative_medal", [5, 15, 37]),
            ("participant_kind=individual", [6, 12, 15, 37]),
            ("form=merit_certificate&participant_kind=individual", [15]),
            (f"campaign_period={period_id('ca-mau-2023/2020-2025')}", [5, 12, 15, 22, 37]),
            (f"event={CEREMONY}&level=province", [5, 12, 15, 22]),
            ("status=revoked", []),
            ("issued_from=2000-01-01", []),
            ("issued_to=2100-01-01", []),
            ("as_of=2030-01-01", []),
            (f"recipient={organisation_id(WOMEN)}", []),
            (f"model={TRUSTED_PLACE}", []),
            ("q=vi su nghiep cong tac dan van", [37]),
            ("q=thanh tich xuat sac", [4, 6]),
        ],
    )
    async def test_filters(
        self, client: httpx.AsyncClient, params: str, expected: list[int]
    ) -> None:
        answer = (await client.get(f"/v1/awards?count=true&{params}")).json()
        assert sorted(item["count"] for item in answer["items"]) == expected
        assert answer["total"] == len(expected)

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            (f"recipient={organisation_id(WOMEN)}", [3]),
            (f"model={TRUSTED_PLACE}", [3]),
            ("q=nguyen van an", [3]),
            ("q=125 qd bdvtu", [3, 7]),
            ("as_of=2023-10-20", [3, 7]),
            ("issued_from=2023-10-20&issued_to=2023-10-20&participant_kind=household", [7]),
        ],
    )
    async def test_looks_for_recipients_on_the_line_itself(
        self, client: httpx.AsyncClient, keys: Keys, params: str, expected: list[int]
    ) -> None:
        an = {
            "name": "Nguyễn Văn An",
            "organisation": organisation_id(WOMEN),
            "model": TRUSTED_PLACE,
        }
        lines = [line(recipients=[an]), line(participant_kind="household", count=7)]
        await record(client, await keys.of("awarder"), awards=lines)
        answer = (await client.get(f"/v1/awards?{params}")).json()
        assert sorted(item["count"] for item in answer["items"]) == expected

    @pytest.mark.parametrize("sort", ["issued_on", "-issued_on", "updated_at", "-updated_at"])
    async def test_pages_to_the_end_and_keeps_the_lines_of_a_decision_together(
        self, client: httpx.AsyncClient, keys: Keys, sort: str
    ) -> None:
        key = await keys.of("awarder")
        for issued_on in ("2022", "2022", "2023-10-20"):
            await record(client, key, issued_on=issued_on, awards=[line()] * 3)
        seen = await every_id(client, f"/v1/awards?limit=2&sort={sort}")
        assert len(seen) == len(set(seen)) == 17
        assert seen == await every_id(client, f"/v1/awards?limit=200&sort={sort}")
        items = (await client.get(f"/v1/awards?limit=200&sort={sort}")).json()["items"]
        decisions = [item["decision"]["id"] for item in items]
        changes = sum(one != other for one, other in pairwise(decisions))
        assert changes == len(set(decisions)) - 1

    async def test_is_the_same_as_a_table_and_as_lines(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/awards")).json()["items"]
        lines = (await client.get("/v1/awards?format=ndjson")).text.splitlines()
        table = (await client.get("/v1/awards", headers={"Accept": "text/csv"})).text
        assert [json.loads(line) for line in lines] == items
        rows = list(csv.DictReader(io.StringIO(table)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "form", "title", "merit", "participant_kind", "count",
            "decision.id", "decision.number", "issued_on", "date_precision", "authority.id",
            "authority.name", "level", "status",
        ]  # fmt: skip
        assert [row["id"] for row in rows] == [item["id"] for item in items]


class TestVerifyAward:
    async def test_tells_what_a_valid_code_stands_for_without_names(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        told = await record(
            client,
            await keys.of("awarder"),
            awards=[
                line(form="merit_certificate", recipients=[{"name": "Nguyễn Văn An"}]),
                line(),
                line(form="merit_certificate", participant_kind="individual", count=12),
            ],
        )
        answer = await client.get(f"/v1/verify/{told['verification_code']}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "status": "valid",
            "number": "125-QĐ/BDVTU",
            "issued_on": "2023-10-20",
            "authority": told["authority"],
            "level": "province",
            "forms": [
                {"form": "merit_certificate", "count": 15},
                {"form": "commendation_certificate", "count": 3},
            ],
            "revoked_on": None,
        }

    async def test_reads_a_code_as_it_was_copied_by_hand(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        code = (await record(client, await keys.of("awarder")))["verification_code"].lower()
        copied = "-".join(code[start : start + 5] for start in range(0, 27, 5))
        assert (await client.get(f"/v1/verify/{copied}")).json()["status"] == "valid"

    async def test_tells_since_when_a_decision_is_revoked(
        self, client: httpx.AsyncClient, session: AsyncSession, keys: Keys
    ) -> None:
        told = await record(client, await keys.of("awarder"))
        await revoke(session, told["id"], "2024-06-01")
        answer = (await client.get(f"/v1/verify/{told['verification_code']}")).json()
        assert (answer["status"], answer["revoked_on"]) == ("revoked", "2024-06-01")

    @pytest.mark.parametrize(
        "code", ["0" * 27, "0" * 26 + "1", "x", "%00", "%20", "Ố" * 27, "9" * 5000, "a%2Fb"]
    )
    async def test_other_codes_are_unknown(self, client: httpx.AsyncClient, code: str) -> None:
        answer = await client.get(f"/v1/verify/{code}")
        if "%2F" in code:
            assert answer.status_code == 404
            return
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "status": "unknown",
            "number": None,
            "issued_on": None,
            "authority": None,
            "level": None,
            "forms": [],
            "revoked_on": None,
        }

    async def test_a_mistyped_code_is_unknown(self, client: httpx.AsyncClient, keys: Keys) -> None:
        code = (await record(client, await keys.of("awarder")))["verification_code"]
        typed = ("1" if code[0] != "1" else "2") + code[1:]
        assert (await client.get(f"/v1/verify/{typed}")).json()["status"] == "unknown"

    async def test_takes_no_parameters_and_offers_json_alone(
        self, client: httpx.AsyncClient
    ) -> None:
        url = "/v1/verify/x"
        assert (await client.get(f"{url}?a=1")).status_code == 422
        assert (await client.get(url, headers={"Accept": "text/csv"})).status_code == 406
