"""Answers public reads from the response cache.

A public GET is answered from the cache if the database is exactly in the state that the entry was
made for, which is asked of the database at every request (`snapshots`). Otherwise the application
answers, and its answer is cached for the state that held *before* it ran: it may be newer than
that, never older.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.caching.response_cache import CacheEntry, Key, ResponseCache
from app.caching.snapshots import Snapshots
from app.http.content_coding import accepted_coding
from app.http.headers import value_of
from app.http.middlewares.request_context import context_of
from app.http.negotiation import preference
from app.http.problems import prefers_vietnamese

_CACHED = (b"cache-control", b"public, no-cache")
_PATIENCE = 10.0  # seconds that a request waits for another's answer
_DAY, _VIET_NAM = 86_400, 7 * 3600  # seconds


class ResponseCaching:
    """Shares one answer among all who ask the same in one state of the database."""

    def __init__(self, app: ASGIApp, cache: ResponseCache, snapshots: Snapshots) -> None:
        self.app = app
        self._cache = cache
        self._snapshots = snapshots
        self._flights: dict[object, asyncio.Future[CacheEntry | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        snapshot = await self._snapshots.current() if _is_public_read(scope) else None
        if snapshot is None:
            await self.app(scope, receive, send)
            return
        # A day of Viet Nam that has just begun meanwhile: the request was sent in the one before.
        state = (snapshot, int(context_of(scope).began + _VIET_NAM) // _DAY)
        key = _key(scope)
        entry = self._cache.get(state, key)
        if entry is None:
            entry = await self._answer(scope, receive, send, state, key)
        if entry is not None:
            context = context_of(scope)
            coding = accepted_coding(context.headers.get(b"accept-encoding"))
            headers, body = self._cache.representation(key, entry, coding)
            context.is_coded = True
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, state: object, key: Key
    ) -> CacheEntry | None:
        """The application's answer to this request or one just before; None if it has been sent.

        Others wait until it is made, never until a client has taken it.
        """
        flight = (state, key)
        made = self._flights.get(flight)
        if made is not None:
            await asyncio.wait([made], timeout=_PATIENCE)
            entry = made.result() if made.done() else None
            if entry is None:
                await self.app(scope, receive, send)
            return entry
        made = self._flights[flight] = asyncio.get_running_loop().create_future()
        recorder = _Recorder(send, made, key)
        try:
            await self.app(scope, receive, recorder.send)
        finally:
            del self._flights[flight]
            if not made.done():
                made.set_result(None)
        entry = made.result()
        if entry is not None:
            self._cache.put(state, key, entry)
        return entry


class _Recorder:
    """Makes an entry of an answer that may be cached; sends any other."""

    def __init__(self, send: Send, made: asyncio.Future[CacheEntry | None], key: Key) -> None:
        self._send = send
        self._made = made
        self._key = key
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_cached(message):
            self._start = message
        elif self._start is not None and not message.get("more_body", False):
            self._made.set_result(CacheEntry(self._key, self._start["headers"], message["body"]))
        else:
            await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if not self._made.done():
            self._made.set_result(None)
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)
        await self._send(message)


def _may_be_cached(start: Message) -> bool:
    headers = start["headers"]
    return (
        start["status"] == 200
        and _CACHED in headers
        and value_of(headers, b"etag") is not None
        and value_of(headers, b"content-length") is not None
    )


def _is_public_read(scope: Scope) -> bool:
    """Whether one answer is for all who ask: not with a key, nor if each `wait`s for its own."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith("/v1/")
        and b"wait=" not in scope["query_string"]
        and b"authorization" not in context_of(scope).headers
    )


def _key(scope: Scope) -> Key:
    """What public answers depend on; of the headers no more than the application looks at."""
    headers = context_of(scope).headers
    accept, language = headers.get(b"accept"), headers.get(b"accept-language")
    return Key(
        scope["raw_path"],
        scope["query_string"],
        () if accept is None else preference(accept.decode("latin-1")),
        language is not None and prefers_vietnamese(language.decode("latin-1")),
    )
