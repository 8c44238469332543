"""What state a model is in and which steps it may take: plain rules on plain values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from app.http.partial_dates import PartialDate
from app.http.problems import Text
from app.vocabularies.terms import Level, ModelState

MOST_GENERATIONS = 32  # of models each of which derives from the one before
RANK = {level: rank for rank, level in enumerate(Level)}
DISTRICTS_ENDED = date(2025, 7, 1)  # Resolution 203/2025/QH15: two tiers of local government


class Action(StrEnum):
    """What can happen to a model."""

    register = "register"
    inspect = "inspect"
    survey = "survey"
    appraise = "appraise"
    recognise = "recognise"
    not_recognise = "not_recognise"
    replicate = "replicate"
    send_back = "return"
    suspend = "suspend"
    end = "end"
    withdraw = "withdraw"
    resume = "resume"
    merge = "merge"


# The one table of states and steps; no state: only a report names the model. Levels and days
# refuse further (`refusal`), but nothing beside this table lets a step through.
POSSIBLE: Mapping[ModelState | None, frozenset[Action]] = {
    None: frozenset(Action) - {Action.send_back, Action.withdraw, Action.resume},
    ModelState.draft: frozenset(Action)
    - {Action.survey, Action.appraise, Action.send_back, Action.suspend, Action.resume},
    ModelState.registered: frozenset(Action) - {Action.resume},
    ModelState.under_survey: frozenset(Action) - {Action.survey, Action.resume},
    ModelState.returned: frozenset(
        {Action.inspect, Action.suspend, Action.end, Action.withdraw, Action.resume, Action.merge}
    ),
    ModelState.recognised: frozenset(Action)
    - {Action.survey, Action.send_back, Action.withdraw, Action.resume},
    ModelState.not_recognised: frozenset(Action)
    - {Action.survey, Action.replicate, Action.send_back, Action.resume},
    ModelState.replicating: frozenset(Action)
    - {Action.survey, Action.send_back, Action.withdraw, Action.resume},
    ModelState.suspended: frozenset({Action.inspect, Action.end, Action.resume, Action.merge}),
    ModelState.ended: frozenset({Action.merge}),
    ModelState.withdrawn: frozenset({Action.resume, Action.merge}),
    ModelState.merged: frozenset(),
}
CLOSED = frozenset({ModelState.ended, ModelState.withdrawn, ModelState.merged})

# The state that a step sets; `resume` takes back what was set, the others leave it to the record.
SETS: Mapping[Action, ModelState] = {
    Action.survey: ModelState.under_survey,
    Action.send_back: ModelState.returned,
    Action.suspend: ModelState.suspended,
    Action.end: ModelState.ended,
    Action.withdraw: ModelState.withdrawn,
    Action.merge: ModelState.merged,
}
SET_BY_TRANSITION = frozenset(SETS.values()) - {ModelState.under_survey}


class Registration(NamedTuple):
    """A model was registered at a level, on a day that may be known in part."""

    level: Level
    on: PartialDate | None


class Decision(NamedTuple):
    """A model was recognised at a level, or not."""

    level: Level
    recognised: bool
    on: PartialDate | None


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """What has happened to a model so far.

    `transition` is what a person set last. A model that only a report names, and that has no
    steps, has no state.
    """

    registrations: Sequence[Registration] = ()
    decisions: Sequence[Decision] = ()
    transition: ModelState | None = None
    adopted: bool = False
    appraised: bool = False
    commended: bool = False
    only_reported: bool = False

    @property
    def state(self) -> ModelState | None:
        if self.transition in SET_BY_TRANSITION:
            return self.transition
        if self.adopted:
            return ModelState.replicating
        if any(decision.recognised for decision in self.decisions):
            return ModelState.recognised
        surveyed = self.appraised or self.transition is ModelState.under_survey
        if surveyed and not self.decisions:
            return ModelState.under_survey
        if {each.level for each in self.registrations} - {each.level for each in self.decisions}:
            return ModelState.registered
        unregistered = None if self.only_reported else ModelState.draft
        return ModelState.not_recognised if self.decisions else unregistered

    def registered_at(self, level: Level) -> Registration | None:
        return next((each for each in self.registrations if each.level == level), None)

    def decided_at(self, level: Level) -> list[Decision]:
        return [each for each in self.decisions if each.level == level]


class Standing(NamedTuple):
    """What lists show of a model's tracks: highest levels, earliest dates, the state."""

    state: ModelState | None
    registered_level: Level | None
    registered_on: PartialDate | None
    recognised_level: Level | None
    recognised_on: PartialDate | None


def standing(record: ModelRecord) -> Standing:
    """Derive the standing of a model from what has happened to it."""
    recognitions = [decision for decision in record.decisions if decision.recognised]
    return Standing(
        state=record.state,
        registered_level=highest(each.level for each in record.registrations),
        registered_on=earliest(each.on for each in record.registrations),
        recognised_level=highest(each.level for each in recognitions),
        recognised_on=earliest(each.on for each in recognitions),
    )


def highest(levels: Iterable[Level]) -> Level | None:
    return max(levels, key=RANK.__getitem__, default=None)


def earliest(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    """The earliest of partial dates; those without a year come after all others."""
    known = [each for each in dates if each is not None]
    return min(known, key=lambda each: (each.startswith("-"), each), default=None)


def refusal(
    action: Action, record: ModelRecord, level: Level | None = None, on: PartialDate | None = None
) -> Text | None:
    """Why a step cannot be taken now (at a level, on a day); none if it can."""
    state = record.state
    if action not in POSSIBLE[state]:
        now, done = _STATES[state], _CANNOT[action]
        return Text(f"{now.en}: it cannot {done.en}", f"{now.vi}: không thể {done.vi}")
    if level is None:
        return None
    return (_registration_refused if action is Action.register else _decision_refused)(
        record, level, on
    )


def _registration_refused(record: ModelRecord, level: Level, on: PartialDate | None) -> Text | None:
    if record.registered_at(level) is not None:
        return _REGISTERED_ALREADY
    if any(_before(each.on, on) for each in record.decided_at(level)):
        return _DECIDED_BEFORE
    return None


def _decision_refused(record: ModelRecord, level: Level, on: PartialDate | None) -> Text | None:
    if any(each.recognised for each in record.decided_at(level)):
        return _RECOGNISED_ALREADY
    registration = record.registered_at(level)
    if registration is not None and _before(on, registration.on):
        return _NOT_REGISTERED_THEN
    return None


def settled(action: Action, record: ModelRecord, level: Level | None = None) -> Text | None:
    """Why a step that was taken cannot be changed or taken back any more; none if it can."""
    state = record.state
    if state in CLOSED:
        now = _STATES[state]
        return Text(f"{now.en}: its record is closed", f"{now.vi}: hồ sơ đã đóng")
    decided = record.decisions if level is None else record.decided_at(level)
    decision = action in {Action.recognise, Action.not_recognise}
    reasons = (
        (action is Action.register and record.appraised, _APPRAISED_SINCE),
        (action in {Action.register, Action.appraise} and len(decided) > 0, _DECIDED_SINCE),
        (decision and record.adopted, _ADOPTED_SINCE),
        (decision and record.commended, _COMMENDED_SINCE),
        (
            action is Action.not_recognise and any(each.recognised for each in decided),
            _DECIDED_SINCE,
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _before(earlier: PartialDate | None, later: PartialDate | None) -> bool:
    """Whether a partial date certainly lies before another."""
    if earlier is None or later is None or earlier.last is None or later.first is None:
        return False
    return earlier.last < later.first


_REGISTERED_ALREADY = Text(
    "The model is registered at this level already", "Mô hình đã được đăng ký ở cấp này"
)
_RECOGNISED_ALREADY = Text(
    "The model is recognised at this level already", "Mô hình đã được công nhận ở cấp này"
)
_DECIDED_BEFORE = Text(
    "It was decided on at this level before that day",
    "Mô hình đã được xét ở cấp này trước ngày đó",
)
_NOT_REGISTERED_THEN = Text(
    "The model was registered at this level after that day",
    "Mô hình được đăng ký ở cấp này sau ngày đó",
)
_APPRAISED_SINCE = Text("The model was appraised since", "Mô hình đã được thẩm tra sau đó")
_DECIDED_SINCE = Text("A decision rests on it", "Đã có quyết định dựa trên bước này")
_ADOPTED_SINCE = Text("The model was adopted since", "Mô hình đã được nhân rộng sau đó")
_COMMENDED_SINCE = Text("The model was commended since", "Mô hình đã được khen thưởng sau đó")
_STATES: Mapping[ModelState | None, Text] = {
    None: Text("Only a report tells of the model", "Mô hình chỉ được nêu trong báo cáo"),
    ModelState.draft: Text("The model is registered nowhere", "Mô hình chưa đăng ký ở cấp nào"),
    ModelState.registered: Text("The model is registered", "Mô hình đã đăng ký"),
    ModelState.under_survey: Text("The model is under survey", "Mô hình đang được khảo sát"),
    ModelState.returned: Text(
        "The model was returned for correction", "Mô hình đã bị trả lại để chỉnh sửa"
    ),
    ModelState.recognised: Text("The model is recognised", "Mô hình đã được công nhận"),
    ModelState.not_recognised: Text("The model was not recognised", "Mô hình không được công nhận"),
    ModelState.replicating: Text("The model is being replicated", "Mô hình đang được nhân rộng"),
    ModelState.suspended: Text("The model is suspended", "Mô hình đang tạm dừng"),
    ModelState.ended: Text("The model has ended", "Mô hình đã kết thúc"),
    ModelState.withdrawn: Text("The model was withdrawn", "Mô hình đã được rút"),
    ModelState.merged: Text(
        "The model was merged into another", "Mô hình đã được nhập vào mô hình khác"
    ),
}
_CANNOT: Mapping[Action, Text] = {
    Action.register: Text("be registered", "đăng ký"),
    Action.inspect: Text("be inspected", "kiểm tra"),
    Action.survey: Text("be put under survey", "đưa vào khảo sát"),
    Action.appraise: Text("be appraised", "thẩm tra"),
    Action.recognise: Text("be recognised", "công nhận"),
    Action.not_recognise: Text("be refused recognition", "không công nhận"),
    Action.replicate: Text("be replicated", "nhân rộng"),
    Action.send_back: Text("be returned", "trả lại"),
    Action.suspend: Text("be suspended", "tạm dừng"),
    Action.end: Text("be ended", "kết thúc"),
    Action.withdraw: Text("be withdrawn", "rút"),
    Action.resume: Text("be resumed", "tiếp tục"),
    Action.merge: Text("be merged", "nhập"),
}
