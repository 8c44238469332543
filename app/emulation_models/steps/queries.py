"""How the steps of a model are read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from pydantic.fields import FieldInfo
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col
from starlette.requests import Request

from app.criteria.tables import Criterion
from app.db.statements import Column
from app.emulation_models.lifecycle import SETS, Action
from app.emulation_models.steps.schemas import (
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
    ScoreNew,
    TransitionNew,
    TransitionPublic,
    TransitionQuery,
)
from app.emulation_models.steps.tables import (
    AppraisalScore,
    ModelAppraisal,
    ModelInspection,
    ModelRecognition,
    ModelRegistration,
    ModelTransition,
)
from app.http.json_encoding import Json
from app.http.problems import Text, prefers_vietnamese
from app.querying import rows
from app.querying.filters import Compare
from app.querying.references import References, carried
from app.querying.representations import MadeOf, table_of
from app.querying.resources import Resource

# The package of models is above: its table is named here as the database names it.
_model = sa.table(
    "emulation_model",
    sa.column("id", sa.Uuid()),
    *map(sa.column, ("title", "version", "state")),
).alias("stepped")


def stepped(id: Column) -> Column:
    """The model of a step, as JSON."""
    model = sa.func.json_build_object(
        *("id", _model.c.id, "title", _model.c.title),
        *("version", _model.c.version, "state", _model.c.state),
        type_=sa.JSON,
    )
    return sa.select(model).where(_model.c.id == id).scalar_subquery()


# ---- inspections --------------------------------------------------------------------------

INSPECTIONS = Resource.of(
    ModelInspection,
    InspectionPublic,
    InspectionNew,
    InspectionQuery,
    "inspections",
    members={"model": stepped(col(ModelInspection.model_id))},
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
    members={"model": stepped(col(ModelRegistration.model_id))},
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


class Scores:
    """The scores of an appraisal as a member of it."""

    def made_of(self, _: sa.Table, __: FieldInfo) -> MadeOf:
        return MadeOf([SCORES], lambda _, scores: carried(scores))

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[ScoreNew]]
    ) -> None:
        sets = dict(await connection.fetch(_SETS, list(elements)))
        scores = [
            {"appraisal_id": id, "criteria_set_id": sets[id], **score.model_dump()}
            for id, each in elements.items()
            for score in each
        ]
        table = table_of(AppraisalScore)
        await rows.replace(connection, table, "appraisal_id", list(elements), scores)


_SETS = "select id, criteria_set_id from model_appraisal where id = any($1)"
APPRAISALS = Resource.of(
    ModelAppraisal,
    AppraisalPublic,
    AppraisalNew,
    AppraisalQuery,
    "appraisals",
    members={
        "model": stepped(col(ModelAppraisal.model_id)),
        "scores": Scores(),
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
            "model": stepped(col(ModelRecognition.model_id)),
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


# ---- transitions --------------------------------------------------------------------------

# What is shown of a transition: the state it set, or that it took one back.
_SET_BY = {**SETS, Action.resume: "resumed"}

TRANSITIONS = Resource.of(
    ModelTransition,
    TransitionPublic,
    TransitionNew,
    TransitionQuery,
    "transitions",
    members={
        "model": stepped(col(ModelTransition.model_id)),
        "to": MadeOf([col(ModelTransition.step)], lambda _, step: _SET_BY[step]),
    },
    owner=col(ModelTransition.model_id),
)
