"""The further life of models over HTTP: adopted, suspended, ended, merged; told as a whole."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from examples import commune_year
from tests.conftest import Keys
from tests.support.living import CA_MAU, CAN_THO, criteria, registered, scores, taken

REPORTED = f"/v1/models/{shipped('emulation_model', 'ca-mau-2023/dua-mau-xuong-ruong')}"
THERE = str(id_of(CAN_THO))


def adoption(**changes: Any) -> dict[str, Any]:
    return {"title": "Đổi rác lấy quà", "locality": THERE, "adopted_on": "2026-05-06"} | changes


class TestReplications:
    async def test_need_a_key_a_role_and_the_place_of_the_adopter(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        there = await keys.of("registrar", unit=CAN_THO)
        serialized = [
            (await client.post(f"{at}/replications", json=adoption(), headers=key)).status_code
            for at, key in (
                (url, {}),
                (f"/v1/models/{uuid4()}", there),
                (url, await keys.of("appraiser")),
                (url, await keys.of("registrar", unit=CA_MAU)),
                (url, there),
            )
        ]
        assert serialized == [401, 404, 403, 403, 201]

    async def test_make_the_adopter_and_set_the_origin_replicating(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        key = await keys.of("registrar", unit=CAN_THO)
        answer = await taken(client, key, f"{url}/replications", **adoption())
        made = answer.json()
        origin = (await client.get(url)).json()
        assert (origin["state"], origin["version"]) == ("replicating", 2)
        assert made["model"] == {n: origin[n] for n in ("id", "title", "version", "state")}
        adopter = (await client.get(f"/v1/models/{made['adopter']['id']}")).json()
        assert made["adopter"] == {n: adopter[n] for n in ("id", "title", "version", "state")}
        assert adopter["derived_from"] == {"id": origin["id"], "title": origin["title"]}
        assert (adopter["state"], adopter["started_on"]) == ("draft", "2026-05-06")
        for member in ("field", "participant_kind", "objective", "target"):
            assert adopter[member] == origin[member]
        assert (await client.get(answer.headers["location"])).json() == made
        assert (await client.get(f"{url}/replications")).json()["items"] == [made]
        assert (await client.get("/v1/models?replicated=true&count=true")).json()["total"] == 1

    async def test_are_changed_and_taken_back_until_the_adopter_goes_on(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        key = await keys.of("registrar", unit=CAN_THO) | {"If-Match": "*"}
        first, second = [
            (await client.post(f"{url}/replications", json=adoption(), headers=key)).headers[
                "location"
            ]
            for _ in range(2)
        ]
        changed = await client.patch(first, json={"title": "Rác đổi quà"}, headers=key)
        assert (changed.status_code, changed.json()["title"]) == (200, "Rác đổi quà")
        assert changed.json()["adopter"]["title"] == "Rác đổi quà"
        assert (await client.delete(first, headers=key)).status_code == 204
        assert (await client.get(first)).status_code == 404
        assert (await client.get(url)).json()["state"] == "replicating"
        adopter = f"/v1/models/{second.rpartition('/')[2]}"
        step = {"level": "grassroots", "registered_on": "2026-06"}
        await taken(client, await keys.of("registrar"), f"{adopter}/registrations", **step)
        for answer in (
            await client.patch(second, json={"title": "x"}, headers=key),
            await client.delete(second, headers=key),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "step_settled")

    async def test_the_origin_follows_when_an_adopter_is_deleted_and_restored(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar") | {"If-Match": "*"}
        url = await registered(client, key)
        made = (await client.post(f"{url}/replications", json=adoption(), headers=key)).json()
        adopter = f"/v1/models/{made['adopter']['id']}"
        serialized = []
        for act in (client.delete(adopter, headers=key),
                    client.post(f"{adopter}/restoration", headers=key)):  # fmt: skip
            assert (await act).status_code in {200, 204}
            serialized.append((await client.get(url)).json()["state"])
        assert serialized == ["registered", "replicating"]

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"adopted_on": "2999"}, "#/adopted_on", "in_the_future"),
            ({"title": ""}, "#/title", "too_short"),
            ({"host": str(uuid4())}, "#/host", "unknown_reference"),
            ({"adopter": str(uuid4())}, "#/adopter", "read_only"),
        ],
    )
    async def test_refuse_bad_input(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        changes: dict[str, Any],
        pointer: str,
        code: str,
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        answer = await client.post(f"{url}/replications", json=adoption(**changes), headers=key)
        assert answer.status_code == 422, answer.text
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


class TestDescent:
    async def test_has_no_circles(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar") | {"If-Match": "*"}
        first = await registered(client, key)
        second, third = [await registered(client, key) for _ in range(2)]
        for url, origin in ((second, first), (third, second)):
            body = {"derived_from": origin.rpartition("/")[2]}
            assert (await client.patch(url, json=body, headers=key)).status_code == 200
        for origin in (third, second, first):
            body = {"derived_from": origin.rpartition("/")[2]}
            answer = await client.patch(first, json=body, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (409, "derivation_circle")
        freed = await client.patch(second, json={"derived_from": None}, headers=key)
        assert freed.status_code == 200
        assert (await client.get(first)).json()["state"] == "registered"

    async def test_has_32_generations_at_most(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        url = first = await registered(client, key)
        for _ in range(32):
            made = (await taken(client, key, f"{url}/replications", **adoption())).json()
            url = f"/v1/models/{made['adopter']['id']}"
        answer = await client.post(f"{url}/replications", json=adoption(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "derivation_too_long")
        above = await registered(client, key)
        body = {"derived_from": above.rpartition("/")[2]}
        answer = await client.patch(first, json=body, headers=key | {"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (409, "derivation_too_long")
        node = (await client.get(f"{first}/replication-tree")).json()
        depth = 0
        while node["replications"]:
            (node,) = node["replications"]
            depth += 1
        assert depth == 32
        origins = (await client.get(f"{url}/replication-tree")).json()["origins"]
        assert len(origins) == 32
        assert origins[0]["id"] == first.rpartition("/")[2]

    async def test_is_told_as_a_tree(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        for title, on in (("sau", "2026-06"), ("trước", "2026-04"), ("không rõ", None)):
            await taken(client, key, f"{url}/replications", **adoption(title=title, adopted_on=on))
        tree = (await client.get(f"{url}/replication-tree")).json()
        assert [each["title"] for each in tree["replications"]] == ["trước", "sau", "không rõ"]
        assert tree["replications"][0]["locality"]["id"] == THERE
        assert (tree["state"], tree["origins"], tree["complete"]) == ("replicating", [], True)
        assert (await client.get(f"/v1/models/{uuid4()}/replication-tree")).status_code == 404


class TestTransitions:
    async def test_need_a_key_a_role_and_the_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = await registered(client, await keys.of("registrar"))
        body = {"to": "suspended", "reason": "Mưa lũ"}
        serialized = [
            (await client.post(f"{url}/transitions", json=body, headers=key)).status_code
            for key in (
                {},
                await keys.of("appraiser"),
                await keys.of("registrar", unit=CAN_THO),
                await keys.of("registrar", unit=CA_MAU),
            )
        ]
        assert serialized == [401, 403, 403, 201]

    async def test_set_a_state_and_take_it_back(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        steps = f"{url}/transitions"
        serialized = []
        for to in ("under_survey", "returned", "resumed", "suspended", "resumed", "withdrawn",
                   "resumed", "ended"):  # fmt: skip
            answer = await taken(client, key, steps, to=to, reason="Lý do")
            made = answer.json()
            assert (made["to"], made["reason"], made["into"]) == (to, "Lý do", None)
            assert (await client.get(answer.headers["location"])).json() == made
            serialized.append(made["model"]["state"])
        assert serialized == ["under_survey", "returned", "registered", "suspended", "registered",
                        "withdrawn", "registered", "ended"]  # fmt: skip
        answer = await client.post(steps, json={"to": "resumed", "reason": "x"}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")
        assert answer.json()["detail"] == "The model has ended: it cannot be resumed"
        listed = (await client.get(f"{steps}?sort=made_on&count=true")).json()
        assert listed["total"] == 8
        assert len((await client.get(f"{steps}?format=csv")).text.splitlines()) == 9
        assert len((await client.get(f"{steps}?format=ndjson")).text.splitlines()) == 8

    async def test_happen_once_under_an_id_of_the_client(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        body = {"id": str(uuid4()), "to": "suspended", "reason": "Mưa lũ"}
        answers = [
            await client.post(f"{at}/transitions", json=body, headers=key)
            for at in (url, url, REPORTED)
        ]
        assert [each.status_code for each in answers] == [201, 200, 409]
        assert answers[0].json() == answers[1].json()

    async def test_refuse_bad_input(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key)
        for body, code in (
            ({"to": "recognised", "reason": "x"}, "not_in_vocabulary"),
            ({"to": "ended"}, "missing"),
            ({"to": "ended", "reason": ""}, "too_short"),
        ):
            answer = await client.post(f"{url}/transitions", json=body, headers=key)
            assert answer.status_code == 422
            assert [error["code"] for error in answer.json()["errors"]] == [code]


class TestMerge:
    async def test_needs_both_places(self, client: httpx.AsyncClient, keys: Keys) -> None:
        url = await registered(client, await keys.of("registrar"))
        elsewhere = await registered(client, await keys.of("registrar"), locality=THERE)
        body = {"into": elsewhere.rpartition("/")[2], "reason": "Trùng"}
        serialized = [
            (await client.post(f"{url}/merge", json=body, headers=key)).status_code
            for key in (
                {},
                await keys.of("appraiser"),
                await keys.of("registrar", unit=CA_MAU),
                await keys.of("registrar"),
            )
        ]
        assert serialized == [401, 403, 403, 200]

    async def test_the_merged_one_still_answers_and_takes_no_step(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url, other = await registered(client, key), await registered(client, key)
        into = other.rpartition("/")[2]
        answer = await client.post(
            f"{url}/merge", json={"into": into, "reason": "Trùng"}, headers=key
        )
        assert answer.status_code == 200, answer.text
        assert (answer.json()["to"], answer.json()["into"]["id"]) == ("merged", into)
        merged = (await client.get(url)).json()
        assert (merged["state"], merged["merged_into"]["id"]) == ("merged", into)
        back = {"into": url.rpartition("/")[2], "reason": "x"}
        for at, body in (
            (f"{url}/merge", {"into": into, "reason": "x"}),
            (f"{other}/merge", back),
            (f"{url}/inspections", {"inspected_on": "2026-05"}),
            (f"{url}/transitions", {"to": "resumed", "reason": "x"}),
        ):
            refused = await client.post(at, json=body, headers=key)
            assert (refused.status_code, refused.json()["code"]) == (409, "step_not_possible")
        itself = await client.post(
            f"{other}/merge", json={"into": into, "reason": "x"}, headers=key
        )
        assert [error["code"] for error in itself.json()["errors"]] == ["itself"]


class TestHistory:
    async def test_is_one_timeline_of_all_steps(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        url = await registered(client, key)
        used = (await taken(client, key, "/v1/criteria-sets", **criteria())).json()
        by = str(shipped("organisation", "can-tho-2024/ban-dan-van-thanh-uy"))
        for kind, step in (
            ("inspections", {"inspected_on": "2026-04"}),
            ("inspections", {"inspected_on": "--06-05"}),
            ("recognitions", {"level": "grassroots", "outcome": "recognised",
                              "decided_on": "2026-07-01", "decided_by": by}),
            ("replications", adoption(adopted_on="2026-08")),
            ("transitions", {"to": "ended", "reason": "Xong"}),
        ):  # fmt: skip
            await taken(client, key, f"{url}/{kind}", **step)
        late = await registered(client, key)
        appraisal = {"criteria_set": used["id"], "appraised_on": "2026-05-01", "scores": scores()}
        await taken(client, key, f"{late}/appraisals", **appraisal)
        items = (await client.get(f"{url}/history")).json()["items"]
        assert [(each["action"], each["on"], each["precision"], each["level"]) for each in items][
            :4
        ] == [
            ("register", "2026-03-02", "day", "grassroots"),
            ("inspect", "2026-04", "month", None),
            ("recognise", "2026-07-01", "day", "grassroots"),
            ("replicate", "2026-08", "month", None),
        ]
        assert [each["action"] for each in items[4:]] == ["end", "inspect"]
        assert items[2]["by"]["id"] == by
        listed = (await client.get(f"{url}/recognitions")).json()["items"]
        assert items[2]["step"] == listed[0]["id"]
        others = (await client.get(f"{late}/history")).json()["items"]
        assert [each["action"] for each in others] == ["register", "appraise"]

    async def test_of_a_model_without_steps_is_empty(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"{REPORTED}/history")).json() == {"items": []}
        assert (await client.get(f"/v1/models/{uuid4()}/history")).status_code == 404


class TestAllowedActions:
    async def test_are_told_to_a_key_alone_and_kept_by_nobody(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        url = await registered(client, key)
        public = await client.get(url)
        assert public.json()["allowed_actions"] == []
        assert public.headers["cache-control"] == "public, no-cache"
        serialized = await client.get(url, headers=key)
        assert serialized.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in serialized.headers["vary"]
        assert serialized.json() | {"allowed_actions": []} == public.json()
        assert (
            await client.get(url, headers={"Authorization": "Bearer kheo_x"})
        ).status_code == 401
        assert (await client.get(url, headers={"Authorization": "Basic x"})).status_code == 401

    @staticmethod
    async def allowed(client: httpx.AsyncClient, url: str, key: dict[str, str]) -> set[str]:
        actions = (await client.get(url, headers=key)).json()["allowed_actions"]
        assert all((each["reason"] is None) == each["allowed"] for each in actions)
        return {each["action"] for each in actions if each["allowed"]}

    async def test_say_what_role_place_level_and_state_allow(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        registrar = await keys.of("registrar", unit=CA_MAU)
        url = await registered(client, registrar)
        acts = {"register", "inspect", "survey", "replicate", "return", "suspend", "end",
                "withdraw", "merge"}  # fmt: skip
        assert await self.allowed(client, url, registrar) == acts
        far = await keys.of("registrar", unit=CAN_THO)
        assert await self.allowed(client, url, far) == {"replicate"}
        appraiser = await keys.of("appraiser", levels=["grassroots"])
        decisions = {"appraise", "recognise", "not_recognise"}
        assert await self.allowed(client, url, appraiser) == decisions
        await taken(
            client, appraiser, f"{url}/recognitions", level="grassroots", outcome="recognised"
        )
        assert await self.allowed(client, url, appraiser) == {"appraise"}

    async def test_give_the_reason_why_not_in_the_language_asked_for(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = await registered(client, key, registration=None)
        for language, reason in (
            ("en", "The model is registered nowhere: it cannot be put under survey"),
            ("vi", "Mô hình chưa đăng ký ở cấp nào: không thể đưa vào khảo sát"),
        ):
            answer = await client.get(url, headers=key | {"Accept-Language": language})
            reasons = {each["action"]: each["reason"] for each in answer.json()["allowed_actions"]}
            assert reasons["survey"] == reason
            assert "appraiser" in reasons["appraise"]

    async def test_are_what_the_steps_then_answer(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser")
        targets = {"survey": "under_survey", "return": "returned", "suspend": "suspended",
                   "end": "ended", "withdraw": "withdrawn", "resume": "resumed"}  # fmt: skip
        for before in (None, "suspended", "returned", "withdrawn", "ended"):
            for action, to in targets.items():
                url = await registered(client, key)
                if before is not None:
                    await taken(client, key, f"{url}/transitions", to=before, reason="x")
                allowed = await self.allowed(client, url, key)
                answer = await client.post(
                    f"{url}/transitions", json={"to": to, "reason": "x"}, headers=key
                )
                assert (answer.status_code == 201) == (action in allowed), (before, action)


async def test_a_year_in_the_life_of_a_commune(
    client: httpx.AsyncClient, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    communes = {
        province: (
            await client.get(f"/v1/localities?level=commune&parent={id_of(province)}&limit=1")
        ).json()["items"][0]
        for province in (CA_MAU, CAN_THO)
    }
    here, there = (f"commune/{communes[p]['code']}/2025-07-01" for p in (CA_MAU, CAN_THO))
    offices = {
        "commune": await keys.of("registrar", "appraiser", unit=here, levels=["grassroots"]),
        "province": await keys.of("registrar", "appraiser", unit=CA_MAU),
        "awarder": await keys.of("awarder", unit=CA_MAU),
        "neighbour": await keys.of("registrar", unit=there),
    }
    secrets = {who: key["Authorization"].removeprefix("Bearer ") for who, key in offices.items()}
    history = await commune_year.live(client, secrets)
    assert [(each["action"], each["level"]) for each in history] == [
        ("register", "grassroots"),
        ("register", "province"),
        ("inspect", None),
        ("appraise", None),
        ("recognise", "grassroots"),
        ("recognise", "province"),
        ("replicate", None),
        ("end", None),
    ]
    serialized = capsys.readouterr().out
    assert "87 of 100" in serialized
    assert serialized.count(": 409 ") == 11
    assert serialized.count(": 403 ") == 6


async def test_a_model_may_have_several_places_and_hosts(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    key = await keys.of("registrar") | {"If-Match": "*"}
    places = [str(id_of(unit)) for unit in (CAN_THO, "commune/32062/-")]
    host = str(shipped("organisation", "can-tho-2024/bo-chi-huy-quan-su"))
    url = await registered(client, key, other_localities=places, other_hosts=[host])
    made = (await client.get(url)).json()
    assert [each["id"] for each in made["other_localities"]] == places
    assert made["other_localities"][1]["path"] == "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"
    assert [each["id"] for each in made["other_hosts"]] == [host]
    kept = await client.patch(url, json={"summary": "Tóm tắt"}, headers=key)
    assert [each["id"] for each in kept.json()["other_localities"]] == places
    changed = await client.patch(url, json={"other_localities": places[1:]}, headers=key)
    assert [each["id"] for each in changed.json()["other_localities"]] == places[1:]
    unknown = {"other_hosts": [str(uuid4())]}
    refused = await client.patch(url, json=unknown, headers=key)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/other_hosts/0"]
