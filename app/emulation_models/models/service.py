"""Entering models and changing what is recorded of them."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references, sent_before
from app.db.database import driver_of
from app.db.statements import insert
from app.emulation_models.lifecycle import ModelRecord, Registration, standing
from app.emulation_models.look_alikes.likeness import Described
from app.emulation_models.look_alikes.service import refuse_look_alikes
from app.emulation_models.models.queries import MODELS
from app.emulation_models.models.schemas import ModelFacts, ModelNew, RegistrationNew
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.steps.records import update_standing
from app.emulation_models.steps.service import check_day
from app.emulation_models.steps.tables import ModelRegistration
from app.http import error_handlers
from app.http.json_encoding import Json
from app.http.merge_patch import Patch
from app.http.partial_dates import first_day_of, partial_date
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.localities.service import check_in_force
from app.querying.references import require
from app.querying.write_session import read_session_of


class DerivationCircle(Conflict):
    """A model cannot derive from itself or from one that derives from it."""

    code = "derivation_circle"
    title = Text("The other model derives from this one", "Mô hình kia bắt nguồn từ mô hình này")


class DerivationTooLong(Conflict):
    """There are 32 generations at most between a model and the first it derives from."""

    code = "derivation_too_long"
    title = Text("Too many models derive from each other", "Chuỗi nhân rộng quá dài")


error_handlers.named |= {
    "ck_emulation_model_origin": DerivationCircle,
    "ex_emulation_model_circle": DerivationCircle,
    "ex_emulation_model_depth": DerivationTooLong,
}
REQUIRED = ("field", "participant_kind", "objective", "target")


async def create(session: AsyncSession, actor: Actor, data: ModelNew) -> tuple[UUID, bool]:
    """Enter a model, and register it if asked to; its id, and whether it is new."""
    registration = data.registration
    registered_on = None if registration is None else registration.registered_on
    await check_scope(session, actor, data.locality, first_day_of(registered_on))
    if registration is not None:
        actor.require_level(registration.level)
    connection = await driver_of(session)
    await require(connection, data, (await read_session_of(session)).references)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    if registration is not None:
        check_registration(registration)
    await check_in_force(session, data.locality, registered_on)
    if data.distinct_because is None:
        described = Described((data.title, *data.aliases), data.summary, data.field)
        origin = data.derived_from
        await refuse_look_alikes(connection, described, data.locality, data.host, origin)
    agency = {"agency_id": actor.agency_id}
    id = await writing.insert(session, MODELS, data, **columns_of_new(data), **agency)
    if registration is not None:
        row = {"id": uuid7(), "model_id": id, **registration.model_dump(), **agency}
        await insert(connection, ModelRegistration, row)
    if data.derived_from is not None:
        await update_standing(session, data.derived_from)
    return id, True


async def check_stored(session: AsyncSession, actor: Actor, stored: Stored[EmulationModel]) -> None:
    """403 if the model lies outside the agency's subtree."""
    model = stored.row
    day = first_day_of(partial_date(model.registered_on or model.started_on))
    await check_scope(session, actor, model.locality_id, day)


async def update(
    session: AsyncSession,
    actor: Actor,
    stored: Stored[EmulationModel],
    patch: Patch[ModelFacts],
) -> None:
    """Change what is recorded of a model; what is required of a new one cannot be taken away."""
    model, data = stored.row, patch.onto(stored.sent)
    await check_scope(session, actor, data.locality, model.registered_on_first)
    await check_references(session, data)
    check_required(stored.sent, data)
    await check_in_force(session, data.locality, partial_date(model.registered_on))
    origins = {model.derived_from_id} ^ {data.derived_from}
    await writing.change(session, stored, data)
    for origin in sorted(each for each in origins if each is not None):
        await update_standing(session, origin)


def check_registration(registration: RegistrationNew) -> None:
    """Refuse a registration in the future, or at the district level after districts ended."""
    check_day(
        registration.registered_on,
        "registered_on",
        level=registration.level,
        within="/registration",
    )


def check_required(before: Json, data: ModelFacts) -> None:
    """Refuse to take away what is required of a new model."""
    removed = [
        name for name in REQUIRED if before[name] is not None and getattr(data, name) is None
    ]
    if removed:
        raise Unprocessable(
            faults=[Fault(("pointer", f"#/{name}"), "missing", _REQUIRED) for name in removed]
        )


async def update_origin(session: AsyncSession, model: EmulationModel) -> None:
    """Derive again what lists show of the origin of a model that was deleted or restored."""
    if model.derived_from_id is not None:
        await update_standing(session, model.derived_from_id)


_REQUIRED = Text("is required of a model", "là bắt buộc đối với mô hình")


def columns_of_new(data: ModelNew) -> dict[str, object]:
    """What is recorded of a new model beside its facts."""
    registrations = []
    if data.registration is not None:
        registrations = [Registration(data.registration.level, data.registration.registered_on)]
    return {
        **standing(ModelRecord(registrations=registrations))._asdict(),
        "distinct_because": data.distinct_because,
    }


register_kind(MODELS, check_stored)
