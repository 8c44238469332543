"""How models are read. The list and the single read are the hottest paths of the API."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from app.campaign_periods.calendar import NewestInPeriod
from app.db.statements import Clause, Column, rfc_3339
from app.emulation_models.lifecycle import CLOSED
from app.emulation_models.models.schemas import ModelFacts, ModelItem, ModelPublic, ModelQuery
from app.emulation_models.models.tables import (
    EmulationModel,
    ModelHost,
    ModelLocality,
    ModelOutcome,
    ModelSource,
)
from app.emulation_models.models.tracks import (
    HasTrack,
    Reached,
    RecognisedBy,
    RecognisedInYear,
    recognised_from,
)
from app.emulation_models.steps.queries import SCORES, TOTAL
from app.emulation_models.steps.tables import (
    ModelAppraisal,
    ModelInspection,
    ModelRecognition,
    ModelRegistration,
)
from app.events.tables import Event, EventVisit
from app.http.json_encoding import Json
from app.http.partial_dates import precision_of
from app.localities.filters import AttributedTo, RecordedAt, Under
from app.querying.filters import Compare, Holds, InYear, NewestOf, spans_from, spans_to
from app.querying.parts import Links, Parts
from app.querying.references import References, register, selected
from app.querying.representations import MadeOf
from app.querying.resources import Resource
from app.querying.search import WordIndex
from app.vocabularies.terms import EventKind, Level

register("emulation_model", EmulationModel)

_model = EmulationModel


def _tracks(refs: References, registrations: str | None, recognitions: str | None) -> list[Json]:
    """The registration and the recognition at each level, from the lowest up."""
    registered: dict[str, Json] = {}
    decided: dict[str, Json] = {}
    for tracks, found in ((registered, registrations), (decided, recognitions)):
        for each in orjson.loads(found or b"[]"):
            tracks.setdefault(each["level"], each)
    return [
        _track(level, registered.get(level, {}), decided.get(level, {}), refs)
        for level in Level
        if level in registered or level in decided
    ]


def _track(
    level: Level,
    registration: Json,
    recognition: Json,
    refs: References,
) -> Json:
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


_REGISTRATIONS: Column = sa.literal_column("""(
    select json_agg(json_build_object(
        'level', level, 'registered_on', registered_on, 'registered_by', registered_by_id::text))
    from model_registration where model_id = emulation_model.id)
    """)
# A level that was refused and later recognised shows the recognition: the first of the level.
_RECOGNITIONS: Column = sa.literal_column("""(
    select json_agg(json_build_object(
        'level', level,
        'outcome', case when recognised then 'recognised' else 'not_recognised' end,
        'decided_on', decided_on,
        'decided_by', decided_by_id::text,
        'document', (select json_build_object('id', document.id, 'number', document.number)
                     from document where document.id = document_id),
        'reason', reason)
        order by recognised desc, decided_on_first desc nulls last, id desc)
    from model_recognition where model_id = emulation_model.id)
    """)
_adopter = sa.orm.aliased(_model, name="adopter")
_REPLICATIONS = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object("id", _adopter.id, "title", _adopter.title),
                col(_adopter.registered_on_first).nulls_last(),
                col(_adopter.id),
            ),
            type_=sa.JSON,
        )
    )
    .where(col(_adopter.derived_from_id) == _model.id)
    .scalar_subquery()
)
_APPRAISALS = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    "id",
                    ModelAppraisal.id,
                    "criteria_set",
                    selected("criteria_set", col(ModelAppraisal.criteria_set_id)),
                    "appraised_on",
                    ModelAppraisal.appraised_on,
                    "scores",
                    SCORES,
                    "total",
                    TOTAL,
                ),
                col(ModelAppraisal.appraised_on),
                col(ModelAppraisal.id),
            ),
            type_=sa.JSON,
        )
    )
    .where(col(ModelAppraisal.model_id) == EmulationModel.id)
    .scalar_subquery()
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


_models = Resource.of(
    _model,
    ModelPublic,
    ModelFacts,
    ModelQuery,
    "models",
    members={
        "updated_at": rfc_3339(col(_model.updated_at)),
        "other_localities": Links(ModelLocality, "locality_id"),
        "other_hosts": Links(ModelHost, "organisation_id"),
        "tracks": MadeOf([_REGISTRATIONS, _RECOGNITIONS], _tracks),
        "outcomes": Parts(ModelOutcome),
        "replications": _REPLICATIONS,
        "inspections": Parts(
            ModelInspection,
            order=(col(ModelInspection.inspected_on_first).nulls_last(), col(ModelInspection.id)),
        ),
        "appraisals": _APPRAISALS,
        "sources": Parts(ModelSource),
        "allowed_actions": MadeOf([], lambda _: []),
    },
    filters={
        "under": Under(col(_model.placement_id), col(_model.province_id)),
        **{
            f"in_{level}": AttributedTo(col(_model.placement_id), level)
            for level in ("province", "district", "commune")
        },
        "undivided": RecordedAt(col(_model.placement_id)),
        "in_periods": NewestInPeriod(col(_model.campaign_period_id)),
        "in_period_alone": NewestOf(col(_model.campaign_period_id)),
        "state": NewestOf(col(_model.state)),
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
)
MODELS = replace(
    _models.in_lists(ModelItem),
    word_index=WordIndex(
        titles=sa.func.ts_filter(_model.search, sa.literal_column("'{a}'")),
        year=col(_model.registered_year),
    ),
)
