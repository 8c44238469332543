"""The lookup cache of organisations."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import asyncpg

from app.db.statements import rows_in_batches
from app.http.json_encoding import Fragment, named, to_keep

_CHANGED = "select id, name from organisation where revision > $1"


class Directory:
    """References to organisations as JSON."""

    def __init__(self, names: Mapping[UUID, bytes] | None = None) -> None:
        self._names = names or {}  # in JSON: half the size of a str with Vietnamese letters

    async def refreshed(self, connection: asyncpg.Connection, since: int) -> "Directory":
        changed = {
            row["id"]: to_keep(row["name"])
            async for row in rows_in_batches(connection, _CHANGED, since)
        }
        return Directory({**self._names, **changed}) if changed else self

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        del on  # an organisation is called by its last name
        return named(id, self._names[id])

    def __contains__(self, id: object) -> bool:
        return id in self._names
