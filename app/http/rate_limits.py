"""Rate limits in fixed windows, counted in this process."""

from app.config import RateLimit


class Limiter:
    """So many requests of one holder (an address, a key) in each window."""

    def __init__(self, name: str, rate: RateLimit) -> None:
        self._most = rate.amount
        self._seconds = rate.seconds
        self._window = 0
        self._counts: dict[str, int] = {}
        self._left = f'"{name}";r=%d;t=%d'.encode()
        self.policy = (
            b"ratelimit-policy",
            f'"{name}";q={self._most};w={self._seconds}'.encode(),
        )

    def take(self, holder: str, now: float) -> tuple[bool, int, tuple[bytes, bytes]]:
        """Whether one more is allowed, the seconds until the next window, the RateLimit header."""
        window = int(now) // self._seconds
        if window != self._window:  # what was counted before no longer matters to anybody
            self._window = window
            self._counts = {}
        count = self._counts[holder] = self._counts.get(holder, 0) + 1
        left = self._most - count
        wait = (window + 1) * self._seconds - int(now)
        return left >= 0, wait, (b"ratelimit", self._left % (max(left, 0), wait))
