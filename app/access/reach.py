"""How far an agency reaches, looked up for many places at once."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from uuid import UUID

import asyncpg

from app.access.actors import IS_COUNTRY, Actor, OutsideScope

_COVERED = """
    select locality_id, coalesce(lower(valid), '-infinity') as begins,
        within @> array[$1::uuid] as covered
    from locality_placement where locality_id = any($2)
    order by locality_id, begins
"""


class Reach:
    """The rule of `check_scope` on placements in memory."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._everywhere = False
        self._known: dict[UUID, tuple[list[date], list[bool]]] = {}

    async def look_up(self, connection: asyncpg.Connection, places: Iterable[UUID | None]) -> None:
        """Learn of places, before they are checked."""
        asked = {place for place in places if place is not None and place not in self._known}
        if not self._known:
            self._everywhere = await connection.fetchval(IS_COUNTRY, self._actor.locality_id)
        if not asked:
            return
        self._known |= {place: ([], []) for place in asked}
        for row in await connection.fetch(_COVERED, self._actor.locality_id, list(asked)):
            begins, covered = self._known[row["locality_id"]]
            begins.append(row["begins"])
            covered.append(row["covered"])

    def check(self, place: UUID | None, day: date | None = None) -> None:
        """Refuse a write outside the agency's subtree; by default by the place's last day."""
        if place is None:
            if not self._everywhere:
                raise OutsideScope
            return
        begins, covered = self._known[place]
        at = bisect_right(begins, day or date.max) - 1
        if covered and not covered[max(at, 0)]:
            raise OutsideScope
