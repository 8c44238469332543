"""X-Request-ID: the name of a request in its answer, in logs and in the audit."""

import re
from itertools import count
from secrets import token_hex

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.middlewares.request_context import context_of

_GIVEN = re.compile(rb"(?a:[\w.:-]{1,100})")


class RequestId:
    """Takes the id that was sent, or makes one; it is in `request.state.request_id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._process, self._numbers = token_hex(6).encode(), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            context = context_of(scope)
            id = context.headers.get(b"x-request-id")
            if id is None or not _GIVEN.fullmatch(id):
                id = b"%b-%x" % (self._process, next(self._numbers))
            scope["state"]["request_id"] = id.decode("ascii")
            context.answer_headers.append((b"x-request-id", id))
        await self.app(scope, receive, send)
