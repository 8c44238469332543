"""What a caller may do with a model now, and why not otherwise."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import sqlalchemy as sa
from starlette.requests import Request

from app.access.actors import Actor, OutsideScope, Role
from app.emulation_models.lifecycle import Situation, Step, refusal
from app.emulation_models.queries import MODELS
from app.emulation_models.situation import SITUATION, WITHIN, situation_of
from app.http.problems import Forbidden, Text
from app.querying.collections import Collection
from app.querying.references import References
from app.vocabularies.terms import Level

_BY_APPRAISERS = frozenset({Step.appraise, Step.recognise, Step.not_recognise})
_AT_LEVELS = frozenset({Step.register, Step.recognise, Step.not_recognise})


def hindrance(actor: Actor, step: Step, situation: Situation, *, covered: bool) -> Text | None:
    """Why an actor cannot take a step now; none if it can (at one of its levels)."""
    try:
        actor.require(Role.appraiser if step in _BY_APPRAISERS else Role.registrar)
    except Forbidden as forbidden:
        return forbidden.detail
    if not covered and step is not Step.replicate:  # an adopter is recorded where it is
        return OutsideScope.title
    if step not in _AT_LEVELS:
        return refusal(step, situation)
    levels = [level for level in Level if not actor.levels or level in actor.levels]
    reasons = [refusal(step, situation, level) for level in levels]
    return None if None in reasons else reasons[0]


_WITH_SITUATION = replace(
    MODELS,
    whole=MODELS.whole.add_columns(  # type: ignore[union-attr]
        sa.literal_column(SITUATION).label("situation"),
        sa.literal_column(WITHIN).label("within"),
    ),
    _statements={},
)


def seen_by(actor: Actor, request: Request) -> Collection:
    """The models, each told with what the actor may do with it."""

    def actions(row: asyncpg.Record) -> Iterator[dict[str, Any]]:
        situation = situation_of(row["situation"])
        covered = actor.locality_id in row["within"]
        for step in Step:
            reason = hindrance(actor, step, situation, covered=covered)
            yield {
                "action": step,
                "allowed": reason is None,
                "reason": reason and reason.in_language_of(request),
            }

    def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
        return MODELS.serialized(row, refs) | {"allowed_actions": list(actions(row))}

    return replace(_WITH_SITUATION, serialize_whole=serialize)
