"""Where a model stands, as plain rules on plain values."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.vocabularies.terms import Level, ModelState

RANK = {level: rank for rank, level in enumerate(Level)}
DISTRICTS_ENDED = date(2025, 7, 1)  # Resolution 203/2025/QH15: two tiers of local government
SET_BY_TRANSITION = frozenset(
    {
        ModelState.returned,
        ModelState.suspended,
        ModelState.ended,
        ModelState.withdrawn,
        ModelState.merged,
    }
)


class Registration(NamedTuple):
    """A model was registered at a level, on a day known as far as `on` tells."""

    level: Level
    on: str | None


class Decision(NamedTuple):
    """A model was recognised at a level, or not."""

    level: Level
    recognised: bool
    on: str | None


class Standing(NamedTuple):
    """What lists show of a model's tracks: highest levels, earliest dates, the state."""

    state: ModelState | None
    registered_level: Level | None
    registered_on: str | None
    recognised_level: Level | None
    recognised_on: str | None


def standing(
    registrations: Sequence[Registration],
    decisions: Sequence[Decision],
    *,
    transition: ModelState | None = None,
    adopted: bool = False,
    appraised: bool = False,
    only_reported: bool = False,
) -> Standing:
    """Derive the standing of a model from its steps.

    `transition` is what a person set last. A model that only a report tells of, and that has no
    steps, has no state.
    """
    recognitions = [decision for decision in decisions if decision.recognised]
    return Standing(
        state=_state(
            registrations,
            decisions,
            transition=transition,
            adopted=adopted,
            appraised=appraised,
            only_reported=only_reported,
        ),
        registered_level=highest([each.level for each in registrations]),
        registered_on=earliest([each.on for each in registrations]),
        recognised_level=highest([each.level for each in recognitions]),
        recognised_on=earliest([each.on for each in recognitions]),
    )


def _state(
    registrations: Sequence[Registration],
    decisions: Sequence[Decision],
    *,
    transition: ModelState | None,
    adopted: bool,
    appraised: bool,
    only_reported: bool,
) -> ModelState | None:
    if transition in SET_BY_TRANSITION:
        return transition
    if adopted:
        return ModelState.replicating
    if any(decision.recognised for decision in decisions):
        return ModelState.recognised
    if not decisions and (appraised or transition is ModelState.under_survey):
        return ModelState.under_survey
    if {each.level for each in registrations} - {each.level for each in decisions}:
        return ModelState.registered
    unregistered = None if only_reported else ModelState.draft
    return ModelState.not_recognised if decisions else unregistered


def highest(levels: Sequence[Level]) -> Level | None:
    return max(levels, key=RANK.__getitem__, default=None)


def earliest(dates: Sequence[str | None]) -> str | None:
    """The earliest of partial dates; those without a year come after all others."""
    known = [each for each in dates if each is not None]
    return min(known, key=lambda each: (each.startswith("-"), each), default=None)
