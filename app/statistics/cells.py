"""Counting from cells: what each model is counted by, in one number.

The cells of a placement and period stand side by side, so that a place is counted by anything
without reading its rows one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Statement
from app.emulation_models.reading import MODELS
from app.http.filters import AnyOf
from app.http.references import Reading
from app.localities.attribution import Attribution, Undivided
from app.localities.filters import Under
from app.localities.schemas import TerritoryFilters
from app.localities.territory import territory
from app.statistics.counting import Table, parted
from app.statistics.tables import CELL_CHANGES, CELLS
from app.vocabularies.terms import (
    Level,
    ModelState,
    MovementField,
    OrganisationKind,
    ParticipantKind,
)

_WIDTH = 50  # bits of a cell
_AMOUNT = 40  # bits of each amount among several: far more than there are models


class _Member:
    """The bits of a cell that tell one thing: 0 stands for null, else the number of a term."""

    def __init__(self, shift: int, width: int, terms: type[StrEnum] | None = None) -> None:
        self._shift = shift
        self._terms = None if terms is None else (None, *(term.value for term in terms))
        self.mask = ((1 << width) - 1) << shift

    def values(self, cells: Iterable[int]) -> list[Any]:
        """The terms in cells; years without any are themselves."""
        shift, mask, terms = self._shift, self.mask, self._terms
        if terms is None:
            return [((cell & mask) >> shift) or None for cell in cells]
        return [terms[(cell & mask) >> shift] for cell in cells]


CELL_MEMBERS = {
    "field": _Member(0, 3, MovementField),
    "participant_kind": _Member(3, 2, ParticipantKind),
    "state": _Member(5, 4, ModelState),
    "registered_level": _Member(9, 3, Level),
    "recognised_level": _Member(12, 3, Level),
    "host_kind": _Member(15, 5, OrganisationKind),
    "commended": _Member(20, 1),
    "replicated": _Member(21, 1),
    "registered_year": _Member(22, 14),
    "recognised_year": _Member(36, 14),
}


def _filters_of(table: sa.Table) -> dict[str, Any]:
    period = table.c.campaign_period_id
    in_period = InPeriod(period)
    return {
        "place": Under(table.c.placement_id),
        "campaign_period": in_period,
        "in_periods": in_period,
        "in_period_alone": AnyOf(period),
    }


_SETTLED, _CHANGES = _filters_of(CELLS), _filters_of(CELL_CHANGES)


class CellCounts:
    """What cells tell; a measure counts those in which a member is not null, or all."""

    def __init__(self, *measures: str | None) -> None:
        self._masks = [None if name is None else CELL_MEMBERS[name].mask for name in measures]
        self._statements: dict[object, Statement] = {}

    async def count(
        self, reading: Reading, query: TerritoryFilters, by: Sequence[str], on: date | None
    ) -> Table | None:
        """Count without reading the rows; None where the cells of a place do not tell."""
        levels, others = parted(by)
        known = territory(reading.references)
        asked = MODELS.selection(query, reading.references)
        names = [name for name, _ in asked.shapes]
        if (
            asked.searched
            or not _SETTLED.keys() >= set(names)
            or query.place is None
            or known.level(query.place.unit) == "country"
        ):
            return None
        bound = {
            name: _SETTLED[name].bind(name, getattr(query, name), reading.references)
            for name in names
        }
        shapes = tuple((name, each.shape) for name, each in bound.items())
        statement = self._statements.get(shapes)
        if statement is None:
            statement = self._statements[shapes] = Statement(_statement(shapes))
        values = {name: value for each in bound.values() for name, value in each.values.items()}
        rows = await statement.rows(reading.connection, **values)
        return self._table(rows, known.attribution(on, levels), others)

    def _table(
        self, rows: Iterable[Any], attribution: Attribution[UUID], others: Sequence[str]
    ) -> Table:
        groups, sums = self._added_up(rows, attribution, others)
        if not attribution.levels and not others:
            return Table([], self._amounts([sum(sums.values())]), {})
        keys: list[Any] = [attribution.keys[place] for place, _ in groups]
        undivided: dict[Any, int] = defaultdict(int)
        open_ = {number for number, key in enumerate(keys) if isinstance(key, Undivided)}
        if open_:
            for each in [each for each in sums if each >> _WIDTH in open_]:
                undivided[keys[each >> _WIDTH]] += sums.pop(each)
        at = [each >> _WIDTH for each in sums]
        columns: list[Sequence[Any]] = [
            [keys[number][level] for number in at] for level, _ in enumerate(attribution.levels)
        ]
        for name in others:
            if name == "campaign_period":
                columns.append([groups[number][1] for number in at])
            else:
                columns.append(CELL_MEMBERS[name].values(sums))
        open_amounts = zip(*self._amounts(list(undivided.values())), strict=True)
        return Table(
            columns,
            self._amounts(list(sums.values())),
            dict(zip(undivided, open_amounts, strict=True)),
        )

    def _added_up(
        self, rows: Iterable[Any], attribution: Attribution[UUID], others: Sequence[str]
    ) -> tuple[list[tuple[int, UUID | None]], dict[int, int]]:
        """Places with periods, and the amounts of each number of these with what it is told by."""
        by_period = "campaign_period" in others
        own = _joined(CELL_MEMBERS[name].mask for name in others if name in CELL_MEMBERS)
        measured = _joined(mask for mask in self._masks if mask is not None)
        mask = own | measured
        counters: dict[tuple[int, UUID | None], Counter[int]] = defaultdict(Counter)
        for placement, period, cells, times in rows:
            counter = counters[attribution.codes[placement], period if by_period else None]
            if not mask:
                counter[0] += times * len(cells)
            elif times == 1:
                counter.update(map(mask.__and__, cells))
            else:
                for cell in cells:
                    counter[cell & mask] += times
        weights = {0: self._weight(0)}
        sums: dict[int, int] = defaultdict(int)
        for number, counter in enumerate(counters.values()):
            for cell, count in counter.items():
                weight = weights.get(cell & measured)
                if weight is None:
                    weight = weights[cell & measured] = self._weight(cell)
                sums[number << _WIDTH | cell & own] += count * weight
        return list(counters), {key: amount for key, amount in sums.items() if amount}

    def _weight(self, cell: int) -> int:
        """One of each measure that counts a cell: amounts side by side in one number."""
        return sum(
            1 << number * _AMOUNT
            for number, mask in enumerate(self._masks)
            if mask is None or cell & mask
        )

    def _amounts(self, weights: Sequence[int]) -> list[list[int]]:
        """The columns of measures."""
        every = (1 << _AMOUNT) - 1
        shifts = [number * _AMOUNT for number, _ in enumerate(self._masks)]
        return [[weight >> shift & every for weight in weights] for shift in shifts]


def _statement(shapes: Sequence[tuple[str, Any]]) -> sa.CompoundSelect[Any]:
    """Cells that are settled are there once, changes as often as they tell."""
    once = sa.literal_column("1", sa.Integer())
    return sa.union_all(
        sa.select(CELLS.c.placement_id, CELLS.c.campaign_period_id, CELLS.c.cells, once).where(
            *(_SETTLED[name].clause(name, shape) for name, shape in shapes)
        ),
        sa.select(
            CELL_CHANGES.c.placement_id,
            CELL_CHANGES.c.campaign_period_id,
            array([CELL_CHANGES.c.cell]),
            CELL_CHANGES.c.count,
        ).where(*(_CHANGES[name].clause(name, shape) for name, shape in shapes)),
    )


def _joined(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined
