"""Recording award decisions over HTTP."""

from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.tables import Agency
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.awarding import (
    AN_GIANG,
    CA_MAU,
    CEREMONY,
    MERITS,
    Json,
    commendation,
    line,
    organisation_id,
    period_id,
    record,
)


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
        serialized = await record(
            client,
            await keys.of("awarder", unit=AN_GIANG),
            authority=organisation_id("u-minh-thuong-2020/ubnd-huyen"),
            level="district",
            issued_on="2020-08-03",
        )
        assert serialized["level"] == "district"

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
        serialized = answer.json()
        assert serialized["status"] == "issued"
        assert serialized["date_precision"] == "day"
        assert len(serialized["verification_code"]) == 27
        assert serialized["totals"] == {"collective": 3, "individual": 0, "household": 7}
        assert [award["recipients"] == [] for award in serialized["awards"]] == [False, True]
        assert answer.headers["cache-control"] == "private, no-cache"
        again = await client.get(answer.headers["location"], headers=key)
        assert again.json() == serialized
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

    @pytest.mark.parametrize(
        "lines",
        [
            [line(id=str(shipped("award", f"{MERITS}/tap-the")))],
            [line(id=str(UUID(int=7)))] * 2,
            [line(recipients=[{"id": str(UUID(int=7)), "name": name} for name in "AB"])],
            [line(recipients=[{"id": str(UUID(int=7)), "name": "A"}])] * 2,
        ],
    )
    async def test_no_two_parts_have_one_id(
        self, client: httpx.AsyncClient, keys: Keys, lines: list[Json]
    ) -> None:
        key = await keys.of("awarder")
        body = commendation(awards=lines)
        answer = await client.post("/v1/award-decisions", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")

    async def test_warns_of_a_medal_for_a_collective(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(client, key, awards=[line(form="commemorative_medal"), line()])
        (warning,) = serialized["warnings"]
        assert warning["code"] == "medal_for_a_collective"
        assert warning["detail"] == "Commemorative medals are given to individuals"
        individual = line(form="commemorative_medal", participant_kind="individual")
        assert (await record(client, key, awards=[individual]))["warnings"] == []

    async def test_warns_in_the_language_of_the_caller(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder") | {"Accept-Language": "vi"}
        medals = line(form="commemorative_medal")
        serialized = await record(client, key, awards=[medals, medals])
        warning = {
            "code": "medal_for_a_collective",
            "detail": "Kỷ niệm chương được tặng cho cá nhân",
        }
        assert serialized["warnings"] == [warning, warning]
        url = f"/v1/award-decisions/{serialized['id']}"
        one = await client.get(url, headers=key)
        assert one.json() == serialized
        vietnamese = {"Accept-Language": "vi-VN,en;q=0.5"}
        of_all = await client.get(f"{url}", headers=vietnamese)
        in_list = await client.get("/v1/award-decisions", headers=vietnamese)
        assert of_all.json()["warnings"] == [warning, warning]
        assert in_list.json()["items"][0]["warnings"] == [warning, warning]
        for answer in (one, of_all, in_list):
            assert "Accept-Language" in answer.headers["vary"]

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
