"""Events over HTTP."""

import csv
import io
import json
from uuid import UUID, uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys

CA_MAU = "province/96/2025-07-01"
AN_GIANG = "province/91/2025-07-01"
HA_TINH = "province/42/-"
CAM_XUYEN = "district/446/-"
REVIEW = "ca-mau-2023/hoi-nghi-so-ket-2023-10-27"
CEREMONY = "ca-mau-2023/le-khen-thuong-2023-10-27"
FINAL_REVIEW = "u-minh-thuong-2020/hoi-nghi-tong-ket-2020-08-04"
MEETING_CAM_XUYEN = "ha-tinh-2023/khao-sat-cam-xuyen"
VISIT_CAM_XUYEN = "ha-tinh-2023/khao-sat-mo-hinh-cam-xuyen"
MEETING_CITY = "ha-tinh-2023/khao-sat-tp-ha-tinh"
VISIT_CITY = "ha-tinh-2023/khao-sat-mo-hinh-tp-ha-tinh"
CONTEST = "ha-tinh-2023/hoi-thi-dan-van-kheo"
FARM = str(shipped("emulation_model", "ha-tinh-2023/san-xuat-nong-nghiep-tuan-hoan-cam-binh"))
HAMLET = str(shipped("emulation_model", "ha-tinh-2023/to-dan-pho-mau-ngoi-nha-tri-tue"))

FINAL_PERIOD = str(shipped("campaign_period", "u-minh-thuong-2020/2016-2020"))
STEERING_COMMITTEE = str(shipped("organisation", "ha-tinh-2023/ban-chi-dao-tinh"))


def event_id(key: str) -> str:
    return str(shipped("event", key))


def period_id(key: str) -> str:
    return str(shipped("campaign_period", key))


def visit(**changes: object) -> dict[str, object]:
    return {
        "kind": "survey_visit",
        "name": "Khảo sát lại các mô hình tiêu biểu",
        "held_on": "2024-03",
        "locality": str(id_of(CAM_XUYEN)),
    } | changes


class TestListEvents:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ("kind=contest,award_ceremony", [CONTEST, CEREMONY]),
            (f"under={id_of(CA_MAU)}", [REVIEW, CEREMONY]),
            (f"under={id_of(AN_GIANG)}", [FINAL_REVIEW]),
            (f"under={id_of(HA_TINH)}", [MEETING_CAM_XUYEN, VISIT_CAM_XUYEN, MEETING_CITY,
                                         VISIT_CITY, CONTEST]),
            (f"locality={id_of(HA_TINH)}", [CONTEST]),
            (f"campaign_period={period_id('ca-mau-2023/2020-2023')}", [REVIEW, CEREMONY]),
            (f"campaign_period={period_id('ca-mau-2023/2020-2025')}", [REVIEW, CEREMONY]),
            (f"campaign_period={period_id('ca-mau-2023/2023-2025')}", []),
            (f"campaign_period=none,{FINAL_PERIOD}", [CONTEST, FINAL_REVIEW]),
            (f"campaign_period={period_id('ca-mau-2023/2020-2023')},{FINAL_PERIOD}",
             [REVIEW, CEREMONY, FINAL_REVIEW]),
            ("campaign_period=none", [CONTEST]),
            (f"organiser={STEERING_COMMITTEE}&kind=survey_visit",
             [MEETING_CAM_XUYEN, VISIT_CAM_XUYEN, MEETING_CITY, VISIT_CITY]),
            ("organiser=none", [REVIEW, CEREMONY, CONTEST]),
            ("held_from=2020-08-04&held_to=2020-08-04", [FINAL_REVIEW]),
            ("held_from=0001-01-01", [REVIEW, CEREMONY, FINAL_REVIEW]),
            (f"model={FARM}", [VISIT_CAM_XUYEN]),
            (f"model={FARM},{HAMLET}", [VISIT_CAM_XUYEN, VISIT_CITY]),
            (f"model=none&locality={id_of(CAM_XUYEN)}", [MEETING_CAM_XUYEN]),
            (f"model=none,{FARM}&locality={id_of(CAM_XUYEN)}", [MEETING_CAM_XUYEN,
                                                                 VISIT_CAM_XUYEN]),
            (f"model={UUID(int=4)}", []),
            ("q=hoi nghi so ket ca mau", [REVIEW, CEREMONY]),
            ("q=hoi thi sap toi", [CONTEST]),
        ],
    )  # fmt: skip
    async def test_filters(
        self, client: httpx.AsyncClient, params: str, expected: list[str]
    ) -> None:
        answer = (await client.get(f"/v1/events?count=true&{params}")).json()
        found = [item["id"] for item in answer["items"]]
        assert sorted(found) == sorted(map(event_id, expected))
        assert answer["total"] == len(expected)

    async def test_puts_the_latest_first_and_unknown_dates_last_both_ways(
        self, client: httpx.AsyncClient
    ) -> None:
        days = {
            sort: [
                item["held_on"] for item in (await client.get(f"/v1/events{sort}")).json()["items"]
            ]
            for sort in ("", "?sort=-held_on", "?sort=held_on")
        }
        assert days[""][:3] == ["2023-10-27", "2023-10-27", "2020-08-04"]
        assert days["?sort=-held_on"] == days[""]
        assert days["?sort=held_on"][:3] == ["2020-08-04", "2023-10-27", "2023-10-27"]
        assert sorted(map(str, days[""][3:])) == ["--06-05", "--06-05", "None", "None", "None"]

    @pytest.mark.parametrize("sort", ["held_on", "-held_on", "updated_at", "-updated_at"])
    async def test_pages_to_the_end_without_gaps(
        self, client: httpx.AsyncClient, sort: str
    ) -> None:
        seen: list[str] = []
        url = f"/v1/events?limit=2&sort={sort}"
        while url:
            answer = await client.get(url)
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 8

    async def test_is_the_same_as_a_table_and_as_lines(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/events")).json()["items"]
        lines = (await client.get("/v1/events?format=ndjson")).text.splitlines()
        table = (await client.get("/v1/events?format=csv")).text
        assert [json.loads(line) for line in lines] == items
        rows = list(csv.DictReader(io.StringIO(table)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "kind", "name", "held_on", "ends_on", "date_precision",
            "locality.id", "locality.code", "locality.path", "campaign_period.id",
            "campaign_period.name", "organiser.id", "organiser.name", "description",
        ]  # fmt: skip
        undated = [row["held_on"] for row in rows if row["date_precision"] == "day_without_year"]
        assert undated == ["'--06-05", "'--06-05"]  # no formula for a spreadsheet to work out

    @pytest.mark.parametrize(
        ("params", "parameter", "code"),
        [
            ("sort=name", "sort", "not_in_vocabulary"),
            ("held_from=2023", "held_from", "invalid_date"),
            ("model=x", "model.0", "invalid_id"),
            ("place=x", "place", "unknown_parameter"),
        ],
    )
    async def test_refuses_parameters_it_does_not_have(
        self, client: httpx.AsyncClient, params: str, parameter: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/events?{params}")
        assert answer.status_code == 422
        assert [(e["parameter"], e["code"]) for e in answer.json()["errors"]] == [(parameter, code)]


class TestGetEvent:
    async def test_tells_everything_that_is_known(self, client: httpx.AsyncClient) -> None:
        content = (await client.get(f"/v1/events/{event_id(VISIT_CAM_XUYEN)}")).json()
        assert content.pop("updated_at")
        assert content.pop("description").startswith("Diễn ra trước buổi làm việc ngày 5/6")
        assert content == {
            "id": event_id(VISIT_CAM_XUYEN),
            "version": 1,
            "kind": "survey_visit",
            "name": "Khảo sát thực tế mô hình tại huyện Cẩm Xuyên",
            "held_on": None,
            "ends_on": None,
            "date_precision": None,
            "locality": {
                "id": str(id_of(CAM_XUYEN)),
                "level": "district",
                "code": "446",
                "name": "Cẩm Xuyên",
                "full_name": "Huyện Cẩm Xuyên",
                "path": "Huyện Cẩm Xuyên, Tỉnh Hà Tĩnh",
            },
            "campaign_period": {
                "id": period_id("ha-tinh-2023/cam-xuyen-2008-2023"),
                "name": "Phong trào thi đua “Dân vận khéo” huyện Cẩm Xuyên, giai đoạn 2008 - 2023",
            },
            "organiser": {
                "id": STEERING_COMMITTEE,
                "name": "Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh Hà Tĩnh",
            },
            "delegations": [
                {
                    "id": str(shipped("event_delegation", f"{VISIT_CAM_XUYEN}/0")),
                    "organisation": {
                        "id": STEERING_COMMITTEE,
                        "name": "Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh Hà Tĩnh",
                    },
                    "name": "Đoàn công tác Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh",
                    "head": None,
                    "size": None,
                }
            ],
            "models_visited": [{"id": FARM, "title": "Sản xuất nông nghiệp tuần hoàn"}],
        }

    async def test_invents_no_year(self, client: httpx.AsyncClient) -> None:
        content = (await client.get(f"/v1/events/{event_id(MEETING_CITY)}")).json()
        assert content["held_on"] == "--06-05"
        assert content["date_precision"] == "day_without_year"
        assert content["models_visited"] == []
        assert [each["head"] for each in content["delegations"]] == [
            "Phó Trưởng ban Dân vận Tỉnh ủy"
        ]

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/events/{uuid4()}")).status_code == 404


class TestCreateEvent:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/events", json=visit())).status_code == 401

    async def test_needs_the_registrar_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("appraiser", unit=HA_TINH)
        answer = await client.post("/v1/events", json=visit(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stays_inside_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        answer = await client.post("/v1/events", json=visit(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_answers_the_whole_thing_where_it_can_be_read_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH)
        body = visit(
            held_on="2024-03-04",
            ends_on="2024-03",
            date_precision="day",
            description="Đoàn kiểm tra việc nhân rộng.",
            models_visited=[HAMLET, FARM, FARM],
        )
        answer = await client.post("/v1/events", json=body, headers=key)
        assert answer.status_code == 201
        serialized = answer.json()
        assert [serialized[name] for name in ("held_on", "ends_on", "date_precision")] == [
            "2024-03-04", "2024-03", "day",
        ]  # fmt: skip
        assert [model["id"] for model in serialized["models_visited"]] == [FARM, HAMLET]  # by title
        again = await client.get(answer.headers["location"])
        assert again.json() == serialized
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_tells_who_came_in_the_order_that_was_sent(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH)
        sent = [
            {"name": "Đoàn Ban Chỉ đạo tỉnh", "organisation": STEERING_COMMITTEE, "size": 12},
            {"name": "Đại diện 9/101 xã, phường, thị trấn", "head": "Trưởng đoàn"},
        ]
        body = visit(delegations=sent)
        serialized = (await client.post("/v1/events", json=body, headers=key)).json()
        first, second = serialized["delegations"]
        assert first == {
            "id": first["id"],
            "organisation": {
                "id": STEERING_COMMITTEE,
                "name": "Ban Chỉ đạo Phong trào thi đua “Dân vận khéo” tỉnh Hà Tĩnh",
            },
            "name": "Đoàn Ban Chỉ đạo tỉnh",
            "head": None,
            "size": 12,
        }
        assert (second["organisation"], second["head"], second["size"]) == (
            None,
            "Trưởng đoàn",
            None,
        )
        (listed,) = (
            item
            for item in (await client.get("/v1/events?held_from=2024-01-01")).json()["items"]
            if item["id"] == serialized["id"]
        )
        assert listed == serialized

    async def test_tells_the_place_as_it_was_on_the_day(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH)
        commune = str(id_of("commune/18685/-"))
        paths = []
        for held_on in ("2023-06-05", "2023-06", "--06-05", None):
            body = visit(locality=commune, held_on=held_on)
            answer = await client.post("/v1/events", json=body, headers=key)
            paths.append(answer.json()["locality"]["path"])
        then = "Xã Cẩm Bình, Huyện Cẩm Xuyên, Tỉnh Hà Tĩnh"
        at_last = "Xã Cẩm Bình, Thành phố Hà Tĩnh, Tỉnh Hà Tĩnh"
        assert paths == [then, then, at_last, at_last]

    async def test_the_same_id_and_body_again_is_no_new_thing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        body = visit(id=str(uuid4()))
        statuses = [
            (await client.post("/v1/events", json=each, headers=key)).status_code
            for each in (body, body, body | {"held_on": None})
        ]
        assert statuses == [201, 200, 409]

    @pytest.mark.parametrize(
        ("changes", "errors"),
        [
            (
                {"kind": "party", "name": "", "locality": None, "models_visited": "all", "on": 1},
                {
                    "#/kind": "not_in_vocabulary",
                    "#/name": "too_short",
                    "#/locality": "invalid_id",
                    "#/models_visited": "not_an_array",
                    "#/on": "unknown_member",
                },
            ),
            ({"held_on": "05/06"}, {"#/held_on": "invalid_date"}),
            (
                {
                    "delegations": [
                        {"name": "", "size": 0},
                        {"size": 1.5},
                        {"name": "A", "size": True},
                    ]
                },
                {
                    "#/delegations/0/name": "too_short",
                    "#/delegations/0/size": "out_of_range",
                    "#/delegations/1/name": "missing",
                    "#/delegations/1/size": "not_a_number",
                    "#/delegations/2/size": "not_a_number",
                },
            ),
            ({"ends_on": "2024-02"}, {"#/ends_on": "ends_before_start"}),
            ({"date_precision": "day"}, {"#/date_precision": "precision_differs"}),
            (
                {
                    "locality": str(uuid4()),
                    "campaign_period": str(uuid4()),
                    "organiser": str(uuid4()),
                    "models_visited": [FARM, str(uuid4())],
                    "delegations": [{"name": "A", "organisation": str(uuid4())}],
                },
                {
                    "#/delegations/0/organisation": "unknown_reference",
                    "#/locality": "unknown_reference",
                    "#/campaign_period": "unknown_reference",
                    "#/organiser": "unknown_reference",
                    "#/models_visited/1": "unknown_reference",
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
        key = await keys.of("registrar", unit=HA_TINH)
        answer = await client.post("/v1/events", json=visit(**changes), headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors


class TestUpdateEvent:
    url = f"/v1/events/{event_id(VISIT_CAM_XUYEN)}"

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("registrar", unit=HA_TINH)
        far = await keys.of("registrar", unit=CA_MAU)
        bad = {"kind": "party"}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(f"/v1/events/{uuid4()}", json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"1"'}),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 403, 428, 412, 422]

    async def test_cannot_be_moved_out_of_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": "*"}
        elsewhere = {"locality": str(id_of(CA_MAU))}
        answer = await client.patch(self.url, json=elsewhere, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_changes_what_is_named_and_removes_what_is_null(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": '"1"'}
        before = (await client.get(self.url)).json()
        change = {"held_on": "2023-06", "organiser": None}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 200
        after = answer.json()
        assert after.pop("updated_at") > before.pop("updated_at")
        assert after == before | change | {"date_precision": "month", "version": 2}

    async def test_models_visited_are_replaced_as_a_whole(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": '"1"'}
        answer = await client.patch(self.url, json={"models_visited": [HAMLET]}, headers=key)
        serialized = answer.json()
        assert [model["id"] for model in serialized["models_visited"]] == [HAMLET]
        assert serialized["version"] == 2
        stale = await client.patch(self.url, json={"models_visited": []}, headers=key)
        assert stale.status_code == 412

    async def test_delegations_with_an_id_are_kept_and_others_replaced(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": "*"}
        (shipped_one,) = (await client.get(self.url)).json()["delegations"]
        change = {"delegations": [{"name": "Đoàn huyện"}, {"id": shipped_one["id"], "size": 9}]}
        serialized = (await client.patch(self.url, json=change, headers=key)).json()
        added, kept = serialized["delegations"]
        assert added["name"] == "Đoàn huyện"
        assert kept == shipped_one | {"size": 9}
        assert serialized["version"] == 2
        change = {"delegations": []}
        serialized = (await client.patch(self.url, json=change, headers=key)).json()
        assert (serialized["delegations"], serialized["version"]) == ([], 3)

    async def test_a_delegation_of_another_event_is_not_taken_over(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": "*"}
        other = str(shipped("event_delegation", f"{MEETING_CITY}/0"))
        change = {"delegations": [{"id": other, "name": "A"}]}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == ("#/delegations/0/id", "unknown_element")

    async def test_what_results_must_be_an_event(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH) | {"If-Match": "*"}
        dated = await client.patch(
            self.url, json={"held_on": "2023-06-05", "ends_on": "2023-06-06"}, headers=key
        )
        assert dated.status_code == 200
        for change, at in (
            ({"held_on": "2023-06-07"}, "#/ends_on"),
            ({"date_precision": "year"}, "#/date_precision"),
            ({"name": None}, "#/name"),
        ):
            answer = await client.patch(self.url, json=change, headers=key)
            assert answer.status_code == 422
            assert [error["pointer"] for error in answer.json()["errors"]] == [at]


class TestListInspectionsAtAnEvent:
    url = f"/v1/events/{event_id(VISIT_CAM_XUYEN)}/inspections"

    async def test_tells_the_inspections_recorded_at_it(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=HA_TINH)
        serialized = []
        for model, inspected_on, event in (
            (FARM, "2023-06-05", VISIT_CAM_XUYEN),
            (HAMLET, "2023-06-06", VISIT_CAM_XUYEN),
            (HAMLET, "2023-06-07", VISIT_CITY),
        ):
            body = {"inspected_on": inspected_on, "event": event_id(event)}
            url = f"/v1/models/{model}/inspections"
            answer = await client.post(url, json=body, headers=key)
            assert answer.status_code == 201, answer.text
            serialized.append(answer.json()["id"])
        found = (await client.get(f"{self.url}?count=true")).json()
        assert [each["id"] for each in found["items"]] == [serialized[1], serialized[0]]
        assert found["total"] == 2
        assert {each["event"]["id"] for each in found["items"]} == {event_id(VISIT_CAM_XUYEN)}
        first = (await client.get(f"{self.url}?sort=inspected_on&limit=1")).json()
        assert [each["model"]["id"] for each in first["items"]] == [FARM]
        rest = (
            await client.get(f"{self.url}?sort=inspected_on&cursor={first['next_cursor']}")
        ).json()
        assert [each["id"] for each in rest["items"]] == [serialized[1]]
        lines = (await client.get(f"{self.url}?format=ndjson")).text.splitlines()
        assert [json.loads(line) for line in lines] == found["items"]
        table = (await client.get(f"{self.url}?format=csv")).text
        assert [row["model.id"] for row in csv.DictReader(io.StringIO(table))] == [HAMLET, FARM]

    async def test_a_visit_alone_is_no_inspection(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(self.url)).json()["items"] == []

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/events/{uuid4()}/inspections")).status_code == 404
        assert (await client.get(f"{self.url}?event={uuid4()}")).status_code == 422
