"""The lookup cache of campaign periods, and the filter by period."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.http.json_encoding import Fragment, named, to_keep
from app.querying.filters import AnyOf, Bound, NewestOf
from app.querying.references import References

_CHANGED = "select id, name, parent_id from campaign_period where revision > $1"


class Calendar:
    """References to campaign periods as JSON, and which periods are nested in which."""

    def __init__(self, periods: Mapping[UUID, tuple[Fragment, UUID | None]] | None = None) -> None:
        self._periods = periods or {}
        self._nested: dict[UUID, list[UUID]] = {}
        for id, (_, parent) in self._periods.items():
            if parent is not None:
                self._nested.setdefault(parent, []).append(id)

    async def refreshed(self, connection: asyncpg.Connection, since: int) -> "Calendar":
        changed = {
            row["id"]: (named(row["id"], to_keep(row["name"])), row["parent_id"])
            for row in await connection.fetch(_CHANGED, since)
        }
        return Calendar({**self._periods, **changed}) if changed else self

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        del on  # a period has one name
        return self._periods[id][0]

    def __contains__(self, id: object) -> bool:
        return id in self._periods

    def ids(self) -> Iterable[UUID]:
        return self._periods.keys()

    def with_nested(self, id: UUID) -> Iterator[UUID]:
        """A period and all those nested in it, at any depth."""
        yield id
        for nested in self._nested.get(id, ()):
            yield from self.with_nested(nested)


class InPeriod(AnyOf):
    """Rows of any of several campaign periods, or of those nested in them."""

    def bind(self, name: str, value: tuple[Any, ...], references: References) -> Bound:
        calendar = references.cache("campaign_period")
        assert isinstance(calendar, Calendar)
        nested = {each for id in value if id is not None for each in calendar.with_nested(id)}
        unknown = (None,) if None in value else ()
        return super().bind(name, (*sorted(nested), *unknown), references)


class NewestInPeriod(InPeriod, NewestOf):
    """Such rows of a table that has an index of periods, newest first."""
