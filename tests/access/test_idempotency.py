"""A write happens once under its Idempotency-Key."""

import asyncio

import httpx
import pytest

from app.db.database import driver_of
from app.localities.load import id_of
from tests.conftest import Keys, OneTransaction
from tests.support.auditing import audit_entries
from tests.support.serving import served

CA_MAU = str(id_of("province/96/2025-07-01"))
AN_GIANG = str(id_of("province/91/2025-07-01"))


def unions(**changes: object) -> dict[str, object]:
    return {
        "name": "Hội Liên hiệp Phụ nữ tỉnh Cà Mau",
        "kind": "womens_union",
        "tier": "province",
        "locality": CA_MAU,
    } | changes


async def organisations(database: OneTransaction) -> int:
    async with database.reader() as connection:
        return int(await connection.fetchval("select count(*) from organisation"))


class TestIdempotencyKey:
    async def test_the_same_request_again_gets_the_first_answer(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction
    ) -> None:
        before = await organisations(database)
        key = await keys.of("registrar") | {"Idempotency-Key": "phone-7/1"}
        first = await client.post("/v1/organisations", json=unions(), headers=key)
        again = await client.post("/v1/organisations", json=unions(), headers=key)
        assert first.status_code == again.status_code == 201
        assert first.content == again.content
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        for name in ("location", "etag", "content-type", "cache-control"):
            assert again.headers[name] == first.headers[name]
        assert await organisations(database) == before + 1
        assert len(await audit_entries(database)) == 1

    async def test_another_body_under_the_key_is_refused(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": "1"}
        await client.post("/v1/organisations", json=unions(), headers=key)
        answer = await client.post("/v1/organisations", json=unions(name="Khác"), headers=key)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "used_for_another_request"

    async def test_a_key_belongs_to_an_agency_and_a_path(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        one = await keys.of("registrar", name="one") | {"Idempotency-Key": "1"}
        two = await keys.of("registrar", name="two") | {"Idempotency-Key": "1"}
        answers = [
            await client.post("/v1/organisations", json=unions(), headers=one),
            await client.post("/v1/organisations", json=unions(), headers=two),
            await client.post(
                "/v1/documents", json={"title": "Kế hoạch", "kind": "plan"}, headers=one
            ),
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 201]
        assert not any("idempotent-replayed" in answer.headers for answer in answers)

    async def test_a_refusal_is_not_kept(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": "1"}
        refused = await client.post("/v1/organisations", json=unions(kind="?"), headers=key)
        corrected = await client.post("/v1/organisations", json=unions(), headers=key)
        assert (refused.status_code, corrected.status_code) == (422, 201)

    async def test_it_can_be_used_anew_after_seven_days(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction
    ) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": "1"}
        other = await keys.of("registrar") | {"Idempotency-Key": "2"}
        for each in (key, other):
            await client.post("/v1/organisations", json=unions(), headers=each)
        async with database.writer() as session:
            connection = await driver_of(session)
            await connection.execute(
                "update idempotent_answer set answered_at = now() - interval '8 days'"
            )
        answer = await client.post("/v1/organisations", json=unions(name="Mới"), headers=key)
        assert answer.status_code == 201
        async with database.reader() as connection:
            left = await connection.fetch("select key from idempotent_answer")
        assert [row["key"] for row in left] == ["1"]

    @pytest.mark.parametrize("name", ["", "x" * 256])
    async def test_has_1_to_255_characters(
        self, client: httpx.AsyncClient, keys: Keys, name: str
    ) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": name}
        answer = await client.post("/v1/organisations", json=unions(), headers=key)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"

    async def test_of_many_at_once_one_is_done(self) -> None:
        """The losers are told that another is in flight, or get its answer."""
        with served() as installation:
            key = installation.key("registrar") | {"Idempotency-Key": "1"}
            async with httpx.AsyncClient(base_url=installation.url) as client:
                address = "/v1/organisations"
                before = (await client.get(f"{address}?count=true")).json()["total"]
                answers = await asyncio.gather(
                    *(client.post(address, json=unions(), headers=key) for _ in range(8))
                )
                after = (await client.get(f"{address}?count=true")).json()["total"]
        assert after == before + 1
        serialized = {(answer.status_code, answer.json().get("code")) for answer in answers}
        assert serialized <= {(201, None), (409, "request_in_flight")}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
