"""Correcting and revoking award decisions over HTTP: what was stated before stays readable."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from app.db.calendar import today
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.awarding import (
    AN_GIANG,
    CA_MAU,
    MERITS,
    TRUSTED_PLACE,
    WOMEN,
    Json,
    correct,
    decision_id,
    line,
    organisation_id,
    record,
    revoke,
)
from tests.support.spelling import SPELLINGS, respelled

DECISION = f"/v1/award-decisions/{decision_id(MERITS)}"
COLLECTIVES = str(shipped("award", f"{MERITS}/tap-the"))
INDIVIDUALS = str(shipped("award", f"{MERITS}/ca-nhan"))
CORRECTED = {"reason": "Ghi nhầm", "changes": {"number": "126"}}
REVOKED = {"reason": "Kê khai sai", "effective_on": "2024-06-01"}
ACTS = [("corrections", CORRECTED), ("revocation", REVOKED)]


def fact(before: object, after: object, **where: str) -> Json:
    nowhere = {"award": None, "recipient": None, "member": None}
    return nowhere | where | {"before": before, "after": after}


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_lines_and_names_are_known_by_their_ids_however_they_are_spelled(
    client: httpx.AsyncClient, keys: Keys, spelling: str
) -> None:
    key = await keys.of("awarder")
    named = {"name": "Mô hình", "model": TRUSTED_PLACE, "organisation": organisation_id(WOMEN)}
    made = await record(client, key, awards=[line(title="A", recipients=[named]), line(merit="B")])
    first, second = made["awards"]
    changes = {
        "awards": [
            {"id": first["id"], "count": 4, "recipients": [{"id": first["recipients"][0]["id"]}]},
            {"id": second["id"]},
        ]
    }
    correction = await correct(client, key, made["id"], respelled(changes, SPELLINGS[spelling]))
    assert correction["changed"] == [fact(3, 4, award=first["id"], member="count")]
    now = (await client.get(f"/v1/award-decisions/{made['id']}")).json()
    assert now["awards"] == [first | {"count": 4}, second]


@pytest.mark.parametrize(("act", "body"), ACTS)
class TestEveryAct:
    async def test_needs_a_key(self, client: httpx.AsyncClient, act: str, body: Json) -> None:
        assert (await client.post(f"{DECISION}/{act}", json=body)).status_code == 401

    async def test_needs_the_awarder_role(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        key = await keys.of("registrar", "publisher", "appraiser", unit=CA_MAU)
        answer = await client.post(f"{DECISION}/{act}", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stays_inside_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        key = await keys.of("awarder", unit=AN_GIANG)
        answer = await client.post(f"{DECISION}/{act}", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_honours_if_match_where_it_is_sent(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        url = f"{DECISION}/{act}"
        stale = await client.post(url, json=body, headers=key | {"If-Match": '"9"'})
        assert stale.status_code == 412
        current = await client.post(url, json=body, headers=key | {"If-Match": '"1"'})
        assert current.status_code in {200, 201}

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        near, far = await keys.of("awarder", unit=CA_MAU), await keys.of("awarder", unit=AN_GIANG)
        bad = body | {"reason": ""}
        stale = {"If-Match": '"9"'}
        elsewhere = f"/v1/award-decisions/{uuid4()}/{act}"
        answers = [
            await client.post(elsewhere, json=bad),
            await client.post(elsewhere, json=bad, headers=near | stale),
            await client.post(f"{DECISION}/{act}", json=bad, headers=far | stale),
            await client.post(f"{DECISION}/{act}", json=bad, headers=near | stale),
            await client.post(f"{DECISION}/{act}", json=bad, headers=near),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 403, 412, 422]

    async def test_is_not_for_a_decision_that_was_revoked(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        key = await keys.of("awarder")
        revoked = await revoke(client, key, decision_id(MERITS), "2024-06-01")
        url = f"{DECISION}/{act}"
        answer = await client.post(url, json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "decision_revoked")
        wrong = await client.post(url, json=body | {"reason": None}, headers=key)
        assert wrong.status_code == 422
        assert (await client.get(DECISION)).json() == revoked

    async def test_is_sent_again_under_its_idempotency_key_without_effect(
        self, client: httpx.AsyncClient, keys: Keys, act: str, body: Json
    ) -> None:
        key = await keys.of("awarder") | {"Idempotency-Key": "sửa-1".encode().hex()}
        first = await client.post(f"{DECISION}/{act}", json=body, headers=key)
        again = await client.post(f"{DECISION}/{act}", json=body, headers=key)
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert (await client.get(DECISION)).json()["version"] == 2


class TestCorrectAwardDecision:
    async def test_changes_the_text_and_tells_what_was_changed(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", name="Ban Dân vận Tỉnh ủy Cà Mau")
        named = [{"name": "Nguyễn Văn An"}, {"name": "Lê Thị Bình"}]
        serialized = await record(client, key, signer="Trần Văn B", awards=[line(recipients=named)])
        (award,) = serialized["awards"]
        an, binh = award["recipients"]
        body = {
            "reason": "Ghi nhầm người ký và một tên",
            "document": str(shipped("document", "ca-mau-2023/04-nq-tu")),
            "changes": {
                "signer": "Trần Văn C",
                "occasion": "Sơ kết giai đoạn",
                "awards": [
                    {
                        "id": award["id"],
                        "count": 1,
                        "recipients": [{"id": binh["id"], "organisation": organisation_id(WOMEN)}],
                    },
                    line(participant_kind="household", count=2),
                ],
            },
        }
        url = f"/v1/award-decisions/{serialized['id']}"
        answer = await client.post(f"{url}/corrections", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        decision = (await client.get(url, headers=key)).json()
        first, households = decision["awards"]
        women = first["recipients"][0]["organisation"]
        correction = answer.json()
        assert correction == {
            "id": correction["id"],
            "version": 1,
            "updated_at": correction["updated_at"],
            "reason": body["reason"],
            "document": {"id": body["document"], "number": "04-NQ/TU"},
            "changed": [
                fact("Trần Văn B", "Trần Văn C", member="signer"),
                fact(None, "Sơ kết giai đoạn", member="occasion"),
                fact(3, 1, award=award["id"], member="count"),
                fact(an, None, award=award["id"], recipient=an["id"]),
                fact(
                    None,
                    women,
                    award=award["id"],
                    recipient=binh["id"],
                    member="organisation",
                ),
                fact(None, households, award=households["id"]),
            ],
            "recorded_at": correction["recorded_at"],
            "agency": {
                "id": correction["agency"]["id"],
                "name": "Ban Dân vận Tỉnh ủy Cà Mau",
            },
            "decision": {
                "id": serialized["id"], "number": "125-QĐ/BDVTU",
                "version": 2, "status": "corrected",
            },
        }  # fmt: skip
        assert decision["version"] == 2
        assert (decision["status"], decision["status_reason"], decision["status_on"]) == (
            "corrected",
            body["reason"],
            today().isoformat(),
        )
        assert decision["totals"] == {"collective": 1, "individual": 0, "household": 2}
        assert [each["name"] for each in first["recipients"]] == ["Lê Thị Bình"]
        assert decision["verification_code"] == serialized["verification_code"]
        again = await client.get(answer.headers["location"])
        assert again.json() == correction
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_leaves_what_the_changes_do_not_name(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        before = (await client.get(DECISION)).json()
        key = await keys.of("awarder", unit=CA_MAU)
        changes = {
            "capacity": "as_body",
            "awards": [{"id": COLLECTIVES}, {"id": INDIVIDUALS, "count": 14}],
        }
        await correct(client, key, before["id"], changes)
        after = (await client.get(DECISION)).json()
        collectives, individuals = before["awards"]
        assert after == before | {
            "version": 2,
            "updated_at": after["updated_at"],
            "capacity": "as_body",
            "status": "corrected",
            "status_reason": "Ghi nhầm",
            "status_on": today().isoformat(),
            "awards": [collectives, individuals | {"count": 14}],
            "totals": before["totals"] | {"individual": 14},
        }

    async def test_is_found_by_its_new_text_and_not_by_the_earlier(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(
            client, key, awards=[line(recipients=[{"name": "Nguyễn Văn An"}])]
        )
        award = serialized["awards"][0] | {"recipients": [{"name": "Lê Thị Bình"}]}
        award["id"] = serialized["awards"][0]["id"]
        await correct(client, key, serialized["id"], {"awards": [award], "number": "777-QĐ"})
        found = {
            words: [
                item["id"]
                for item in (await client.get(f"/v1/award-decisions?q={words}")).json()["items"]
            ]
            for words in ("nguyen van an", "le thi binh", "125 qd bdvtu", "777 qd")
        }
        assert [serialized["id"] in ids for ids in found.values()] == [False, True, False, True]

    async def test_the_same_id_and_body_again_is_no_new_correction(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        body = CORRECTED | {"id": str(uuid4())}
        other = body | {"changes": {"number": None, "signer": "A"}}
        elsewhere = await record(client, key)
        answers = [
            await client.post(f"{DECISION}/corrections", json=each, headers=key)
            for each in (body, body, other)
        ]
        url = f"/v1/award-decisions/{elsewhere['id']}/corrections"
        answers.append(await client.post(url, json=body, headers=key))
        assert [answer.status_code for answer in answers] == [201, 200, 409, 409]
        assert {answer.json()["code"] for answer in answers[2:]} == {"id_taken"}
        assert answers[0].json() == answers[1].json()
        assert (await client.get(DECISION)).json()["version"] == 2

    @pytest.mark.parametrize(
        ("changes", "errors"),
        [
            ({}, {"#/changes": "nothing_changed"}),
            ({"capacity": "as_head"}, {"#/changes": "nothing_changed"}),
            ({"awards": [{"id": "SECOND"}, {"id": "FIRST"}]}, {"#/changes": "nothing_changed"}),
            ({"awards": [{"id": "FIRST", "count": 4}]}, {"#/changes/awards": "line_left_out"}),
            ({"awards": [line(), line()]}, {"#/changes/awards": "line_left_out"}),
            ({"awards": []}, {"#/changes/awards": "too_few"}),
            ({"awards": None}, {"#/changes/awards": "not_an_array"}),
            (
                {"awards": [{"id": "FIRST", "count": 1}, {"id": "SECOND"}]},
                {"#/changes/awards/0/recipients": "more_names_than_count"},
            ),
            (
                {"awards": [{"id": "FIRST", "form": "bicycle", "count": 0}, {"id": "SECOND"}]},
                {
                    "#/changes/awards/0/form": "not_in_vocabulary",
                    "#/changes/awards/0/count": "out_of_range",
                },
            ),
            ({"issued_on": "2999-01-01"}, {"#/changes/issued_on": "in_the_future"}),
            (
                {"issued_on": "2025-07-01", "level": "district"},
                {"#/changes/level": "level_abolished"},
            ),
            ({"authority": str(uuid4())}, {"#/changes/authority": "unknown_reference"}),
            (
                {
                    "awards": [
                        {"id": "FIRST"},
                        {"id": "SECOND", "recipients": [{"name": "A", "model": str(uuid4())}]},
                    ]
                },
                {"#/changes/awards/1/recipients/0/model": "unknown_reference"},
            ),
            ({"place": "Cà Mau"}, {"#/changes/place": "unknown_member"}),
        ],
    )
    async def test_tells_what_is_wrong(
        self, client: httpx.AsyncClient, keys: Keys, changes: Json, errors: dict[str, str]
    ) -> None:
        key = await keys.of("awarder")
        lines = [line(recipients=[{"name": "A"}, {"name": "B"}]), line()]
        serialized = await record(client, key, awards=lines)
        first, second = (award["id"] for award in serialized["awards"])
        text = json.dumps(changes).replace("FIRST", first).replace("SECOND", second)
        body = {"reason": "Ghi nhầm", "changes": json.loads(text)}
        url = f"/v1/award-decisions/{serialized['id']}"
        answer = await client.post(f"{url}/corrections", json=body, headers=key)
        assert answer.status_code == 422, answer.text
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors
        assert (await client.get(url, headers=key)).json() == serialized
        assert (await client.get(f"{url}/corrections")).json()["items"] == []

    async def test_needs_a_reason_and_a_document_that_is_known(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        url = f"{DECISION}/corrections"
        for body, errors in (
            ({}, {"#/reason": "missing", "#/changes": "missing"}),
            (CORRECTED | {"document": str(uuid4())}, {"#/document": "unknown_reference"}),
            (CORRECTED | {"changes": [], "on": 1}, {
                "#/changes": "not_an_object", "#/on": "unknown_member",
            }),
        ):  # fmt: skip
            answer = await client.post(url, json=body, headers=key)
            assert answer.status_code == 422
            assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors

    async def test_cannot_move_a_decision_out_of_the_agencys_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        changes = {"authority": organisation_id("u-minh-thuong-2020/ubnd-huyen")}
        body = {"reason": "Nhầm cơ quan", "changes": changes}
        answer = await client.post(f"{DECISION}/corrections", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")


class TestListCorrections:
    async def test_tells_each_text_there_ever_was_the_latest_correction_first(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(client, key)
        for number in ("126", "127", "128"):
            await correct(client, key, serialized["id"], {"number": number})
        url = f"/v1/award-decisions/{serialized['id']}/corrections"
        answer = await client.get(f"{url}?count=true")
        items = answer.json()["items"]
        assert answer.json()["total"] == 3
        assert answer.headers["cache-control"] == "public, no-cache"
        changed = [(each["changed"][0]["before"], each["changed"][0]["after"]) for each in items]
        assert changed == [("127", "128"), ("126", "127"), ("125-QĐ/BDVTU", "126")]
        assert {each["decision"]["version"] for each in items} == {4}
        oldest = (await client.get(f"{url}?sort=recorded_at")).json()["items"]
        assert oldest == items[::-1]
        page = (await client.get(f"{url}?limit=2")).json()
        rest = (await client.get(f"{url}?limit=2&cursor={page['next_cursor']}")).json()
        assert page["items"] + rest["items"] == items

    async def test_is_the_same_as_a_table_and_as_lines(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        await correct(client, await keys.of("awarder"), decision_id(MERITS), {"number": "1"})
        url = f"{DECISION}/corrections"
        items = (await client.get(url)).json()["items"]
        lines = (await client.get(f"{url}?format=ndjson")).text.splitlines()
        assert [json.loads(line) for line in lines] == items
        (row,) = csv.DictReader(io.StringIO((await client.get(f"{url}?format=csv")).text))
        assert list(row) == [
            "id", "version", "updated_at", "reason", "document.id", "document.number",
            "recorded_at", "agency.id", "agency.name", "decision.id", "decision.number",
            "decision.version", "decision.status",
        ]  # fmt: skip

    async def test_tells_those_of_this_decision_alone(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await correct(client, key, decision_id(MERITS), {"number": "1"})
        other = await record(client, key)
        url = f"/v1/award-decisions/{other['id']}/corrections"
        assert (await client.get(url)).json()["items"] == []
        assert (await client.get(f"{url}/{serialized['id']}")).status_code == 404
        assert (await client.get(f"{DECISION}/corrections/{serialized['id']}")).json() == serialized

    async def test_go_and_come_back_with_their_decision(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        serialized = await correct(client, key, decision_id(MERITS), {"number": "1"})
        await revoke(client, key, decision_id(MERITS), "2024-06-01")
        revocation = (await client.get(f"{DECISION}/revocation")).json()
        assert (await client.delete(DECISION, headers=key)).status_code == 204
        for address in ("", "/corrections", f"/corrections/{serialized['id']}", "/revocation"):
            assert (await client.get(f"{DECISION}{address}")).status_code == 404
        restored = await client.post(f"{DECISION}/restoration", headers=key)
        assert restored.status_code == 200
        (kept,) = (await client.get(f"{DECISION}/corrections")).json()["items"]
        assert (kept["id"], kept["changed"]) == (serialized["id"], serialized["changed"])
        assert (await client.get(f"{DECISION}/revocation")).json() == revocation

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        url = f"/v1/award-decisions/{uuid4()}/corrections"
        assert (await client.get(url)).status_code == 404
        assert (await client.get(f"{DECISION}/corrections/{uuid4()}")).status_code == 404
        assert (await client.get(f"{DECISION}/corrections?q=a")).status_code == 422


class TestRevokeAwardDecision:
    async def test_it_and_its_awards_stay_on_record_as_revoked(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", name="Ban Dân vận Tỉnh ủy Cà Mau")
        serialized = await record(client, key)
        url = f"/v1/award-decisions/{serialized['id']}"
        answer = await client.post(f"{url}/revocation", json=REVOKED, headers=key)
        assert answer.status_code == 200
        revoked = answer.json()
        assert revoked == serialized | {
            "version": 2,
            "updated_at": revoked["updated_at"],
            "status": "revoked",
            "status_reason": "Kê khai sai",
            "status_on": "2024-06-01",
        }
        assert (await client.get(url, headers=key)).headers["etag"] == answer.headers["etag"]
        awards = (await client.get("/v1/awards?status=revoked")).json()["items"]
        assert [award["decision"]["id"] for award in awards] == [serialized["id"]]
        serialized = (await client.get(f"{url}/revocation")).json()
        assert serialized == REVOKED | {
            "recorded_at": serialized["recorded_at"],
            "agency": {"id": serialized["agency"]["id"], "name": "Ban Dân vận Tỉnh ủy Cà Mau"},
        }

    async def test_follows_corrections_and_keeps_them(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await correct(client, key, decision_id(MERITS), {"number": "1"})
        await revoke(client, key, decision_id(MERITS), "2024-06-01")
        (kept,) = (await client.get(f"{DECISION}/corrections")).json()["items"]
        assert kept["changed"] == serialized["changed"]
        assert kept["decision"] == serialized["decision"] | {"version": 3, "status": "revoked"}

    async def test_may_still_be_completed_without_holding_again(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        await revoke(client, key, decision_id(MERITS), "2024-06-01")
        answer = await client.patch(DECISION, json={"number": "1999/QĐ-UBND"}, headers=key)
        assert answer.status_code == 200
        assert (answer.json()["number"], answer.json()["status"]) == ("1999/QĐ-UBND", "revoked")

    @pytest.mark.parametrize(
        ("issued_on", "effective_on", "code"),
        [
            ("2023-10-20", "2023-10-20", None),
            ("2023-10-20", "2023-10-19", "before_issue"),
            ("2023", "2023-01-01", None),
            ("2023", "2022-12-31", "before_issue"),
            ("--10-20", "1990-01-01", None),
            (None, "1990-01-01", None),
            (None, today().isoformat(), None),
            (None, (today() + timedelta(days=2)).isoformat(), "in_the_future"),
            (None, "2024", "invalid_date"),
            (None, None, "invalid_date"),
        ],
    )
    async def test_takes_effect_after_the_issue_and_not_in_the_future(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        issued_on: str | None,
        effective_on: str | None,
        code: str | None,
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(client, key, issued_on=issued_on)
        body = {"reason": "Kê khai sai", "effective_on": effective_on}
        url = f"/v1/award-decisions/{serialized['id']}/revocation"
        answer = await client.post(url, json=body, headers=key)
        assert answer.status_code == (422 if code else 200)
        if code:
            (error,) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == ("#/effective_on", code)
            assert (await client.get(url)).status_code == 404

    async def test_speaks_vietnamese(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("awarder") | {"Accept-Language": "vi"}
        await revoke(client, key, decision_id(MERITS), "2024-06-01")
        answer = await client.post(f"{DECISION}/revocation", json=REVOKED, headers=key)
        assert answer.json()["title"] == "Quyết định đã bị hủy bỏ"
        assert answer.json()["detail"] == "Đã bị hủy bỏ từ ngày 2024-06-01"


class TestGetRevocation:
    async def test_there_is_none_until_it_is_revoked(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"{DECISION}/revocation")).status_code == 404
        nothing = f"/v1/award-decisions/{uuid4()}/revocation"
        assert (await client.get(nothing)).status_code == 404
