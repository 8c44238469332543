"""Limits bind whoever asks, by the key that was verified, else by address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network

import httpx
import pytest

from app.access.keys import new_secret
from app.config import RateLimit, Settings
from app.db.database import Database
from app.http.rate_limits import Limiter, holder_of
from app.main import create_app
from tests.conftest import Keys, OneTransaction

LOOPBACK = IPv4Network("127.0.0.0/8")
ORGANISATIONS = "/v1/organisations"


@asynccontextmanager
async def limited(database: Database, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose limits are low; its address is in X-Forwarded-For."""
    known = Settings(
        access_log=False, cache_bytes=0, trusted_proxies=(LOOPBACK,), **settings  # type: ignore[arg-type]
    )  # fmt: skip
    transport = httpx.ASGITransport(create_app(known, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield client


class TestRateLimit:
    async def test_refuses_with_when_to_come_back(self, database: OneTransaction) -> None:
        async with limited(database, rate_limit_reads="3/hour") as client:
            answers = [await client.get("/v1/reference") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[0].headers["ratelimit-policy"] == '"reads";q=3;w=3600'
        assert answers[0].headers["ratelimit"].startswith('"reads";r=2;t=')
        assert 0 < int(answers[4].headers["retry-after"]) <= 3600
        assert answers[4].json()["code"] == "too_many_requests"
        assert answers[4].headers["access-control-allow-origin"] == "*"

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    async def test_never_refuses_health(self, database: OneTransaction, path: str) -> None:
        async with limited(database, rate_limit_reads="1/hour") as client:
            statuses = {(await client.get(path)).status_code for _ in range(5)}
            assert statuses == {200}
            assert (await client.get("/v1/reference")).status_code == 200

    async def test_counts_every_spelling_of_a_key_as_one(
        self, database: OneTransaction, keys: Keys
    ) -> None:
        key = (await keys.of("registrar"))["Authorization"].removeprefix("Bearer ")
        spellings = [f"Bearer {key}", f"bearer {key}", f"BEARER  {key}", f"Bearer {key} "]
        async with limited(database, rate_limit_writes="3/hour") as client:
            statuses = [
                (await client.post(ORGANISATIONS, json={}, headers={"Authorization": each}))
                for each in spellings
            ]
        assert [answer.status_code for answer in statuses] == [422, 422, 422, 429]

    @pytest.mark.parametrize(
        "authorization",
        [
            lambda _: {"Authorization": f"Bearer {new_secret().text}"},
            lambda number: {"Authorization": f"Bearer x{number}"},
            lambda number: {"Authorization": f"Basic x{number}"},
            lambda number: {"Authorization": f"{number}"},
            lambda number: {"Idempotency-Key": f"{number}"},
        ],
    )
    async def test_counts_what_is_no_good_key_by_address(
        self, database: OneTransaction, authorization: object
    ) -> None:
        assert callable(authorization)
        async with limited(database, rate_limit_writes="3/hour") as client:
            statuses = [
                (
                    await client.post(ORGANISATIONS, json={}, headers=authorization(number))
                ).status_code
                for number in range(5)
            ]
        assert statuses == [401, 401, 401, 429, 429]

    @pytest.mark.parametrize("path", ["/v1/me", "/v1/reference"])
    async def test_counts_reads_with_a_key_by_the_key_and_not_by_the_address(
        self, database: OneTransaction, keys: Keys, path: str
    ) -> None:
        """An office behind one address: none of its keys uses up what another may."""
        office = [await keys.of("registrar", name=f"Cơ quan {number}") for number in range(4)]
        async with limited(database, rate_limit_reads="2/hour") as client:
            statuses = [
                [(await client.get(path, headers=key)).status_code for key in office]
                for _ in range(3)
            ]
            anonymous = await client.get("/v1/reference")
        assert statuses == [[200] * 4, [200] * 4, [429] * 4]
        assert anonymous.status_code == 200

    async def test_verifies_no_more_keys_for_an_address_that_has_used_up_its_limit(
        self, database: OneTransaction, keys: Keys
    ) -> None:
        known, new = await keys.of("registrar", name="A"), await keys.of("registrar", name="B")
        async with limited(database, rate_limit_reads="2/hour") as client:
            assert (await client.get("/v1/me", headers=known)).status_code == 200
            for _ in range(3):
                await client.get("/v1/reference")
            assert (await client.get("/v1/me", headers=known)).status_code == 200
            assert (await client.get("/v1/me", headers=new)).status_code == 429

    async def test_counts_an_ipv6_client_by_its_64_bit_network(
        self, database: OneTransaction
    ) -> None:
        async with limited(database, rate_limit_reads="2/hour") as client:

            async def status(address: str) -> int:
                headers = {"X-Forwarded-For": address}
                return (await client.get("/v1/reference", headers=headers)).status_code

            assert [await status(f"2001:db8:1:2::{end:x}") for end in range(4)] == [
                200, 200, 429, 429,
            ]  # fmt: skip
            assert await status("2001:db8:1:3::1") == 200

    async def test_believes_proxies_only_where_trusted(self, server: str) -> None:
        for trusted, statuses in (((), [200, 429]), ((LOOPBACK,), [200, 200])):
            settings = Settings(
                access_log=False, rate_limit_reads="1/hour", cache_bytes=0, trusted_proxies=trusted
            )
            database = Database(server)
            transport = httpx.ASGITransport(create_app(settings, database))
            async with httpx.AsyncClient(transport=transport, base_url="http://k.test") as client:
                got = [
                    (
                        await client.get(
                            "/problems/x", headers={"X-Forwarded-For": f"1.1.1.1, {a}"}
                        )
                    ).status_code
                    for a in ("10.0.0.1", "10.0.0.2")
                ]
            await database.close()
            assert [200 if status == 404 else status for status in got] == statuses

    async def test_counts_by_address_while_the_database_is_away(self) -> None:
        database = Database("postgresql://postgres@127.0.0.1:1/kheo")
        async with limited(database, rate_limit_reads="1/hour") as client:
            key = {"Authorization": f"Bearer {new_secret().text}"}
            statuses = [(await client.get("/v1/me", headers=key)).status_code for _ in range(2)]
        await database.close()
        assert statuses == [503, 429]


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_an_address_belongs_to_its_holder(address: str, holder: str) -> None:
    assert holder_of(address) == holder


def test_no_more_than_100_000_holders_are_remembered() -> None:
    limiter = Limiter("reads", RateLimit(1, 3600))
    assert limiter.take("first", 0).allowed
    assert not limiter.take("first", 0).allowed
    for number in range(100_000):
        limiter.take(number, 0)
    assert limiter.take("first", 0).allowed  # forgotten
    assert not limiter.take(99_999, 0).allowed


async def test_a_window_ends_for_everybody() -> None:
    limiter = Limiter("reads", RateLimit(1, 10))
    assert [limiter.take("a", now).allowed for now in (0, 9, 10, 19, 20)] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert limiter.exhausted("a", 29)
    assert not limiter.exhausted("a", 30)
    await asyncio.sleep(0)
