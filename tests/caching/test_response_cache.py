"""The response cache: what is answered from it, to whom, and in how much memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from app.caching.response_cache import CacheEntry, Key, ResponseCache
from app.config import Settings
from app.db.database import Database
from app.main import create_app

SETTINGS = Settings(access_log=False, rate_limit_reads="1000000/second")
PERIODS, ORGANISATIONS = "/v1/campaign-periods", "/v1/organisations?limit=20"
OF_ONE_REQUEST = {"date", "x-request-id", "ratelimit"}


@pytest.fixture
async def cached(server: str) -> AsyncIterator[FastAPI]:
    """An application of its own, with a response cache."""
    database = Database(server)
    app = create_app(SETTINGS, database)
    yield app
    await app.state.snapshots.close()
    await database.close()


@pytest.fixture
async def reader(cached: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(cached, raise_app_exceptions=False)
    plain = {"Accept-Encoding": "identity"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://kheo.test", headers=plain
    ) as client:
        yield client


def lasting(answer: httpx.Response) -> dict[str, str]:
    return {name: text for name, text in answer.headers.items() if name not in OF_ONE_REQUEST}


class TestAHit:
    @pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
    async def test_is_the_first_answer_in_every_coding(
        self, cached: FastAPI, reader: httpx.AsyncClient, coding: str
    ) -> None:
        headers = {"Accept-Encoding": coding}
        answers = [await reader.get(ORGANISATIONS, headers=headers) for _ in range(3)]
        assert cached.state.response_cache.hits == 2
        assert len({answer.content for answer in answers}) == 1
        assert lasting(answers[0]) == lasting(answers[1]) == lasting(answers[2])
        assert answers[0].headers.keys() >= {"x-request-id", "ratelimit", "ratelimit-policy"}
        assert answers[1].headers["x-request-id"] != answers[2].headers["x-request-id"]
        assert answers[2].headers.get("content-encoding", "identity") == coding
        assert answers[2].headers["etag"].startswith("W/") is (coding != "identity")

    async def test_is_304_to_who_has_it_and_bodiless_to_a_head(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        got = await reader.get(PERIODS)
        known = await reader.get(PERIODS, headers={"If-None-Match": got.headers["etag"]})
        head = await reader.head(PERIODS)
        assert (known.status_code, known.content) == (304, b"")
        assert (head.status_code, head.content) == (200, b"")
        assert lasting(head) == lasting(got)
        assert cached.state.response_cache.hits == 2

    async def test_serves_all_codings_from_one_run_of_the_application(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        bodies = set()
        for coding in ("identity", "gzip", "zstd", "identity", "gzip", "zstd"):
            answer = await reader.get(ORGANISATIONS, headers={"Accept-Encoding": coding})
            bodies.add(answer.content)
        assert len(bodies) == 1
        assert cached.state.response_cache.misses == 1


class TestACacheEntry:
    async def test_is_made_neither_of_errors_nor_files_nor_of_what_a_key_reads(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        key = {"Authorization": "Bearer kheo_x"}
        for _ in range(2):
            await reader.get(f"/v1/organisations/{uuid4()}")
            await reader.get("/v1/organisations?format=csv")
            await reader.get("/v1/organisations?limit=1", headers=key)
        assert (cached.state.response_cache.hits, len(cached.state.response_cache)) == (0, 0)

    async def test_is_shared_by_headers_that_ask_for_the_same(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        """Whatever else they say, and however long they are."""
        for number in range(30):
            headers = {
                "Accept": f"application/json, text/x-{number};q=0.{number}",
                "Accept-Language": "en, " + ", ".join(f"x-{each}" for each in range(number * 50)),
                "Accept-Encoding": "identity",
            }
            assert (await reader.get(PERIODS, headers=headers)).status_code == 200
        assert len(cached.state.response_cache) == 1

    @pytest.mark.parametrize("order", [["vi", "en;q=0.5"], ["en;q=0.5", "vi"]])
    async def test_is_not_poisoned_by_repeated_headers(
        self, cached: FastAPI, reader: httpx.AsyncClient, order: list[str]
    ) -> None:
        """Two lines are one list for the cache and for the application."""
        lines = [("Accept-Language", line) for line in order]
        await reader.get(PERIODS, headers=lines)
        await reader.get(PERIODS, headers={"Accept-Language": "vi, en;q=0.5"})
        formats = [("Accept", "application/json"), ("Accept", "text/csv;q=0")]
        await reader.get(PERIODS, headers=formats)
        assert (
            (await reader.get(PERIODS, headers={"Accept": "text/csv"}))
            .headers["content-type"]
            .startswith("text/csv")
        )
        assert cached.state.response_cache.hits == 1


def asked(path: str) -> dict[str, Any]:
    """The scope of a GET as a server makes it."""
    address, _, query = path.partition("?")
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": address, "raw_path": address.encode(), "root_path": "",
        "query_string": query.encode(), "headers": [(b"host", b"kheo.test")],
        "client": ("127.0.0.1", 1), "server": ("kheo.test", 80),
    }  # fmt: skip


async def nothing() -> Message:
    """A client that sends no more than its request."""
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


async def never(_: Message) -> None:
    """A client that does not read."""
    await asyncio.Event().wait()


def after(messages: int) -> Callable[[Message], Any]:
    """A client that stops reading after some messages."""
    sent = 0

    async def send(message: Message) -> None:
        nonlocal sent
        sent += 1
        if sent > messages:
            await never(message)

    return send


class TestWaiting:
    async def test_requests_at_once_share_one_answer(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        answers = await asyncio.gather(*(reader.get(PERIODS) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(cached.state.response_cache) == 1

    @pytest.mark.parametrize("messages", [0, 1])
    @pytest.mark.parametrize(
        "path", [PERIODS, "/v1/organisations?format=ndjson", "/v1/models/none", "/v1/nothing"]
    )
    async def test_never_depends_on_a_client_that_does_not_read(
        self, cached: FastAPI, reader: httpx.AsyncClient, path: str, messages: int
    ) -> None:
        """Of any kind of answer, asked by many who read nothing or stop in the middle."""
        stuck = [
            asyncio.create_task(cached(asked(path), nothing, after(messages))) for _ in range(31)
        ]
        answers = await asyncio.wait_for(asyncio.gather(*(reader.get(path) for _ in range(5))), 30)
        again = await asyncio.wait_for(reader.get(path), 30)
        statuses = {answer.status_code for answer in (*answers, again)}
        # Exports may be 429: only two at once are for one address.
        assert len(statuses) == 1
        assert statuses <= {200, 404, 422, 429}
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)

    async def test_goes_on_when_the_request_that_is_waited_for_is_cancelled(
        self, cached: FastAPI, reader: httpx.AsyncClient
    ) -> None:
        for delay in (0, 0.001, 0.003):
            first = asyncio.create_task(cached(asked(PERIODS), nothing, never))
            await asyncio.sleep(delay)
            others = [asyncio.create_task(reader.get(PERIODS)) for _ in range(5)]
            await asyncio.sleep(0)
            first.cancel()
            answers = await asyncio.wait_for(asyncio.gather(*others), 30)
            assert {answer.status_code for answer in answers} == {200}
            cached.state.response_cache.clear()


class TestResponseCache:
    def entry(self, size: int, query: bytes = b"") -> CacheEntry:
        return CacheEntry(Key(b"", query), [], b"x" * size)

    def key(self, name: str) -> Key:
        return Key(name.encode(), b"")

    def test_forgets_everything_when_the_state_changes(self) -> None:
        cache = ResponseCache(100_000)
        a = self.key("a")
        cache.get("s1", a)
        cache.put("s1", a, self.entry(10))
        assert cache.get("s1", a) is not None
        assert cache.get("s2", a) is None
        assert cache.get("s1", a) is None

    def test_takes_nothing_for_a_state_that_has_passed(self) -> None:
        cache = ResponseCache(100_000)
        a = self.key("a")
        cache.get("s2", a)
        cache.put("s1", a, self.entry(10))
        assert cache.get("s2", a) is None

    def test_stays_within_its_bytes_and_drops_the_least_recently_used(self) -> None:
        cache = ResponseCache(6_500)
        cache.get("s", self.key(""))
        for name in "abc":
            cache.put("s", self.key(name), self.entry(1_000))
        cache.get("s", self.key("a"))
        cache.put("s", self.key("d"), self.entry(1_000))
        assert cache.bytes <= 6_500
        found = [cache.get("s", self.key(name)) is not None for name in "abcd"]
        assert found == [True, False, True, True]

    def test_counts_long_addresses(self) -> None:
        cache = ResponseCache(100_000)
        for number in range(100):
            key = Key(b"/v1/models", b"q=%d" % number + b"x" * 10_000)
            cache.get("s", key)
            cache.put("s", key, CacheEntry(key, [], b"{}"))
        assert cache.bytes <= 100_000
        assert len(cache) <= 9

    @pytest.mark.parametrize("coding", ["gzip", "zstd"])
    def test_counts_what_is_compressed_as_well(self, coding: Any) -> None:
        cache, entry, a = ResponseCache(10_000), self.entry(1_000), self.key("a")
        cache.get("s", a)
        cache.put("s", a, entry)
        before = cache.bytes
        _, compressed = cache.representation(a, entry, coding)
        assert cache.representation(a, entry, coding)[1] is compressed
        assert before < cache.bytes == entry.size
        cache.put("s", self.key("b"), self.entry(8_500))
        assert cache.get("s", a) is None
        assert cache.bytes == self.entry(8_500).size

    def test_does_not_take_what_is_too_large(self) -> None:
        cache = ResponseCache(10_000_000)
        cache.get("s", self.key(""))
        cache.put("s", self.key("a"), self.entry(1024 * 1024 + 1))
        assert len(cache) == 0
