"""Answers that hold for as long as the database stays exactly as it was."""

from collections import OrderedDict
from typing import NamedTuple

from app.http.content_coding import SMALLEST, Coding, coded, compress, varied
from app.http.headers import Headers

LARGEST = 1024 * 1024  # bytes of one answer
_OVERHEAD = 1_000  # bytes of the headers and all else that belongs to a body, roughly


class Key(NamedTuple):
    """What an answer depends on beside the state of the database."""

    path: bytes
    query: bytes
    formats: tuple[int, ...] = ()
    vietnamese: bool = False


Representation = tuple[Headers, bytes]


class CacheEntry:
    """A 200 as it was given and, once it was asked for that way, compressed."""

    __slots__ = ("representations", "size")

    def __init__(self, key: Key, headers: Headers, body: bytes) -> None:
        plain = bytes(memoryview(body))  # without the buffer it was made in
        if len(body) >= SMALLEST:
            headers = varied(headers)
        self.representations: dict[Coding | None, Representation] = {None: (headers, plain)}
        self.size = len(body) + len(key.path) + len(key.query) + _OVERHEAD  # bytes of memory

    def encode(self, coding: Coding) -> Representation:
        """Add the representation in a coding; what is not worth that stays as it is."""
        headers, body = self.representations[None]
        if len(body) >= SMALLEST:
            body = compress(body, coding)
            headers = coded(headers, coding, len(body))
            self.size += len(body) + _OVERHEAD
        made = self.representations[coding] = headers, body
        return made


class ResponseCache:
    """The answers to one state of the database, the least recently used ones out first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._state: object = None
        self._entries: OrderedDict[Key, CacheEntry] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, state: object, key: Key) -> CacheEntry | None:
        """The answer to a request, if it was given in exactly this state."""
        if state != self._state:
            self.clear()
            self._state = state
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return entry

    def put(self, state: object, key: Key, entry: CacheEntry) -> None:
        """Add what the application answered, unless the state has changed since it was asked."""
        if state != self._state or entry.size > LARGEST:
            return
        self._entries[key] = entry
        self._add(entry.size)

    def representation(self, key: Key, entry: CacheEntry, coding: Coding | None) -> Representation:
        """The headers and the body of an answer for a client that accepts this coding."""
        made = entry.representations.get(coding)
        if made is None:
            assert coding is not None
            before = entry.size
            made = entry.encode(coding)
            if self._entries.get(key) is entry:
                self._add(entry.size - before)
        return made

    def _add(self, size: int) -> None:
        self.bytes += size
        while self.bytes > self._most:
            self.bytes -= self._entries.popitem(last=False)[1].size

    def clear(self) -> None:
        self._entries.clear()
        self._state = None
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)
