"""Adoptions of models elsewhere: each makes a model of its own, the adopter."""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.writing import check_references, sent_before
from app.emulation_models.lifecycle import Action
from app.emulation_models.models.replication_schemas import (
    ReplicationNew,
    ReplicationPublic,
    ReplicationQuery,
)
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.steps.dependencies import StoredStep
from app.emulation_models.steps.queries import stepped
from app.emulation_models.steps.records import LockedModel, update_standing
from app.emulation_models.steps.service import StepSettled, check_day, require_possible
from app.http.partial_dates import first_day_of
from app.http.problems import Text
from app.querying.filters import by_date
from app.querying.resources import Resource
from app.vocabularies.terms import ModelState

_started_on = sa.func.first_day(EmulationModel.started_on, type_=sa.Date())
_adopters = Resource.of(
    EmulationModel,
    ReplicationPublic,
    ReplicationNew,
    ReplicationQuery,
    "replications",
    members={
        "model": stepped(col(EmulationModel.derived_from_id)),
        "adopted_on": col(EmulationModel.started_on),
        "adopter": stepped(col(EmulationModel.id)),
    },
    owner=col(EmulationModel.derived_from_id),
    sorts={"adopted_on": by_date(_started_on)},
)
REPLICATIONS = replace(
    _adopters, item=_adopters.item.where(col(EmulationModel.derived_from_id).is_not(None))
)


async def create(
    session: AsyncSession, actor: Actor, model: LockedModel, data: ReplicationNew
) -> tuple[UUID, bool]:
    """Make an adopter of a model, wherever in the agency's subtree it was adopted.

    The model it comes from may lie anywhere: the movement spreads by imitation.
    """
    await check_scope(session, actor, data.locality, first_day_of(data.adopted_on))
    await check_references(session, data)
    if await sent_before(session, actor, data, model.id):
        return data.id, False  # type: ignore[return-value]
    check_day(data.adopted_on, "adopted_on")
    require_possible(Action.replicate, model.record)
    origin = await session.get_one(EmulationModel, model.id)
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
    await update_standing(session, model.id)
    return id, True


async def change(
    session: AsyncSession, actor: Actor, stored: StoredStep[EmulationModel], data: ReplicationNew
) -> None:
    """Change what is recorded of an adoption until the adopter has steps of its own."""
    await check_scope(session, actor, data.locality, first_day_of(data.adopted_on))
    await check_references(session, data)
    check_day(data.adopted_on, "adopted_on")
    _require_unsettled(stored.model)
    await writing.change(session, stored, data, started_on=data.adopted_on)
    await stored.bump_version(session)


async def take_back(
    session: AsyncSession, stored: StoredStep[EmulationModel], origin: UUID
) -> None:
    """Say that a model was not adopted from another after all; it stays, on its own."""
    _require_unsettled(stored.model)
    stored.row.derived_from_id = None
    await update_standing(session, origin)


def _require_unsettled(adopter: LockedModel) -> None:
    if adopter.record.state is not ModelState.draft:
        raise StepSettled(_WENT_ON)


_WENT_ON = Text("The adopter has taken steps of its own", "Mô hình nhân rộng đã có các bước riêng")
