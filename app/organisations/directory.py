"""The names of all organisations as every process keeps them."""

from datetime import date
from uuid import UUID

import asyncpg

from app.http.encoding import Fragment, encode

_CHANGED = "select id, name from organisation where revision > $1"


class Directory:
    """References to organisations as JSON."""

    def __init__(self) -> None:
        self._names: dict[UUID, str] = {}

    async def refresh(self, connection: asyncpg.Connection, since: int) -> None:
        for row in await connection.fetch(_CHANGED, since):
            self._names[row["id"]] = row["name"]

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        del on
        return Fragment(encode({"id": id, "name": self._names[id]}))

    def copy(self) -> "Directory":
        copied = Directory()
        copied._names = dict(self._names)  # noqa: SLF001
        return copied
