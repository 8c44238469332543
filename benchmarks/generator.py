"""Generates a register of any size, in chunks that do not depend on each other.

Everything follows from the size and the number of the row, so every load gives the same rows.
Rows come as lines of COPY's text format.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

from app.award_decisions.verification import new_code
from app.emulation_models.lifecycle import (
    DISTRICTS_ENDED,
    Decision,
    ModelRecord,
    Registration,
    standing,
)
from app.http.partial_dates import PartialDate
from app.vocabularies.terms import Level, ModelState
from benchmarks.country import LAST_DAY, Country, Place
from benchmarks.vocabulary import FIELDS, Vocabulary

CHUNK = 5_000  # models
COLUMNS = {
    "emulation_model": (
        "id", "version", "updated_at", "title", "aliases", "summary", "field",
        "participant_kind", "locality_id", "host_id", "host_kind", "owner_name",
        "campaign_period_id", "objective", "target", "started_on", "derived_from_id",
        "transition", "state", "registered_level", "registered_on", "recognised_level",
        "recognised_on", "dated_on", "placement_id", "province_id", "province_class_id",
        "replicated", "commended",
    ),
    "model_registration": ("id", "model_id", "level", "registered_on", "registered_by_id"),
    "model_recognition": ("id", "model_id", "level", "recognised", "decided_on", "decided_by_id"),
    "award_decision": (
        "id", "updated_at", "number", "issued_on", "authority_id", "capacity", "signer", "level",
        "campaign_period_id", "occasion", "status", "status_reason", "status_on",
        "verification_code", "placement_id", "province_id", "province_class_id",
    ),
    "award": ("id", "decision_id", "position", "form", "participant_kind", "count"),
    "award_recipient": ("id", "award_id", "award_count", "position", "name", "model_id"),
}  # fmt: skip

# How much was registered in each year from 2009 on; the last is half a year.
_YEARS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 10, 9, 13, 15, 16, 16, 9)
_FIRST_DAY = date(2009, 1, 1)
_SHARES = tuple(accumulate(_YEARS, initial=0))

_EVERY_ORIGIN, _EVERY_ADOPTER, _ADOPTER = 300, 30, 7  # which rows are adopted, and which adopt
_PRECISE_FROM = 2024  # older dates are now and then only a month or a year
_FIELD_SHARES = (0.38, 0.82, 0.93, 0.99, 1)  # of FIELDS, added up
_KINDS = ("collective",) * 78 + ("individual",) * 18 + ("household",) * 4
_LEVELS = (Level.grassroots,) * 76 + (Level.district,) * 14 + (Level.province,) * 9
_TRANSITIONS = (None,) * 92 + (
    ModelState.ended, ModelState.ended, ModelState.suspended, ModelState.suspended,
    ModelState.withdrawn, ModelState.returned, ModelState.under_survey, ModelState.under_survey,
)  # fmt: skip
_FORMS = {
    Level.grassroots: ("commendation_certificate",) * 8 + ("public_praise", "praise_letter"),
    Level.district: ("commendation_certificate",) * 9 + ("public_praise",),
    Level.province: ("merit_certificate",) * 6 + ("emulation_flag", "emulation_title", "insignia"),
    Level.central: ("merit_certificate", "commemorative_medal", "order", "medal", "prize"),
}
_STATUSES = ("issued",) * 196 + ("corrected",) * 3 + ("revoked",)

Draw = Callable[[], float]  # evenly from 0 up to 1
Rows = dict[str, list[str]]
T = TypeVar("T")


class Choice(NamedTuple):
    """A decision on a model, on a known day."""

    decision: Decision
    day: date


class Commended(NamedTuple):
    """A recognised model that an award may name."""

    id: str
    name: str
    kind: str
    period: str | None
    place: Place
    recognised: Choice


@dataclass
class Generator:
    """Rows of a register of `models` models and `decisions` award decisions."""

    country: Country
    vocabulary: Vocabulary
    models: int
    decisions: int

    @staticmethod
    def chunks_of(models: int) -> range:
        return range(-(-models // CHUNK))

    def rows_of(self, number: int) -> range:
        """The numbers of the models of a chunk."""
        return range(number * CHUNK, min((number + 1) * CHUNK, self.models))

    def chunk(self, number: int) -> dict[str, bytes]:
        """The rows of one chunk, ready for COPY."""
        draw = Random(f"{self.models}/{number}").random  # noqa: S311 - the same every time
        rows: Rows = {table: [] for table in COLUMNS}
        indexes = self.rows_of(number)
        serialized = [self._model(draw, index, rows) for index in indexes]
        commended = [model for model in serialized if model is not None]
        first, end = (
            bound * self.decisions // self.models for bound in (indexes.start, indexes.stop)
        )
        for index in range(first, end) if commended else ():
            self._award_decision(draw, index, commended, rows)
        named = {line.rpartition("\t")[2] for line in rows["award_recipient"]}
        rows["emulation_model"] = [
            f"{line}\t{'t' if line[:32] in named else 'f'}"  # a line begins with its id
            for line in rows["emulation_model"]
        ]
        return {table: ("\n".join(lines) + "\n").encode() for table, lines in rows.items() if lines}

    # ---- models ---------------------------------------------------------------------------

    def entered_at(self, index: int) -> datetime:
        """When a model was entered: rows stand in the order of time."""
        share = (index + 0.5) / self.models * _SHARES[-1]
        year = bisect_right(_SHARES, share) - 1
        begins = datetime(_FIRST_DAY.year + year, 1, 1, 1, tzinfo=UTC)
        days = 180 if year == len(_YEARS) - 1 else 365
        return begins + timedelta(days=(share - _SHARES[year]) / _YEARS[year] * days)

    def _model(self, draw: Draw, index: int, rows: Rows) -> Commended | None:
        country, words = self.country, self.vocabulary
        entered = self.entered_at(index)
        id = uuid7(entered, index)
        adopted = index % _EVERY_ORIGIN == 0 and 2 * index + _ADOPTER < self.models
        draft = not adopted and draw() < 0.01
        registered_on, day = _registered_on(draw, entered)
        level = _one(draw, _LEVELS) if day < DISTRICTS_ENDED else Level.grassroots
        place = _place(draw, country, level, day)
        period = country.period(place, day, draw())
        registered = [] if draft else [Registration(level, registered_on)]
        if registered and level is Level.grassroots and draw() < 0.1:
            registered.append(Registration(Level.province, registered_on))
        choices = [] if draft else _choices(draw, level, day, surely=adopted)
        transition = _one(draw, _TRANSITIONS)
        if transition is ModelState.under_survey and (draft or choices):
            transition = None
        now = standing(
            ModelRecord(
                registrations=registered,
                decisions=[choice.decision for choice in choices],
                transition=transition,
                adopted=adopted,
            )
        )
        changed = max([entered, *(datetime.combine(c.day, time(2), UTC) for c in choices)])
        field, kind = FIELDS[bisect_right(_FIELD_SHARES, draw())], _one(draw, _KINDS)
        title = words.title(draw, field, place.name)
        host, host_kind = _one(draw, place.hosts) if draw() < 0.75 else (None, None)
        owner = words.person(draw) if kind != "collective" else None
        rows["emulation_model"].append(
            _line(
                id,
                str(1 + len(choices) + (transition is not None)),
                changed.isoformat(),
                title,
                f'{{"{words.title(draw, field, place.name)}"}}' if draw() < 0.04 else "{}",
                words.summary(draw, field, place.name) if draw() < 0.55 else None,
                field if draw() < 0.99 else None,
                kind,
                place.unit,
                host,
                host_kind,
                owner,
                period,
                f"Góp phần {words.one_of('aim', draw)} ở {words.hamlet(draw)}",
                f"{words.one_of('number', draw)} hộ tham gia trong năm {day.year}",
                registered_on if draft else None,
                self._origin(index),
                transition,
                now.state,
                now.registered_level,
                now.registered_on,
                now.recognised_level,
                now.recognised_on,
                day.isoformat(),
                str(place.placement),
                place.province_id,
                str(place.province_class),
                "t" if adopted else "f",
            )
        )
        for step, registration in enumerate(registered, 1):
            by = place.authorities[0] if draw() < 0.5 else None
            rows["model_registration"].append(
                _line(uuid7(entered, index, step), id, registration.level, registration.on, by)
            )
        for step, (decision, on) in enumerate(choices, 5):
            recognised = "t" if decision.recognised else "f"
            by = place.on(on).authorities[0]
            rows["model_recognition"].append(
                _line(uuid7(changed, index, step), id, decision.level, recognised, decision.on, by)
            )
        if not choices or not choices[0].decision.recognised:
            return None
        return Commended(id, owner or title, kind, period, place, choices[0])

    def _origin(self, index: int) -> str | None:
        """The model that this one adopted, for one in thirty."""
        origin = index // 2 // _EVERY_ORIGIN * _EVERY_ORIGIN
        if index % _EVERY_ADOPTER != _ADOPTER or origin >= index:
            return None
        return uuid7(self.entered_at(origin), origin)

    # ---- awards ---------------------------------------------------------------------------

    def _award_decision(
        self, draw: Draw, index: int, commended: list[Commended], rows: Rows
    ) -> None:
        first = _one(draw, commended)
        level = first.recognised.decision.level
        issued_on = min(first.recognised.day + timedelta(days=5 + int(draw() * 90)), LAST_DAY)
        place = self._authority_of(draw, first.place, level, issued_on)
        if level is Level.district and issued_on >= DISTRICTS_ENDED:
            level = Level.province
        moment = datetime.combine(issued_on, time(3), UTC)
        id = uuid7(moment, index, 20)
        of_the_party = draw() < 0.3
        status = _one(draw, _STATUSES)
        revoked = status == "revoked"
        rows["award_decision"].append(
            _line(
                id,
                moment.isoformat(),
                f"{1 + int(draw() * 3000)}{'-QĐ/ĐU' if of_the_party else '/QĐ-UBND'}",
                issued_on.isoformat(),
                place.authorities[0 if of_the_party else 1],
                "as_head" if draw() < 0.7 else "as_body",
                self.vocabulary.person(draw) if draw() < 0.7 else None,
                level,
                first.period,
                f"Có thành tích trong phong trào thi đua “Dân vận khéo” năm {issued_on.year}",
                status,
                "Kê khai không đúng thành tích" if revoked else None,
                (issued_on + timedelta(days=30)).isoformat() if revoked else None,
                new_code(int(draw() * 2**53).to_bytes(8) + int(draw() * 2**53).to_bytes(8)),
                str(place.placement),
                place.province_id,
                str(place.province_class),
            )
        )
        for position in range(1 + int(draw() ** 2 * 3)):
            award = uuid7(moment, index, 21 + position)
            count = 1 + int(draw() ** 3 * 30)
            named = [first, *(_one(draw, commended) for _ in range(min(count - 1, 3)))]
            form, kind = _one(draw, _FORMS[level]), _one(draw, _KINDS) if position else first.kind
            rows["award"].append(_line(award, id, str(position), form, kind, str(count)))
            for place_in_line, model in enumerate(named if draw() < 0.6 else (), 1):
                recipient = uuid7(moment, index, 30 + position * 10 + place_in_line)
                rows["award_recipient"].append(
                    _line(recipient, award, str(count), str(place_in_line), model.name, model.id)
                )

    def _authority_of(self, draw: Draw, place: Place, level: Level, day: date) -> Place:
        """The unit whose bodies commend a model of a place at a level on a day."""
        era = self.country.era(day)
        place = place.on(day)
        if day >= place.ends:  # divided: no one unit followed
            place = _one(draw, era.communes)
        if level is Level.grassroots:
            return place
        above = place.district if level is Level.district and place.district else place.province
        return era.of.get(above, place)


def uuid7(moment: datetime, row: int, part: int = 0) -> str:
    """A UUIDv7 of the moment, the rest of it a mixture of the row's number."""
    mixed = ((row << 8 | part) + 1) * 0x9E3779B97F4A7C15_F39CC0605CEDC835
    mixed ^= mixed >> 67
    milliseconds = int(moment.timestamp() * 1000)
    high = milliseconds << 80 | 7 << 76 | (mixed >> 64 & 0xFFF) << 64
    return f"{high | 2 << 62 | mixed & 0x3FFFFFFFFFFFFFFF:032x}"


def _line(*values: str | None) -> str:
    return "\t".join(["\\N" if value is None else value for value in values])


def _one(draw: Draw, choices: Sequence[T]) -> T:
    return choices[int(draw() * len(choices))]


def _registered_on(draw: Draw, entered: datetime) -> tuple[PartialDate, date]:
    """A partial date up to 40 days before a model was entered, and its first day."""
    day = max(entered.date() - timedelta(days=int(draw() ** 3 * 40)), _FIRST_DAY)
    if day.year >= _PRECISE_FROM or draw() > 0.05:
        return PartialDate(day.isoformat()), day
    if draw() < 0.4:
        return PartialDate(f"{day.year}"), date(day.year, 1, 1)
    return PartialDate(f"{day.year}-{day.month:02}"), date(day.year, day.month, 1)


def _place(draw: Draw, country: Country, level: Level, day: date) -> Place:
    """Any commune of the day; for one model in 25 a district or a province."""
    era = country.era(day)
    if draw() > 0.04:
        return _one(draw, era.communes)
    return _one(draw, era.districts if level is Level.district else era.provinces)


def _choices(draw: Draw, level: Level, day: date, *, surely: bool) -> list[Choice]:
    """Whether and when a model was recognised, at its own level and perhaps at the next."""
    chance = draw()
    on = day + timedelta(days=60 + int(draw() * 640))
    if surely:
        chance, on = 0, min(on, LAST_DAY)
    if chance > 0.68 or on > LAST_DAY:
        return []
    if level is Level.district and on >= DISTRICTS_ENDED:
        level = Level.province
    choices = [Choice(Decision(level, chance < 0.58, PartialDate(on.isoformat())), on)]
    later = on + timedelta(days=200)
    if chance < 0.06 and level is Level.grassroots and later <= LAST_DAY:
        choices.append(
            Choice(Decision(Level.province, True, PartialDate(later.isoformat())), later)
        )
    return choices
