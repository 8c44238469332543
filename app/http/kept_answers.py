"""Answers kept for as long as the database stays exactly as it was."""

import gzip
from collections import OrderedDict
from typing import NamedTuple

from app.http.wire import Headers, lines

LARGEST = 1024 * 1024  # bytes of one answer
SMALLEST_GZIPPED = 600  # bytes; less is not worth the client's work
_OVERHEAD = 1_000  # bytes that an answer takes beside its body, roughly


class Encoded(NamedTuple):
    """An answer in one encoding: its headers, the same as they go over the wire, its body."""

    headers: Headers
    head: bytes
    body: bytes


class KeptAnswer:
    """A 200 as it was given, and once it was asked for that way, compressed."""

    __slots__ = ("compressed", "etag", "plain")

    def __init__(self, headers: Headers, body: bytes, etag: bytes) -> None:
        own_size = bytes(memoryview(body))  # without the buffer it was made in
        self.plain = Encoded(headers, lines(headers), own_size)
        self.etag = etag.decode()
        self.compressed: Encoded | None = None

    @property
    def size(self) -> int:
        compressed = 0 if self.compressed is None else len(self.compressed.body)
        return len(self.plain.body) + compressed + _OVERHEAD


class KeptAnswers:
    """The answers to one state of the database, the least recently used ones out first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._state: object = None
        self._answers: OrderedDict[object, KeptAnswer] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, state: object, key: object) -> KeptAnswer | None:
        """The answer to a request, if it was given in exactly this state."""
        if state != self._state:
            self.forget()
            self._state = state
        answer = self._answers.get(key)
        if answer is None:
            self.misses += 1
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return answer

    def keep(self, state: object, key: object, answer: KeptAnswer) -> None:
        """Keep what the application answered, unless the state has changed since it was asked."""
        if state != self._state or answer.size > LARGEST:
            return
        self._answers[key] = answer
        self._take(answer.size)

    def _take(self, size: int) -> None:
        self.bytes += size
        while self.bytes > self._most:
            self.bytes -= self._answers.popitem(last=False)[1].size

    def in_gzip(self, key: object, answer: KeptAnswer) -> Encoded:
        """An answer compressed; its tag is weak, since the same content has two encodings."""
        if answer.compressed is None:
            body = gzip.compress(answer.plain.body, 6, mtime=0)
            headers = [
                (name, b"W/" + value if name == b"etag" else value)
                for name, value in answer.plain.headers
                if name != b"content-length"
            ]
            headers += [
                (b"content-length", b"%d" % len(body)),
                (b"content-encoding", b"gzip"),
            ]
            answer.compressed = Encoded(headers, lines(headers), body)
            if self._answers.get(key) is answer:
                self._take(len(body))
        return answer.compressed

    def forget(self) -> None:
        self._answers.clear()
        self._state = None
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)
