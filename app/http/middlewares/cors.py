"""Cross-origin reads: open to every origin, without a key; writes to none."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.headers import Headers
from app.http.middlewares.request_context import context_of

_READ: Headers = [
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
    *_READ,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, X-Request-ID"),
    (b"access-control-max-age", b"86400"),
]


class Cors:
    """Lets pages of every origin read, and answers their browsers' preflights."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            context = context_of(scope)
            if scope["method"] in {"GET", "HEAD"}:
                context.answer_headers += _READ
            elif (
                scope["method"] == "OPTIONS" and b"access-control-request-method" in context.headers
            ):
                await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
                await send({"type": "http.response.body", "body": b""})
                return
        await self.app(scope, receive, send)
