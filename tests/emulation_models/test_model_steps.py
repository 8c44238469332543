"""The steps of models over HTTP: inspections, registrations, appraisals, recognitions."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.living import CA_MAU, CAN_THO, criteria, registered, scores, taken

COUNTRY = str(id_of("country/VN/-"))
REPORTED = f"/v1/models/{shipped('emulation_model', 'ca-mau-2023/dua-mau-xuong-ruong')}"
# Of each kind of step: its address, the role it needs, and a step that a registered model may take.
KINDS = [
    ("inspections", "registrar", {"inspected_on": "2026-04-10", "findings": "Làm đều"}),
    ("registrations", "registrar", {"level": "province", "registered_on": "2026-04"}),
    ("recognitions", "appraiser", {"level": "grassroots", "outcome": "recognised"}),
]
DATES = {
    "inspections": "inspected_on",
    "registrations": "registered_on",
    "recognitions": "decided_on",
}


@pytest.mark.parametrize(("kind", "role", "step"), KINDS)
class TestEveryStep:
    async def test_needs_a_key_a_role_the_place_and_the_model(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        other = await keys.of("awarder")
        far = await keys.of(role, unit=CAN_THO)
        near = await keys.of(role, unit=CA_MAU)
        serialized = [
            (await client.post(f"{at}/{kind}", json=step, headers=key)).status_code
            for at, key in (
                (url, {}),
                (f"/v1/models/{uuid4()}", other),
                (url, other),
                (url, far),
                (url, near | {"If-Match": '"7"'}),
                (url, near | {"If-Match": '"1.x"'}),
            )
        ]
        assert serialized == [401, 404, 403, 403, 412, 201]

    async def test_raises_the_version_of_the_model_and_is_read_again(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        answer = await taken(client, await keys.of(role), f"{url}/{kind}", **step)
        made = answer.json()
        assert made.items() >= step.items()
        model = (await client.get(url)).json()
        assert made["model"] == {name: model[name] for name in ("id", "title", "version", "state")}
        assert model["version"] == 2
        at = answer.headers["location"]
        assert at == f"{url}/{kind}/{made['id']}"
        again = await client.get(at)
        assert again.json() == made
        assert again.headers["etag"] == answer.headers["etag"]
        assert made in (await client.get(f"{url}/{kind}")).json()["items"]
        assert (await client.get(f"{REPORTED}/{kind}/{made['id']}")).status_code == 404

    async def test_is_taken_once_under_an_id_of_the_client(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        key, other = await keys.of(role), await keys.of(role, name="another")
        body = step | {"id": str(uuid4())}
        answers = [
            await client.post(f"{at}/{kind}", json=sent, headers=by)
            for at, sent, by in (
                (url, body, key),
                (url, body, key),
                (url, body, other),
                (url, body | {"reason": "x", "findings": "x"}, key),
                (REPORTED, body, key),
            )
        ]
        assert [each.status_code for each in answers[:3]] == [201, 200, 409]
        assert answers[0].json() == answers[1].json()
        assert answers[2].json()["code"] == "id_taken"
        assert answers[4].json()["code"] == "id_taken"

    async def test_is_changed_and_taken_back_by_its_agency_alone(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        before = (await client.get(url)).json()
        key, other = await keys.of(role), await keys.of(role, name="another")
        at = (await taken(client, key, f"{url}/{kind}", **step)).headers["location"]
        change = {DATES[kind]: "2026-05-06"}
        serialized = [
            (await client.patch(at, json=change, headers=headers)).status_code
            for headers in (
                {"If-Match": "*"},
                other | {"If-Match": "*"},
                key,
                key | {"If-Match": '"9"'},
            )
        ]
        assert serialized == [401, 403, 428, 412]
        changed = await client.patch(at, json=change, headers=key | {"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["version"], changed.json()[DATES[kind]]) == (2, "2026-05-06")
        assert changed.json()["model"]["version"] == 3
        assert (await client.delete(at, headers=other | {"If-Match": "*"})).status_code == 403
        assert (await client.delete(at, headers=key | {"If-Match": '"2"'})).status_code == 204
        assert (await client.get(at)).status_code == 404
        after = (await client.get(url)).json()
        derived = ("state", "registered_level", "registered_on", "recognised_on", "tracks")
        assert {name: after[name] for name in derived} == {name: before[name] for name in derived}

    async def test_refuses_a_day_in_the_future_and_what_is_no_step(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        key = await keys.of(role)
        for change, pointer, code in (
            ({DATES[kind]: "2999-01-01"}, f"#/{DATES[kind]}", "in_the_future"),
            ({DATES[kind]: "2026-02-30"}, f"#/{DATES[kind]}", "invalid_date"),
            ({"model": str(uuid4())}, "#/model", "read_only"),
            ({"colour": "red"}, "#/colour", "unknown_member"),
        ):
            answer = await client.post(f"{url}/{kind}", json=step | change, headers=key)
            assert answer.status_code == 422, answer.text
            assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
        assert (await client.get(url)).json()["version"] == 1

    async def test_is_listed_in_pages_both_ways_and_as_files(
        self, client: httpx.AsyncClient, keys: Keys, kind: str, role: str, step: dict[str, Any]
    ) -> None:
        del step
        key = await keys.of("registrar", role)
        url = await registered(client, key, registration=None, locality=COUNTRY)
        for day, level in (("2024-02", "grassroots"), ("2023", "district"), (None, "province")):
            bodies: dict[str, dict[str, Any]] = {
                "inspections": {"inspected_on": day or "--06-05"},
                "registrations": {"level": level, "registered_on": day},
                "recognitions": {"level": level, "outcome": "recognised", "decided_on": day},
            }
            await taken(client, key, f"{url}/{kind}", **bodies[kind])
        dated = DATES[kind]
        for sort, first, second in (
            (dated, "2023", "2024-02"),
            (f"-{dated}", "2024-02", "2023"),
        ):
            page = (await client.get(f"{url}/{kind}?sort={sort}&limit=2&count=true")).json()
            assert [each[dated] for each in page["items"]] == [first, second]
            assert page["total"] == 3
            rest = await client.get(f"{url}/{kind}?sort={sort}&cursor={page['next_cursor']}")
            assert [each[dated] for each in rest.json()["items"]] in (["--06-05"], [None])
        assert len((await client.get(f"{url}/{kind}?format=ndjson")).text.splitlines()) == 3
        assert len((await client.get(f"{url}/{kind}?format=csv")).text.splitlines()) == 4
        assert (await client.get(f"/v1/models/{uuid4()}/{kind}")).status_code == 404
        assert (await client.get(f"{REPORTED}/{kind}?count=true")).json()["total"] == 0


class TestInspections:
    async def test_are_told_with_the_model_and_found_when_missing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        visits = (await client.get("/v1/events?kind=survey_visit&limit=1")).json()["items"]
        event = visits[0]["id"]
        await taken(
            client,
            key,
            f"{url}/inspections",
            inspected_on="2026-04",
            date_precision="month",
            event=event,
            inspectors=["Trần Thị Bình"],
            follow_up_due_on="2026-09-30",
        )
        (inspection,) = (await client.get(url)).json()["inspections"]
        del inspection["id"]
        assert inspection == {
            "inspected_on": "2026-04",
            "date_precision": "month",
            "event": {"id": event, "name": visits[0]["name"]},
            "inspectors": ["Trần Thị Bình"],
            "findings": None,
            "follow_up_due_on": "2026-09-30",
        }
        id = url.rpartition("/")[2]
        for since, missing in (("2026-04-01", False), ("2026-04-02", True)):
            found = await client.get(f"/v1/models?uninspected_since={since}&limit=200")
            assert (id in {each["id"] for each in found.json()["items"]}) is missing
            assert len(found.json()["items"]) == 59 + missing


class TestRegistrations:
    async def test_are_independent_at_each_level(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        await taken(client, key, f"{url}/registrations", level="province", registered_on="2026-01")
        model = (await client.get(url)).json()
        assert (model["registered_level"], model["registered_on"]) == ("province", "2026-01")
        again = await client.post(f"{url}/registrations", json={"level": "province"}, headers=key)
        assert (again.status_code, again.json()["code"]) == (409, "step_not_possible")
        assert again.json()["detail"] == "The model is registered at this level already"

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            ({"level": "district", "registered_on": "2025-07-01"}, "level_abolished"),
            ({"level": "district"}, "level_abolished"),
            ({"level": "moon"}, "not_in_vocabulary"),
            ({"level": "province", "registered_by": str(uuid4())}, "unknown_reference"),
            ({"level": "province", "registered_on": "2026-05", "registered_precision": "day"},
             "precision_differs"),
        ],
    )  # fmt: skip
    async def test_refuse_what_cannot_be(
        self, client: httpx.AsyncClient, keys: Keys, step: dict[str, Any], code: str
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        answer = await client.post(f"{url}/registrations", json=step, headers=key)
        assert answer.status_code == 422, answer.text
        assert [error["code"] for error in answer.json()["errors"]] == [code]

    async def test_need_a_place_in_force_on_the_day(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)  # in a province that began on 2025-07-01
        step = {"level": "province", "registered_on": "2024-05-06"}
        answer = await client.post(f"{url}/registrations", json=step, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "locality_not_in_force")

    async def test_stay_as_they_are_once_something_rests_on_them(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key, registration=None)
        made = await taken(client, key, f"{url}/registrations", level="province")
        await taken(client, key, f"{url}/recognitions", level="province", outcome="recognised")
        at, headers = made.headers["location"], key | {"If-Match": "*"}
        for answer in (
            await client.patch(at, json={"registered_on": "2026"}, headers=headers),
            await client.delete(at, headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "step_settled")
            assert answer.json()["detail"] == "A decision rests on it"


class TestRecognitions:
    async def test_levels_are_decided_on_independently(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key)
        await taken(client, key, f"{url}/registrations", level="province", registered_on="2026-04")
        steps = f"{url}/recognitions"
        states = [
            (await taken(client, key, steps, level=level, outcome=outcome, decided_on=on)).json()[
                "model"
            ]["state"]
            for level, outcome, on in (
                ("grassroots", "not_recognised", "2026-05"),
                ("province", "not_recognised", "2026-06"),
                ("province", "recognised", "2026-07"),
                ("grassroots", "recognised", "2026-06-20"),
            )
        ]
        assert states == ["registered", "not_recognised", "recognised", "recognised"]
        model = (await client.get(url)).json()
        assert (model["recognised_level"], model["recognised_on"]) == ("province", "2026-06-20")
        for outcome in ("recognised", "not_recognised"):
            answer = await client.post(
                steps, json={"level": "province", "outcome": outcome}, headers=key
            )
            assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")
            assert answer.json()["detail"] == "The model is recognised at this level already"

    async def test_do_not_precede_the_registration_at_their_level(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key)
        step = {"level": "grassroots", "outcome": "recognised", "decided_on": "2026-03-01"}
        answer = await client.post(f"{url}/recognitions", json=step, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")
        step["decided_on"] = "2026-03"  # may have been after the second of March
        assert (await taken(client, key, f"{url}/recognitions", **step)).json()["warnings"] == []

    async def test_without_a_recorded_registration_are_flagged(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        step = {"level": "district", "outcome": "recognised", "decided_on": "2020"}
        made = (await taken(client, key, f"{REPORTED}/recognitions", **step)).json()
        assert [warning["code"] for warning in made["warnings"]] == ["registration_not_recorded"]
        assert made["model"]["state"] == "recognised"
        at = f"{REPORTED}/recognitions/{made['id']}"
        serialized = (await client.get(at, headers={"Accept-Language": "vi"})).json()
        assert serialized["warnings"][0]["detail"] == "Chưa ghi nhận việc đăng ký mô hình ở cấp này"
        late = {"level": "district", "registered_on": "2021"}
        answer = await client.post(f"{REPORTED}/registrations", json=late, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")

    async def test_need_an_agency_of_the_level(self, client: httpx.AsyncClient, keys: Keys) -> None:
        url = await registered(client, await keys.of("registrar"))
        commune = await keys.of("appraiser", levels=["grassroots"])
        step = {"level": "province", "outcome": "recognised"}
        answer = await client.post(f"{url}/recognitions", json=step, headers=commune)
        assert (answer.status_code, answer.json()["code"]) == (403, "level_not_covered")
        await taken(client, commune, f"{url}/recognitions", **step | {"level": "grassroots"})


class TestAppraisals:
    async def test_add_up_the_scores_in_one_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key)
        used = (await taken(client, key, "/v1/criteria-sets", **criteria())).json()
        step = {
            "criteria_set": used["id"],
            "appraised_on": "2026-06-01",
            "scores": scores(26, 44.5, 16.5),
        }
        answer = await taken(client, key, f"{url}/appraisals", **step)
        made = answer.json()
        assert (made["total"], made["model"]["state"]) == (87, "under_survey")
        assert [each["score"] for each in made["scores"]] == [26, 44.5, 16.5]
        (serialized,) = (await client.get(url)).json()["appraisals"]
        assert serialized == {
            name: made[name] for name in ("id", "criteria_set", "appraised_on", "scores", "total")
        }
        (listed,) = (await client.get(f"{url}/appraisals")).json()["items"]
        assert listed == made
        headers = key | {"If-Match": "*"}
        changed = await client.patch(
            answer.headers["location"], json={"scores": scores(30, 50, 20)}, headers=headers
        )
        assert (changed.status_code, changed.json()["total"]) == (200, 100)
        await taken(client, key, f"{url}/recognitions", level="grassroots", outcome="recognised")
        settled = await client.delete(answer.headers["location"], headers=headers)
        assert (settled.status_code, settled.json()["code"]) == (409, "step_settled")

    @pytest.mark.parametrize(
        ("given", "errors"),
        [
            (scores(30.01, 50, 20), [("#/scores/0/score", "out_of_range")]),
            (scores(-1, 51, 20), [("#/scores/0/score", "out_of_range"),
                                  ("#/scores/1/score", "out_of_range")]),
            (scores()[:2], [("#/scores", "missing_criterion")]),
            ([*scores(), scores()[0]], [("#/scores/3/criterion", "repeated_criterion")]),
            ([*scores(), {"criterion": "x", "score": 1}],
             [("#/scores/3/criterion", "unknown_criterion")]),
        ],
    )  # fmt: skip
    async def test_refuse_scores_that_do_not_fit_the_set(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        given: list[dict[str, Any]],
        errors: list[tuple[str, str]],
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key)
        used = (await taken(client, key, "/v1/criteria-sets", **criteria())).json()
        step = {"criteria_set": used["id"], "appraised_on": "2026-06-01", "scores": given}
        answer = await client.post(f"{url}/appraisals", json=step, headers=key)
        assert answer.status_code == 422, answer.text
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == errors

    async def test_need_a_registered_model(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key, registration=None)
        used = (await taken(client, key, "/v1/criteria-sets", **criteria())).json()
        step = {"criteria_set": used["id"], "appraised_on": "2026-06-01", "scores": scores()}
        answer = await client.post(f"{url}/appraisals", json=step, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")
        vietnamese = key | {"Accept-Language": "vi"}
        answer = await client.post(f"{url}/appraisals", json=step, headers=vietnamese)
        assert answer.json()["detail"] == "Mô hình chưa đăng ký ở cấp nào: không thể thẩm tra"
