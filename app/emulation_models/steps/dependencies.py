"""FastAPI dependencies of the steps: the model, or the step, that a write starts from."""

from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

from starlette.requests import Request

from app.access.actors import AnyActor, Role
from app.access.writing import Stored, content_before
from app.emulation_models.steps.records import LockedModel, lock
from app.http.conditional import check_if_match
from app.http.problems import Forbidden, Text
from app.querying.resources import Resource, Row
from app.querying.write_session import SessionDep


class RecordedByAnother(Forbidden):
    """Only the agency that recorded a step may change it."""

    code = "recorded_by_another"
    title = Text("Another agency recorded this step", "Bước này do cơ quan khác ghi nhận")


class OnModel:
    """A dependency: the model that a step is to be taken on.

    404 if there is none, 403 without the role or, unless it may lie `anywhere`, outside the
    actor's subtree; 412 if If-Match is sent and it was changed since.
    """

    def __init__(self, role: Role, *, anywhere: bool = False) -> None:
        self.role = role
        self.anywhere = anywhere

    async def __call__(
        self, request: Request, session: SessionDep, actor: AnyActor, id: UUID
    ) -> LockedModel:
        model = await lock(session, actor, id)
        actor.require(self.role)
        if not self.anywhere:
            model.require_covered()
        check_if_match(request, model.version, required=False)
        return model


@dataclass(frozen=True)
class StoredStep(Stored[Row]):
    """A step as it stands before a change, and its model, locked until the change is done.

    The model of a replication is the adopter.
    """

    model: LockedModel

    def as_new(self) -> Any:
        """The step as it was sent, or would be."""
        return self.resource.new.model_validate(self.sent)


class OwnStep(Generic[Row]):
    """A dependency: the step that a change starts from.

    404 if the model has none such, 403 without the role, outside the actor's subtree, or if
    another agency recorded it; 428 without If-Match, 412 if it was changed since it was read.
    """

    def __init__(self, resource: Resource[Row], role: Role, *, made_model: bool = False) -> None:
        self.resource = resource
        self.role = role
        self.made_model = made_model

    async def __call__(
        self, request: Request, session: SessionDep, actor: AnyActor, id: UUID, step: UUID
    ) -> StoredStep[Row]:
        model = await lock(session, actor, id)
        row: Any = await session.get(self.resource.table, step)
        version, content = await content_before(session, self.resource, step, id)
        if self.made_model:
            model = await lock(session, actor, step)
        actor.require(self.role)
        model.require_covered()
        if row.agency_id != actor.agency_id:
            raise RecordedByAnother
        check_if_match(request, version)
        return StoredStep(self.resource, row, version, content, model)
