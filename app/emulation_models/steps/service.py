"""Taking the steps of a model's life, changing them and taking them back."""

from dataclasses import replace
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor
from app.access.writing import check_references, sent_before
from app.criteria.scoring import Score
from app.criteria.service import check_scores
from app.db.calendar import today
from app.emulation_models.lifecycle import (
    DISTRICTS_ENDED,
    SETS,
    Action,
    Decision,
    ModelRecord,
    refusal,
    settled,
)
from app.emulation_models.steps.dependencies import StoredStep
from app.emulation_models.steps.queries import (
    APPRAISALS,
    INSPECTIONS,
    RECOGNITIONS,
    REGISTRATIONS,
)
from app.emulation_models.steps.records import (
    LockedModel,
    lock,
    set_transition,
    update_standing,
)
from app.emulation_models.steps.schemas import (
    AppraisalNew,
    InspectionNew,
    MergeNew,
    ModelRegistrationNew,
    RecognitionNew,
    RecognitionOutcome,
    TransitionNew,
    TransitionTarget,
)
from app.emulation_models.steps.tables import ModelTransition
from app.http.partial_dates import PartialDate, first_day_of
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.localities.service import check_in_force
from app.querying.resources import Resource
from app.vocabularies.terms import Level


class StepNotPossible(Conflict):
    """The state of the model does not allow this step; `detail` tells why."""

    code = "step_not_possible"
    title = Text("The model's state does not allow this", "Trạng thái mô hình không cho phép")


class StepSettled(Conflict):
    """Something rests on this step by now, so it can no longer be changed."""

    code = "step_settled"
    title = Text("Something rests on this step", "Đã có bước khác dựa trên bước này")


StepNew = InspectionNew | ModelRegistrationNew | AppraisalNew | RecognitionNew


class ActionTaken(NamedTuple):
    """A step as the rules see it: an action, at a level, on a day."""

    action: Action
    level: Level | None
    on: PartialDate | None
    dated_by: str  # the member with its day
    resource: Resource[Any]


def action_of(data: StepNew) -> ActionTaken:
    on: PartialDate | None
    match data:
        case InspectionNew():
            on, by = data.inspected_on, "inspected_on"
            return ActionTaken(Action.inspect, None, on, by, INSPECTIONS)
        case ModelRegistrationNew():
            on, by = data.registered_on, "registered_on"
            return ActionTaken(Action.register, data.level, on, by, REGISTRATIONS)
        case AppraisalNew():
            on = PartialDate(data.appraised_on.isoformat())
            return ActionTaken(Action.appraise, None, on, "appraised_on", APPRAISALS)
        case RecognitionNew():
            recognised = data.outcome is RecognitionOutcome.recognised
            action = Action.recognise if recognised else Action.not_recognise
            return ActionTaken(action, data.level, data.decided_on, "decided_on", RECOGNITIONS)


async def take(
    session: AsyncSession, actor: Actor, model: LockedModel, data: StepNew
) -> tuple[UUID, bool]:
    """Take a step; its id, and whether it is new. 409 if the model's state forbids it."""
    taken = action_of(data)
    if taken.level is not None:
        actor.require_level(taken.level)
    await check_references(session, data)
    if await sent_before(session, actor, data, model.id):
        return data.id, False  # type: ignore[return-value]
    await _check(session, model, data, taken)
    require_possible(taken.action, model.record, taken.level, taken.on)
    own = {"model_id": model.id, "agency_id": actor.agency_id}
    id = await writing.insert(session, taken.resource, data, **_computed(data), **own)
    await update_standing(session, model.id)
    return id, True


async def change(
    session: AsyncSession, actor: Actor, stored: StoredStep[Any], data: StepNew
) -> None:
    """Change a step that nothing rests on; what is new of it is checked like a new one."""
    taken, was = action_of(data), action_of(stored.as_new())
    if taken.level is not None:
        actor.require_level(taken.level)
    await check_references(session, data)
    record = stored.model.record
    await _check(session, stored.model, data, taken)
    require_unsettled(was.action, record, was.level)
    require_possible(taken.action, _without(record, was), taken.level, taken.on)
    await writing.change(session, stored, data, **_computed(data))
    await stored.bump_version(session)
    await update_standing(session, stored.model.id)


async def take_back(session: AsyncSession, stored: StoredStep[Any]) -> None:
    """Remove a step that nothing rests on."""
    was = action_of(stored.as_new())
    require_unsettled(was.action, stored.model.record, was.level)
    await session.delete(stored.row)
    await update_standing(session, stored.model.id)


def _without(record: ModelRecord, was: ActionTaken) -> ModelRecord:
    """What has happened to a model beside one step."""
    match was.action:
        case Action.register:
            rest = [each for each in record.registrations if each.level != was.level]
            return replace(record, registrations=rest)
        case Action.recognise | Action.not_recognise:
            recognised = was.action is Action.recognise
            decisions = list(record.decisions)
            decisions.remove(Decision(cast("Level", was.level), recognised, was.on))
            return replace(record, decisions=decisions)
    return record


def _computed(data: StepNew) -> dict[str, object]:
    """The columns that are no members of a step."""
    if isinstance(data, RecognitionNew):
        return {"recognised": data.outcome is RecognitionOutcome.recognised}
    return {}


async def _check(
    session: AsyncSession, model: LockedModel, data: StepNew, taken: ActionTaken
) -> None:
    """422 for a day in the future, a level or place that had ended, scores that do not fit."""
    check_day(taken.on, taken.dated_by, level=taken.level)
    if isinstance(data, AppraisalNew):
        scores = [Score(each.criterion, each.score) for each in data.scores]
        await check_scores(session, data.criteria_set, scores)
    if taken.action is Action.register:
        await check_in_force(session, model.locality_id, taken.on)


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


def require_possible(
    action: Action, record: ModelRecord, level: Level | None = None, on: PartialDate | None = None
) -> None:
    """409 if the state of a model does not allow an action (at a level, on a day)."""
    if reason := refusal(action, record, level, on):
        raise StepNotPossible(reason)


def require_unsettled(action: Action, record: ModelRecord, level: Level | None = None) -> None:
    """409 if something rests on an action that was taken."""
    if reason := settled(action, record, level):
        raise StepSettled(reason)


# ---- transitions --------------------------------------------------------------------------

ACTION_TO = {
    TransitionTarget.under_survey: Action.survey,
    TransitionTarget.returned: Action.send_back,
    TransitionTarget.suspended: Action.suspend,
    TransitionTarget.ended: Action.end,
    TransitionTarget.withdrawn: Action.withdraw,
    TransitionTarget.resumed: Action.resume,
}


async def transit(
    session: AsyncSession, actor: Actor, model: LockedModel, data: TransitionNew
) -> tuple[UUID, bool]:
    """Set the state of a model, or take back what was set; the transition, and if it is new."""
    if await sent_before(session, actor, data, model.id):
        return data.id, False  # type: ignore[return-value]
    action = ACTION_TO[data.to]
    require_possible(action, model.record)
    made = ModelTransition(**data.own_id(), **_made(actor, model, action), reason=data.reason)
    session.add(made)
    await set_transition(session, model.id, SETS.get(action))
    return made.id, True


async def merge(session: AsyncSession, actor: Actor, model: LockedModel, data: MergeNew) -> UUID:
    """Say that a model is recorded twice: the other record goes on in place of this one."""
    await check_references(session, data)
    other = await lock(session, actor, data.into)
    other.require_covered()
    if other.id == model.id:
        raise Unprocessable(faults=[Fault(("pointer", "#/into"), "itself", _ITSELF)])
    require_possible(Action.merge, model.record)
    require_possible(Action.merge, other.record)  # what was merged itself goes on no more
    made = ModelTransition(
        **_made(actor, model, Action.merge), reason=data.reason, into_id=other.id
    )
    session.add(made)
    await set_transition(session, model.id, SETS[Action.merge], merged_into=other.id)
    return made.id


def _made(actor: Actor, model: LockedModel, action: Action) -> dict[str, Any]:
    return {
        "model_id": model.id,
        "step": action,
        "made_on": today(),
        "agency_id": actor.agency_id,
    }


_IN_THE_FUTURE = Text("lies in the future", "là ngày trong tương lai")
_NO_DISTRICTS = Text(
    "there is no district level from 2025-07-01", "không còn cấp huyện từ ngày 2025-07-01"
)
_ITSELF = Text("must be another model", "phải là mô hình khác")
