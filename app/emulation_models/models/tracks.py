"""Models by one of their tracks: registered or decided on at some levels, within some days."""

import re
from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from app.db.statements import Clause, Column
from app.emulation_models.lifecycle import RANK
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.steps.tables import ModelRecognition, ModelRegistration
from app.querying.filters import (
    AnyOf,
    Bound,
    Compare,
    IndexScan,
    InYear,
    begins_from,
    by_date,
    ends_by,
)
from app.querying.references import References
from app.vocabularies.terms import Level

_DAY = r"(\d{4}-\d\d-\d\d)?"
_LEVELS = "(?:grassroots|district|province|central)"
PATTERN = rf"^(registered|recognised|not_recognised):({_LEVELS}(?:,{_LEVELS})*)?:{_DAY}:{_DAY}$"


class TrackAsked(NamedTuple):
    """Which tracks are meant: at any of the levels (of any, if none is named), on those days."""

    measure: str
    levels: tuple[str, ...]
    first: date | None
    last: date | None

    def __str__(self) -> str:
        days = ("" if day is None else day.isoformat() for day in self[2:])
        return ":".join((self.measure, ",".join(self.levels), *days))


def read(text: str) -> TrackAsked:
    found = re.match(PATTERN, text, re.ASCII)
    assert found is not None
    measure, levels, *days = found.groups()
    first, last = (None if day is None else date.fromisoformat(day) for day in days)
    return TrackAsked(measure, tuple(levels.split(",")) if levels else (), first, last)


def _readable(text: str) -> str:
    try:
        read(text)
    except ValueError:
        raise PydanticCustomError("date_type", "is no date") from None
    return text


TrackText = Annotated[str, AfterValidator(_readable)]


# What has a day of recognition has a level: then an index of recognised models brings them.
_RECOGNISED = col(EmulationModel.recognised_level).is_not(None)
_newest = by_date(col(EmulationModel.registered_on_first)).expression(descending=True)
# So few that they have an index; as PostgreSQL is told by statistics, which know it like this.
_REGISTERED_LATER = (
    col(EmulationModel.registered_on_first) > col(EmulationModel.recognised_on_first)
).is_(sa.true())


def _registered_by(clause: Clause, day: Column) -> tuple[IndexScan, IndexScan]:
    """Where models are met that were recognised by a day: all but a few were registered by then."""
    return (
        IndexScan(sa.and_(clause, _newest <= day)),
        IndexScan(sa.and_(clause, _newest > day, _REGISTERED_LATER)),
    )


def _or_above(levels: Collection[str]) -> tuple[Level, ...]:
    """What the highest level of a model may be that has a track at any of these."""
    lowest = min((RANK[Level(level)] for level in levels), default=len(RANK))
    return tuple(level for level in Level if RANK[level] >= lowest)


class HasTrack:
    """Models with such a track."""

    def bind(self, name: str, value: str, _: References) -> Bound:
        track = read(value)
        values = {
            f"{name}_or_above": track.measure != "not_recognised" and _or_above(track.levels),
            f"{name}_levels": list(track.levels),
            f"{name}_first": track.first,
            f"{name}_last": track.last,
        }
        given = {key: each for key, each in values.items() if each}
        return Bound((track.measure, *given), given)

    def clause(self, name: str, shape: tuple[str, ...]) -> Clause:
        measure, *given = shape
        track: Any = ModelRegistration if measure == "registered" else ModelRecognition
        day = "registered_on" if measure == "registered" else "decided_on"
        levels = sa.bindparam(f"{name}_levels", type_=ARRAY(sa.Text()))
        above = sa.bindparam(f"{name}_or_above", type_=ARRAY(sa.Text()))
        asked = {
            f"{name}_levels": sa.cast(track.level, sa.Text()) == sa.any_(levels),
            f"{name}_first": getattr(track, f"{day}_first")
            >= sa.bindparam(f"{name}_first", type_=sa.Date()),
            f"{name}_last": getattr(track, f"{day}_last")
            <= sa.bindparam(f"{name}_last", type_=sa.Date()),
        }
        clauses = [asked[each] for each in given if each in asked]
        if measure != "registered":
            clauses.append(col(ModelRecognition.recognised).is_(measure == "recognised"))
        has_track = sa.exists().where(track.model_id == col(EmulationModel.id), *clauses)
        if f"{name}_or_above" not in given:
            return has_track
        highest = (  # no lower than the track's: an index of models knows it
            EmulationModel.registered_level
            if measure == "registered"
            else EmulationModel.recognised_level
        )
        return sa.and_(sa.cast(highest, sa.Text()) == sa.any_(above), has_track)

    def index_scans(self, name: str, shape: tuple[str, ...]) -> tuple[IndexScan, ...]:
        measure, *given = shape
        if f"{name}_last" not in given or measure == "not_recognised":
            return ()
        clause, last = self.clause(name, shape), sa.bindparam(f"{name}_last", type_=sa.Date())
        if measure == "registered":  # the model's day is the earliest of its tracks
            return (IndexScan(sa.and_(clause, _newest <= last)),)
        by_then = col(EmulationModel.recognised_on_first) <= last
        return _registered_by(sa.and_(_RECOGNISED, by_then, clause), last)


class Reached:
    """Models with a step at a level: their highest level is that one or above."""

    def __init__(self, highest: Column, *step: Clause | Column, at: Column) -> None:
        self._highest = AnyOf(highest)
        self._step, self._at = step, at

    def bind(self, name: str, value: Level, references: References) -> Bound:
        shape, values = self._highest.bind(f"{name}_or_above", _or_above([value]), references)
        return Bound(shape, {**values, name: value})

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        highest = self._highest.clause(f"{name}_or_above", shape)
        return sa.and_(highest, self._has_step(name))

    def index_scans(self, name: str, shape: tuple[str, bool]) -> tuple[IndexScan, IndexScan]:
        is_highest = self._highest.clause(name, ("one", False))
        passes = self.clause(name, shape)
        return IndexScan(sa.and_(is_highest, passes)), IndexScan(sa.and_(~is_highest, passes))

    def _has_step(self, name: str) -> Clause:
        at_level = self._at == sa.bindparam(name, type_=sa.Text())
        return sa.exists().where(*self._step, at_level)


def recognised_from() -> Compare:
    first = col(EmulationModel.recognised_on_first)
    return Compare(lambda day: sa.and_(begins_from(first, day), _RECOGNISED), sa.Date())


class RecognisedBy(Compare):
    """`recognised_to`: all but a few of these models were registered by that day as well."""

    def __init__(self) -> None:
        days = col(EmulationModel.recognised_on_first), col(EmulationModel.recognised_on_last)
        super().__init__(lambda day: sa.and_(ends_by(*days, day), _RECOGNISED), sa.Date())

    def index_scans(self, name: str, shape: None) -> tuple[IndexScan, IndexScan]:
        return _registered_by(self.clause(name, shape), sa.bindparam(name, type_=sa.Date()))


class RecognisedInYear(InYear):
    """`recognised_year`, likewise."""

    def __init__(self) -> None:
        super().__init__(col(EmulationModel.recognised_on_first))

    def index_scans(self, name: str, shape: tuple[int, bool]) -> tuple[IndexScan, ...]:
        _, unknown = shape
        if unknown:
            return ()
        clause = sa.and_(_RECOGNISED, self.clause(name, shape))
        return _registered_by(clause, sa.bindparam(f"{name}_to", type_=sa.Date()))
