"""What keeps a browser from taking an answer for more than it is."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.headers import Headers
from app.http.middlewares.request_context import context_of

_NOSNIFF = (b"x-content-type-options", b"nosniff")
_DATA: Headers = [
    _NOSNIFF,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_DOCS: Headers = [
    _NOSNIFF,
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            b" font-src 'self' data:; connect-src 'self';"
            b" frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        ),
    ),
]


class SecurityHeaders:
    """Forbids guessing of types and all content but, in `/docs`, the server's own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            is_docs = scope["path"].startswith("/docs")
            context_of(scope).answer_headers += _DOCS if is_docs else _DATA
        await self.app(scope, receive, send)
