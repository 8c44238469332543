"""The shortest way out for a whole answer: its head made once, written at one go.

ASGI hands a server each header by itself, and uvicorn searches every name and value for forbidden
characters, answer after answer: with ours that takes as long as all else it does for a request. A
kept answer was let through once, so its head is ready bytes. Any other server, or a connection that
is not just waiting for this answer, gets the messages of ASGI.
"""

from collections.abc import Iterable

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Headers = list[tuple[bytes, bytes]]


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they go over the wire."""
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def write_whole(send: Send, head: bytes, own: Headers, body: bytes) -> bool:
    """Write a 200 to a GET; False if it has to be sent as ASGI messages.

    `head` are the lines of its headers with the length of the body, `own` further headers.
    """
    cycle = getattr(send, "__self__", None)
    if (
        type(cycle) is not RequestResponseCycle
        or not cycle.keep_alive
        or cycle.disconnected
        or cycle.response_started
        or cycle.flow.write_paused
    ):
        return False
    first = STATUS_LINE[200] + lines(cycle.default_headers) + head + lines(own) + b"\r\n"
    cycle.transport.writelines((first, body))
    # As `RequestResponseCycle.send` leaves it after the last message.
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    cycle.on_response()
    return True
