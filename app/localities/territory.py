"""The map through time as every process keeps it, and the filter `under`."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.db.statements import rows_in_batches
from app.http.encoding import Fragment, fragment
from app.http.filters import Bound, Clause, Walk
from app.http.references import References
from app.localities.attribution import KINDS, Attribution, DayMap, Key, Placed
from app.localities.succession import EVER, NEVER, History, Step, Version
from app.localities.tables import LocalityPlacement

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
        self._told: dict[tuple[UUID, int], Fragment] = {}
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
        told = self._told.get(key)
        if told is None:
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            told = self._told[key] = fragment(self.describe(id, day))
        return told

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


class _OneOfEach(dict[Any, Any]):
    """The first object of each value: units share ids, days, kinds and names by the thousand."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value


_PLACEMENT = LocalityPlacement.__table__  # type: ignore[attr-defined]


class Place(NamedTuple):
    """A unit, and the map that is meant: as recorded, of a day, or both then and since (None)."""

    unit: UUID
    map: Literal["recorded"] | date | None


class Under:
    """Rows whose place lay in a unit on their day, or has since become wholly part of it.

    As `recorded` only the former; on the map of a day, those that lie in it there. A table with
    many rows also has the last province of each. What all lies in one province is met on a walk
    along the province's rows, newest first. In another order, a district or commune has few rows:
    they are found by their placements alone.
    """

    def __init__(self, placement_id: Any, province_id: Any = None) -> None:
        self._placement_id = placement_id
        self._province_id = province_id

    def bind(self, name: str, value: Place, references: References) -> Bound:
        territory = references.kept("locality")
        assert isinstance(territory, Territory)
        unit, map = value
        level = territory.level(unit)
        if level == "country":
            return Bound(("the country", None), {})
        values: dict[str, Any] = {name: unit}
        province = None
        if isinstance(map, date):
            values[name] = territory.lying_in(unit, map)
            province = territory.last_province_of(values[name])
            how = "listed"
        else:
            how = map or "within"
            province = territory.sole_province.get(unit)
        if self._province_id is None or province is None or level in {"commune", "hamlet"}:
            return Bound((how, None), values)
        if (how, unit) == ("within", province):  # what lies in a province at last is within it
            return Bound(("the province", None), values)
        return Bound((how, level), values | {f"{name}_province": province})

    def clause(self, name: str, shape: tuple[str, str | None]) -> Clause:
        """`shape` is how the rows lie in the unit, and its level if all are in one province."""
        how, level = shape
        if how == "the country":
            return cast("Clause", self._placement_id.is_not(None))
        if how == "the province":
            return cast("Clause", self._province_id == sa.bindparam(name, type_=sa.Uuid()))
        lies = _lies(self._placement_id, name, how)
        return sa.and_(self._in_province(name), lies) if level == "province" else lies

    def walks(self, name: str, shape: tuple[str, str | None]) -> tuple[Walk, ...]:
        how, level = shape
        if how == "the country":
            return ()
        if level is None:
            return (Walk(self.clause(name, shape)),)
        # As a sum, lest PostgreSQL look all placements up: it takes them for fewer than they are.
        lies = _lies(self._placement_id + sa.literal_column("0"), name, how)
        return (Walk(sa.and_(self._in_province(name), lies)),)

    def _in_province(self, name: str) -> Clause:
        province = sa.bindparam(f"{name}_province", type_=sa.Uuid())
        return cast("Clause", self._province_id == province)


def _lies(placement_id: Any, name: str, how: str) -> Clause:
    if how == "listed":
        return _in_list(placement_id, name)
    column = _PLACEMENT.c.ancestors if how == "recorded" else _PLACEMENT.c.within
    unit = sa.bindparam(name, type_=sa.Uuid())
    placements = sa.select(_PLACEMENT.c.id).where(column.contains(array([unit])))
    return cast("Clause", placement_id == sa.any_(sa.func.array(placements.scalar_subquery())))


class Attributed(NamedTuple):
    """Units of one level (None: no unit), and the map that is meant: of a day, or as recorded."""

    units: tuple[UUID | None, ...]
    on: date | None


class AttributedTo:
    """Rows that are attributed to any of several units of a level."""

    def __init__(self, placement_id: Any, level: str) -> None:
        self._placement_id, self._level = placement_id, level

    def bind(self, name: str, value: Attributed, references: References) -> Bound:
        territory = references.kept("locality")
        assert isinstance(territory, Territory)
        keys = {(unit,) for unit in value.units}
        attribution = territory.attribution(value.on, (self._level,))
        return Bound(None, {name: attribution.placements(keys.__contains__)})

    def clause(self, name: str, shape: None) -> Clause:
        del shape
        return _in_list(self._placement_id, name)


class RecordedAt:
    """Rows whose place is a unit itself, and none below it."""

    def __init__(self, placement_id: Any) -> None:
        self._placement_id = placement_id

    def bind(self, name: str, value: UUID, _: References) -> Bound:
        return Bound(None, {name: value})

    def clause(self, name: str, shape: None) -> Clause:
        del shape
        unit = sa.bindparam(name, type_=sa.Uuid())
        own = sa.select(_PLACEMENT.c.id).where(_PLACEMENT.c.locality_id == unit)
        return cast("Clause", self._placement_id == sa.any_(sa.func.array(own.scalar_subquery())))


def _in_list(column: Any, name: str) -> Clause:
    listed = sa.bindparam(name, type_=ARRAY(sa.Integer()))
    return cast("Clause", column == sa.any_(listed))
