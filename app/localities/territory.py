"""The map through time as every process keeps it."""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.db.statements import rows_in_batches
from app.http.json_encoding import Fragment, fragment
from app.localities.attribution import Attribution, DayMap, Key, Placed
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
    select p.id, p.locality_id, lower(p.valid), p.province_class_id, p.province_id
    from locality_placement p join locality on locality.id = p.locality_id
    where locality.revision > $1
    order by p.id
"""
_IN_SEVERAL_PROVINCES = """
    select unit from (
        select distinct unit, province_id
        from locality_placement cross join unnest(within) as unit) placed
    group by unit having count(*) > 1
"""

MOST_TOLD = 8_000  # references kept as JSON
MOST_ATTRIBUTIONS = 32


class Territory:
    """All units with their versions and steps, and their references as JSON."""

    def __init__(self) -> None:
        self.history: History[UUID] = History()
        self.identity: dict[UUID, tuple[str, str | None]] = {}
        self.inexact: set[tuple[UUID, date]] = set()
        self.placements: dict[UUID, list[Placed[UUID]]] = {}
        self._placed: dict[int, Placed[UUID]] = {}  # the same by their ids
        self._in_several_provinces: set[UUID] = set()  # what lies within them does, at last
        self._serialized: dict[tuple[UUID, int], Fragment] = {}
        self._changes: list[date] = []
        self._reforms: list[date] = []
        self._attributions: dict[tuple[int | None, tuple[str, ...]], Attribution[UUID]] = {}
        self._of_code: dict[tuple[str, str | None], list[UUID]] = {}
        self._levels: dict[int, frozenset[str]] = {}
        self._by_class: dict[int | None, dict[int, frozenset[Key[UUID]]]] = {}

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
            Placed(id, one[unit], one[begins or EVER], province_class, one[province])
            async for id, unit, begins, province_class, province in rows_in_batches(
                connection, _PLACEMENTS, since
            )
        ]
        for id in ids:
            for gone in newer.placements.get(id, ()):
                del newer._placed[gone.id]  # noqa: SLF001
            newer.placements[id] = []
        for placed in placements:
            newer.placements[placed.unit].append(placed)
            newer._placed[placed.id] = placed  # noqa: SLF001
        if newer._reforms == self._reforms and self.identity.keys().isdisjoint(ids):  # noqa: SLF001
            newer._attributions = {  # noqa: SLF001
                key: attribution.extended(newer.history, placements)
                for key, attribution in self._attributions.items()
            }
        rows = await connection.fetch(_IN_SEVERAL_PROVINCES)
        newer._in_several_provinces = {row["unit"] for row in rows}  # noqa: SLF001
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

    def provinces_of_classes(self, on: date | None) -> dict[int, frozenset[Key[UUID]]]:
        """To which provinces of a map the placements of each class of provinces are attributed."""
        version = None if on is None else bisect_right(self._reforms, on)
        known = self._by_class.get(version)
        if known is None:
            attribution = self.attribution(on, ("province",))
            found: dict[int, set[Key[UUID]]] = {}
            for id, placed in self._placed.items():
                key = attribution.keys[attribution.codes[id]]
                found.setdefault(placed.province_class, set()).add(key)
            known = {id: frozenset(keys) for id, keys in found.items()}
            self._by_class[version] = known
        return known

    def placements_of(self, classes: Collection[int]) -> list[int]:
        """The ids of the placements that are of some classes of provinces."""
        return [id for id, placed in self._placed.items() if placed.province_class in classes]

    def last_provinces(self, placements: Iterable[int]) -> set[UUID | None]:
        """The provinces that some placements lie in at last; None stands for no province."""
        return {self._placed[id].province for id in placements}

    def sole_province(self, unit: UUID) -> UUID | None:
        """The one province in which all that lies within a unit lies at last, if there is one."""
        if unit in self._in_several_provinces or unit not in self.placements:
            return None
        provinces = self.last_provinces(placed.id for placed in self.placements[unit])
        return next(iter(provinces), None)

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
        copied._placed = dict(self._placed)
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
