"""On which unit of a day's map a place lies: what became of it, or what it came from.

A level is attributed by its own succession: a commune that was divided inside one province leaves
open which commune followed, and not which province. What cannot be told is never guessed: a place
then has several candidates.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from app.localities.succession import COMMUNES, DISTRICTS, PROVINCES, History

Unit = TypeVar("Unit", bound=Hashable)

KINDS = {"province": PROVINCES, "district": DISTRICTS, "commune": COMMUNES}  # from the top down
LEVELS = tuple(KINDS)
_LEVEL_OF = {kind: level for level, kinds in KINDS.items() for kind in kinds}


class DayMap(Generic[Unit]):
    """The map of one day, and where on it the units of all days lie."""

    def __init__(self, history: History[Unit], on: date) -> None:
        self._history, self._on = history, on
        self._reached: dict[Unit, frozenset[Unit]] = {}
        self._at: dict[tuple[Unit, str], frozenset[Unit | None]] = {}

    def levels(self) -> frozenset[str]:
        """The levels that there were: districts ended with 2025-06-30."""
        found = {
            self._level(unit)
            for unit in self._history.versions
            if self._history.in_force(unit, self._on)
        }
        return frozenset(level for level in found if level is not None)

    def candidates(self, unit: Unit, level: str) -> frozenset[Unit | None]:
        """The units of a level that a place may lie in; none at all where nothing is known.

        A place above the level may lie in any unit below it. None stands for a place that lies in
        no unit of the level, as communes do in no district today.
        """
        reached = self.reached(unit)
        found = [self._units_at(each, level) for each in reached]
        return found[0] if len(found) == 1 else frozenset().union(*found)

    def reached(self, unit: Unit) -> frozenset[Unit]:
        """The units of the day between which a unit must be, over as many reforms as it takes."""
        known = self._reached.get(unit)
        if known is None:
            if self._history.in_force(unit, self._on):
                known = frozenset({unit})
            else:
                known = frozenset().union(*map(self.reached, self._next(unit)))
            self._reached[unit] = known
        return known

    def _next(self, unit: Unit) -> list[Unit]:
        """What a unit became at its end, or came from at its beginning, on the way to the day.

        Where the data does not know, what lay on that day in the unit that it lay in. Hamlets are
        registered one by one: there the unit itself stands for what lay in it.
        """
        history, on = self._history, self._on
        if history.ends(unit) <= on:
            beyond = history.ends(unit)
            known = [step.unit for step in history.steps_from(unit)]
            known = [each for each in known if history.begins(each) <= on]
            if any(history.ends(each) == beyond and not history.steps_from(each) for each in known):
                known = []  # a district with a commune of which the data loses sight
        else:
            beyond = history.begins(unit) - timedelta(days=1)
            known = [step.unit for step in history.predecessors.get(unit, ())]
            known = [each for each in known if history.ends(each) > on]
        parent = history.version(unit, on).parent
        if known or parent is None:
            return known
        if not history.in_force(parent, beyond) or self._level(unit) is None:
            return [parent]
        return history.children(parent, beyond) or [parent]

    def _units_at(self, unit: Unit, level: str) -> frozenset[Unit | None]:
        """The unit of a level that a unit of the day lies in, or those that lie in it."""
        known = self._at.get((unit, level))
        if known is None:
            known = self._at[unit, level] = frozenset(self._find_at(unit, level))
        return known

    def _find_at(self, unit: Unit, level: str) -> set[Unit | None]:
        for above in self._history.lineage(unit, self._on):
            if self._level(above) == level:
                return {above}
        if self._level(unit) in LEVELS[LEVELS.index(level) + 1 :] or self._is_hamlet(unit):
            return {None}
        found: set[Unit | None] = set()
        for child in self._history.children(unit, self._on):
            found |= self._units_at(child, level) - {None}
        return found

    def _is_hamlet(self, unit: Unit) -> bool:
        """Whether a unit lies below all levels."""
        return (
            self._level(unit) is None and self._history.version(unit, self._on).parent is not None
        )

    def _level(self, unit: Unit) -> str | None:
        return _LEVEL_OF.get(self._history.version(unit, self._on).kind)


class Undivided(NamedTuple, Generic[Unit]):
    """A place that may lie in several units of the levels asked for, or in none that is known."""

    unit: Unit
    candidates: frozenset[Unit]


Key = tuple[Unit | None, ...] | Undivided[Unit]


class Placed(NamedTuple, Generic[Unit]):
    """What of a placement tells where it is attributed to."""

    id: int
    unit: Unit
    begins: date
    province_class: int
    province: Unit | None  # the last one


@dataclass
class Attribution(Generic[Unit]):
    """To which units of some levels placements are attributed: as recorded, or on a day's map.

    `codes[id]` says which of the `keys` is that of the placement with the id. Every placement has
    exactly one, so that totals are the same on every map.
    """

    history: History[Unit]
    on: date | None  # None: as recorded
    levels: tuple[str, ...]
    codes: list[int] = field(default_factory=list)
    keys: list[Key[Unit]] = field(default_factory=list)
    _known: dict[Key[Unit], int] = field(default_factory=dict)

    def extended(
        self, history: History[Unit], placements: Iterable[Placed[Unit]]
    ) -> "Attribution[Unit]":
        """The same with further placements, of units that were not known before."""
        further = Attribution(
            history, self.on, self.levels, self.codes[:], self.keys[:], dict(self._known)
        )
        key_of = further._recorded if self.on is None else further._on_map(DayMap(history, self.on))
        for placed in placements:
            key = key_of(placed)
            code = further._known.get(key)
            if code is None:
                code = further._known[key] = len(further.keys)
                further.keys.append(key)
            missing = placed.id + 1 - len(further.codes)
            further.codes.extend((-1,) * missing)
            further.codes[placed.id] = code
        return further

    @cached_property
    def as_array(self) -> str:
        """The codes as PostgreSQL reads an array: a text is sent faster than so many numbers."""
        return f"{{{','.join(map(str, self.codes))}}}"

    def placements(self, wanted: Callable[[Key[Unit]], bool]) -> list[int]:
        """The ids of the placements whose key is wanted."""
        codes = {code for code, key in enumerate(self.keys) if wanted(key)}
        return [id for id, code in enumerate(self.codes) if code in codes]

    def _recorded(self, placed: Placed[Unit]) -> Key[Unit]:
        lineage = self.history.lineage(placed.unit, placed.begins)
        units = {
            _LEVEL_OF.get(self.history.version(each, placed.begins).kind): each for each in lineage
        }
        return tuple(units.get(level) for level in self.levels)

    def _on_map(self, map: DayMap[Unit]) -> Callable[[Placed[Unit]], Key[Unit]]:
        known: dict[Unit, Key[Unit]] = {}

        def key_of(placed: Placed[Unit]) -> Key[Unit]:
            unit = placed.unit
            if unit not in known:
                known[unit] = self._rolled_up(map, unit)
            return known[unit]

        return key_of

    def _rolled_up(self, map: DayMap[Unit], unit: Unit) -> Key[Unit]:
        """One unit of each level; undivided by the lowest level that leaves it open."""
        found = [map.candidates(unit, level) for level in self.levels]
        open_ = [each for each in found if len(each) != 1]
        if not open_:
            return tuple(next(iter(each)) for each in found)
        return Undivided(unit, frozenset(each for each in open_[-1] if each is not None))
