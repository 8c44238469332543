"""How the steps of a model are read."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col
from starlette.requests import Request

from app.criteria.tables import Criterion
from app.emulation_models.lifecycle import SETS, Step
from app.emulation_models.step_schemas import (
    AppraisalNew,
    AppraisalPublic,
    AppraisalQuery,
    InspectionNew,
    InspectionPublic,
    InspectionQuery,
    ModelRegistrationNew,
    RecognitionNew,
    RecognitionPublic,
    RecognitionQuery,
    RegistrationPublic,
    RegistrationQuery,
    ReplicationNew,
    ReplicationPublic,
    ReplicationQuery,
    TransitionNew,
    TransitionPublic,
    TransitionQuery,
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
from app.http.json_encoding import Json
from app.http.problems import Text, prefers_vietnamese
from app.querying.filters import Compare, by_date
from app.querying.members import Column
from app.querying.references import References
from app.querying.representations import MadeOf
from app.querying.resources import Resource

_model = sa.orm.aliased(EmulationModel, name="stepped")


def _stepped(id: Column) -> Column:
    """The model of a step, as JSON."""
    model = sa.func.json_build_object(
        *("id", _model.id, "title", _model.title),
        *("version", _model.version, "state", _model.state),
        type_=sa.JSON,
    )
    return sa.select(model).where(col(_model.id) == id).scalar_subquery()


# ---- inspections --------------------------------------------------------------------------

INSPECTIONS = Resource.of(
    ModelInspection,
    InspectionPublic,
    InspectionNew,
    InspectionQuery,
    "inspections",
    members={"model": _stepped(col(ModelInspection.model_id))},
    filters={"event": Compare(lambda event: col(ModelInspection.event_id) == event, sa.Uuid())},
    owner=col(ModelInspection.model_id),
)

# ---- registrations ------------------------------------------------------------------------

REGISTRATIONS = Resource.of(
    ModelRegistration,
    RegistrationPublic,
    ModelRegistrationNew,
    RegistrationQuery,
    "registrations",
    members={"model": _stepped(col(ModelRegistration.model_id))},
    owner=col(ModelRegistration.model_id),
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
            ),
            type_=sa.JSON,
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


APPRAISALS = Resource.of(
    ModelAppraisal,
    AppraisalPublic,
    AppraisalNew,
    AppraisalQuery,
    "appraisals",
    members={
        "model": _stepped(col(ModelAppraisal.model_id)),
        "scores": SCORES,
        "total": TOTAL,
    },
    owner=col(ModelAppraisal.model_id),
)

# ---- recognitions -------------------------------------------------------------------------

_UNREGISTERED = Text(
    "No registration of the model at this level is recorded",
    "Chưa ghi nhận việc đăng ký mô hình ở cấp này",
)
_REGISTERED = sa.exists().where(
    col(ModelRegistration.model_id) == ModelRecognition.model_id,
    col(ModelRegistration.level) == ModelRecognition.level,
)


def _recognitions(detail: str) -> Resource[ModelRecognition]:
    """The recognitions, with the detail of their warning in one language."""

    def warnings(_: References, registered: bool) -> list[Json]:
        warning = {"code": "registration_not_recorded", "detail": detail}
        return [] if registered else [warning]

    return Resource.of(
        ModelRecognition,
        RecognitionPublic,
        RecognitionNew,
        RecognitionQuery,
        "recognitions",
        members={
            "model": _stepped(col(ModelRecognition.model_id)),
            "outcome": sa.case(
                (col(ModelRecognition.recognised), "recognised"), else_="not_recognised"
            ),
            "warnings": MadeOf([_REGISTERED], warnings),
        },
        owner=col(ModelRecognition.model_id),
    )


RECOGNITIONS, _IN_VIETNAMESE = map(_recognitions, _UNREGISTERED)


def recognitions_for(request: Request) -> Resource[ModelRecognition]:
    """The recognitions in the caller's language."""
    language = request.headers.get("accept-language")
    return _IN_VIETNAMESE if prefers_vietnamese(language) else RECOGNITIONS


# ---- replications -------------------------------------------------------------------------

_started_on = sa.func.first_day(EmulationModel.started_on, type_=sa.Date())
_adopters = Resource.of(
    EmulationModel,
    ReplicationPublic,
    ReplicationNew,
    ReplicationQuery,
    "replications",
    members={
        "model": _stepped(col(EmulationModel.derived_from_id)),
        "adopted_on": col(EmulationModel.started_on),
        "adopter": _stepped(col(EmulationModel.id)),
    },
    owner=col(EmulationModel.derived_from_id),
    sorts={"adopted_on": by_date(_started_on)},
)
REPLICATIONS = replace(
    _adopters, item=_adopters.item.where(col(EmulationModel.derived_from_id).is_not(None))
)

# ---- transitions --------------------------------------------------------------------------

# What is shown of a transition: the state it set, or that it took one back.
_SET_BY = {**SETS, Step.resume: "resumed"}

TRANSITIONS = Resource.of(
    ModelTransition,
    TransitionPublic,
    TransitionNew,
    TransitionQuery,
    "transitions",
    members={
        "model": _stepped(col(ModelTransition.model_id)),
        "to": MadeOf([col(ModelTransition.step)], lambda _, step: _SET_BY[step]),
    },
    owner=col(ModelTransition.model_id),
)
