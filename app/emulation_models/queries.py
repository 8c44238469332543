"""How models are read and told. The list and the single read are the hottest paths of the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlmodel import col

from app.campaign_periods.calendar import NewestInPeriod
from app.criteria.tables import CriteriaSet
from app.db.statements import rfc_3339
from app.emulation_models.lifecycle import CLOSED
from app.emulation_models.schemas import ModelPublic
from app.emulation_models.step_queries import SCORES, TOTAL
from app.emulation_models.tables import (
    EmulationModel,
    ModelAppraisal,
    ModelHost,
    ModelInspection,
    ModelLocality,
    ModelRecognition,
    ModelRegistration,
)
from app.emulation_models.tracks import (
    HasTrack,
    Reached,
    RecognisedBy,
    RecognisedInYear,
    recognised_from,
)
from app.events.tables import Event, EventVisit
from app.http.schemas import precision_of
from app.localities.filters import AttributedTo, RecordedAt, Under
from app.querying.collections import Collection
from app.querying.filters import (
    AnyOf,
    Clause,
    Compare,
    Holds,
    InYear,
    NewestOf,
    by_date,
    by_text,
    by_time,
    spans_from,
    spans_to,
)
from app.querying.references import References, carried, register, selected
from app.querying.search import WordIndex
from app.vocabularies.terms import EventKind, Level

register("emulation_model", EmulationModel)

_model = EmulationModel
_ITEM = (
    col(_model.id),
    col(_model.title),
    col(_model.summary),
    col(_model.field),
    col(_model.participant_kind),
    col(_model.locality_id),
    col(_model.host_id),
    col(_model.owner_name),
    col(_model.campaign_period_id),
    col(_model.state),
    col(_model.registered_level),
    col(_model.registered_on),
    col(_model.recognised_level),
    col(_model.recognised_on),
    col(_model.version),
    rfc_3339(col(_model.updated_at)),
    col(_model.dated_on),
)


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A model as lists show it."""
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "title": row["title"],
        "summary": row["summary"],
        "field": row["field"],
        "participant_kind": row["participant_kind"],
        "locality": refs.get("locality", row["locality_id"], row["dated_on"]),
        "host": refs.get("organisation", row["host_id"]),
        "owner_name": row["owner_name"],
        "campaign_period": refs.get("campaign_period", row["campaign_period_id"]),
        "state": row["state"],
        "registered_level": row["registered_level"],
        "registered_on": row["registered_on"],
        "recognised_level": row["recognised_level"],
        "recognised_on": row["recognised_on"],
    }


def serialize_whole(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A model with its tracks, outcomes and history."""
    return serialize(row, refs) | {
        "other_localities": [
            refs.get("locality", place, row["dated_on"]) for place in row["other_localities"]
        ],
        "other_hosts": [refs.get("organisation", host) for host in row["other_hosts"]],
        "aliases": row["aliases"],
        "objective": row["objective"],
        "target": row["target"],
        "started_on": row["started_on"],
        "tracks": _tracks(row, refs),
        "outcomes": carried(row["outcomes"] or "[]"),
        "derived_from": carried(row["derived_from"]),
        "replications": carried(row["replications"] or "[]"),
        "inspections": [
            each | {"date_precision": precision_of(each["inspected_on"])}
            for each in orjson.loads(row["inspections"] or b"[]")
        ],
        "appraisals": carried(row["appraisals"] or "[]"),
        "sources": carried(row["sources"] or "[]"),
        "merged_into": carried(row["merged_into"]),
        "allowed_actions": [],
    }


def _tracks(row: asyncpg.Record, refs: References) -> list[dict[str, Any]]:
    """The registration and the recognition at each level, from the lowest up."""
    registrations = {each["level"]: each for each in orjson.loads(row["registrations"] or b"[]")}
    recognitions: dict[str, dict[str, Any]] = {}
    for each in orjson.loads(row["recognitions"] or b"[]"):
        recognitions.setdefault(each["level"], each)
    return [
        _track(level, registrations.get(level, {}), recognitions.get(level, {}), refs)
        for level in Level
        if level in registrations or level in recognitions
    ]


def _track(
    level: Level,
    registration: Mapping[str, Any],
    recognition: Mapping[str, Any],
    refs: References,
) -> dict[str, Any]:
    return {
        "level": level,
        "registered_on": registration.get("registered_on"),
        "registered_precision": precision_of(registration.get("registered_on")),
        "registered_by": refs.get("organisation", _id(registration.get("registered_by"))),
        "outcome": recognition.get("outcome"),
        "decided_on": recognition.get("decided_on"),
        "decided_precision": precision_of(recognition.get("decided_on")),
        "decided_by": refs.get("organisation", _id(recognition.get("decided_by"))),
        "document": recognition.get("document"),
        "reason": recognition.get("reason"),
    }


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _json(query: str, name: str) -> sa.ColumnElement[str]:
    """A column made by a subquery on the parts of a model."""
    return sa.literal_column(f"({query})").label(name)


_REGISTRATIONS = _json(
    """
    select json_agg(json_build_object(
        'level', level, 'registered_on', registered_on, 'registered_by', registered_by_id::text))
    from model_registration where model_id = emulation_model.id
    """,
    "registrations",
)
# A level that was refused and later recognised shows the recognition: the first of the level.
_RECOGNITIONS = _json(
    """
    select json_agg(json_build_object(
        'level', level,
        'outcome', case when recognised then 'recognised' else 'not_recognised' end,
        'decided_on', decided_on,
        'decided_by', decided_by_id::text,
        'document', (select json_build_object('id', document.id, 'number', document.number)
                     from document where document.id = document_id),
        'reason', reason)
        order by recognised desc, decided_on_first desc nulls last, id desc)
    from model_recognition where model_id = emulation_model.id
    """,
    "recognitions",
)
_OUTCOMES = _json(
    """
    select json_agg(json_build_object(
        'id', id, 'what', what, 'amount', amount, 'minimum', minimum, 'maximum', maximum,
        'qualifier', qualifier, 'unit', unit, 'period', period, 'quote', quote) order by position)
    from model_outcome where model_id = emulation_model.id
    """,
    "outcomes",
)
_SOURCES = _json(
    """
    select json_agg(json_build_object(
        'id', source.id,
        'document', case when document.id is not null
            then json_build_object('id', document.id, 'number', document.number) end,
        'url', source.url, 'quote', source.quote, 'note', source.note) order by source.position)
    from model_source source left join document on document.id = source.document_id
    where source.model_id = emulation_model.id
    """,
    "sources",
)
_REPLICATIONS = _json(
    """
    select json_agg(json_build_object('id', adopter.id, 'title', adopter.title)
        order by adopter.registered_on_first nulls last, adopter.id)
    from emulation_model adopter where adopter.derived_from_id = emulation_model.id
    """,
    "replications",
)


def _others(part: Any, column: Any, name: str) -> sa.Label[Any]:
    """The ids that a model names beside the one of its own column."""
    ids = sa.select(column).where(part.model_id == _model.id).order_by(part.position)
    return sa.func.array(ids.scalar_subquery(), type_=ARRAY(sa.Uuid())).label(name)


_INSPECTIONS = _json(
    """
    select json_agg(json_build_object(
        'id', id,
        'inspected_on', inspected_on,
        'date_precision', null,
        'event', (select json_build_object('id', event.id, 'name', event.name)
                  from event where event.id = event_id),
        'inspectors', inspectors,
        'findings', findings,
        'follow_up_due_on', follow_up_due_on) order by inspected_on_first nulls last, id)
    from model_inspection where model_id = emulation_model.id
    """,
    "inspections",
)
_APPRAISALS = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    "id",
                    ModelAppraisal.id,
                    "criteria_set",
                    selected(CriteriaSet, ModelAppraisal.criteria_set_id),
                    "appraised_on",
                    ModelAppraisal.appraised_on,
                    "scores",
                    SCORES,
                    "total",
                    TOTAL,
                ),
                col(ModelAppraisal.appraised_on),
                col(ModelAppraisal.id),
            )
        )
    )
    .where(col(ModelAppraisal.model_id) == EmulationModel.id)
    .scalar_subquery()
    .label("appraisals")
)


_ALIVE = sa.and_(
    *(
        col(_model.state).is_distinct_from(sa.literal_column(f"'{state}'"))
        for state in sorted(CLOSED)
    )
)
# A survey visit is evidence of an inspection.
A_LOOK = sa.or_(
    *(
        col(Event.kind) == sa.literal_column(f"'{kind}'")
        for kind in (EventKind.survey_visit, EventKind.inspection)
    )
)


def _uninspected_since(day: Any) -> Clause:
    inspected = sa.exists().where(
        col(ModelInspection.model_id) == _model.id, col(ModelInspection.inspected_on_first) >= day
    )
    visited = sa.exists().where(
        col(EventVisit.model_id) == _model.id,
        col(Event.id) == EventVisit.event_id,
        A_LOOK,
        col(Event.held_on_first) >= day,
    )
    return sa.and_(_ALIVE, ~inspected, ~visited)


MODELS = Collection(
    name="models",
    id=col(_model.id),
    version=col(_model.version),
    item=sa.select(*_ITEM),
    serialize=serialize,
    whole=sa.select(
        *_ITEM,
        _others(ModelLocality, col(ModelLocality.locality_id), "other_localities"),
        _others(ModelHost, col(ModelHost.organisation_id), "other_hosts"),
        col(_model.aliases),
        col(_model.objective),
        col(_model.target),
        col(_model.started_on),
        _REGISTRATIONS,
        _RECOGNITIONS,
        _OUTCOMES,
        selected(_model, _model.derived_from_id, "title").label("derived_from"),
        _REPLICATIONS,
        _INSPECTIONS,
        _APPRAISALS,
        _SOURCES,
        selected(_model, _model.merged_into_id, "title").label("merged_into"),
    ),
    serialize_whole=serialize_whole,
    schema=ModelPublic,
    filters={
        "place": Under(col(_model.placement_id), col(_model.province_id)),
        **{
            f"in_{level}": AttributedTo(col(_model.placement_id), level)
            for level in ("province", "district", "commune")
        },
        "undivided": RecordedAt(col(_model.placement_id)),
        "in_periods": NewestInPeriod(col(_model.campaign_period_id)),
        "in_period_alone": NewestOf(col(_model.campaign_period_id)),
        "field": NewestOf(col(_model.field)),
        "participant_kind": AnyOf(col(_model.participant_kind)),
        "state": NewestOf(col(_model.state)),
        "registered_level": NewestOf(col(_model.registered_level)),
        "recognised_level": NewestOf(col(_model.recognised_level)),
        "registered_at": Reached(
            col(_model.registered_level),
            col(ModelRegistration.model_id) == _model.id,
            at=col(ModelRegistration.level),
        ),
        "recognised_at": Reached(
            col(_model.recognised_level),
            col(ModelRecognition.model_id) == _model.id,
            col(ModelRecognition.recognised),
            at=col(ModelRecognition.level),
        ),
        "track": HasTrack(),
        "host": NewestOf(col(_model.host_id)),
        "host_kind": NewestOf(col(_model.host_kind)),
        "registered_year": InYear(col(_model.registered_on_first)),
        "recognised_year": RecognisedInYear(),
        "registered_from": spans_from(col(_model.registered_on_first)),
        "registered_to": spans_to(col(_model.registered_on_first), col(_model.registered_on_last)),
        "recognised_from": recognised_from(),
        "recognised_to": RecognisedBy(),
        "updated_since": Compare(
            lambda moment: col(_model.updated_at) >= moment, sa.DateTime(timezone=True)
        ),
        "derived_from": Compare(lambda model: col(_model.derived_from_id) == model, sa.Uuid()),
        "commended": Holds(col(_model.commended)),
        "replicated": Holds(col(_model.replicated)),
        "uninspected_since": Compare(_uninspected_since, sa.Date()),
    },
    sorts={
        "registered_on": by_date(col(_model.registered_on_first)),
        "recognised_on": by_date(col(_model.recognised_on_first)),
        "title": by_text(col(_model.sort_key)),
        "updated_at": by_time(col(_model.updated_at)),
    },
    default_sort="-registered_on",
    search=col(_model.search),
    newest=col(_model.registered_on_first),
    word_index=WordIndex(
        titles=sa.func.ts_filter(_model.search, sa.literal_column("'{a}'")),
        year=col(_model.registered_year),
    ),
)
