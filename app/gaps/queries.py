"""Gaps as lists: which rows they are of, on any day, and the facts that put them there.

A step counts from the first day it may have been taken, and time is counted from the last: of what
is known only to the year, no more is claimed than is sure.
"""

from datetime import date
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col

from app.award_decisions.tables import Award, AwardDecision, AwardRecipient
from app.emulation_models.lifecycle import CLOSED, SETS
from app.emulation_models.models.queries import A_LOOK
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.steps.tables import ModelInspection, ModelTransition
from app.events.tables import Event, EventVisit
from app.gaps.schemas import LocalityGap, ModelGap
from app.localities.filters import Under
from app.localities.tables import Locality, LocalityPlacement, LocalityVersion
from app.querying.collections import Collection
from app.querying.filters import AnyPart, Compare, Sort, by_date, by_text
from app.querying.references import References
from app.vocabularies.terms import AwardStatus, ModelState

_model = EmulationModel
_ON = sa.bindparam("on", type_=sa.Date())
_PLACEMENT = LocalityPlacement.__table__  # type: ignore[attr-defined]
_IN_FORCE = LocalityVersion.valid.op("@>")(_ON)  # type: ignore[attr-defined]


def serialize_model(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return {
        "model": {"id": row["id"], "title": row["title"]},
        "last_on": row["last_on"],
        "days": row["days"],
        "due_on": row["due_on"],
    }


def serialize_locality(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "locality": refs.get("locality", row["id"], row["day"]),
        "last_on": row["last_on"],
        "days": row["days"],
        "due_on": row["due_on"],
    }


def _after_months(day: Any, number: Any) -> Any:
    return sa.cast(day + sa.func.make_interval(0, number), sa.Date())


def _term(value: str) -> Any:
    return sa.literal_column(f"'{value}'")


_CLOSING = [step for step, state in SETS.items() if state in CLOSED]
# What is closed now may have been open on the day.
_OPEN = sa.or_(
    sa.and_(*(col(_model.state).is_distinct_from(_term(state)) for state in sorted(CLOSED))),
    sa.exists().where(
        col(ModelTransition.model_id) == _model.id,
        sa.or_(*(col(ModelTransition.step) == _term(step) for step in _CLOSING)),
        col(ModelTransition.made_on) > _ON,
    ),
)
_UNDER = Under(col(_model.placement_id), col(_model.province_id))

# ---- inspections: those recorded, and visits to survey or inspect ----

_later = ModelInspection.__table__.alias("later")  # type: ignore[attr-defined]
_visits = sa.join(EventVisit, Event, col(Event.id) == EventVisit.event_id)
_inspected = (
    sa.select(_later.c.inspected_on.label("said"), _later.c.inspected_on_last.label("last"))
    .where(_later.c.model_id == _model.id, _later.c.inspected_on_first <= _ON)
    .order_by(_later.c.inspected_on_first.desc())
    .limit(1)
    .lateral("inspected")
)
_visited = (
    sa.select(col(Event.held_on).label("said"), col(Event.held_on_last).label("last"))
    .select_from(_visits)
    .where(col(EventVisit.model_id) == _model.id, A_LOOK, col(Event.held_on_first) <= _ON)
    .order_by(col(Event.held_on_first).desc())
    .limit(1)
    .lateral("visited")
)
_looked_last = sa.func.greatest(_inspected.c.last, _visited.c.last, type_=sa.Date())
_looked_on = sa.case((_visited.c.last == _looked_last, _visited.c.said), else_=_inspected.c.said)
_last = sa.func.coalesce(_looked_last, col(_model.dated_on))
_MONTHS = sa.bindparam("months", type_=sa.Integer())

UNINSPECTED = Collection(
    name="uninspected",
    id=col(_model.id),
    version=col(_model.version),
    item=sa.select(
        col(_model.id),
        col(_model.title),
        _looked_on.label("last_on"),
        (_ON - _last).label("days"),
        _after_months(_last, _MONTHS).label("due_on"),
    )
    .join_from(_model, _inspected, sa.true(), isouter=True)
    .join(_visited, sa.true(), isouter=True),
    serialize=serialize_model,
    schema=ModelGap,
    filters={
        "under": _UNDER,
        "on": Compare(
            lambda _: sa.and_(_OPEN, col(_model.state).is_distinct_from(_term(ModelState.draft))),
            sa.Date(),
        ),
        "months": Compare(lambda months: _after_months(_last, months) <= _ON, sa.Integer()),
    },
    sorts={"registered_on": by_date(col(_model.registered_on_first))},
    default_sort="registered_on",
)

# ---- recognised, never commended ----

_commended = sa.exists().where(
    col(AwardRecipient.model_id) == _model.id,
    col(Award.id) == AwardRecipient.award_id,
    col(AwardDecision.id) == Award.decision_id,
    sa.func.coalesce(col(AwardDecision.issued_on_first), _term("-infinity")) <= _ON,
    sa.or_(
        col(AwardDecision.status) != _term(AwardStatus.revoked),
        col(AwardDecision.status_on) > _ON,
    ),
)
_DAYS = sa.bindparam("days", type_=sa.Integer())

UNCOMMENDED = Collection(
    name="uncommended",
    id=col(_model.id),
    version=col(_model.version),
    item=sa.select(
        col(_model.id),
        col(_model.title),
        col(_model.recognised_on).label("last_on"),
        (_ON - col(_model.recognised_on_last)).label("days"),
        (col(_model.recognised_on_last) + _DAYS).label("due_on"),
    ),
    serialize=serialize_model,
    schema=ModelGap,
    filters={
        "under": _UNDER,
        "on": Compare(lambda _: sa.and_(_OPEN, ~_commended), sa.Date()),
        "days": Compare(lambda days: col(_model.recognised_on_last) <= _ON - days, sa.Integer()),
    },
    sorts={"recognised_on": by_date(col(_model.recognised_on_first))},
    default_sort="recognised_on",
)

# ---- communes where nothing is registered any more ----

# In each place that lies in the commune, or has wholly become part of it, the latest.
_newest = sa.func.coalesce(col(_model.registered_on_first), _term("-infinity"))
_of_place = (
    sa.select(
        col(_model.registered_on).label("last_on"),
        col(_model.registered_on_first).label("first"),
        col(_model.registered_on_last).label("last"),
    )
    .where(
        col(_model.placement_id) == _PLACEMENT.c.id,
        _newest <= _ON,
        col(_model.registered_on_first).is_not(None),
    )
    .order_by(_newest.desc(), col(_model.id).desc())
    .limit(1)
    .lateral("of_place")
)
_registered = (
    sa.select(_of_place)
    .select_from(_PLACEMENT.join(_of_place, sa.true()))
    .where(_PLACEMENT.c.within.contains(array([col(Locality.id)])))
    .order_by(_of_place.c.first.desc())
    .limit(1)
    .lateral("registered")
)
_lying = LocalityPlacement.__table__.alias("lying")  # type: ignore[attr-defined]

STALE_LOCALITIES = Collection(
    name="stale-localities",
    id=col(Locality.id),
    version=col(Locality.version),
    item=sa.select(
        col(Locality.id),
        _registered.c.last_on,
        (_ON - _registered.c.last).label("days"),
        _after_months(_registered.c.last, _MONTHS).label("due_on"),
        sa.type_coerce(_ON, sa.Date()).label("day"),
    )
    .join_from(Locality, LocalityVersion, col(LocalityVersion.locality_id) == Locality.id)
    .join(_registered, sa.true(), isouter=True),
    serialize=serialize_locality,
    schema=LocalityGap,
    filters={
        "under": AnyPart(
            Under(_lying.c.id),
            sa.and_(_lying.c.locality_id == Locality.id, _lying.c.valid.op("@>")(_ON)),
        ),
        "on": Compare(
            lambda _: sa.and_(col(Locality.level) == _term("commune"), _IN_FORCE), sa.Date()
        ),
        "months": Compare(
            lambda months: sa.or_(
                _registered.c.last.is_(None), _after_months(_registered.c.last, months) <= _ON
            ),
            sa.Integer(),
        ),
    },
    sorts={"name": by_text(col(LocalityVersion.sort_key))},
    default_sort="name",
)

# ---- follow-ups that an inspection asked for ----

_due = col(ModelInspection.follow_up_due_on)
_asked_on = col(ModelInspection.inspected_on_last)
_followed = sa.or_(
    sa.exists().where(
        _later.c.model_id == _model.id,
        _later.c.inspected_on_first > _asked_on,
        _later.c.inspected_on_first <= _ON,
    ),
    sa.exists()
    .select_from(_visits)
    .where(
        col(EventVisit.model_id) == _model.id,
        A_LOOK,
        col(Event.held_on_first) > _asked_on,
        col(Event.held_on_first) <= _ON,
    ),
)

OVERDUE_FOLLOW_UPS = Collection(
    name="overdue-follow-ups",
    id=col(ModelInspection.id),
    version=col(_model.version),
    item=sa.select(
        col(_model.id),
        col(_model.title),
        col(ModelInspection.inspected_on).label("last_on"),
        (_ON - _due).label("days"),
        _due.label("due_on"),
    ).join_from(ModelInspection, _model, col(_model.id) == ModelInspection.model_id),
    serialize=serialize_model,
    schema=ModelGap,
    filters={
        "under": _UNDER,
        "on": Compare(
            lambda _: sa.and_(
                _due < _ON, col(ModelInspection.inspected_on_first) <= _ON, _OPEN, ~_followed
            ),
            sa.Date(),
        ),
    },
    sorts={"due_on": Sort(_due, date)},
    default_sort="due_on",
)
