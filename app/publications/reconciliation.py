"""Whether the figures of one table add up, as pure rules on plain values.

Every printed number is held against those that break it down. A qualifier or a printed range makes
an interval: two sides agree where their intervals meet. Nothing is added along a dimension whose
values overlap, nor over units that differ or are rates.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import reduce
from operator import add, sub
from typing import NamedTuple
from uuid import UUID

from app.vocabularies.terms import CheckStatus, MovementField, ParticipantKind, Qualifier

DIGITS = 100  # more than any sum of figures has, so that all arithmetic is exact
ABOUT = Decimal("0.1")  # `about` (khoảng) means within a tenth, either way
# What a breakdown usually has: without one of these, parts below their total are incomplete.
USUAL: Mapping[str, frozenset[str]] = {
    "field": frozenset(MovementField) - {MovementField.other},
    "participant_kind": frozenset({ParticipantKind.collective, ParticipantKind.individual}),
}

_RATE = re.compile(r"[%‰]|/\s*(?:đầu người|người|hộ|ha|km2|km²|m2|m²)\b", re.IGNORECASE)

Names = frozenset[str]
Place = frozenset[tuple[str, str]]  # names of dimensions with their values


class Span(NamedTuple):
    """The numbers from `low` to `high`; an end that is open any number of times is no end.

    Spans are added and taken away member by member, so a sum may lose a part again.
    """

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    open_low: int = 0
    open_high: int = 0

    def plus(self, other: "Span") -> "Span":
        return Span(*map(add, self, other))

    def minus_part(self, other: "Span") -> "Span":
        """Without a part that was added before."""
        return Span(*map(sub, self, other))

    def negative(self) -> "Span":
        return Span(-self.high, -self.low, self.open_high, self.open_low)

    @property
    def all_above(self) -> bool:
        """Whether even the least is more than 0."""
        return not self.open_low and self.low > 0

    @property
    def all_below(self) -> bool:
        """Whether even the most is less than 0."""
        return not self.open_high and self.high < 0

    @property
    def has_zero(self) -> bool:
        return not (self.all_above or self.all_below)


class Cell(NamedTuple):
    """One printed number of a table. `span` and `number` are null where no number is printed."""

    id: UUID
    place: Place
    span: Span | None
    number: Decimal | None
    unit: str | None

    @property
    def names(self) -> Names:
        return frozenset(name for name, _ in self.place)


class Sum(NamedTuple):
    """A printed number held against the parts it is broken down into, along some dimensions."""

    stated: Cell
    along: Names
    parts: tuple[Cell, ...]
    computed: Decimal | None
    status: CheckStatus
    rest: Span | None  # what is stated less its parts; null if their units cannot be compared


def span_of(
    amount: Decimal | None,
    minimum: Decimal | None,
    maximum: Decimal | None,
    qualifier: str,
    *,
    counted: bool,
) -> Span | None:
    """What a printed number allows; null without a number. What is counted is never below 0."""
    if amount is not None:
        match qualifier:
            case Qualifier.at_least:
                return Span(amount, amount, open_high=1)
            case Qualifier.at_most:
                return Span(Decimal(0), amount) if counted else Span(amount, amount, open_low=1)
            case Qualifier.about:
                margin = abs(amount) * ABOUT
                return Span(amount - margin, amount + margin)
            case _:
                return Span(amount, amount)
    if minimum is None and maximum is None:
        return None
    return Span(
        Decimal(0) if minimum is None else minimum,
        Decimal(0) if maximum is None else maximum,
        int(minimum is None and not counted),
        int(maximum is None),
    )


def is_rate(unit: str | None) -> bool:
    """Whether numbers of a unit never add up: shares, and so much a head, a household, an area."""
    return unit is not None and _RATE.search(unit) is not None


def check_sums(cells: Sequence[Cell], overlapping: Collection[str], *, counted: bool) -> list[Sum]:
    """Hold every number of a table against those that break it down.

    Along each further dimension; where its margin is not printed but finer cells are, against
    those.
    """
    table = _Table(cells, frozenset(overlapping))
    unknown = Span(open_low=int(not counted), open_high=1)
    with localcontext(prec=DIGITS):
        sums = [
            _sum(cell, along, *table.parts(cell.place, cell.names, along), unknown)
            for cell in cells
            if cell.span is not None
            for along in table.breakdowns(cell.place, cell.names)
        ]
    exceeded = {
        (each.stated.names, each.along)
        for each in sums
        if each.rest is not None and each.rest.all_below
    }
    return [
        each._replace(status=CheckStatus.incomplete)
        if each.rest is not None
        and each.rest.all_above
        and _lacks_a_usual_member(each)
        and (each.stated.names, each.along) not in exceeded
        else each
        for each in sums
    ]


def _sum(stated: Cell, along: Names, parts: list[Cell], every: bool, unknown: Span) -> Sum:
    """Compare a number with its parts; `every` tells whether none of them is unknown."""
    if is_rate(stated.unit) or any(part.unit != stated.unit for part in parts):
        return Sum(stated, along, tuple(parts), None, CheckStatus.not_comparable, None)
    assert stated.span is not None
    numbers = [part.number for part in parts if part.number is not None]
    known = every and len(numbers) == len(parts)
    spans = [unknown if part.span is None else part.span for part in parts]
    if not every:
        spans.append(unknown)
    rest = reduce(Span.plus, (span.negative() for span in spans), stated.span)
    status = CheckStatus.consistent if rest.has_zero else CheckStatus.discrepant
    if rest.has_zero and not known:
        return Sum(stated, along, tuple(parts), None, CheckStatus.not_comparable, rest)
    return Sum(stated, along, tuple(parts), sum(numbers, Decimal(0)), status, rest)


def _lacks_a_usual_member(check: Sum) -> bool:
    return any(
        USUAL[name] - {dict(part.place)[name] for part in check.parts}
        for name in check.along & USUAL.keys()
    )


class _Table:
    """The cells of a table, found by the dimensions they have and where they stand in these."""

    def __init__(self, cells: Iterable[Cell], overlapping: Names) -> None:
        self._overlapping = overlapping
        self._by_names: defaultdict[Names, list[Cell]] = defaultdict(list)
        for cell in cells:
            self._by_names[cell.names].append(cell)
        self._within: dict[tuple[Names, Names], dict[Place, list[Cell]]] = {}

    def _cells(self, place: Place, at: Names, names: Names) -> list[Cell]:
        """The cells with exactly these dimensions that stand within a place."""
        found = self._within.get((at, names))
        if found is None:
            found = self._within[at, names] = defaultdict(list)
            for cell in self._by_names[names]:
                found[_projected(cell.place, at)].append(cell)
        return found.get(place, [])

    def _finer(self, place: Place, at: Names) -> list[tuple[Names, list[Cell]]]:
        """By their dimensions, all cells that stand within a place and have more dimensions."""
        return [
            (names, cells)
            for names in self._by_names
            if at < names and (cells := self._cells(place, at, names))
        ]

    def breakdowns(self, place: Place, at: Names) -> list[Names]:
        """The further dimensions along which a place is broken down, with nothing between."""
        along = [names - at for names, _ in self._finer(place, at)]
        usable = [names for names in along if not names & self._overlapping]
        return [names for names in usable if not any(other < names for other in usable)]

    def parts(self, place: Place, at: Names, along: Names) -> tuple[list[Cell], bool]:
        """The parts of a place along some dimensions, and whether none of them is unknown.

        A part that is not printed itself is taken from the cells that break it down, if these do
        so in one way only.
        """
        names = at | along
        parts = list(self._cells(place, at, names))
        printed = {part.place for part in parts}
        every = True
        unprinted = dict.fromkeys(
            _projected(cell.place, names)
            for finer, cells in self._finer(place, at)
            if names < finer
            for cell in cells
        )
        for part in (each for each in unprinted if each not in printed):
            ways = self.breakdowns(part, names)
            if len(ways) == 1:
                within, none_unknown = self.parts(part, names, ways[0])
                parts += within
                every &= none_unknown
            else:
                every = False
        return parts, every


def _projected(place: Place, names: Names) -> Place:
    return frozenset(pair for pair in place if pair[0] in names)
