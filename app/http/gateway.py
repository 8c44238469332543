"""What is in front of everything, as pure ASGI: limits, kept answers, conditions, logs.

A public GET is answered from what is kept if the database is exactly in the state it was kept
for, which is asked of the database at every request (`snapshots`). Otherwise the application
answers, and its answer is kept for the state that held *before* it ran: it may be newer than
that, never older.
"""

import asyncio
import logging
import re
import time
from collections import Counter
from ipaddress import ip_address
from itertools import count
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.http.conditional import not_modified
from app.http.kept_answers import SMALLEST_GZIPPED, Encoded, KeptAnswer, KeptAnswers
from app.http.problems import TooManyRequests
from app.http.rate_limits import Limiter
from app.http.snapshots import Snapshots
from app.http.wire import Headers, write_whole

log = logging.getLogger("kheo.access")

_REQUEST_ID = re.compile(rb"(?a:[\w.:-]{1,100})")
_EVERY_ANSWER: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_EVERY_READ: Headers = [
    *_EVERY_ANSWER,
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID,"
            b" Idempotent-Replayed"
        ),
    ),
]
_PREFLIGHT: Headers = [
    *_EVERY_READ,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, X-Request-ID"),
    (b"access-control-max-age", b"86400"),
]
_KEPT = (b"cache-control", b"public, no-cache")
_LOGGED_A_SECOND = 100  # requests; beyond, one in a hundred is logged
_DAY, _VIET_NAM = 86_400, 7 * 3600  # seconds


class Gateway:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings, database_url: str) -> None:
        self.app = app
        self.kept = KeptAnswers(settings.cache_bytes)
        self.snapshots = Snapshots(database_url, self.kept.forget)
        self._keeps = settings.cache_bytes > 0
        self._reads = Limiter("reads", settings.rate("reads"))
        self._writes = Limiter("writes", settings.rate("writes"))
        self._verify = Limiter("verify", settings.rate("verify"))
        self._proxies = settings.trusted_proxies
        self._logs = settings.access_log
        self._second, self._logged = 0, 0
        self.statuses: Counter[int] = Counter()
        self._process, self._numbers = token_hex(6), count(1)
        self._awaited: dict[object, asyncio.Future[KeptAnswer | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = dict(scope)  # the application is asked for a GET; the server must not see it
        exchange = _Exchange(self, scope, send)
        try:
            if not exchange.reads:
                await self._other(exchange, scope, receive)
            elif not exchange.allowed:
                await self._refuse(exchange, scope, receive)
            elif self._keeps and exchange.authorization is None and _may_be_shared(scope):
                await self._public_read(exchange, scope, receive)
            else:
                await self.app(scope, receive, exchange.send)
        except Exception:
            if exchange.status != 500:  # a 500 was answered and logged where it was made
                raise
        finally:
            self.statuses[exchange.status] += 1
            if self._logs:
                self._log(exchange, scope)

    async def _other(self, exchange: "_Exchange", scope: Scope, receive: Receive) -> None:
        if exchange.method == "OPTIONS" and exchange.asks_cors:
            await exchange.answer(204, _PREFLIGHT, b"")
        elif not exchange.allowed:
            await self._refuse(exchange, scope, receive)
        else:
            await self.app(scope, receive, exchange.send)

    async def _public_read(self, exchange: "_Exchange", scope: Scope, receive: Receive) -> None:
        snapshot = await self.snapshots.current()
        if snapshot is None:
            await self.app(scope, receive, exchange.send)
            return
        # A day of Viet Nam that has just begun meanwhile: the request was sent in the one before.
        state = (snapshot, int(exchange.began + _VIET_NAM) // _DAY)
        key = (scope["raw_path"], scope["query_string"], exchange.accept, exchange.language)
        answer = self.kept.get(state, key)
        if answer is None:
            answer = await self._let_answer(exchange, scope, receive, state, key)
        if answer is not None:
            gzipped = exchange.gzip and len(answer.plain.body) >= SMALLEST_GZIPPED
            encoded = self.kept.in_gzip(key, answer) if gzipped else answer.plain
            await exchange.answer_kept(encoded, answer.etag)

    async def _let_answer(
        self, exchange: "_Exchange", scope: Scope, receive: Receive, state: object, key: object
    ) -> KeptAnswer | None:
        """Let the application answer and keep that; or wait for who asked the same just before."""
        flight = (state, key)
        awaited = self._awaited.get(flight)
        if awaited is not None:
            answer = await asyncio.shield(awaited)
            if answer is None:
                await self.app(scope, receive, exchange.send)
            return answer
        awaited = self._awaited[flight] = asyncio.get_running_loop().create_future()
        recorder = _Recorder(exchange.send, awaited)
        try:
            await self.app(scope, receive, recorder.send)
        finally:
            del self._awaited[flight]
            answer = recorder.finish()
            if answer is not None:
                self.kept.keep(state, key, answer)
        return None

    async def _refuse(self, exchange: "_Exchange", scope: Scope, receive: Receive) -> None:
        problem = TooManyRequests(headers={"Retry-After": str(exchange.wait)})
        request = Request(scope, receive)
        await problem.answer(request)(scope, receive, exchange.send)

    def limiter_of(self, exchange: "_Exchange", path: str) -> tuple[Limiter, str]:
        """Which limit holds for a request, and who it is counted for."""
        if not exchange.reads and exchange.authorization is not None:
            return self._writes, exchange.authorization.decode("latin-1")
        if path.startswith("/v1/verify/"):
            return self._verify, exchange.address
        return (self._reads if exchange.reads else self._writes), exchange.address

    def address(self, scope: Scope, forwarded: bytes | None) -> str:
        """The client's address: the last one in X-Forwarded-For that is no trusted proxy."""
        address: str = scope["client"][0] if scope.get("client") else ""
        if self._proxies and forwarded is not None:
            hops = [*forwarded.decode("latin-1").split(","), address]
            for hop in reversed(hops):
                address = hop.strip()
                if not self._trusts(address):
                    break
        return address

    def _trusts(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._proxies)
        except ValueError:
            return False

    def request_id(self, given: bytes | None) -> str:
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode("ascii")
        return f"{self._process}-{next(self._numbers):x}"

    def _log(self, exchange: "_Exchange", scope: Scope) -> None:
        second = int(exchange.began)
        if second != self._second:
            self._second, self._logged = second, 0
        self._logged += 1
        if self._logged > _LOGGED_A_SECOND and self._logged % 100:
            return
        log.info(
            "request",
            extra={
                "method": exchange.method,
                "path": scope["path"],
                "status": exchange.status,
                "milliseconds": round((time.time() - exchange.began) * 1000, 2),
                "request_id": exchange.request_id,
                "sampled": self._logged > _LOGGED_A_SECOND,
            },
        )


def _may_be_shared(scope: Scope) -> bool:
    """Whether one answer is for all who ask: not if each `wait`s for its own."""
    return scope["path"][:4] == "/v1/" and b"wait=" not in scope["query_string"]


class _Exchange:
    """One request, and the answer on its way out."""

    __slots__ = (
        "_bodiless", "_if_none_match", "_own_headers", "_send", "accept", "address", "allowed",
        "asks_cors", "authorization", "began", "gzip", "language", "method", "reads", "request_id",
        "status", "wait",
    )  # fmt: skip

    def __init__(self, gateway: Gateway, scope: Scope, send: Send) -> None:
        self.began = time.time()
        self.status = 0
        self._send = send
        self.method: str = scope["method"]
        self.reads = self.method in {"GET", "HEAD"}
        self._bodiless = self.method == "HEAD"
        if self._bodiless:
            scope["method"] = "GET"
        given = dict(scope["headers"])
        self.accept = given.get(b"accept")
        self.language = given.get(b"accept-language")
        self.authorization = given.get(b"authorization")
        self.gzip = b"gzip" in given.get(b"accept-encoding", b"")
        self.asks_cors = b"access-control-request-method" in given
        condition = given.get(b"if-none-match")
        self._if_none_match = None if condition is None else condition.decode("latin-1")
        self.request_id = gateway.request_id(given.get(b"x-request-id"))
        scope.setdefault("state", {})["request_id"] = self.request_id
        self.address = gateway.address(scope, given.get(b"x-forwarded-for"))
        scope["state"]["address"] = self.address
        limiter, holder = gateway.limiter_of(self, scope["path"])
        self.allowed, self.wait, left = limiter.take(holder, self.began)
        self._own_headers: Headers = [
            (b"x-request-id", self.request_id.encode()),
            limiter.policy,
            left,
        ]

    async def send(self, message: Message) -> None:
        """Pass on what the application sends, with what every answer has."""
        if message["type"] == "http.response.start":
            headers: Headers = list(message["headers"])
            known = {name for name, _ in headers}
            every = _EVERY_READ if self.reads else _EVERY_ANSWER
            headers += [pair for pair in every if pair[0] not in known]
            etag = next((value.decode() for name, value in headers if name == b"etag"), None)
            if self.reads and message["status"] == 200 and self._has(etag):
                message["status"] = 304
                self._bodiless = True
                headers = _without_content(headers)
            self.status = message["status"]
            message["headers"] = headers + self._own_headers
        elif self._bodiless:
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def answer_kept(self, kept: Encoded, etag: str) -> None:
        if self._if_none_match is not None and self._has(etag):
            await self.answer(304, _without_content(kept.headers), b"")
        elif self._bodiless or not write_whole(self._send, kept.head, self._own_headers, kept.body):
            await self.answer(200, kept.headers, kept.body)
        else:
            self.status = 200

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        start: dict[str, Any] = {
            "type": "http.response.start",
            "status": status,
            "headers": headers + self._own_headers,
        }
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"" if self._bodiless else body})

    def _has(self, etag: str | None) -> bool:
        """Whether the client has this state already."""
        condition = self._if_none_match
        return etag is not None and condition is not None and not_modified(condition, etag)


def _without_content(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0] not in {b"content-length", b"content-type"}]


class _Recorder:
    """Passes an answer on and remembers it, if it is one to keep."""

    def __init__(self, send: Send, awaited: "asyncio.Future[KeptAnswer | None]") -> None:
        self._send = send
        self._awaited = awaited
        self._headers: Headers | None = None
        self._answer: KeptAnswer | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            framed = any(name == b"content-length" for name, _ in headers)
            if message["status"] == 200 and _KEPT in headers and framed:
                self._headers = headers + _EVERY_READ
            else:
                self._awaited.set_result(None)
        elif self._headers is not None and not self._awaited.done():
            if not message.get("more_body", False):
                etag = next((value for name, value in self._headers if name == b"etag"), None)
                if etag is not None:
                    self._answer = KeptAnswer(self._headers, message.get("body", b""), etag)
            self._awaited.set_result(self._answer)
        await self._send(message)

    def finish(self) -> KeptAnswer | None:
        if not self._awaited.done():
            self._awaited.set_result(None)
        return self._answer
