"""Filters of rows by their places: under a unit, attributed to units, recorded at one."""

from datetime import date
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.db.statements import Clause
from app.localities.tables import LocalityPlacement
from app.localities.territory import territory
from app.querying.filters import Bound, IndexScan
from app.querying.references import References

FEW = 100  # placements of which each is looked for by itself
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
        known = territory(references)
        unit, map = value
        level = known.level(unit)
        if level == "country":
            return Bound(("the country", None), {})
        values: dict[str, Any] = {name: unit}
        province = None
        if isinstance(map, date):
            values[name] = known.lying_in(unit, map)
            province = known.last_province_of(values[name])
            how = "listed"
        else:
            how = map or "within"
            province = known.sole_province.get(unit)
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
        if level == "province":
            return self._along_province(name, how)
        return _lies(self._placement_id, name, how)

    def index_scans(self, name: str, shape: tuple[str, str | None]) -> tuple[IndexScan, ...]:
        how, level = shape
        if how == "the country":
            return ()
        if level is None:
            return (IndexScan(self.clause(name, shape)),)
        return (IndexScan(self._along_province(name, how)),)

    def _along_province(self, name: str, how: str) -> Clause:
        # As a sum, lest PostgreSQL look all placements up: it takes them for fewer than they are.
        province = sa.bindparam(f"{name}_province", type_=sa.Uuid())
        lies = _lies(self._placement_id + sa.literal_column("0"), name, how)
        return sa.and_(self._province_id == province, lies)


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
    """Rows that are attributed to any of several units of a level.

    The table has an index of placements, newest first.
    """

    def __init__(self, placement_id: Any, level: str) -> None:
        self._placement_id, self._level = placement_id, level

    def bind(self, name: str, value: Attributed, references: References) -> Bound:
        keys = {(unit,) for unit in value.units}
        attribution = territory(references).attribution(value.on, (self._level,))
        placements = attribution.placements(keys.__contains__)
        return Bound(len(placements) <= FEW, {name: placements})

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
