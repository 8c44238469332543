"""Imports of award decisions with their awards."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Keys
from tests.support.awarding import (
    COMMENDATIONS,
    TRUSTED_PLACE,
    WOMEN,
    commendation,
    decision_id,
    line,
    organisation_id,
    record,
)
from tests.support.importing import DECISIONS, Json, counts, errors, send, total

NUMBERED = "/v1/award-decisions"


def ndjson(*rows: Json) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def recipients(*names: str) -> list[Json]:
    return [{"name": name} for name in names]


class TestNewDecisions:
    async def test_needs_a_key_and_the_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        media_type = {"Content-Type": "application/x-ndjson"}
        assert (await client.post(DECISIONS, content=b"", headers=media_type)).status_code == 401
        key = await keys.of("registrar") | media_type
        assert (await client.post(DECISIONS, content=b"", headers=key)).status_code == 403

    async def test_are_told_like_those_recorded_one_by_one(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        awards = [
            line(recipients=[
                {"name": "Tổ phụ nữ", "organisation": organisation_id(WOMEN)},
                {"name": "Mô hình", "model": TRUSTED_PLACE},
            ]),
            line(form="merit_certificate", participant_kind="individual", count=7),
        ]  # fmt: skip
        one = await record(client, key, awards=awards)
        id = str(uuid4())
        report = await send(
            client, key, ndjson(commendation(id=id, awards=awards)), "ndjson", to=DECISIONS
        )
        assert counts(report) == (1, 1, 0, 0, 0)
        other = (await client.get(f"{NUMBERED}/{id}", headers=key)).json()
        assert other["verification_code"] != one["verification_code"]
        verified = await client.get(f"/v1/verify/{other['verification_code']}")
        assert verified.json()["status"] == "valid"
        for serialized in (one, other):
            for name in ("id", "updated_at", "verification_code"):
                serialized.pop(name)
            for award in serialized["awards"]:
                award.pop("id")
                for recipient in award["recipients"]:
                    recipient.pop("id")
        assert one == other

    async def test_by_the_thousand_keep_the_order_of_lines_and_names(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        before = await total(client, NUMBERED)
        rows = [
            commendation(
                number=f"{number}-QĐ",
                awards=[line(recipients=recipients("B", "A", f"{number}")), line(count=number + 1)],
            )
            for number in range(1_200)
        ]
        report = await send(client, key, ndjson(*rows), "ndjson", to=DECISIONS)
        assert counts(report) == (1_200, 1_200, 0, 0, 0)
        assert await total(client, NUMBERED) == before + 1_200
        newest = (await client.get(f"{NUMBERED}?sort=-updated_at&limit=3")).json()["items"]
        for serialized in newest:
            number = serialized["number"].removesuffix("-QĐ")
            first, second = serialized["awards"]
            assert [each["name"] for each in first["recipients"]] == ["B", "A", number]
            assert second["count"] == int(number) + 1

    async def test_are_refused_by_the_rules_of_single_ones(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit="province/96/2025-07-01")
        same = str(uuid4())
        rows = [
            commendation(authority=str(uuid4())),
            commendation(authority=organisation_id("u-minh-thuong-2020/ubnd-huyen")),
            commendation(issued_on="2999-01-01"),
            commendation(level="district", issued_on="2025-08-01"),
            commendation(awards=[line(count=1, recipients=recipients("a", "b"))]),
            commendation(awards=[]),
            commendation(awards=[line(recipients=[{"name": "a", "model": str(uuid4())}])]),
            commendation(status="issued", verification_code="x"),
            commendation(id=same),
            commendation(id=same),
        ]
        before = await total(client, NUMBERED)
        report = await send(client, key, ndjson(*rows), "ndjson", to=DECISIONS, status=422)
        assert errors(report) == [
            (1, "authority", "unknown_reference"),
            (2, "authority", "outside_scope"),
            (3, "issued_on", "in_the_future"),
            (4, "level", "level_abolished"),
            (5, "awards.0.recipients", "more_names_than_count"),
            (6, "awards", "too_few"),
            (7, "awards.0.recipients.0.model", "unknown_reference"),
            (8, "status", "read_only"),
            (8, "verification_code", "read_only"),
            (10, "id", "repeated_id"),
        ]
        assert await total(client, NUMBERED) == before


class TestExistingDecisions:
    @pytest.mark.parametrize("language", ["en", "vi"])
    async def test_as_exported_are_unchanged(
        self, client: httpx.AsyncClient, keys: Keys, language: str
    ) -> None:
        key = await keys.of("awarder") | {"Accept-Language": language}
        await record(client, key, awards=[line(form="commemorative_medal")])
        file = (await client.get(f"{NUMBERED}?format=ndjson")).content
        count = len(file.splitlines())
        report = await send(client, key, file, "ndjson", to=DECISIONS)
        assert counts(report) == (count, 0, 0, count, 0)

    async def test_take_names_and_what_was_unknown(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(
            client, key, number=None, awards=[line(recipients=recipients("a"))]
        )
        changed = json.loads(json.dumps(serialized))
        changed["number"] = "7-QĐ"
        changed["awards"][0]["recipients"].append({"name": "b"})
        report = await send(client, key, ndjson(changed), "ndjson", to=DECISIONS)
        assert counts(report) == (1, 0, 1, 0, 0)
        after = (await client.get(f"{NUMBERED}/{serialized['id']}")).json()
        assert after["version"] > serialized["version"]
        assert after["number"] == "7-QĐ"
        (award,) = after["awards"]
        assert award["id"] == serialized["awards"][0]["id"]
        assert award["recipients"][0] == serialized["awards"][0]["recipients"][0]
        assert [each["name"] for each in award["recipients"]] == ["a", "b"]

    async def test_keep_what_is_stated(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("awarder")
        id = decision_id(COMMENDATIONS)
        serialized = (await client.get(f"{NUMBERED}/{id}")).json()
        serialized["capacity"] = "as_body"
        serialized["awards"][0]["count"] += 1
        report = await send(client, key, ndjson(serialized), "ndjson", to=DECISIONS, status=422)
        assert errors(report) == [(1, "capacity", "stated"), (1, "awards.0.count", "stated")]
        assert (await client.get(f"{NUMBERED}/{id}")).json()["capacity"] != "as_body"
