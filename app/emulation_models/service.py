"""Entering models and changing what is recorded of them."""

from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, replace_parts, sent_before
from app.db.database import driver_of
from app.db.statements import insert
from app.emulation_models.candidates import similar, similar_nearby
from app.emulation_models.lifecycle import Registration, Situation, standing
from app.emulation_models.look_alikes import Described
from app.emulation_models.queries import MODELS
from app.emulation_models.schemas import ModelDescribed, ModelFacts, ModelNew, RegistrationNew
from app.emulation_models.situation import follow
from app.emulation_models.steps import check_day
from app.emulation_models.tables import (
    EmulationModel,
    ModelHost,
    ModelLocality,
    ModelOutcome,
    ModelRegistration,
    ModelSource,
)
from app.http import error_handlers
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.http.schemas import first_day_of, span
from app.localities.service import check_in_force
from app.querying.references import require
from app.querying.write_session import read_session_of


class SimilarModels(Conflict):
    """A model of the same commune or host is much like the new one: `similar` names it."""

    code = "similar_models"
    title = Text(
        "There is a look-alike in the same commune or of the same host",
        "Đã có mô hình tương tự ở cùng xã hoặc cùng đơn vị chủ trì",
    )


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
    registered_on = data.registration.registered_on if data.registration else None
    await check_scope(session, actor, data.locality, first_day_of(registered_on))
    if data.registration is not None:
        actor.require_level(data.registration.level)
    connection = await driver_of(session)
    await require(connection, data, (await read_session_of(session)).references)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    if data.registration is not None:
        check_registration(data.registration)
    await check_place(session, data.locality, registered_on)
    if data.distinct_because is None:
        await refuse_look_alikes(session, data)
    id = data.id or uuid7()
    model = {"id": id, **columns_of_new(data), "agency_id": actor.agency_id}
    await insert(connection, EmulationModel, model)
    if data.registration is not None:
        registration = {
            "id": uuid7(),
            "model_id": id,
            "level": data.registration.level,
            "registered_on": registered_on,
            "agency_id": actor.agency_id,
        }
        await insert(connection, ModelRegistration, registration)
    if data.outcomes or data.sources or data.other_localities or data.other_hosts:
        await _replace_parts(session, id, data)
    if data.derived_from is not None:
        await follow(session, data.derived_from)
    return id, True


async def refuse_look_alikes(session: AsyncSession, data: ModelNew) -> None:
    """409 over a model of the same commune or host that is much like this one.

    What adopts another is like it, and says so itself.
    """
    described = Described((data.title, *data.aliases), data.summary, data.field)
    alike = await similar_nearby(await driver_of(session), described, data.locality, data.host)
    found = [each for each in alike if each["model"]["id"] != data.derived_from]
    if found:
        title = found[0]["model"]["title"]
        raise SimilarModels(
            Text(
                f"It is much like “{title}”; tell in distinct_because why it is another",
                f"Rất giống “{title}”; nêu lý do khác biệt ở distinct_because",
            ),
            similar=found,
        )


async def look_alikes(connection: asyncpg.Connection, data: ModelDescribed) -> dict[str, Any]:
    """What in the register is like a model."""
    await require(connection, data)
    described = Described((data.title,), data.summary, data.field)
    return {"items": await similar(connection, described, data.locality)}


async def check_stored(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the model lies outside the agency's subtree."""
    await check_scope(
        session,
        actor,
        stored.place("locality"),
        first_day_of(stored.content["registered_on"] or stored.content["started_on"]),
    )


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[ModelFacts]
) -> None:
    """Change what is recorded of a model; what is required of a new one cannot be taken away."""
    data = patch.onto(stored.writable())
    await check_scope(session, actor, data.locality, first_day_of(stored.content["registered_on"]))
    await require(await driver_of(session), data)
    check_required(stored, data)
    await check_place(session, data.locality, stored.content["registered_on"])
    model = await session.get_one(EmulationModel, stored.id)
    origins = {model.derived_from_id} ^ {data.derived_from}
    model.sqlmodel_update(columns(data))
    await _replace_parts(session, stored.id, data)
    await stored.touch(session, EmulationModel)
    for origin in sorted(each for each in origins if each is not None):
        await follow(session, origin)


def check_registration(registration: RegistrationNew) -> None:
    """Refuse a registration in the future, or at the district level after districts ended."""
    check_day(
        registration.registered_on,
        "registered_on",
        level=registration.level,
        within="/registration",
    )


def check_required(stored: Stored, data: ModelFacts) -> None:
    """Refuse to take away what is required of a new model."""
    removed = [
        name
        for name in REQUIRED
        if stored.content[name] is not None and getattr(data, name) is None
    ]
    if removed:
        raise Unprocessable(
            faults=[Fault(("pointer", f"#/{name}"), "missing", _REQUIRED) for name in removed]
        )


async def follow_origin(session: AsyncSession, content: dict[str, Any]) -> None:
    """Let the model that another derives from follow when that is deleted or restored."""
    if content["derived_from"] is not None:
        await follow(session, UUID(content["derived_from"]["id"]))


async def check_place(session: AsyncSession, locality: UUID, registered_on: str | None) -> None:
    """A model is registered where a unit is in force; undated ones may cite units that ended."""
    days = span(registered_on)
    if days is not None:
        await check_in_force(session, locality, *days)


_REQUIRED = Text("is required of a model", "là bắt buộc đối với mô hình")


def columns_of_new(data: ModelNew) -> dict[str, Any]:
    """The row of a new model, without its id and its agency."""
    registrations = []
    if data.registration is not None:
        registrations = [Registration(data.registration.level, data.registration.registered_on)]
    return {
        **columns(data),
        **standing(Situation(registrations=registrations))._asdict(),
        "distinct_because": data.distinct_because,
    }


def columns(data: ModelFacts) -> dict[str, Any]:
    """What a row says of the facts of a model."""
    return {
        **data.model_dump(
            include={
                "title", "summary", "field", "participant_kind", "objective", "target",
                "owner_name", "started_on", "aliases",
            }
        ),
        "locality_id": data.locality,
        "host_id": data.host,
        "campaign_period_id": data.campaign_period,
        "derived_from_id": data.derived_from,
    }  # fmt: skip


def outcomes(data: ModelFacts) -> list[dict[str, Any]]:
    """The rows of a model's outcomes."""
    return [
        outcome.model_dump() | {"id": outcome.id or uuid7(), "position": position}
        for position, outcome in enumerate(data.outcomes)
    ]


def sources(data: ModelFacts) -> list[dict[str, Any]]:
    """The rows of a model's sources."""
    return [
        {
            **source.model_dump(exclude={"document"}),
            "id": source.id or uuid7(),
            "position": position,
            "document_id": source.document,
        }
        for position, source in enumerate(data.sources)
    ]


def other_localities(data: ModelFacts) -> list[dict[str, Any]]:
    """The rows of a model's further places."""
    return [
        {"id": uuid7(), "position": position, "locality_id": place}
        for position, place in enumerate(data.other_localities)
    ]


def other_hosts(data: ModelFacts) -> list[dict[str, Any]]:
    """The rows of a model's further hosts."""
    return [
        {"id": uuid7(), "position": position, "organisation_id": host}
        for position, host in enumerate(data.other_hosts)
    ]


# Of each kind of part: its table, and the rows of a model's parts.
PARTS = (
    (ModelOutcome, outcomes),
    (ModelSource, sources),
    (ModelLocality, other_localities),
    (ModelHost, other_hosts),
)


async def _replace_parts(session: AsyncSession, id: UUID, data: ModelFacts) -> None:
    await session.flush()
    for table, rows_of in PARTS:
        await replace_parts(session, table, {"model_id": id}, rows_of(data))


register_kind(MODELS, check_stored)
