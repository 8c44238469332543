"""How many whole lists one address may get at once."""

from collections import Counter

from starlette.requests import Request

from app.http.problems import Text, TooManyRequests

EXPORTS_PER_ADDRESS = 2


class ExportSlots:
    """The places that are taken, by address; one object per process."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, request: Request) -> "ExportSlot":
        """Take a place; 429 if the address has taken all of its own."""
        address = request.state.address
        if self._taken[address] >= EXPORTS_PER_ADDRESS:
            raise TooManyRequests(
                Text(
                    f"At most {EXPORTS_PER_ADDRESS} whole lists at once",
                    f"Tối đa {EXPORTS_PER_ADDRESS} danh sách đầy đủ cùng lúc",
                ),
                headers={"Retry-After": "5"},
            )
        return ExportSlot(self._taken, address)


class ExportSlot:
    """A place taken, until it is released."""

    def __init__(self, taken: Counter[str], address: str) -> None:
        self._taken, self._address = taken, address
        taken[address] += 1

    def release(self) -> None:
        self._taken[self._address] -= 1
        if not self._taken[self._address]:
            del self._taken[self._address]
