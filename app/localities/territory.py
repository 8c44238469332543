"""The map through time as every process keeps it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from app.db.statements import rows_in_batches
from app.http.json_encoding import Fragment, fragment
from app.localities.attribution import KINDS, Attribution, DayMap, Key, Placed
from app.localities.succession import EVER, NEVER, History, Step, Version
from app.querying.references import References

_UNITS = """
    select id, level, code from locality where revision > $1
"""
_VERSIONS = """
    select v.locality_id, lower(v.valid), upper(v.valid), v.parent_id, v.kind, v.name, v.full_name,
        v.dates_exact
    from locality_version v join locality on locality.id = v.locality_id
    where locality.revision > $1
    order by lower(v.valid) nulls first
"""
_STEPS = """
    select s.predecessor_id, s.successor_id, s.extent = 'whole', s.effective_on
    from locality_succession s join locality on locality.id = s.predecessor_id
    where locality.revision > $1
    order by s.successor_id
"""

_PLACEMENTS = """
    select p.id, p.locality_id, lower(p.valid), p.first_province_id, p.ancestors[2], p.province_id
    from locality_placement p join locality on locality.id = p.locality_id
    where locality.revision > $1
    order by p.id
"""
_SOLE_PROVINCES = """
    select unit, (array_agg(province_id))[1] from (
        select distinct unit, province_id
        from locality_placement cross join unnest(within) as unit
        where unit in (select id from locality where level in ('province', 'district'))) placed
    group by unit having count(*) = 1 and count(province_id) = 1
"""

MOST_TOLD = 8_000  # references kept as JSON
MOST_ATTRIBUTIONS = 32

# The provinces of a placement: when the data begins, as recorded, and at last.
Provinces = tuple[UUID | None, UUID | None, UUID | None]


class Territory:
    """All units with their versions and steps, and their references as JSON."""

    def __init__(self) -> None:
        self.history: History[UUID] = History()
        self.identity: dict[UUID, tuple[str, str | None]] = {}
        self.inexact: set[tuple[UUID, date]] = set()
        # Where all that lies within a province or district lies in one province at last: that one.
        self.sole_province: dict[UUID, UUID] = {}
        self.placements: dict[UUID, list[Placed[UUID]]] = {}
        self._provinces: dict[int, Provinces] = {}  # of each placement
        self._serialized: dict[tuple[UUID, int], Fragment] = {}
        self._changes: list[date] = []
        self._reforms: list[date] = []
        self._attributions: dict[tuple[int | None, tuple[str, ...]], Attribution[UUID]] = {}
        self._of_code: dict[tuple[str, str | None], list[UUID]] = {}
        self._levels: dict[int, frozenset[str]] = {}
        self._attributed: dict[int | None, dict[Provinces, frozenset[Key[UUID]]]] = {}

    async def refreshed(self, connection: asyncpg.Connection, since: int) -> "Territory":
        units = await connection.fetch(_UNITS, since)
        if not units:
            return self
        newer, one = self._copy(), _OneOfEach()
        ids = [unit["id"] for unit in units]
        newer.identity |= {one[unit["id"]]: (one[unit["level"]], unit["code"]) for unit in units}
        del units
        versions = []
        async for row in rows_in_batches(connection, _VERSIONS, since):
            id, begins, ends, parent, kind, name, full_name, exact = row
            version = Version(
                one[begins or EVER],
                one[ends or NEVER],
                one[parent],
                one[kind],
                one[name],
                one[full_name],
            )
            versions.append((one[id], version))
            if not exact:
                newer.inexact.add((one[id], version.begins))
        steps = [
            (one[unit], Step(one[successor], whole, one[effective_on]))
            async for unit, successor, whole, effective_on in rows_in_batches(
                connection, _STEPS, since
            )
        ]
        newer.history.add(versions, steps)
        # A path changes only when a unit that goes on is named or placed anew.
        changes = {later.begins for known in newer.history.versions.values() for later in known[1:]}
        newer._changes = sorted(changes)  # noqa: SLF001
        newer._reforms = sorted(newer.history.days())  # noqa: SLF001
        placements = [
            Placed(id, one[unit], one[begins or EVER], one[one[first], one[recorded], one[last]])
            async for id, unit, begins, first, recorded, last in rows_in_batches(
                connection, _PLACEMENTS, since
            )
        ]
        for id in ids:
            for gone in newer.placements.get(id, ()):
                del newer._provinces[gone.id]  # noqa: SLF001
            newer.placements[id] = []
        for placed in placements:
            newer.placements[placed.unit].append(placed)
            newer._provinces[placed.id] = placed.provinces  # noqa: SLF001
        if newer._reforms == self._reforms and self.identity.keys().isdisjoint(ids):  # noqa: SLF001
            newer._attributions = {  # noqa: SLF001
                key: attribution.extended(newer.history, placements)
                for key, attribution in self._attributions.items()
            }
        newer.sole_province = dict(await connection.fetch(_SOLE_PROVINCES))
        return newer

    def attribution(self, on: date | None, levels: tuple[str, ...]) -> Attribution[UUID]:
        """Where all placements lie on the map of a day, or lay as recorded."""
        key = (None if on is None else bisect_right(self._reforms, on), levels)
        known = self._attributions.get(key)
        if known is None:
            if len(self._attributions) >= MOST_ATTRIBUTIONS:
                self._attributions.clear()
            every = (placed for placements in self.placements.values() for placed in placements)
            known = Attribution(self.history, on, levels).extended(self.history, every)
            self._attributions[key] = known
        return known

    def levels_on(self, on: date) -> frozenset[str]:
        """The levels that the map of a day has."""
        version = bisect_right(self._reforms, on)
        if version not in self._levels:
            self._levels[version] = DayMap(self.history, on).levels()
        return self._levels[version]

    def attributed(self, on: date | None) -> dict[Provinces, frozenset[Key[UUID]]]:
        """To which provinces of a map all places are attributed, by the provinces they have."""
        version = None if on is None else bisect_right(self._reforms, on)
        known = self._attributed.get(version)
        if known is None:
            attribution = self.attribution(on, ("province",))
            found: dict[Provinces, set[Key[UUID]]] = {}
            for id, provinces in self._provinces.items():
                found.setdefault(provinces, set()).add(attribution.keys[attribution.codes[id]])
            known = {provinces: frozenset(keys) for provinces, keys in found.items()}
            self._attributed[version] = known
        return known

    @cached_property
    def places_with(self) -> Counter[Provinces]:
        """How many placements have the same provinces."""
        return Counter(self._provinces.values())

    def placements_of(self, provinces: Collection[Provinces]) -> list[int]:
        """The ids of the placements that have such provinces."""
        return [id for id, its_own in self._provinces.items() if its_own in provinces]

    def lying_in(self, unit: UUID, on: date) -> list[int]:
        """The ids of the placements that lie in a unit on the map of a day."""
        level = self.level(unit)
        if level in KINDS:
            return self.attribution(on, (level,)).placements((unit,).__eq__)
        map = DayMap(self.history, on)
        ids = [placed.id for placed in self.placements.get(unit, ())]
        return ids if unit in self.placements and map.reached(unit) == {unit} else []

    def last_province_of(self, placements: Collection[int]) -> UUID | None:
        """The one province that all of some placements lie in at last; None if there are more."""
        provinces = {self._provinces[id][-1] for id in placements}
        return provinces.pop() if len(provinces) == 1 else None

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        day = on or NEVER
        key = (id, bisect_right(self._changes, day))
        serialized = self._serialized.get(key)
        if serialized is None:
            if len(self._serialized) >= MOST_TOLD:
                self._serialized.clear()
            serialized = self._serialized[key] = fragment(self.describe(id, day))
        return serialized

    def __contains__(self, id: object) -> bool:
        return id in self.identity

    def describe(self, id: UUID, day: date) -> dict[str, Any]:
        level, code = self.identity[id]
        version = self.history.version(id, day)
        return {
            "id": id,
            "level": level,
            "code": code,
            "name": version.name,
            "full_name": version.full_name,
            "path": self.path(id, day),
        }

    def path(self, id: UUID, day: date) -> str:
        """For example `Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau`; the country by its own name."""
        lineage = self.history.lineage(id, day)
        units = lineage[1:] or lineage
        return ", ".join(self.history.version(unit, day).full_name for unit in reversed(units))

    def level(self, unit: UUID) -> str | None:
        """The level of a unit; None if it is not known."""
        known = self.identity.get(unit)
        return None if known is None else known[0]

    def of_code(self, level: str, code: str, on: date) -> UUID | None:
        """The unit that had a code at a level on a day."""
        if not self._of_code:
            for unit, identity in self.identity.items():
                self._of_code.setdefault(identity, []).append(unit)
        units = self._of_code.get((level, code), ())
        return next((unit for unit in units if self.history.in_force(unit, on)), None)

    def _copy(self) -> "Territory":
        copied = Territory()
        copied.history = self.history.copy()
        copied.identity = dict(self.identity)
        copied.inexact = set(self.inexact)
        copied.placements = dict(self.placements)
        copied._provinces = dict(self._provinces)
        return copied


def territory(references: References) -> Territory:
    """The map as a request sees it."""
    cache = references.cache("locality")
    assert isinstance(cache, Territory)
    return cache


class _OneOfEach(dict[Any, Any]):
    """The first object of each value: units share ids, days, kinds and names by the thousand."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value
