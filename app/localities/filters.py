"""Filters of rows by their places: under a unit, attributed to units, recorded at one."""

from datetime import date
from typing import NamedTuple, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.db.statements import Clause, Column
from app.localities.tables import LocalityPlacement
from app.localities.territory import territory
from app.querying.filters import Bound, IndexScan
from app.querying.references import References

FEW = 100  # placements of which each is looked for by itself
_PLACEMENT = LocalityPlacement.__table__  # type: ignore[attr-defined]


class Under:
    """Rows whose place lay in a unit on their day, or has since become wholly part of it.

    A table with many rows also has the last province of each. What all lies in one province is met
    on a scan along the province's rows, newest first. In another order, a district or commune has
    few rows: they are found by their placements alone.
    """

    def __init__(self, placement_id: Column, province_id: Column | None = None) -> None:
        self._placement_id = placement_id
        self._province_id = province_id

    def bind(self, name: str, value: UUID, references: References) -> Bound:
        """The shape is how the unit's rows are found: by its level if all are in one province."""
        known = territory(references)
        level = known.level(value)
        province = None if self._province_id is None else known.sole_province(value)
        if level == "country":
            return Bound(level, {})
        if province is None:
            return Bound("anywhere", {name: value})
        if province == value:  # what lies in a province at last is within it
            return Bound("whole province", {name: value})
        return Bound(level, {name: value, f"{name}_province": province})

    def clause(self, name: str, shape: str) -> Clause:
        if shape == "country":
            return self._placement_id.is_not(None)
        if shape == "whole province":
            return cast("Clause", self._province_id == sa.bindparam(name, type_=sa.Uuid()))
        if shape == "province":
            return self._along_province(name)
        return _lies_in(self._placement_id, name)

    def index_scans(self, name: str, shape: str) -> tuple[IndexScan, ...]:
        if shape == "country":
            return ()
        if shape in {"province", "district"}:
            return (IndexScan(self._along_province(name)),)
        return (IndexScan(self.clause(name, shape)),)

    def _along_province(self, name: str) -> Clause:
        # As a sum, lest PostgreSQL look all placements up: it takes them for fewer than they are.
        lies = _lies_in(self._placement_id + sa.literal_column("0"), name)
        return sa.and_(self._in_province(name), lies)

    def _in_province(self, name: str) -> Clause:
        province = sa.bindparam(f"{name}_province", type_=sa.Uuid())
        return cast("Clause", self._province_id == province)


class AllUnder(Under):
    """The same rows where all are read: an index of provinces and their placements has them."""

    def clause(self, name: str, shape: str) -> Clause:
        if shape in {"country", "whole province", "anywhere"}:
            return super().clause(name, shape)
        return sa.and_(self._in_province(name), _lies_in(self._placement_id, name))


def _lies_in(placement_id: Column, name: str) -> Clause:
    unit = sa.bindparam(name, type_=sa.Uuid())
    placements = sa.select(_PLACEMENT.c.id).where(_PLACEMENT.c.within.contains(array([unit])))
    return placement_id == sa.any_(sa.func.array(placements.scalar_subquery()))


class Attributed(NamedTuple):
    """Units of one level (None: no unit), and the map that is meant: of a day, or as recorded."""

    units: tuple[UUID | None, ...]
    on: date | None


class AttributedTo:
    """Rows that are attributed to any of several units of a level.

    The table has an index of placements, newest first.
    """

    def __init__(self, placement_id: Column, level: str) -> None:
        self._placement_id, self._level = placement_id, level

    def bind(self, name: str, value: Attributed, references: References) -> Bound:
        placements = self._placements(value, references)
        return Bound(len(placements) <= FEW, {name: placements})

    def _placements(self, value: Attributed, references: References) -> list[int]:
        keys = {(unit,) for unit in value.units}
        attribution = territory(references).attribution(value.on, (self._level,))
        return attribution.placements(keys.__contains__)

    def clause(self, name: str, shape: bool) -> Clause:
        del shape
        return _in_list(self._placement_id, name)

    def index_scans(self, name: str, shape: bool) -> tuple[IndexScan, ...]:
        """`shape` is whether the placements are few: the newest of each are few rows then."""
        if not shape:
            return ()
        listed = sa.func.unnest(sa.bindparam(name, type_=ARRAY(sa.Integer())))
        of = listed.table_valued(sa.column("value", sa.Integer())).render_derived()
        return (IndexScan(self._placement_id == of.c.value, of),)


class AllAttributedTo(AttributedTo):
    """The same rows where all are read: an index of provinces and their placements has them."""

    def __init__(self, placement_id: Column, province_id: Column, level: str) -> None:
        super().__init__(placement_id, level)
        self._province_id = province_id

    def bind(self, name: str, value: Attributed, references: References) -> Bound:
        placements = self._placements(value, references)
        provinces = territory(references).last_provinces(placements)
        return Bound(None in provinces, {name: placements, f"{name}_provinces": list(provinces)})

    def clause(self, name: str, shape: bool) -> Clause:
        """`shape` is whether some of the placements lie in no province."""
        clause = super().clause(name, shape)
        provinces = sa.bindparam(f"{name}_provinces", type_=ARRAY(sa.Uuid()))
        return clause if shape else sa.and_(self._province_id == sa.any_(provinces), clause)


class RecordedAt:
    """Rows whose place is a unit itself, and none below it."""

    def __init__(self, placement_id: Column) -> None:
        self._placement_id = placement_id

    def bind(self, name: str, value: UUID, _: References) -> Bound:
        return Bound(None, {name: value})

    def clause(self, name: str, shape: None) -> Clause:
        del shape
        unit = sa.bindparam(name, type_=sa.Uuid())
        own = sa.select(_PLACEMENT.c.id).where(_PLACEMENT.c.locality_id == unit)
        return self._placement_id == sa.any_(sa.func.array(own.scalar_subquery()))


def _in_list(column: Column, name: str) -> Clause:
    listed = sa.bindparam(name, type_=ARRAY(sa.Integer()))
    return column == sa.any_(listed)
