"""Questions asked one after the other over HTTP, each timed until its whole answer was there."""

import time
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit


class Answered(NamedTuple):
    """The body of a 200, and how long it took to come."""

    body: bytes
    milliseconds: float


class Client:
    """One connection to a server."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answered:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        began = time.perf_counter()
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        serialized = answer.read()
        taken = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise LookupError(
                f"{method} {path} {body!r} answered {answer.status}: {serialized.decode()}"
            )
        return Answered(serialized, taken)

    def close(self) -> None:
        self._connection.close()


class Spread(NamedTuple):
    """How long the median, the slowest but one in twenty, and the slowest took."""

    median: float
    p95: float
    slowest: float

    def __str__(self) -> str:
        serialized = f"median {self.median:.1f} ms, p95 {self.p95:.1f} ms"
        return f"{serialized}, slowest {self.slowest:.1f} ms"


def spread(slowest_first: Sequence[float]) -> Spread:
    median, p95 = (slowest_first[int(len(slowest_first) * share)] for share in (0.5, 0.05))
    return Spread(median, p95, slowest_first[0])
