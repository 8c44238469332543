"""Rate limits in fixed windows, counted in this process."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from app.config import RateLimit

_MOST = 100_000  # holders that are remembered in a window; beyond, the first are forgotten


class Taken(NamedTuple):
    """Whether a request is allowed, and what its answer says of the limit."""

    allowed: bool
    wait: int  # seconds until the next window
    header: tuple[bytes, bytes]


class Limiter:
    """So many requests of one holder (an address, a key) in each window."""

    def __init__(self, name: str, rate: RateLimit) -> None:
        self._most = rate.amount
        self._seconds = rate.seconds
        self._window = 0
        self._counts: dict[object, int] = {}
        self._left = f'"{name}";r=%d;t=%d'.encode()
        self.policy = (
            b"ratelimit-policy",
            f'"{name}";q={self._most};w={self._seconds}'.encode(),
        )

    def exhausted(self, holder: object, now: float) -> bool:
        """Whether one more of a holder would be refused."""
        return self._counts_at(now).get(holder, 0) >= self._most

    def take(self, holder: object, now: float) -> Taken:
        """Count one more of a holder."""
        counts = self._counts_at(now)
        count = counts[holder] = counts.get(holder, 0) + 1
        if len(counts) > _MOST:
            del counts[next(iter(counts))]
        left = self._most - count
        wait = (self._window + 1) * self._seconds - int(now)
        return Taken(left >= 0, wait, (b"ratelimit", self._left % (max(left, 0), wait)))

    def _counts_at(self, now: float) -> dict[object, int]:
        window = int(now) // self._seconds
        if window != self._window:  # what was counted before no longer matters to anybody
            self._window = window
            self._counts = {}
        return self._counts


@lru_cache(maxsize=10_000)
def holder_of(address: str) -> str:
    """Whom an address belongs to: itself, or the /64 that an IPv6 client is given as a whole."""
    try:
        known = ip_address(address)
    except ValueError:  # what a proxy sent in place of one
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), 64), strict=False))
