"""The audit says who wrote what, and nobody can change it."""

import json

import asyncpg
import httpx
import pytest

from app.localities.load import id_of
from tests.conftest import Keys, OneTransaction
from tests.support.auditing import audit_entries

CA_MAU = str(id_of("province/96/2025-07-01"))
AN_GIANG = str(id_of("province/91/2025-07-01"))


def unions(**changes: object) -> dict[str, object]:
    return {
        "name": "Hội Liên hiệp Phụ nữ tỉnh Cà Mau",
        "kind": "womens_union",
        "tier": "province",
        "locality": CA_MAU,
    } | changes


class TestAudit:
    async def test_tells_who_wrote_what(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction
    ) -> None:
        key = await keys.of("registrar")
        made = await client.post(
            "/v1/organisations", json=unions(), headers=key | {"X-Request-ID": "req-1"}
        )
        change = {"name": "Hội LHPN tỉnh Cà Mau"}
        changed = await client.patch(
            made.headers["location"], json=change, headers=key | {"If-Match": made.headers["etag"]}
        )
        creation, update = await audit_entries(database)
        assert (creation["action"], creation["type"], creation["status"]) == (
            "create_organisation",
            "organisations",
            201,
        )
        assert str(creation["thing_id"]) == str(update["thing_id"]) == made.json()["id"]
        assert creation["request_id"] == "req-1"
        assert creation["before"] is None
        assert json.loads(creation["after"]) == json.loads(update["before"]) == made.json()
        assert json.loads(update["after"]) == changed.json()

    async def test_has_nothing_of_what_was_refused_but_403(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction
    ) -> None:
        key = await keys.of("registrar", unit="province/91/2025-07-01")
        assert (await client.post("/v1/organisations", json=unions())).status_code == 401
        for body in (unions(), unions(locality=AN_GIANG, kind="?")):
            await client.post("/v1/organisations", json=body, headers=key)
        (entry,) = await audit_entries(database)
        assert (entry["action"], entry["status"], entry["after"]) == (
            "create_organisation",
            403,
            None,
        )

    @pytest.mark.parametrize(
        "statement",
        ["update audit_entry set action = 'x'", "delete from audit_entry", "truncate audit_entry"],
    )
    async def test_cannot_be_changed(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction, statement: str
    ) -> None:
        await client.post("/v1/organisations", json=unions(), headers=await keys.of("registrar"))
        async with database.reader() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
