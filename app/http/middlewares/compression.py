"""Every answer worth it goes out compressed, to everybody who accepts that."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.content_coding import (
    SMALLEST,
    Stream,
    accepted_coding,
    coded,
    compress,
    stream,
    varied,
)
from app.http.headers import value_of
from app.http.middlewares.request_context import RequestContext, context_of


class Compression:
    """Compresses answers of 600 bytes and more, streams piece by piece."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _Compressing(send, context_of(scope)).send
        await self.app(scope, receive, send)


class _Compressing:
    """One answer on its way out; its start waits until its body says whether it is compressed."""

    __slots__ = ("_context", "_send", "_start", "_stream")

    def __init__(self, send: Send, context: RequestContext) -> None:
        self._send = send
        self._context = context
        self._start: Message | None = None
        self._stream: Stream | None = None

    async def send(self, message: Message) -> None:
        if self._context.is_coded:  # it comes from the response cache
            await self._send(message)
        elif message["type"] == "http.response.start":
            bodiless = message["status"] < 200 or message["status"] in {204, 304}
            if bodiless or value_of(message["headers"], b"content-encoding") is not None:
                await self._send(message)
            else:
                self._start = message
        elif self._start is not None:
            start, self._start = self._start, None
            await self._begin(start, message)
        elif self._stream is not None:
            await self._go_on(self._stream, message)
        else:
            await self._send(message)

    async def _begin(self, start: Message, message: Message) -> None:
        body, whole = message.get("body", b""), not message.get("more_body", False)
        coding = accepted_coding(self._context.headers.get(b"accept-encoding"))
        headers = start["headers"]
        if whole and len(body) < SMALLEST:
            pass
        elif coding is None:
            start["headers"] = varied(headers)
        elif whole:
            message["body"] = compress(body, coding)
            start["headers"] = coded(headers, coding, len(message["body"]))
        else:
            self._stream = stream(coding)
            start["headers"] = coded(headers, coding, None)
        await self._send(start)
        if self._stream is None:
            await self._send(message)
        else:
            await self._go_on(self._stream, message)

    async def _go_on(self, stream: Stream, message: Message) -> None:
        piece = stream.piece(message.get("body", b""))
        more = message.get("more_body", False)
        if not more:
            piece += stream.end()
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})
