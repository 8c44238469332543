"""The rules of a model's life: one table, tried with every step on every record."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.emulation_models.lifecycle import (
    CLOSED,
    POSSIBLE,
    SET_BY_TRANSITION,
    SETS,
    Action,
    Decision,
    ModelRecord,
    Registration,
    refusal,
    settled,
    standing,
)
from app.http.partial_dates import PartialDate
from app.vocabularies.terms import Level, ModelState

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
LEVELS = (Level.grassroots, Level.province)


def after(record: ModelRecord, step: Action, level: Level) -> ModelRecord:
    """What has happened to a model once a step is taken (at a level)."""
    match step:
        case Action.register:
            registrations = (*record.registrations, Registration(level, None))
            return replace(record, registrations=registrations)
        case Action.recognise | Action.not_recognise:
            decision = Decision(level, step is Action.recognise, None)
            return replace(record, decisions=(*record.decisions, decision))
        case Action.appraise:
            return replace(record, appraised=True)
        case Action.replicate:
            return replace(record, adopted=True)
        case Action.inspect:
            return record
    return replace(record, transition=SETS.get(step))


def lives() -> Iterator[tuple[ModelRecord, Action, ModelRecord]]:
    """Every step that can be taken from a new or a reported model on, at two levels."""
    waiting = [ModelRecord(), ModelRecord(only_reported=True)]
    known = set(waiting)
    while waiting:
        record = waiting.pop()
        for step, level in product(Action, LEVELS):
            if refusal(step, record, level) is None:
                following = after(record, step, level)
                # The order of levels and repeated refusals change nothing.
                following = replace(
                    following,
                    registrations=tuple(sorted(set(following.registrations))),
                    decisions=tuple(sorted(set(following.decisions))),
                )
                yield record, step, following
                if following not in known:
                    known.add(following)
                    waiting.append(following)


LIVES = list(lives())


def name(state: ModelState | None) -> str:
    return "reported" if state is None else state.value


class TestTheTable:
    def test_has_every_state(self) -> None:
        assert POSSIBLE.keys() == {None, *ModelState}

    def test_every_state_is_reached_and_every_possible_step_is_taken(self) -> None:
        taken = {(record.state, step) for record, step, _ in LIVES}
        assert taken == {(state, step) for state, steps in POSSIBLE.items() for step in steps}
        assert {following.state for _, _, following in LIVES} == {None, *ModelState}

    @pytest.mark.parametrize(
        ("state", "step"),
        [(state, step) for state in POSSIBLE for step in Action if step not in POSSIBLE[state]],
        ids=str,
    )
    def test_every_other_step_is_refused_with_its_reason(
        self, state: ModelState | None, step: Action
    ) -> None:
        record = next(each for _, _, each in LIVES if each.state == state)
        reason = refusal(step, record)
        assert reason is not None
        assert reason.en != reason.vi
        assert ": it cannot " in reason.en
        assert ": không thể " in reason.vi

    def test_what_is_closed_takes_nothing_but_a_merger_or_a_way_back(self) -> None:
        for state in CLOSED:
            assert POSSIBLE[state] <= {Action.merge, Action.resume}
            assert settled(Action.inspect, ModelRecord(transition=state)) is not None


class TestState:
    def test_a_resumed_model_is_again_what_the_record_says(self) -> None:
        for record, step, following in LIVES:
            if step is Action.resume:
                assert following == replace(record, transition=None)
                assert following.state not in SET_BY_TRANSITION

    def test_one_level_never_undoes_another(self) -> None:
        for record, step, following in LIVES:
            if record.state is ModelState.recognised and step in {
                Action.register,
                Action.not_recognise,
                Action.appraise,
                Action.inspect,
            }:
                assert following.state is ModelState.recognised

    @pytest.mark.parametrize(
        ("record", "state"),
        [
            (ModelRecord(), ModelState.draft),
            (ModelRecord(only_reported=True), None),
            (ModelRecord(registrations=[Registration(Level.province, None)]),
             ModelState.registered),
            (ModelRecord(appraised=True), ModelState.under_survey),
            (ModelRecord(decisions=[Decision(Level.province, False, None)], appraised=True),
             ModelState.not_recognised),
            (ModelRecord(decisions=[Decision(Level.province, False, None)],
                       registrations=[Registration(Level.grassroots, None)]),
             ModelState.registered),
            (ModelRecord(decisions=[Decision(Level.province, True, None)]), ModelState.recognised),
            (ModelRecord(adopted=True), ModelState.replicating),
            (ModelRecord(adopted=True, transition=ModelState.suspended), ModelState.suspended),
        ],
    )  # fmt: skip
    def test_is_the_first_that_holds(self, record: ModelRecord, state: ModelState | None) -> None:
        assert record.state is state


PARTIAL = st.none() | st.sampled_from(
    ["2024", "2024-03", "2024-03-02", "2023-12-31", "--03-02"]
).map(PartialDate)
STEPS_AT_LEVELS = st.lists(
    st.tuples(
        st.sampled_from([Action.register, Action.recognise, Action.not_recognise]),
        st.sampled_from(list(Level)),
        PARTIAL,
    ),
    max_size=12,
)


@given(STEPS_AT_LEVELS)
def test_no_history_holds_what_the_rules_forbid(
    tried: list[tuple[Action, Level, PartialDate | None]],
) -> None:
    record = ModelRecord()
    for step, level, on in tried:
        if refusal(step, record, level, on) is None:
            if step is Action.register:
                registrations = (*record.registrations, Registration(level, on))
                record = replace(record, registrations=registrations)
            else:
                decision = Decision(level, step is Action.recognise, on)
                record = replace(record, decisions=(*record.decisions, decision))
    for level in Level:
        decided = record.decided_at(level)
        assert sum(each.level == level for each in record.registrations) <= 1
        assert sum(each.recognised for each in decided) <= 1
        assert not any(each.recognised for each in decided[:-1])
        registration = record.registered_at(level)
        if registration is not None and registration.on == "2024-03-02":
            assert "2023-12-31" not in {each.on for each in decided}
    serialized = standing(record)
    assert (serialized.registered_level is None) == (not record.registrations)
    assert (serialized.recognised_level is None) == (serialized.state is not ModelState.recognised)


class TestTheDrawing:
    """What CONTRIBUTING.md shows is what the table says."""

    def test_draws_every_change_of_state_that_the_record_makes(self) -> None:
        drawn = {
            (before, step.strip(), then)
            for before, then, steps in re.findall(r"^ +(\w+) --> (\w+): (.+)$", TEXT, re.MULTILINE)
            for step in steps.split(",")
            if "life" not in {before, then}
        }
        happening = {
            (name(record.state), step.value, name(following.state))
            for record, step, following in LIVES
            if record.state != following.state
            and step
            not in {Action.suspend, Action.end, Action.withdraw, Action.resume, Action.merge}
        }
        assert drawn == happening

    def test_lists_every_state_with_its_steps(self) -> None:
        rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT, re.MULTILINE)
        listed = {
            state: {step.strip(" `") for step in steps.split(",")} - {""} for state, steps in rows
        }
        assert {
            name(state): {str(step) for step in steps} for state, steps in POSSIBLE.items()
        } == {state: listed[state] for state in map(name, POSSIBLE)}
