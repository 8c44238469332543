"""Counting from the counts kept beside the rows.

They know three provinces of a place: where it lay when the data begins, as recorded, and at last.
Where all places with the same three are attributed to one province of a map, or lie within a former
one, so do their rows; those of other places are counted from the rows.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Statement
from app.http.filters import AnyOf, Bound, Clause
from app.http.references import Reading, References
from app.localities.attribution import Key
from app.localities.filters import Place
from app.localities.schemas import TerritoryFilters
from app.localities.territory import Provinces, territory
from app.statistics.counting import Counted, Counts, Open, Table, add_at, parted
from app.statistics.tables import PROVINCES, Kept

Columns = Mapping[str, sa.ColumnElement[Any]]
_WITHIN = """
    select first_province_id, ancestors[2], province_id, count(*)
    from locality_placement where within @> array[$1::uuid] group by 1, 2, 3
"""


class _InProvince:
    """What lay in a province, or lies in it at last."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def bind(self, name: str, value: Place, references: References) -> Bound | None:
        """None if the kept counts do not tell."""
        known = territory(references)
        level = known.level(value.unit)
        if level == "country":
            return Bound("the country", {})
        if level == "province" and value.map == "recorded":
            return Bound("recorded_province_id", {name: value.unit})
        if value.map is None and known.sole_province.get(value.unit) == value.unit:
            return Bound("province_id", {name: value.unit})
        return None

    def clause(self, name: str, shape: str) -> Clause:
        if shape == "the country":
            return sa.true()
        return sa.and_(self._columns[shape] == sa.bindparam(name, type_=sa.Uuid()))


class _Counts:
    """What is settled by some keys, and the changes since."""

    def __init__(self, kept: Kept, settled: sa.Table) -> None:
        keys = kept.keys_of(settled)
        counts = sa.union_all(
            *(
                sa.select(*(table.c[name] for name in (*keys, *kept.measures)))
                for table in (settled, kept.changes)
            )
        ).subquery()
        self.columns: Columns = dict(counts.c)
        self.dimensions = {name: counts.c[name] for name in keys if not name.endswith("_id")}
        self.filters: dict[str, Any] = {"place": _InProvince(self.columns)} | {
            name: AnyOf(column) for name, column in self.dimensions.items()
        }
        if "campaign_period_id" in keys:
            period = counts.c.campaign_period_id
            self.dimensions["campaign_period"] = period
            self.filters["campaign_period"] = self.filters["in_periods"] = InPeriod(period)
            self.filters["in_period_alone"] = AnyOf(period)
        self.statements: dict[object, Statement] = {}

    def tell(self, filters: set[str], dimensions: Sequence[str]) -> bool:
        """Whether they know all that is asked."""
        return filters <= self.filters.keys() and self.dimensions.keys() >= set(dimensions)


class KeptCounts:
    """What the kept counts tell of what is counted: its measures are columns of theirs."""

    def __init__(self, kept: Kept, counted: Counted) -> None:
        self._counted = counted
        self._counts = [_Counts(kept, settled) for settled in kept.settled]

    async def count(
        self, reading: Reading, query: TerritoryFilters, by: Sequence[str], on: date | None
    ) -> Table | None:
        """Count without reading the rows; None where what is kept does not tell."""
        levels, others = parted(by)
        asked = self._counted.collection.selection(query, reading.references)
        filters = {name for name, _ in asked.shapes}
        wanted = _provinces(query, reading.references)
        if wanted is not None:
            filters -= {"place", "in_province"}
        province = _parted_province(query.place, reading.references)
        if province is not None:
            filters -= {"place"}
        counts = next((each for each in self._counts if each.tell(filters, others)), None)
        if counts is None or asked.searched or set(levels) - {"province"}:
            return None
        shapes: list[tuple[str, Any]] = []
        values: dict[str, Any] = {}
        for name in sorted(filters):
            bound = counts.filters[name].bind(name, getattr(query, name), reading.references)
            if bound is None:
                return None
            shapes.append((name, bound.shape))
            values |= bound.values
        by_provinces = bool(levels) or wanted is not None or province is not None
        key = (tuple(shapes), by_provinces, others)
        statement = counts.statements.get(key)
        if statement is None:
            statement = counts.statements[key] = Statement(
                self._statement(counts, shapes, others, by_provinces=by_provinces)
            )
        rows = [tuple(row) for row in await statement.rows(reading.connection, **values)]
        if by_provinces:
            within: dict[Provinces, bool] = {}
            if province is not None:
                within = await _within(province, reading)
                rows = [row for row in rows if row[:3] in within]
            return await self._by_provinces(reading, query, by, on, wanted, within, rows)
        return Table.of_rows(rows, len(others))

    def _statement(
        self,
        counts: _Counts,
        shapes: Sequence[tuple[str, Any]],
        others: Sequence[str],
        *,
        by_provinces: bool,
    ) -> sa.Select[*tuple[Any, ...]]:
        provinces = PROVINCES if by_provinces else ()
        columns = [
            *(counts.columns[name] for name in provinces),
            *(counts.dimensions[name] for name in others),
        ]
        nought = sa.literal_column("0", sa.BigInteger())
        sums = {
            name: sa.cast(
                sa.func.coalesce(sa.func.sum(counts.columns[name]), nought), sa.BigInteger()
            )
            for name in self._counted.measures
        }
        core = sa.select(*columns, *(total.label(name) for name, total in sums.items()))
        core = core.where(*(counts.filters[name].clause(name, shape) for name, shape in shapes))
        if not columns:
            return core
        return core.group_by(*columns).having(next(iter(sums.values())) != nought)

    async def _by_provinces(
        self,
        reading: Reading,
        query: TerritoryFilters,
        by: Sequence[str],
        on: date | None,
        wanted: frozenset[Key[UUID]] | None,
        within: Mapping[Provinces, bool],
        rows: list[tuple[Any, ...]],
    ) -> Table:
        known = territory(reading.references)
        levels, others = parted(by)
        attributed = {
            provinces: keys
            for provinces, keys in known.attributed(on).items()
            if wanted is None or keys & wanted
        }
        there = {row[:3] for row in rows}
        unclear = {
            provinces
            for provinces in there
            if len(attributed.get(provinces, ())) > 1 or not within.get(provinces, True)
        }
        counts: Counts = {}
        undivided: Open = {}
        if unclear:
            placements = known.placements_of(unclear)
            counted = await self._counted.count(reading, query, by, on, placements)
            counts, undivided = counted.in_full(), counted.undivided
        measures = 3 + len(others)
        for row in rows:
            keys = attributed.get(row[:3], frozenset())
            if len(keys) == 1 and row[:3] not in unclear:
                (place,) = keys if levels else ((),)
                add_at(place, row[3:measures], row[measures:], counts, undivided)
        return Table.of(counts, undivided)


def _provinces(query: TerritoryFilters, references: References) -> frozenset[Key[UUID]] | None:
    """The provinces of a map that rows must lie in; None if any place will do, or others may."""
    place, listed = query.place, query.in_province
    wanted = None if listed is None else frozenset((unit,) for unit in listed.units)
    if place is None:
        return wanted
    level = territory(references).level(place.unit)
    if level != "province" or not isinstance(place.map, date):
        return None
    own: frozenset[Key[UUID]] = frozenset({(place.unit,)})
    return own if wanted is None else own & wanted


def _parted_province(place: Place | None, references: References) -> UUID | None:
    """The province that is asked for, if not all that lies within it is in it at last."""
    known = territory(references)
    if place is None or place.map is not None or known.level(place.unit) != "province":
        return None
    return None if known.sole_province.get(place.unit) == place.unit else place.unit


async def _within(province: UUID, reading: Reading) -> dict[Provinces, bool]:
    """The provinces of what lies within one, and whether all that has them lies within it."""
    places_with = territory(reading.references).places_with
    rows = await reading.connection.fetch(_WITHIN, province)
    return {row[:3]: places_with[row[:3]] == row["count"] for row in rows}
