"""Counting from cells: what each model is counted by, in one number.

The cells of a placement and period stand side by side, so that a place is counted by anything
without reading its rows one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.campaign_periods.calendar import InPeriod
from app.db.statements import Statement
from app.emulation_models.models.queries import MODELS
from app.localities.attribution import Attribution, Undivided
from app.localities.filters import Under
from app.localities.schemas import TerritoryFilters
from app.localities.territory import territory
from app.querying.filters import AnyOf
from app.querying.references import ReadSession
from app.statistics.counting import Amounts, Table, Values, parted
from app.statistics.tables import CELL_CHANGES, CELLS
from app.vocabularies.terms import (
    Level,
    ModelState,
    MovementField,
    OrganisationKind,
    ParticipantKind,
)

_WIDTH = 50  # bits of a cell
_AMOUNT = 40  # bits of each amount that is packed: far more than there are models

CodeAndPeriod = tuple[int, UUID | None]  # of a place on a map; a period if told by it


class _Member:
    """The bits of a cell that tell one thing: 0 stands for null, else the number of a term."""

    def __init__(
        self, shift: int, width: int, terms: type[StrEnum] | None = None, first: int = 1
    ) -> None:
        self._shift = shift
        self._terms: dict[int, Any] = {0: None}
        self._terms |= {number: term.value for number, term in enumerate(terms or (), first)}
        self._numbers: dict[Any, int] = {term: number for number, term in self._terms.items()}
        self.mask = ((1 << width) - 1) << shift
        self.highest = 1 << shift + width - 1

    def value(self, cell: int) -> Any:
        """The term in a cell; years without any are themselves."""
        number = (cell & self.mask) >> self._shift
        return self._terms.get(number, number)

    def passing(self, rows: Iterable[Any], wanted: Any) -> Iterator[tuple[Any, ...]]:
        """Rows with only those of their cells that tell any of some terms, or a flag."""
        numbers, mask = self._numbers, self.mask
        terms = wanted if isinstance(wanted, tuple) else (wanted,)
        bits = {(numbers[term] if term in numbers else int(term)) << self._shift for term in terms}
        for placement, period, cells, times in rows:
            passed = [cell for cell in cells if cell & mask in bits]
            if passed:
                yield placement, period, passed, times


# The highest bit of levels tells whether there is one.
CELL_MEMBERS = {
    "field": _Member(0, 3, MovementField),
    "participant_kind": _Member(3, 2, ParticipantKind),
    "state": _Member(5, 4, ModelState),
    "registered_level": _Member(9, 3, Level, first=4),
    "recognised_level": _Member(12, 3, Level, first=4),
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
    """What cells tell: how many there are, and in how many of them a level or a flag is set."""

    def __init__(self, *measures: str) -> None:
        marks = [CELL_MEMBERS[name].highest for name in measures]
        self._measured = _joined(marks)
        self._shifts = [_AMOUNT * number for number in range(1 + len(marks))]
        self._weights = {0: 1}  # one of every measure that counts a cell, packed in one number
        for mark, shift in zip(marks, self._shifts[1:], strict=True):
            self._weights |= {cell | mark: one | 1 << shift for cell, one in self._weights.items()}
        self._statements: dict[object, Statement] = {}

    async def count(
        self,
        read_session: ReadSession,
        query: TerritoryFilters,
        by: Sequence[str],
        on: date | None,
        placements: list[int] | None = None,
    ) -> Table | None:
        """Count without reading the rows, in a place or at some placements.

        None if the cells do not tell what is asked.
        """
        levels, others = parted(by)
        known = territory(read_session.references)
        asked = MODELS.selection(query, read_session.references)
        names = {name for name, _ in asked.shapes}
        everywhere = query.place is None or known.level(query.place.unit) == "country"
        if (
            asked.searched
            or names - _SETTLED.keys() - CELL_MEMBERS.keys()
            or (everywhere and placements is None)
        ):
            return None
        bound = {
            name: _SETTLED[name].bind(name, getattr(query, name), read_session.references)
            for name in sorted(names & _SETTLED.keys())
        }
        shapes = tuple((name, each.shape) for name, each in bound.items())
        key = (shapes, placements is None)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements[key] = Statement(
                _statement(shapes, some=placements is not None)
            )
        values = {name: value for each in bound.values() for name, value in each.values.items()}
        values["placements"] = placements
        rows: Iterable[Any] = await statement.rows(read_session.connection, **values)
        for name in names & CELL_MEMBERS.keys():
            rows = CELL_MEMBERS[name].passing(rows, getattr(query, name))
        return self._table(rows, known.attribution(on, levels), others)

    def _table(
        self, rows: Iterable[Any], attribution: Attribution[UUID], others: Sequence[str]
    ) -> Table:
        """What models are told by: the bits of it in their cells, behind the number of a period."""
        own = _joined(CELL_MEMBERS[name].mask for name in others if name in CELL_MEMBERS)
        serialized = self._serialized(rows, attribution, own, by_period="campaign_period" in others)
        periods = list({period for _, period in serialized})
        counts: dict[Values, dict[int, int]] = defaultdict(dict)
        undivided: dict[Undivided[UUID], int] = defaultdict(int)
        for (code, period), packed in serialized.items():
            place, behind = attribution.keys[code], periods.index(period) << _WIDTH
            if isinstance(place, Undivided):
                undivided[place] += sum(packed.values())
            else:
                counts[place] |= (
                    {behind | cell: packed[cell] for cell in packed} if behind else packed
                )
        if not attribution.levels and not others:
            counts[()].setdefault(0, 0)
        return Table(
            counts,
            {code: _terms(code, others, periods) for code in set().union(*counts.values())},
            {
                packed: self._amounts(packed)
                for packed in set().union(*(row.values() for row in counts.values()))
            },
            {place: self._amounts(packed) for place, packed in undivided.items() if packed},
        )

    def _serialized(
        self, rows: Iterable[Any], attribution: Attribution[UUID], own: int, *, by_period: bool
    ) -> dict[CodeAndPeriod, dict[int, int]]:
        """How much there is of what cells are told by: the amounts of all measures, packed."""
        there: dict[CodeAndPeriod, list[int]] = defaultdict(list)
        changes: list[tuple[CodeAndPeriod, int, int]] = []
        for placement, period, cells, times in rows:
            key = attribution.codes[placement], period if by_period else None
            if times == 1:
                there[key] += cells
            else:
                changes.append((key, cells[0], times))
        serialized = {key: self._added_up(cells, own) for key, cells in there.items()}
        for key, cell, times in changes:
            packed = serialized.setdefault(key, {})
            change = times * self._weights[cell & self._measured]
            packed[cell & own] = packed.get(cell & own, 0) + change
        for key in {key for key, _, _ in changes}:
            serialized[key] = {
                cell: amounts for cell, amounts in serialized[key].items() if amounts
            }
        return serialized

    def _added_up(self, cells: Sequence[int], own: int) -> dict[int, int]:
        if not self._measured:
            return Counter(map(own.__and__, cells)) if own else {0: len(cells)}
        weights, measured = self._weights, self._measured
        packed: dict[int, int] = {}
        for cell in cells:
            serialized_by = cell & own
            packed[serialized_by] = packed.get(serialized_by, 0) + weights[cell & measured]
        return packed

    def _amounts(self, packed: int) -> Amounts:
        every = (1 << _AMOUNT) - 1
        return tuple([packed >> shift & every for shift in self._shifts])


def _statement(
    shapes: Sequence[tuple[str, Any]], *, some: bool
) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """Cells that are settled are there once, changes as often as they tell."""

    def selected(
        table: sa.Table, filters: Mapping[str, Any], cells: Any, times: Any
    ) -> sa.Select[*tuple[Any, ...]]:
        core = sa.select(table.c.placement_id, table.c.campaign_period_id, cells, times)
        core = core.where(*(filters[name].clause(name, shape) for name, shape in shapes))
        listed = sa.bindparam("placements", type_=ARRAY(sa.Integer()))
        return core.where(table.c.placement_id == sa.any_(listed)) if some else core

    once = sa.literal_column("1", sa.Integer())
    return sa.union_all(
        selected(CELLS, _SETTLED, CELLS.c.cells, once),
        selected(CELL_CHANGES, _CHANGES, array([CELL_CHANGES.c.cell]), CELL_CHANGES.c.count),
    )


def _terms(code: int, others: Sequence[str], periods: Sequence[UUID | None]) -> Values:
    return tuple(
        periods[code >> _WIDTH] if name == "campaign_period" else CELL_MEMBERS[name].value(code)
        for name in others
    )


def _joined(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined
