"""The context of a request: what all other middlewares read of it, and add to its answer."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.headers import Headers


class RequestContext:
    """One request, from when it came until its answer has gone out."""

    __slots__ = ("answer_headers", "began", "headers", "is_coded", "status")

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        self.headers = headers
        self.began = time.time()
        self.answer_headers: Headers = []  # of the answer, beside the application's own
        self.is_coded = False  # whether the answer is in the coding that the client prefers
        self.status = 0  # of the answer, once it has begun


def context_of(scope: Scope) -> RequestContext:
    context: RequestContext = scope["state"]["context"]
    return context


class RequestContexts:
    """Makes the context of each request.

    Repeated lines of a header are one list there and for the application (RFC 9110, section 5.3),
    so that nobody takes the first line where another took the last.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if len(headers) < len(scope["headers"]):
            headers = _joined(scope["headers"])
            scope["headers"] = list(headers.items())
        context = RequestContext(headers)
        scope.setdefault("state", {})["context"] = context

        async def send_in_context(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = [*message["headers"], *context.answer_headers]
            await send(message)

        await self.app(scope, receive, send_in_context)


def _joined(lines: Headers) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in lines:
        separator = b"; " if name == b"cookie" else b", "
        headers[name] = headers[name] + separator + value if name in headers else value
    return headers
