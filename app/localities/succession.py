"""Places through time as plain values: where a unit lay, what became of it, what it is within."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, NamedTuple, TypeVar

Unit = TypeVar("Unit", bound=Hashable)

EVER = date.min  # stands for "before the data"
NEVER = date.max  # stands for "still so"
# The kinds of unit at each level of government.
PROVINCES = frozenset({"province", "municipality"})
DISTRICTS = frozenset({"rural_district", "urban_district", "district_town", "district_city"})
COMMUNES = frozenset({"rural_commune", "ward", "township", "special_zone"})


class Version(NamedTuple, Generic[Unit]):
    """How a unit was named and placed from `begins` until the day before `ends`."""

    begins: date
    ends: date
    parent: Unit | None
    kind: str
    name: str
    full_name: str


class Step(NamedTuple, Generic[Unit]):
    """All (`whole`) or part of a unit went into another on a day."""

    unit: Unit
    whole: bool
    effective_on: date


class Placement(NamedTuple, Generic[Unit]):
    """Where a unit lay from `begins` until the day before `ends`.

    `ancestors`: the units it lay in, root first, itself last. `within`: these and every unit, of
    any era, that it has since become wholly part of. `province`: the last province of these.
    """

    begins: date
    ends: date
    ancestors: tuple[Unit, ...]
    within: frozenset[Unit]
    province: Unit | None


class IndexScan(NamedTuple, Generic[Unit]):
    """The units reached over any number of steps; not complete where the data knows no next one."""

    units: dict[Unit, bool]  # the unit and whether it was reached by whole steps only
    complete: bool


@dataclass
class History(Generic[Unit]):
    """Every unit's versions, in order of time, and the steps from unit to unit."""

    versions: dict[Unit, tuple[Version[Unit], ...]] = field(default_factory=dict)
    successors: dict[Unit, tuple[Step[Unit], ...]] = field(default_factory=dict)
    predecessors: dict[Unit, tuple[Step[Unit], ...]] = field(default_factory=dict)
    _ever_in: dict[Unit, dict[Unit, None]] = field(default_factory=dict)
    _within: dict[tuple[Unit, date], frozenset[Unit]] = field(default_factory=dict)

    def add(
        self,
        versions: Iterable[tuple[Unit, Version[Unit]]],
        steps: Iterable[tuple[Unit, Step[Unit]]],
    ) -> None:
        """Take in all versions of some units, in order of time, and all steps out of them."""
        of_unit: dict[Unit, list[Version[Unit]]] = {}
        for unit, version in versions:
            of_unit.setdefault(unit, []).append(version)
            if version.parent is not None:
                self._ever_in.setdefault(version.parent, {})[unit] = None
        for unit, known in of_unit.items():
            self.versions[unit] = tuple(known)
        out: dict[Unit, list[Step[Unit]]] = {}
        for unit, step in steps:
            out.setdefault(unit, []).append(step)
        for unit, known_steps in out.items():
            for step in known_steps:
                back = Step(unit, step.whole, step.effective_on)
                before = self.predecessors.get(step.unit, ())
                if back not in before:
                    self.predecessors[step.unit] = (*before, back)
            self.successors[unit] = tuple(known_steps)
        self._within.clear()

    def copy(self) -> "History[Unit]":
        ever_in = {unit: dict(children) for unit, children in self._ever_in.items()}
        return History(dict(self.versions), dict(self.successors), dict(self.predecessors), ever_in)

    def days(self) -> set[date]:
        """The days on which anything but hamlets changed."""
        kinds = PROVINCES | DISTRICTS | COMMUNES
        return {
            day
            for known in self.versions.values()
            for version in known
            if version.kind in kinds
            for day in (version.begins, version.ends)
        }

    # ---- at a day -------------------------------------------------------------------------

    def begins(self, unit: Unit) -> date:
        return self.versions[unit][0].begins

    def ends(self, unit: Unit) -> date:
        return self.versions[unit][-1].ends

    def in_force(self, unit: Unit, on: date) -> bool:
        return self.begins(unit) <= on < self.ends(unit)

    def version(self, unit: Unit, on: date) -> Version[Unit]:
        """The version of a day; outside the unit's life the nearest one."""
        versions = self.versions[unit]
        for version in reversed(versions):
            if version.begins <= on:
                return version
        return versions[0]

    def lineage(self, unit: Unit, on: date) -> tuple[Unit, ...]:
        """The unit and those it lay in on a day, root first."""
        parent = self.version(unit, on).parent
        return (*(self.lineage(parent, on) if parent is not None else ()), unit)

    def children(self, unit: Unit, on: date) -> list[Unit]:
        """The units that lay directly in a unit on a day."""
        return [
            child
            for child in self._ever_in.get(unit, ())
            if self.in_force(child, on) and self.version(child, on).parent == unit
        ]

    # ---- over the years -------------------------------------------------------------------

    def successors_on(self, unit: Unit, on: date) -> IndexScan[Unit]:
        """The units in force on a day that a unit went into, over as many steps as it takes.

        A district's successors are the communes of its last day, walked on.
        """
        reached: dict[Unit, bool] = {}
        complete = self._walk(unit, on, True, reached, forward=True)
        reached.pop(unit, None)
        return IndexScan(reached, complete)

    def predecessors_on(self, unit: Unit, on: date) -> IndexScan[Unit]:
        """The units in force on a day that went into a unit, over as many steps as it takes."""
        reached: dict[Unit, bool] = {}
        complete = self._walk(unit, on, True, reached, forward=False)
        reached.pop(unit, None)
        return IndexScan(reached, complete)

    def _walk(
        self, unit: Unit, on: date, whole: bool, reached: dict[Unit, bool], *, forward: bool
    ) -> bool:
        if self.in_force(unit, on):
            reached[unit] = reached.get(unit, whole) and whole
            return True
        gone = self.ends(unit) <= on
        if gone is not forward:  # a successor that began later, a predecessor that ended before
            return False
        steps = self.steps_from(unit) if forward else self.predecessors.get(unit, ())
        scanned = [
            self._walk(step.unit, on, whole and step.whole, reached, forward=forward)
            for step in steps
        ]
        return bool(scanned) and all(scanned)

    def steps_from(self, unit: Unit) -> tuple[Step[Unit], ...]:
        """What a unit went into at its end; a district into the communes of its last day."""
        steps = self.successors.get(unit, ())
        if steps or self.ends(unit) == NEVER:
            return steps
        children = self.children(unit, self.ends(unit) - timedelta(days=1))
        return tuple(Step(child, len(children) == 1, self.ends(unit)) for child in children)

    # ---- what a unit is within ------------------------------------------------------------

    def placements(self, unit: Unit) -> Iterator[Placement[Unit]]:
        """A unit's life cut where it, or a unit it lay in, was placed anew."""
        starts = sorted(set(self._starts(unit, self.begins(unit), self.ends(unit))))
        for begins, ends in zip(starts, [*starts[1:], self.ends(unit)], strict=True):
            within = self.within(unit, begins)
            provinces = [each for each in within if self.versions[each][0].kind in PROVINCES]
            province = max(provinces, key=self.begins, default=None)
            yield Placement(begins, ends, self.lineage(unit, begins), within, province)

    def _starts(self, unit: Unit, begins: date, ends: date) -> Iterator[date]:
        for version in self.versions[unit]:
            first, last = max(version.begins, begins), min(version.ends, ends)
            if first < last:
                yield first
                if version.parent is not None:
                    yield from self._starts(version.parent, first, last)

    def within(self, unit: Unit, since: date) -> frozenset[Unit]:
        """The unit, those it lay in on a day or later, and those it wholly went into."""
        known = self._within.get((unit, since))
        if known is None:
            held = {unit}
            for version in self.versions[unit]:
                if version.ends > since and version.parent is not None:
                    held |= self.within(version.parent, max(since, version.begins))
            known = self._within[unit, since] = frozenset(held | self._wholly_into(unit))
        return known

    def _wholly_into(self, unit: Unit) -> frozenset[Unit]:
        """The units that all of an ended unit went into.

        A divided unit is wholly within what all its parts are in. One without successors of its
        own, a district, is where all the communes of its last day went.
        """
        into = [self.within(step.unit, step.effective_on) for step in self.successors.get(unit, ())]
        if not into and self.ends(unit) != NEVER:
            last_day = self.ends(unit) - timedelta(days=1)
            into = [
                self._wholly_into(child) if self.ends(child) == self.ends(unit) else frozenset()
                for child in self.children(unit, last_day)
            ]
        return frozenset.intersection(*into) if into else frozenset()
