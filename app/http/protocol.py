"""What a connection may cost: sizes, times and connections of one address.

uvicorn has no limits for these, so its protocol is derived here and passed by `http=`. Checked on
uvicorn 0.54.0 by `tests/http/test_protocol.py`, on a real server.
"""

import asyncio
from collections import Counter
from http import HTTPStatus
from secrets import token_hex
from typing import Any, ClassVar

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.config import Settings, settings
from app.http.headers import Headers
from app.http.problems import Problem, TooManyRequests
from app.http.protocol_problems import HeadersTooLarge, MalformedRequest, RequestTimeout
from app.http.rate_limits import holder_of

HEADER_BYTES = 16 * 1024  # and as many of the address
HEADER_LINES = 100
_LINGER = 2.0  # seconds in which the rest of a refused request is read away


class BoundedProtocol(HttpToolsProtocol):
    """One connection. What goes beyond a limit is told as a problem and ends it."""

    connections_of: ClassVar[Counter[str]] = Counter()  # in this process, by address

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._known = self.limits()
        self._holder: str | None = None
        self._head_bytes = 0  # of a request whose headers have not all come
        self._in_body = False
        self._problem: Problem | None = None
        self._is_refused = False
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None

    @staticmethod
    def limits() -> Settings:
        return settings()

    # ---- connections ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._reading = self.loop.call_later(self._known.header_timeout, self._read_too_slowly)
        if self.client is None or self._known.trusts(self.client[0]):
            return
        self._holder = holder_of(self.client[0])
        self.connections_of[self._holder] += 1
        if self.connections_of[self._holder] > self._known.connections_per_address:
            self._refuse(TooManyRequests(headers={"Retry-After": "5"}))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for timer in (self._reading, self._writing, self._closing):
            if timer is not None:
                timer.cancel()
        if self._holder is not None:
            self.connections_of[self._holder] -= 1
            if not self.connections_of[self._holder]:
                del self.connections_of[self._holder]

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():  # once the client has taken what is left, or has not
            self._abort_later()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._abort_later()

    def _abort_later(self) -> None:
        if self._closing is None:
            self._closing = self.loop.call_later(self._known.write_timeout, self.transport.abort)

    # ---- requests ---------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._is_refused or self.transport.is_closing():
            return
        if self._in_body:
            self._wait_for_more(self._known.body_timeout)
        elif self._head_bytes > 2 * HEADER_BYTES:
            self._refuse(HeadersTooLarge())
        elif self._head_bytes and self._reading is None:
            self._wait_for_more(self._known.header_timeout)

    def on_headers_complete(self) -> None:
        size = sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) > HEADER_BYTES or size > HEADER_BYTES or len(self.headers) > HEADER_LINES:
            self._problem = HeadersTooLarge()
            raise self._problem
        self._in_body = True
        self._has_read()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._head_bytes = 0
        self._has_read()
        super().on_message_complete()

    def _wait_for_more(self, seconds: float) -> None:
        self._has_read()
        self._reading = self.loop.call_later(seconds, self._read_too_slowly)

    def _has_read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _read_too_slowly(self) -> None:
        self._reading = None
        if not self._in_body and not self._head_bytes:
            self.transport.close()
        elif self._in_body and self.flow.read_paused:  # it is the application that does not read
            self._wait_for_more(self._known.body_timeout)
        else:
            self._refuse(RequestTimeout())

    # ---- answers ----------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing = self.loop.call_later(self._known.write_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def send_400_response(self, _: str) -> None:
        self._refuse(self._problem or MalformedRequest())

    def _refuse(self, problem: Problem) -> None:
        """Answer with a problem and end the connection.

        No answer goes between those to requests before: then the connection just ends.
        """
        self._is_refused = True
        self._has_read()
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering and (cycle.response_started or not self._in_body):
            self.transport.close()
            self._abort_later()
            return
        headers = self.server_state.default_headers
        self.transport.write(_serialized(problem, self.headers or [], headers))
        if self.transport.can_write_eof():  # with data left unread, closing would undo the answer
            self.transport.write_eof()
            self._closing = self.loop.call_later(_LINGER, self.transport.abort)
        else:
            self.transport.close()
            self._abort_later()


def _serialized(problem: Problem, sent: Headers, headers: Headers) -> bytes:
    """A problem as bytes, in the language of the headers that were sent."""
    request_id = token_hex(8)
    scope = {"type": "http", "path": "/", "headers": sent, "state": {"request_id": request_id}}
    answer = problem.answer(Request(scope))
    status = HTTPStatus(answer.status_code)
    lines = [b"HTTP/1.1 %d %b" % (status, status.phrase.encode())]
    lines += [b"%b: %b" % pair for pair in (*headers, *answer.raw_headers)]
    lines += [b"connection: close", b"x-request-id: " + request_id.encode(), b"", b""]
    return b"\r\n".join(lines) + bytes(answer.body)
