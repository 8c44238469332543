"""How the steps of a model are read and told."""

from dataclasses import replace
from functools import partial
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col
from starlette.requests import Request

from app.criteria.tables import CriteriaSet, Criterion
from app.db.columns import Record
from app.documents.tables import Document
from app.emulation_models.lifecycle import SETS, Step
from app.emulation_models.step_schemas import (
    AppraisalPublic,
    InspectionPublic,
    RecognitionPublic,
    RegistrationPublic,
    ReplicationPublic,
    TransitionPublic,
)
from app.emulation_models.tables import (
    AppraisalScore,
    EmulationModel,
    ModelAppraisal,
    ModelInspection,
    ModelRecognition,
    ModelRegistration,
    ModelTransition,
)
from app.events.tables import Event
from app.http.problems import Text, prefers_vietnamese
from app.http.schemas import precision_of
from app.querying.collections import Collection
from app.querying.filters import Compare, by_date
from app.querying.references import References, carried, selected

_model = EmulationModel


def _stepped(model: Any) -> sa.ColumnElement[Any]:
    """The model of a step, as JSON."""
    return sa.func.json_build_object(
        "id", model.id, "title", model.title, "version", model.version, "state", model.state
    )


def _of(table: type[Record], *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Steps of one kind, each with its model."""
    step: Any = table
    return sa.select(
        col(step.id),
        col(step.version),
        col(step.updated_at),
        col(step.agency_id),
        _stepped(_model).label("model"),
        *columns,
    ).join_from(table, _model, col(step.model_id) == _model.id)


def _taken_on(column: Any) -> dict[str, Compare]:
    """The filter that all steps have, given by their address."""
    return {"model": Compare(lambda model: column == model, sa.Uuid())}


def _serialize(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "model": carried(row["model"]),
    }


# ---- inspections --------------------------------------------------------------------------


def serialize_inspection(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return _serialize(row) | {
        "inspected_on": row["inspected_on"],
        "date_precision": precision_of(row["inspected_on"]),
        "event": carried(row["event"]),
        "inspectors": row["inspectors"],
        "findings": row["findings"],
        "follow_up_due_on": row["follow_up_due_on"],
    }


INSPECTIONS = Collection(
    name="inspections",
    id=col(ModelInspection.id),
    version=col(ModelInspection.version),
    item=_of(
        ModelInspection,
        col(ModelInspection.inspected_on),
        selected(Event, ModelInspection.event_id).label("event"),
        col(ModelInspection.inspectors),
        col(ModelInspection.findings),
        col(ModelInspection.follow_up_due_on),
    ),
    serialize=serialize_inspection,
    schema=InspectionPublic,
    filters=_taken_on(col(ModelInspection.model_id))
    | {"event": Compare(lambda event: col(ModelInspection.event_id) == event, sa.Uuid())},
    sorts={"inspected_on": by_date(col(ModelInspection.inspected_on_first))},
    default_sort="-inspected_on",
)

# ---- registrations ------------------------------------------------------------------------


def serialize_registration(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return _serialize(row) | {
        "level": row["level"],
        "registered_on": row["registered_on"],
        "registered_precision": precision_of(row["registered_on"]),
        "registered_by": refs.get("organisation", row["registered_by_id"]),
    }


REGISTRATIONS = Collection(
    name="registrations",
    id=col(ModelRegistration.id),
    version=col(ModelRegistration.version),
    item=_of(
        ModelRegistration,
        col(ModelRegistration.level),
        col(ModelRegistration.registered_on),
        col(ModelRegistration.registered_by_id),
    ),
    serialize=serialize_registration,
    schema=RegistrationPublic,
    filters=_taken_on(col(ModelRegistration.model_id)),
    sorts={"registered_on": by_date(col(ModelRegistration.registered_on_first))},
    default_sort="-registered_on",
)

# ---- appraisals ---------------------------------------------------------------------------

# The one place where scores are added up.
TOTAL = (
    sa.select(sa.func.sum(col(AppraisalScore.score)))
    .where(col(AppraisalScore.appraisal_id) == ModelAppraisal.id)
    .scalar_subquery()
)
SCORES = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_object(
                    "criterion",
                    AppraisalScore.criterion,
                    "score",
                    AppraisalScore.score,
                    "note",
                    AppraisalScore.note,
                ),
                col(Criterion.position),
            )
        )
    )
    .join_from(
        AppraisalScore,
        Criterion,
        sa.and_(
            col(Criterion.criteria_set_id) == AppraisalScore.criteria_set_id,
            col(Criterion.code) == AppraisalScore.criterion,
        ),
    )
    .where(col(AppraisalScore.appraisal_id) == ModelAppraisal.id)
    .scalar_subquery()
)


def serialize_appraisal(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return _serialize(row) | {
        "criteria_set": carried(row["criteria_set"]),
        "appraised_on": row["appraised_on"],
        "scores": carried(row["scores"]),
        "total": row["total"],
    }


APPRAISALS = Collection(
    name="appraisals",
    id=col(ModelAppraisal.id),
    version=col(ModelAppraisal.version),
    item=_of(
        ModelAppraisal,
        selected(CriteriaSet, ModelAppraisal.criteria_set_id).label("criteria_set"),
        col(ModelAppraisal.appraised_on),
        SCORES.label("scores"),
        TOTAL.label("total"),
    ),
    serialize=serialize_appraisal,
    schema=AppraisalPublic,
    filters=_taken_on(col(ModelAppraisal.model_id)),
    sorts={"appraised_on": by_date(col(ModelAppraisal.appraised_on))},
    default_sort="-appraised_on",
)

# ---- recognitions -------------------------------------------------------------------------

_UNREGISTERED = Text(
    "No registration of the model at this level is recorded",
    "Chưa ghi nhận việc đăng ký mô hình ở cấp này",
)


def serialize_recognition(
    row: asyncpg.Record, refs: References, *, in_vietnamese: bool = False
) -> dict[str, Any]:
    detail = _UNREGISTERED.vi if in_vietnamese else _UNREGISTERED.en
    warning = {"code": "registration_not_recorded", "detail": detail}
    return _serialize(row) | {
        "level": row["level"],
        "outcome": "recognised" if row["recognised"] else "not_recognised",
        "decided_on": row["decided_on"],
        "decided_precision": precision_of(row["decided_on"]),
        "decided_by": refs.get("organisation", row["decided_by_id"]),
        "document": carried(row["document"]),
        "reason": row["reason"],
        "warnings": [] if row["registered"] else [warning],
    }


RECOGNITIONS = Collection(
    name="recognitions",
    id=col(ModelRecognition.id),
    version=col(ModelRecognition.version),
    item=_of(
        ModelRecognition,
        col(ModelRecognition.level),
        col(ModelRecognition.recognised),
        col(ModelRecognition.decided_on),
        col(ModelRecognition.decided_by_id),
        selected(Document, ModelRecognition.document_id, "number").label("document"),
        col(ModelRecognition.reason),
        sa.exists()
        .where(
            col(ModelRegistration.model_id) == ModelRecognition.model_id,
            col(ModelRegistration.level) == ModelRecognition.level,
        )
        .label("registered"),
    ),
    serialize=serialize_recognition,
    schema=RecognitionPublic,
    filters=_taken_on(col(ModelRecognition.model_id)),
    sorts={"decided_on": by_date(col(ModelRecognition.decided_on_first))},
    default_sort="-decided_on",
)

_IN_VIETNAMESE = replace(RECOGNITIONS, serialize=partial(serialize_recognition, in_vietnamese=True))


def recognitions_told_to(request: Request) -> Collection:
    """The recognitions in the caller's language."""
    language = request.headers.get("accept-language")
    return _IN_VIETNAMESE if prefers_vietnamese(language) else RECOGNITIONS


# ---- replications -------------------------------------------------------------------------

_adopter = sa.orm.aliased(_model, name="adopter")
_adopted_on = sa.func.first_day(_adopter.started_on, type_=sa.Date())


def serialize_replication(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return _serialize(row) | {
        "title": row["title"],
        "locality": refs.get("locality", row["locality_id"], row["dated_on"]),
        "host": refs.get("organisation", row["host_id"]),
        "adopted_on": row["started_on"],
        "adopter": carried(row["adopter"]),
    }


REPLICATIONS = Collection(
    name="replications",
    id=col(_adopter.id),
    version=col(_adopter.version),
    item=sa.select(
        col(_adopter.id),
        col(_adopter.version),
        col(_adopter.updated_at),
        col(_adopter.agency_id),
        _stepped(_model).label("model"),
        col(_adopter.title),
        col(_adopter.locality_id),
        col(_adopter.host_id),
        col(_adopter.started_on),
        col(_adopter.dated_on),
        _stepped(_adopter).label("adopter"),
    ).join_from(_adopter, _model, col(_adopter.derived_from_id) == _model.id),
    serialize=serialize_replication,
    schema=ReplicationPublic,
    filters=_taken_on(col(_adopter.derived_from_id)),
    sorts={"adopted_on": by_date(_adopted_on)},
    default_sort="-adopted_on",
)

# ---- transitions --------------------------------------------------------------------------


def serialize_transition(row: asyncpg.Record, _: References) -> dict[str, Any]:
    return _serialize(row) | {
        "to": _SET_BY[row["step"]],
        "into": carried(row["into"]),
        "reason": row["reason"],
        "made_on": row["made_on"],
    }


# What is told of a transition: the state it set, or that it took one back.
_SET_BY = {**SETS, Step.resume: "resumed"}

TRANSITIONS = Collection(
    name="transitions",
    id=col(ModelTransition.id),
    version=col(ModelTransition.version),
    item=_of(
        ModelTransition,
        col(ModelTransition.step),
        selected(_model, ModelTransition.into_id, "title").label("into"),
        col(ModelTransition.reason),
        col(ModelTransition.made_on),
    ),
    serialize=serialize_transition,
    schema=TransitionPublic,
    filters=_taken_on(col(ModelTransition.model_id)),
    sorts={"made_on": by_date(col(ModelTransition.made_on))},
    default_sort="-made_on",
)
