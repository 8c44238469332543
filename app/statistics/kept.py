"""Counting from the counts kept beside the rows.

They know three provinces of a place: where it lay when the data begins, as recorded, and at last.
Where all places with the same three are attributed to one province of a map, or lie within a former
one, so do their rows; what lies in other places is counted by itself, from cells or the rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Clause, Statement
from app.localities.attribution import Key
from app.localities.filters import Place
from app.localities.schemas import TerritoryFilters
from app.localities.territory import Provinces, territory
from app.querying.filters import AnyOf, Bound
from app.querying.references import ReadSession, References
from app.statistics.cells import CellCounts
from app.statistics.counting import Counted, Counts, Open, Table, add_at, parted
from app.statistics.tables import PROVINCES, Kept

Columns = Mapping[str, sa.ColumnElement[Any]]
_IDS = ARRAY(sa.Uuid())
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

    def serialize(self, filters: set[str], dimensions: Sequence[str]) -> bool:
        """Whether they know all that is asked."""
        return filters <= self.filters.keys() and self.dimensions.keys() >= set(dimensions)


class KeptCounts:
    """What the kept counts tell of what is counted: its measures are columns of theirs."""

    def __init__(self, kept: Kept, counted: Counted, cells: CellCounts | None = None) -> None:
        self._counted, self._cells = counted, cells
        self._counts = [_Counts(kept, settled) for settled in kept.settled]

    async def count(
        self, read_session: ReadSession, query: TerritoryFilters, by: Sequence[str], on: date | None
    ) -> Table | None:
        """Count without reading the rows; None where what is kept does not tell."""
        levels, others = parted(by)
        asked = self._counted.collection.selection(query, read_session.references)
        filters = {name for name, _ in asked.shapes}
        wanted = _provinces(query, read_session.references)
        if wanted is not None:
            filters -= {"place", "in_province"}
        province = _parted_province(query.place, read_session.references)
        if province is not None:
            filters -= {"place"}
        counts = next((each for each in self._counts if each.serialize(filters, others)), None)
        if counts is None or asked.searched or set(levels) - {"province"}:
            return None
        bound = [
            (name, counts.filters[name].bind(name, getattr(query, name), read_session.references))
            for name in sorted(filters)
        ]
        if any(each is None for _, each in bound):
            return None
        shapes = tuple((name, each.shape) for name, each in bound)
        values = {name: value for _, each in bound for name, value in each.values.items()}
        some = wanted is not None or province is not None
        by_provinces = bool(levels) or some
        among: dict[Provinces, frozenset[Key[UUID]]] = {}
        entire: dict[Provinces, bool] = {}
        if by_provinces:
            among, entire = await _lying(read_session, on, wanted, province)
        if some:
            values["last_provinces"] = list({last for *_, last in among if last is not None})
        key = (shapes, by_provinces, some, others)
        statement = counts.statements.get(key)
        if statement is None:
            statement = counts.statements[key] = Statement(
                self._statement(counts, shapes, others, by_provinces=by_provinces, some=some)
            )
        rows = [tuple(row) for row in await statement.rows(read_session.connection, **values)]
        if not by_provinces:
            return Table.of_rows(rows, len(others))
        rows = [row for row in rows if row[:3] in among]
        there = {row[:3] for row in rows}
        unclear = {each for each in there if len(among[each]) > 1 or not entire.get(each, True)}
        return await self._by_provinces(read_session, query, by, on, among, unclear, rows)

    def _statement(
        self,
        counts: _Counts,
        shapes: Sequence[tuple[str, Any]],
        others: Sequence[str],
        *,
        by_provinces: bool,
        some: bool,
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
        if some:
            last, listed = counts.columns["province_id"], sa.bindparam("last_provinces", type_=_IDS)
            core = core.where(sa.or_(last == sa.any_(listed), last.is_(None)))
        if not columns:
            return core
        return core.group_by(*columns).having(next(iter(sums.values())) != nought)

    async def _by_provinces(
        self,
        read_session: ReadSession,
        query: TerritoryFilters,
        by: Sequence[str],
        on: date | None,
        attributed: Mapping[Provinces, frozenset[Key[UUID]]],
        unclear: Collection[Provinces],
        rows: Iterable[tuple[Any, ...]],
    ) -> Table:
        """What is `unclear` is counted by its placements."""
        levels, others = parted(by)
        counts: Counts = {}
        undivided: Open = {}
        if unclear:
            placements = territory(read_session.references).placements_of(unclear)
            table = None
            if self._cells is not None:
                table = await self._cells.count(read_session, query, by, on, placements)
            if table is None:
                table = await self._counted.count(read_session, query, by, on, placements)
            counts, undivided = table.in_full(), table.undivided
        measures = 3 + len(others)
        for row in rows:
            if row[:3] not in unclear:
                (place,) = attributed[row[:3]] if levels else ((),)
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


async def _lying(
    read_session: ReadSession,
    on: date | None,
    wanted: frozenset[Key[UUID]] | None,
    province: UUID | None,
) -> tuple[dict[Provinces, frozenset[Key[UUID]]], dict[Provinces, bool]]:
    """The provinces of what is asked for, with where it lies on a map.

    Of what lies within one province also whether all that has these provinces does.
    """
    known = territory(read_session.references)
    entire: dict[Provinces, bool] = {}
    if province is not None:
        for *provinces, count in await read_session.connection.fetch(_WITHIN, province):
            entire[tuple(provinces)] = known.places_with[tuple(provinces)] == count
    among = {
        provinces: keys
        for provinces, keys in known.attributed(on).items()
        if (wanted is None or keys & wanted) and (province is None or provinces in entire)
    }
    return among, entire
