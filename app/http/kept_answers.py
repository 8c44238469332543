"""Answers kept for as long as the database stays exactly as it was."""

import gzip
from collections import OrderedDict

Headers = list[tuple[bytes, bytes]]

LARGEST = 1024 * 1024  # bytes of one answer
SMALLEST_GZIPPED = 600  # bytes; less is not worth the client's work
_OVERHEAD = 600  # bytes that an answer takes beside its body, roughly


class KeptAnswer:
    """A 200 with its headers and bytes; compressed once, when first asked for that way."""

    __slots__ = ("body", "compressed", "etag", "headers", "size")

    def __init__(self, headers: Headers, body: bytes, etag: bytes) -> None:
        self.headers = headers
        self.body = bytes(memoryview(body))  # its own size, without the buffer it was made in
        self.etag = etag.decode()
        self.compressed: tuple[Headers, bytes] | None = None
        self.size = len(body) + _OVERHEAD

    def in_gzip(self) -> tuple[Headers, bytes]:
        """Headers and body in gzip; the tag is weak, since the same content has two encodings."""
        if self.compressed is None:
            body = gzip.compress(self.body, 6, mtime=0)
            headers = [
                (name, b"W/" + value if name == b"etag" else value)
                for name, value in self.headers
                if name != b"content-length"
            ]
            headers += [
                (b"content-length", b"%d" % len(body)),
                (b"content-encoding", b"gzip"),
            ]
            self.compressed = headers, body
            self.size += len(body)
        return self.compressed


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
        self.bytes += answer.size
        while self.bytes > self._most:
            self.bytes -= self._answers.popitem(last=False)[1].size

    def forget(self) -> None:
        self._answers.clear()
        self._state = None
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)
