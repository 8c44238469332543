"""What the audit tells to whom, and how a personal name is taken out of all that is kept."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.calendar import today
from app.db.database import driver_of
from tests.access.test_deletion import MATCH, organisation
from tests.conftest import Keys
from tests.emulation_models.test_models import model
from tests.support.awarding import commendation, line, record

AUDIT, REDACTIONS = "/v1/audit-entries", "/v1/redactions"
CA_MAU, AN_GIANG = "province/96/2025-07-01", "province/91/2025-07-01"
NAME, OTHER = "Nguyễn Thị Kín Đáo", "Trần Văn Còn Lại"
MARK = "[đã ẩn tên]"


async def entries(client: httpx.AsyncClient, key: dict[str, str], query: str = "") -> list[Any]:
    answer = await client.get(f"{AUDIT}?{query}", headers=key)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


class TestListAuditEntries:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(AUDIT)).status_code == 401

    async def test_tells_an_agency_its_own_and_an_administrator_its_subtrees(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("registrar", unit=CA_MAU, name="Gần")
        far = await keys.of("registrar", unit=AN_GIANG, name="Xa")
        for key, place in ((near, organisation()), (far, organisation(locality=None))):
            await client.post("/v1/organisations", json=place, headers=key)

        async def actors(key: dict[str, str]) -> set[str]:
            serialized = await entries(client, key, "type=organisations")
            return {each["actor"]["name"] for each in serialized}

        assert await actors(near) == {"Gần"}
        assert await actors(far) == {"Xa"}
        assert await actors(await keys.of("administrator", unit=CA_MAU, name="Tỉnh")) == {"Gần"}
        assert await actors(await keys.of("administrator", name="Trung ương")) == {"Gần", "Xa"}

    async def test_tells_what_was_done_and_what_was_refused(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        asked = key | MATCH | {"X-Request-ID": "phone-7"}
        made = await client.post("/v1/organisations", json=organisation(), headers=asked)
        url = made.headers["location"]
        await client.patch(url, json={"name": "Khối vận"}, headers=asked)
        await client.delete(url, headers=asked)
        await client.post("/v1/award-decisions", json={}, headers=asked)
        await client.get("/v1/agencies", headers=asked)
        serialized = await entries(client, key, "sort=at&actor=" + await self._agency(client, key))
        assert [(each["action"], each["status"]) for each in serialized[1:]] == [
            ("create_organisation", 201),
            ("update_organisation", 200),
            ("delete_organisation", 204),
            ("create_award_decision", 403),
            ("list_agencies", 403),
        ]
        issued, created, updated, deleted, refused, _ = serialized
        assert (issued["action"], issued["key"]) == ("create_agency_key", None)
        assert created["request_id"] == "phone-7"
        assert key["Authorization"].startswith(f"Bearer {created['key']['prefix']}")
        assert (created["before"], created["after"]) == (None, made.json())
        assert created["thing"] == updated["thing"] == made.json()["id"]
        assert updated["before"]["name"] == "Khối vận xã Khánh Lâm"
        assert updated["after"]["name"] == "Khối vận"
        assert (deleted["before"]["name"], deleted["after"]) == ("Khối vận", None)
        assert (refused["before"], refused["after"]) == (None, None)

    async def _agency(self, client: httpx.AsyncClient, key: dict[str, str]) -> str:
        return str((await client.get("/v1/me", headers=key)).json()["agency"]["id"])

    async def test_filters_pages_and_streams(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        ids = [
            (await client.post("/v1/organisations", json=organisation(), headers=key)).json()["id"]
            for _ in range(3)
        ]
        await client.post("/v1/award-decisions", json={}, headers=key)
        day, before = today().isoformat(), (today() - timedelta(days=1)).isoformat()

        async def count(query: str) -> int:
            answer = await client.get(f"{AUDIT}?count=true&limit=1&{query}", headers=key)
            return int(answer.json()["total"])

        assert await count("") == 5
        assert await count(f"id={ids[0]},{ids[2]}") == 2
        assert await count("action=create_organisation") == 3
        assert await count("type=award-decisions") == 1
        assert await count("status=403") == 1
        assert await count(f"actor={uuid4()}") == 0
        assert await count(f"from={day}&to={day}") == 5
        assert await count(f"to={before}") == 0
        me = (await client.get("/v1/me", headers=key)).json()
        assert await count(f"key={me['key']['id']}") == 4
        seen, url = [], f"{AUDIT}?limit=2&type=organisations&sort=at"
        while url:
            page = await client.get(url, headers=key)
            seen += [each["thing"] for each in page.json()["items"]]
            url = page.links.get("next", {}).get("url", "")
        assert seen == ids
        for form, lines in (("csv", 6), ("ndjson", 5)):
            streamed = await client.get(f"{AUDIT}?format={form}", headers=key)
            assert len(streamed.text.splitlines()) == lines
            assert streamed.headers["cache-control"] == "private, no-cache"


async def everything(session: AsyncSession) -> str:
    """All that is kept of requests and deleted things, as text."""
    connection = await driver_of(session)
    texts = await connection.fetch(
        "select before::text || after::text as text from audit_entry"
        " union all select before::text from audit_entry"
        " union all select after::text from audit_entry"
        " union all select convert_from(body, 'UTF8') from idempotent_answer"
        " union all select content::text from deleted_thing"
        " union all select changed::text from award_decision_correction"
        " union all select name from award_recipient"
    )
    raw = "\n".join(row["text"] or "" for row in texts)
    return raw + json.dumps(raw).encode().decode("unicode_escape", "ignore")


def redaction(id: str, member: str, type: str = "award-decisions") -> dict[str, str]:
    return {"type": type, "id": id, "member": member, "legal_reason": "Nghị định 13/2023/NĐ-CP"}


class TestRedactName:
    async def test_is_for_administrators_of_the_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        id = (await record(client, await keys.of("awarder")))["id"]
        body = redaction(id, "signer")
        statuses = [
            (await client.post(REDACTIONS, json=each, headers=key)).status_code
            for each, key in (
                (body, {}),
                (body, await keys.of("awarder")),
                (body, await keys.of("administrator", unit=AN_GIANG)),
                (redaction(str(uuid4()), "signer"), await keys.of("administrator")),
                (redaction(id, "occasion"), await keys.of("administrator")),
                (body, await keys.of("administrator", unit=CA_MAU)),
            )
        ]
        assert statuses == [401, 403, 403, 404, 422, 200]

    async def test_takes_one_recipients_name_out_of_all_that_is_kept(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("awarder", "administrator") | MATCH | {"Idempotency-Key": "1"}
        awards = [line(recipients=[{"name": NAME}, {"name": OTHER}])]
        decision = await record(client, key, awards=awards)
        url = f"/v1/award-decisions/{decision['id']}"
        (award,) = decision["awards"]
        recipient = award["recipients"][0]
        renamed = {"awards": [{"id": award["id"], "recipients": [
            {"id": recipient["id"], "name": f"{NAME} (Năm)"}, {"id": award["recipients"][1]["id"]},
        ]}]}  # fmt: skip
        corrected = await client.post(
            f"{url}/corrections",
            json={"reason": "In thiếu", "changes": renamed},
            headers=key | {"Idempotency-Key": "2"},
        )
        assert corrected.status_code == 201, corrected.text
        assert (await everything(session)).count(NAME) > 5
        done = await client.post(
            REDACTIONS,
            json=redaction(recipient["id"], "recipients[].name"),
            headers=key | {"Idempotency-Key": "3"},
        )
        assert done.json()["removed"] == 2
        assert NAME not in await everything(session)
        now = await client.get(url)
        names = [each["name"] for each in now.json()["awards"][0]["recipients"]]
        assert names == [MARK, OTHER]
        assert now.json()["awards"][0]["count"] == 3
        assert now.json()["version"] > corrected.json()["decision"]["version"]
        again = await client.post(
            "/v1/award-decisions", json=commendation(awards=awards), headers=key
        )
        assert again.headers["idempotent-replayed"] == "true"
        assert NAME not in again.text
        assert OTHER in again.text
        found = await client.get("/v1/award-decisions", params={"q": NAME})
        assert decision["id"] not in [each["id"] for each in found.json()["items"]]

    async def test_takes_all_names_of_a_decision_and_its_signer(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("awarder", "administrator")
        awards = [line(recipients=[{"name": NAME}, {"name": OTHER}])]
        decision = await record(client, key, awards=awards, signer="Lê Ký")
        for member in ("recipients[].name", "signer"):
            done = await client.post(
                REDACTIONS, json=redaction(decision["id"], member), headers=key
            )
            assert done.status_code == 200
        kept = await everything(session)
        assert not any(name in kept for name in (NAME, OTHER, "Lê Ký"))
        serialized = (await client.get(f"/v1/award-decisions/{decision['id']}")).json()
        assert serialized["signer"] == MARK
        assert serialized["authority"] == decision["authority"]
        again = redaction(decision["id"], "signer")
        twice = await client.post(REDACTIONS, json=again, headers=key)
        assert twice.json()["removed"] == 0

    async def test_reaches_what_was_deleted(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("registrar", "administrator") | MATCH
        made = await client.post("/v1/models", json=model(owner_name=NAME), headers=key)
        assert made.status_code == 201, made.text
        url = made.headers["location"]
        await client.delete(url, headers=key)
        body = redaction(made.json()["id"], "owner_name", "models")
        done = await client.post(REDACTIONS, json=body, headers=key)
        assert (done.status_code, done.json()["removed"]) == (200, 1)
        assert NAME not in await everything(session)
        back = await client.post(f"{url}/restoration", headers=key)
        assert back.json()["owner_name"] == MARK
        assert back.json()["title"] == made.json()["title"]

    @pytest.mark.parametrize("whole", [True, False])
    async def test_takes_out_who_inspected(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession, *, whole: bool
    ) -> None:
        key = await keys.of("registrar", "administrator") | MATCH
        made = await client.post("/v1/models", json=model(), headers=key)
        url = f"{made.headers['location']}/inspections"
        step = {"inspected_on": "2026-01-05", "inspectors": [NAME, OTHER]}
        inspected = await client.post(url, json=step, headers=key)
        assert inspected.status_code == 201, inspected.text
        changed = {"inspectors": [OTHER]}
        await client.patch(f"{url}/{inspected.json()['id']}", json=changed, headers=key)
        id = made.json()["id"] if whole else inspected.json()["id"]
        done = await client.post(
            REDACTIONS, json=redaction(id, "inspectors", "models"), headers=key
        )
        assert (done.status_code, done.json()["removed"]) == (200, 2)
        kept = await everything(session)
        assert NAME not in kept
        assert OTHER not in kept
        serialized = (await client.get(made.headers["location"])).json()
        assert serialized["inspections"][0]["inspectors"] == [MARK]

    async def test_leaves_no_trace_of_the_name_itself(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "administrator")
        made = await client.post("/v1/models", json=model(owner_name=NAME), headers=key)
        body = redaction(made.json()["id"], "owner_name", "models")
        await client.post(REDACTIONS, json=body, headers=key)
        (entry,) = await entries(client, key, "action=redact_name")
        assert entry["after"]["legal_reason"] == body["legal_reason"]
        assert NAME not in json.dumps(entry, ensure_ascii=False)

    @pytest.mark.parametrize("member", ["title", "awards", "", "recipients[].locality"])
    async def test_names_only_what_is_personal(
        self, client: httpx.AsyncClient, keys: Keys, member: str
    ) -> None:
        body = redaction(str(uuid4()), member)
        answer = await client.post(REDACTIONS, json=body, headers=await keys.of("administrator"))
        assert answer.status_code == 422
