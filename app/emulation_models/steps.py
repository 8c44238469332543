"""Taking the steps of a model's life, changing them and taking them back."""

from dataclasses import replace
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.writing import check_references, sent_before
from app.criteria.scoring import Score
from app.criteria.service import check_scores
from app.db.calendar import today
from app.db.database import driver_of
from app.emulation_models.lifecycle import (
    DISTRICTS_ENDED,
    SETS,
    Decision,
    Situation,
    Step,
    refusal,
    settled,
)
from app.emulation_models.situation import Subject, follow, lock
from app.emulation_models.step_queries import (
    APPRAISALS,
    INSPECTIONS,
    RECOGNITIONS,
    REGISTRATIONS,
    REPLICATIONS,
)
from app.emulation_models.step_schemas import (
    AppraisalNew,
    InspectionNew,
    MergeNew,
    ModelRegistrationNew,
    RecognitionNew,
    RecognitionOutcome,
    ReplicationNew,
    TransitionNew,
    TransitionTarget,
)
from app.emulation_models.stepping import StoredStep
from app.emulation_models.tables import AppraisalScore, EmulationModel, ModelTransition
from app.http.partial_dates import PartialDate, first_day_of
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.localities.service import check_in_force
from app.querying import rows
from app.querying.representations import table_of
from app.querying.resources import Resource
from app.vocabularies.terms import Level, ModelState


class StepNotPossible(Conflict):
    """The state of the model does not allow this step; `detail` tells why."""

    code = "step_not_possible"
    title = Text("The model's state does not allow this", "Trạng thái mô hình không cho phép")


class StepSettled(Conflict):
    """Something rests on this step by now, so it can no longer be changed."""

    code = "step_settled"
    title = Text("Something rests on this step", "Đã có bước khác dựa trên bước này")


StepNew = InspectionNew | ModelRegistrationNew | AppraisalNew | RecognitionNew


class Act(NamedTuple):
    """What the rules need to know of a step."""

    step: Step
    resource: Resource[Any]
    level: Level | None
    on: PartialDate | None
    dated_by: str  # the member with its day


def act_of(data: StepNew) -> Act:
    match data:
        case InspectionNew():
            return Act(Step.inspect, INSPECTIONS, None, data.inspected_on, "inspected_on")
        case ModelRegistrationNew():
            return Act(
                Step.register, REGISTRATIONS, data.level, data.registered_on, "registered_on"
            )
        case AppraisalNew():
            on = PartialDate(data.appraised_on.isoformat())
            return Act(Step.appraise, APPRAISALS, None, on, "appraised_on")
        case RecognitionNew():
            recognised = data.outcome is RecognitionOutcome.recognised
            step = Step.recognise if recognised else Step.not_recognise
            return Act(step, RECOGNITIONS, data.level, data.decided_on, "decided_on")


async def take(
    session: AsyncSession, actor: Actor, subject: Subject, data: StepNew
) -> tuple[UUID, bool]:
    """Take a step; its id, and whether it is new. 409 if the model's state forbids it."""
    act = act_of(data)
    if act.level is not None:
        actor.require_level(act.level)
    await check_references(session, data)
    if await sent_before(session, actor, data, subject.id):
        return data.id, False  # type: ignore[return-value]
    await _check(session, subject, data, act)
    _refuse(act.step, subject.situation, act.level, act.on)
    id = await writing.insert(
        session,
        act.resource,
        data,
        **_computed(data),
        model_id=subject.id,
        agency_id=actor.agency_id,
    )
    if isinstance(data, AppraisalNew):
        await _score(session, id, data)
    await follow(session, subject.id)
    return id, True


async def change(
    session: AsyncSession, actor: Actor, stored: StoredStep[Any], data: StepNew
) -> None:
    """Change a step that nothing rests on; what is new of it is checked like a new one."""
    act, was = act_of(data), act_of(type(data).model_validate(stored.sent))
    if act.level is not None:
        actor.require_level(act.level)
    await check_references(session, data)
    situation = stored.subject.situation
    await _check(session, stored.subject, data, act)
    _keep(was.step, situation, was.level)
    _refuse(act.step, _without(situation, was), act.level, act.on)
    await writing.change(session, act.resource, stored, data, **_computed(data))
    if isinstance(data, AppraisalNew):
        await _score(session, stored.id, data)
    await stored.bump_version(session)
    await follow(session, stored.subject.id)


async def take_back(session: AsyncSession, schema: type[StepNew], stored: StoredStep[Any]) -> None:
    """Remove a step that nothing rests on."""
    was = act_of(schema.model_validate(stored.sent))
    _keep(was.step, stored.subject.situation, was.level)
    await session.delete(stored.row)
    await follow(session, stored.subject.id)


def _without(situation: Situation, was: Act) -> Situation:
    """What has happened to a model beside one step."""
    match was.step:
        case Step.register:
            rest = [each for each in situation.registrations if each.level != was.level]
            return replace(situation, registrations=rest)
        case Step.recognise | Step.not_recognise:
            decisions = list(situation.decisions)
            decisions.remove(Decision(cast("Level", was.level), was.step is Step.recognise, was.on))
            return replace(situation, decisions=decisions)
    return situation


async def _check(session: AsyncSession, subject: Subject, data: StepNew, act: Act) -> None:
    """422 for a day in the future, a level or place that had ended, scores that do not fit."""
    check_day(act.on, act.dated_by, level=act.level)
    if isinstance(data, AppraisalNew):
        scores = [Score(each.criterion, each.score) for each in data.scores]
        await check_scores(session, data.criteria_set, scores)
    if act.step is Step.register:
        await check_in_force(session, subject.locality_id, act.on)


def check_day(
    on: PartialDate | None, member: str, *, level: Level | None = None, within: str = ""
) -> None:
    """Refuse a day in the future, and the district level after districts ended."""
    first, faults = first_day_of(on), []
    if first is not None and first > today():
        faults.append(Fault(("pointer", f"#{within}/{member}"), "in_the_future", _IN_THE_FUTURE))
    if level is Level.district and (first is None or first >= DISTRICTS_ENDED):
        faults.append(Fault(("pointer", f"#{within}/level"), "level_abolished", _NO_DISTRICTS))
    if faults:
        raise Unprocessable(faults=faults)


def _refuse(
    step: Step, situation: Situation, level: Level | None = None, on: PartialDate | None = None
) -> None:
    if reason := refusal(step, situation, level, on):
        raise StepNotPossible(reason)


def _keep(step: Step, situation: Situation, level: Level | None = None) -> None:
    if reason := settled(step, situation, level):
        raise StepSettled(reason)


def _computed(data: StepNew) -> dict[str, object]:
    """The columns that are not members of a step."""
    if isinstance(data, RecognitionNew):
        return {"recognised": data.outcome is RecognitionOutcome.recognised}
    return {}


async def _score(session: AsyncSession, id: UUID, data: AppraisalNew) -> None:
    scores = [
        {"appraisal_id": id, "criteria_set_id": data.criteria_set, **score.model_dump()}
        for score in data.scores
    ]
    table = table_of(AppraisalScore)
    await rows.replace(await driver_of(session), table, "appraisal_id", [id], scores)


# ---- replications -------------------------------------------------------------------------


async def replicate(
    session: AsyncSession, actor: Actor, subject: Subject, data: ReplicationNew
) -> tuple[UUID, bool]:
    """Make an adopter of a model, wherever in the agency's subtree it was adopted.

    The model it comes from may lie anywhere: the movement spreads by imitation.
    """
    await check_scope(session, actor, data.locality, first_day_of(data.adopted_on))
    await check_references(session, data)
    if await sent_before(session, actor, data, subject.id):
        return data.id, False  # type: ignore[return-value]
    check_day(data.adopted_on, "adopted_on")
    _refuse(Step.replicate, subject.situation)
    origin = await session.get_one(EmulationModel, subject.id)
    id = await writing.insert(
        session,
        REPLICATIONS,
        data,
        **origin.model_dump(include={"field", "participant_kind", "objective", "target"}),
        started_on=data.adopted_on,
        aliases=[],
        derived_from_id=origin.id,
        state=ModelState.draft,
        agency_id=actor.agency_id,
    )
    await follow(session, subject.id)
    return id, True


async def change_replication(
    session: AsyncSession, actor: Actor, stored: StoredStep[EmulationModel], data: ReplicationNew
) -> None:
    """Change what is recorded of an adoption until the adopter has steps of its own."""
    await check_scope(session, actor, data.locality, first_day_of(data.adopted_on))
    await check_references(session, data)
    check_day(data.adopted_on, "adopted_on")
    _keep_adoption(stored.subject)
    await writing.change(session, REPLICATIONS, stored, data, started_on=data.adopted_on)
    await stored.bump_version(session)


async def take_back_replication(
    session: AsyncSession, stored: StoredStep[EmulationModel], origin: UUID
) -> None:
    """Say that a model was not adopted from another after all; it stays, on its own."""
    _keep_adoption(stored.subject)
    stored.row.derived_from_id = None
    await follow(session, origin)


def _keep_adoption(adopter: Subject) -> None:
    if adopter.situation.state is not ModelState.draft:
        raise StepSettled(_WENT_ON)


# ---- transitions --------------------------------------------------------------------------

STEP_TO = {
    TransitionTarget.under_survey: Step.survey,
    TransitionTarget.returned: Step.send_back,
    TransitionTarget.suspended: Step.suspend,
    TransitionTarget.ended: Step.end,
    TransitionTarget.withdrawn: Step.withdraw,
    TransitionTarget.resumed: Step.resume,
}


async def transit(
    session: AsyncSession, actor: Actor, subject: Subject, data: TransitionNew
) -> tuple[UUID, bool]:
    """Set the state of a model, or take back what was set; the id of the act."""
    if await sent_before(session, actor, data, subject.id):
        return data.id, False  # type: ignore[return-value]
    step = STEP_TO[data.to]
    _refuse(step, subject.situation)
    id = await _set(session, actor, subject, step, **data.own_id(), reason=data.reason)
    return id, True


async def merge(session: AsyncSession, actor: Actor, subject: Subject, data: MergeNew) -> UUID:
    """Say that a model is recorded twice: the other record goes on in place of this one."""
    await check_references(session, data)
    other = await lock(session, actor, data.into)
    other.require_covered()
    if other.id == subject.id:
        raise Unprocessable(faults=[Fault(("pointer", "#/into"), "itself", _ITSELF)])
    _refuse(Step.merge, subject.situation)
    _refuse(Step.merge, other.situation)  # what was merged itself goes on no more
    model = await session.get_one(EmulationModel, subject.id)
    model.merged_into_id = other.id
    return await _set(session, actor, subject, Step.merge, reason=data.reason, into_id=other.id)


async def _set(
    session: AsyncSession, actor: Actor, subject: Subject, step: Step, **evidence: Any
) -> UUID:
    made = ModelTransition(
        model_id=subject.id,
        step=step,
        made_on=today(),
        agency_id=actor.agency_id,
        **evidence,
    )
    session.add(made)
    model = await session.get_one(EmulationModel, subject.id)
    model.transition = SETS.get(step)
    await follow(session, subject.id)
    return made.id


_IN_THE_FUTURE = Text("lies in the future", "là ngày trong tương lai")
_NO_DISTRICTS = Text(
    "there is no district level from 2025-07-01", "không còn cấp huyện từ ngày 2025-07-01"
)
_ITSELF = Text("must be another model", "phải là mô hình khác")
_WENT_ON = Text("The adopter has taken steps of its own", "Mô hình nhân rộng đã có các bước riêng")
