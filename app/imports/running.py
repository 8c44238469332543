"""How many imports a process runs at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.http.problems import Text, TooManyRequests

AT_ONCE = 2


class ImportsRunning(TooManyRequests):
    """As many imports are running as may at once; try again in a moment."""

    code = "imports_running"
    title = Text("Other imports are running", "Đang có các lượt nhập khác")


class Running:
    """Each import holds a connection, its file and two chunks of rows."""

    _count = 0

    @classmethod
    @contextmanager
    def one_more(cls) -> Iterator[None]:
        if cls._count >= AT_ONCE:
            raise ImportsRunning(headers={"Retry-After": "10"})
        cls._count += 1
        try:
            yield
        finally:
            cls._count -= 1
