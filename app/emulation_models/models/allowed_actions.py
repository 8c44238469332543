"""What a caller may do with a model now, and why not otherwise."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import sqlalchemy as sa
from starlette.requests import Request

from app.access.actors import Actor, OutsideScope, Role
from app.emulation_models.lifecycle import Action, ModelRecord, refusal
from app.emulation_models.models.queries import MODELS
from app.emulation_models.steps.records import RECORD, WITHIN, record_of
from app.http.problems import Forbidden, Text
from app.querying.collections import Collection
from app.querying.references import References
from app.vocabularies.terms import Level

_BY_APPRAISERS = frozenset({Action.appraise, Action.recognise, Action.not_recognise})
_AT_LEVELS = frozenset({Action.register, Action.recognise, Action.not_recognise})


def hindrance(actor: Actor, action: Action, record: ModelRecord, *, covered: bool) -> Text | None:
    """Why an actor cannot take an action now; none if it can (at one of its levels)."""
    try:
        actor.require(Role.appraiser if action in _BY_APPRAISERS else Role.registrar)
    except Forbidden as forbidden:
        return forbidden.detail
    if not covered and action is not Action.replicate:  # an adopter is recorded where it is
        return OutsideScope.title
    if action not in _AT_LEVELS:
        return refusal(action, record)
    levels = [level for level in Level if not actor.levels or level in actor.levels]
    reasons = [refusal(action, record, level) for level in levels]
    return None if None in reasons else reasons[0]


_WITH_RECORD = replace(
    MODELS,
    whole=MODELS.whole.add_columns(  # type: ignore[union-attr]
        sa.literal_column(RECORD).label("record"),
        sa.literal_column(WITHIN).label("within"),
    ),
    _statements={},
)


def seen_by(actor: Actor, request: Request) -> Collection:
    """The models, each with what the actor may do with it."""

    def actions(row: asyncpg.Record) -> Iterator[dict[str, Any]]:
        record = record_of(row["record"])
        covered = actor.locality_id in row["within"]
        for action in Action:
            reason = hindrance(actor, action, record, covered=covered)
            yield {
                "action": action,
                "allowed": reason is None,
                "reason": reason and reason.in_language_of(request),
            }

    def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
        return MODELS.serialized(row, refs) | {"allowed_actions": list(actions(row))}

    return replace(_WITH_RECORD, serialize_whole=serialize)
