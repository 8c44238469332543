"""The outermost layer: request ids, HEAD, entity tags, headers of every answer, the access log.

Pure ASGI, since it is in front of everything.
"""

import re
import time
from collections.abc import Sequence
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.conditional import not_modified

_REQUEST_ID = re.compile(r"(?a:[\w.:-]{1,100})")
_EVERY_ANSWER: Sequence[tuple[str, str]] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
_CORS: Sequence[tuple[str, str]] = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID,"
        " Idempotent-Replayed",
    ),
)
_PREFLIGHT: Sequence[tuple[str, str]] = (
    *_CORS,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match, X-Request-ID"),
    ("Access-Control-Max-Age", "86400"),
)
_DEFAULT_POLICY = "default-src 'none'; frame-ancestors 'none'"

log = structlog.get_logger("kheo.access")


class Gateway:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, access_log: bool = True) -> None:
        self.app = app
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(scope["method"], headers, request_id, send)
        if exchange.method == "OPTIONS" and "access-control-request-method" in headers:
            await exchange.preflight()
        else:
            if exchange.method == "HEAD":
                scope["method"] = "GET"
            await self.app(scope, receive, exchange.send)
        if self.access_log:
            log.info(
                "request",
                method=exchange.method,
                path=scope["path"],
                status=exchange.status,
                milliseconds=round((time.perf_counter() - exchange.began) * 1000, 2),
                request_id=request_id,
            )


class _Exchange:
    """One request and its answer."""

    def __init__(self, method: str, headers: Headers, request_id: str, send: Send) -> None:
        self.method = method
        self.status = 0
        self.began = time.perf_counter()
        self._headers = headers
        self._request_id = request_id
        self._send = send
        self._bodiless = method == "HEAD"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head(message)
        elif self._bodiless:
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _head(self, message: Message) -> None:
        headers = MutableHeaders(raw=message["headers"])
        headers["X-Request-ID"] = self._request_id
        reads = self.method in {"GET", "HEAD"}
        for name, value in (*_EVERY_ANSWER, *(_CORS if reads else ())):
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", _DEFAULT_POLICY)
        condition = self._headers.get("if-none-match")
        tag = headers.get("etag")
        if reads and message["status"] == 200 and tag and condition and not_modified(condition, tag):
            message["status"] = 304
            self._bodiless = True
            for name in ("Content-Length", "Content-Type"):
                del headers[name]
        message["headers"] = headers.raw
        self.status = message["status"]

    async def preflight(self) -> None:
        self.status = 204
        headers = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT]
        await self._send({"type": "http.response.start", "status": 204, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})
