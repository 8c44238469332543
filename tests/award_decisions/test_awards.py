"""Awards and the verification of certificates over HTTP."""

import csv
import io
import json
from itertools import pairwise

import httpx
import pytest

from app.config import Settings
from app.db.database import Database
from app.localities.load import id_of
from app.main import create_app
from tests.conftest import Keys
from tests.support.awarding import (
    AN_GIANG,
    CA_MAU,
    CEREMONY,
    TRUSTED_PLACE,
    WOMEN,
    correct,
    every_id,
    line,
    organisation_id,
    period_id,
    record,
    revoke,
)


class TestListAwards:
    async def test_tells_every_line_with_its_decision(self, client: httpx.AsyncClient) -> None:
        items = {
            item["id"]: item
            for item in (await client.get("/v1/awards?limit=200&count=true")).json()["items"]
        }
        decisions = (await client.get("/v1/award-decisions")).json()["items"]
        serialized = {award["id"]: (award, each) for each in decisions for award in each["awards"]}
        assert items == {
            id: award
            | {name: decision[name] for name in ("version", "updated_at", "issued_on")}
            | {name: decision[name] for name in ("date_precision", "authority", "level", "status")}
            | {"decision": {"id": decision["id"], "number": decision["number"]}}
            for id, (award, decision) in serialized.items()
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

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ("status=issued", [4]),
            ("status=corrected", [5]),
            ("status=revoked", [6]),
            ("status=corrected,revoked", [5, 6]),
            ("as_of=2023-10-19", []),
            ("as_of=2023-10-20", [4, 5, 6]),
            ("as_of=2024-05-31", [4, 5, 6]),
            ("as_of=2024-06-01", [4, 5]),
            ("as_of=2024-05-31&status=revoked", [6]),
            ("as_of=2024-06-01&status=revoked", []),
            ("q=126", [5]),
        ],
    )
    async def test_filters_by_what_became_of_the_decision(
        self, client: httpx.AsyncClient, keys: Keys, params: str, expected: list[int]
    ) -> None:
        key = await keys.of("awarder")
        _, corrected, revoked = [
            await record(client, key, awards=[line(count=count)]) for count in (4, 5, 6)
        ]
        await correct(client, key, corrected["id"], {"number": "126"})
        await revoke(client, key, revoked["id"], "2024-06-01")
        answer = (await client.get(f"/v1/awards?{params}&issued_from=2023-10-20")).json()
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
        serialized = await record(
            client,
            await keys.of("awarder"),
            awards=[
                line(form="merit_certificate", recipients=[{"name": "Nguyễn Văn An"}]),
                line(),
                line(form="merit_certificate", participant_kind="individual", count=12),
            ],
        )
        answer = await client.get(f"/v1/verify/{serialized['verification_code']}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "status": "valid",
            "number": "125-QĐ/BDVTU",
            "issued_on": "2023-10-20",
            "authority": serialized["authority"],
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
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(client, key)
        await revoke(client, key, serialized["id"], "2024-06-01")
        answer = (await client.get(f"/v1/verify/{serialized['verification_code']}")).json()
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

    async def test_a_corrected_decision_holds_with_its_new_text(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        serialized = await record(client, key)
        await correct(client, key, serialized["id"], {"number": "126-QĐ/BDVTU"})
        answer = (await client.get(f"/v1/verify/{serialized['verification_code']}")).json()
        assert (answer["status"], answer["number"]) == ("valid", "126-QĐ/BDVTU")

    async def test_has_a_rate_limit_of_its_own_which_no_key_lifts(self, server: str) -> None:
        settings = Settings(access_log=False, rate_limit_verify="2/hour", cache_bytes=0)
        database = Database(server)
        transport = httpx.ASGITransport(create_app(settings, database))
        async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
            answers = [
                await client.get("/v1/verify/x"),
                await client.head("/v1/verify/x"),
                await client.get("/v1/verify/y", headers={"Authorization": "Bearer kheo_x"}),
                await client.get("/v1/awards"),
            ]
        await database.close()
        assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
        assert answers[0].headers["ratelimit-policy"] == '"verify";q=2;w=3600'
        assert 0 < int(answers[2].headers["retry-after"]) <= 3600

    async def test_takes_no_parameters_and_offers_json_alone(
        self, client: httpx.AsyncClient
    ) -> None:
        url = "/v1/verify/x"
        assert (await client.get(f"{url}?a=1")).status_code == 422
        assert (await client.get(url, headers={"Accept": "text/csv"})).status_code == 406
