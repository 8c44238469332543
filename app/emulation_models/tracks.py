"""Models by one of their tracks: registered or decided on at some levels, within some days."""

import re
from datetime import date
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from app.emulation_models.tables import EmulationModel, ModelRecognition, ModelRegistration
from app.http.filters import Bound, Clause
from app.http.references import References

_DAY = r"(\d{4}-\d\d-\d\d)?"
_LEVELS = "(?:grassroots|district|province|central)"
PATTERN = rf"^(registered|recognised|not_recognised):({_LEVELS}(?:,{_LEVELS})*)?:{_DAY}:{_DAY}$"


class Track(NamedTuple):
    """Which tracks are meant: at any of the levels (of any, if none is named), on those days."""

    measure: str
    levels: tuple[str, ...]
    first: date | None
    last: date | None

    def __str__(self) -> str:
        days = ("" if day is None else day.isoformat() for day in self[2:])
        return ":".join((self.measure, ",".join(self.levels), *days))


def read(text: str) -> Track:
    found = re.match(PATTERN, text, re.ASCII)
    assert found is not None
    measure, levels, *days = found.groups()
    first, last = (None if day is None else date.fromisoformat(day) for day in days)
    return Track(measure, tuple(levels.split(",")) if levels else (), first, last)


def _readable(text: str) -> str:
    try:
        read(text)
    except ValueError:
        raise PydanticCustomError("date_type", "is no date") from None
    return text


TrackText = Annotated[str, AfterValidator(_readable)]


class HasTrack:
    """Models with such a track."""

    def bind(self, name: str, value: str, _: References) -> Bound:
        track = read(value)
        values = {
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
        asked = {
            f"{name}_levels": sa.cast(track.level, sa.Text()) == sa.any_(levels),
            f"{name}_first": getattr(track, f"{day}_first")
            >= sa.bindparam(f"{name}_first", type_=sa.Date()),
            f"{name}_last": getattr(track, f"{day}_last")
            <= sa.bindparam(f"{name}_last", type_=sa.Date()),
        }
        clauses = [asked[each] for each in given]
        if measure != "registered":
            clauses.append(col(ModelRecognition.recognised).is_(measure == "recognised"))
        return sa.exists().where(track.model_id == col(EmulationModel.id), *clauses)
