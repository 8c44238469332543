"""Finds the two printed numbers that, exchanged, make a whole table right."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from heapq import nsmallest
from typing import NamedTuple
from uuid import UUID

from app.publications.reconciliation import DIGITS, Cell, Span, Sum
from app.vocabularies.terms import CheckStatus

_INFINITY = Decimal("Infinity")
MOST_FOUND = 200  # of one table; the first by the ids of their numbers


class Swap(NamedTuple):
    """Two numbers that may have been exchanged, the lesser id first."""

    one: UUID
    other: UUID


def transpositions(cells: Sequence[Cell], sums: Sequence[Sum]) -> list[Swap]:
    """Every exchange of two numbers of a table that makes all failing sums right, and none wrong.

    The time is bounded by the square of the number of cells; where numbers are exact, the partner
    of each is looked up by the value it must have.
    """
    with localcontext(prec=DIGITS):
        search = _Search(cells, sums)
        return nsmallest(MOST_FOUND, set(search.swaps()))


class _Search:
    def __init__(self, cells: Sequence[Cell], sums: Sequence[Sum]) -> None:
        self._cells = [cell for cell in cells if cell.span is not None]
        # For each cell the sums it stands in: 1 as what is stated, -1 as a part of it.
        self._signs: defaultdict[UUID, dict[int, int]] = defaultdict(dict)
        self._rests: dict[int, Span] = {}
        self._failing: set[int] = set()
        self._incomplete: set[int] = set()
        sizes: dict[int, int] = {}
        for index, each in enumerate(sums):
            if each.rest is None:
                continue
            self._rests[index] = each.rest
            self._signs[each.stated.id][index] = 1
            for part in each.parts:
                self._signs[part.id][index] = -1
            if each.status is CheckStatus.discrepant:
                self._failing.add(index)
                sizes[index] = len(each.parts)
            elif each.status is CheckStatus.incomplete:
                self._incomplete.add(index)
        # The failing sum with the fewest numbers: an exchange must touch it.
        self._pivot = min(sizes, key=sizes.__getitem__, default=None)

    def swaps(self) -> Iterator[Swap]:
        if self._pivot is None:
            return
        by_sign: dict[int, list[Cell]] = {1: [], 0: [], -1: []}
        for cell in self._cells:
            by_sign[self._signs[cell.id].get(self._pivot, 0)].append(cell)
        pools = {sign: _Pool(cells) for sign, cells in by_sign.items()}
        (stated,) = by_sign[1]
        for partner in (*by_sign[-1], *pools[0].between(*self._needed(stated, 1))):
            if self._makes_right(stated, partner):
                yield Swap(*sorted((stated.id, partner.id)))
        for part in by_sign[-1]:
            for partner in pools[0].between(*self._needed(part, -1)):
                if self._makes_right(part, partner):
                    yield Swap(*sorted((part.id, partner.id)))

    def _needed(self, cell: Cell, sign: int) -> tuple[Decimal, Decimal]:
        """Between which numbers one must lie that takes the place of a cell in the pivot."""
        assert self._pivot is not None
        assert cell.span is not None
        rest = self._rests[self._pivot].minus_part(_signed(cell.span, sign))
        needed = rest.negative() if sign > 0 else rest
        return (
            -_INFINITY if needed.open_low else needed.low,
            _INFINITY if needed.open_high else needed.high,
        )

    def _makes_right(self, one: Cell, other: Cell) -> bool:
        if one.span == other.span or one.unit != other.unit:
            return False
        of_one, of_other = self._signs[one.id], self._signs[other.id]
        touched = of_one.keys() | of_other.keys()
        return self._failing <= touched and all(
            self._is_right(index, one, of_one.get(index, 0), other, of_other.get(index, 0))
            for index in touched
        )

    def _is_right(self, index: int, one: Cell, sign: int, other: Cell, its: int) -> bool:
        if sign == its:
            return index not in self._failing
        assert one.span is not None
        assert other.span is not None
        rest = self._rests[index]
        for span, before, after in ((one.span, sign, its), (other.span, its, sign)):
            rest = rest.minus_part(_signed(span, before)).plus(_signed(span, after))
        if index in self._incomplete:
            return not rest.all_below
        return rest.has_zero


class _Pool:
    """Cells to be found by the numbers they allow."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._exact = sorted((cell for cell in cells if _is_exact(cell)), key=_low)
        self._values = [_low(cell) for cell in self._exact]
        self._inexact = sorted((cell for cell in cells if not _is_exact(cell)), key=_low)
        self._lows = [_low(cell) for cell in self._inexact]

    def between(self, low: Decimal, high: Decimal) -> Iterator[Cell]:
        """Cells that allow a number from `low` to `high`."""
        yield from self._exact[bisect_left(self._values, low) : bisect_right(self._values, high)]
        for cell in self._inexact[: bisect_right(self._lows, high)]:
            if _high(cell) >= low:
                yield cell


def _is_exact(cell: Cell) -> bool:
    return cell.span is not None and cell.span == Span(cell.span.low, cell.span.low)


def _low(cell: Cell) -> Decimal:
    assert cell.span is not None
    return -_INFINITY if cell.span.open_low else cell.span.low


def _high(cell: Cell) -> Decimal:
    assert cell.span is not None
    return _INFINITY if cell.span.open_high else cell.span.high


def _signed(span: Span, sign: int) -> Span:
    """What a number adds to the rest of a sum."""
    if sign == 0:
        return Span()
    return span if sign > 0 else span.negative()
