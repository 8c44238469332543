"""The steps of a model at their addresses: what they start from, how they are answered."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Role
from app.access.writing import Stored
from app.emulation_models.queries import MODELS
from app.emulation_models.situation import Subject, lock
from app.http.conditional import check_if_match
from app.http.json_encoding import encode
from app.http.json_responses import thing_answer
from app.http.negotiation import wanted
from app.http.problems import Forbidden, NotFound, Text
from app.http.routing import read_json
from app.http.schemas import New
from app.querying.collections import Collection
from app.querying.queries import ListQuery
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep, read_session_of


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
    ) -> Subject:
        subject = await lock(session, actor, id)
        actor.require(self.role)
        if not self.anywhere:
            subject.require_covered()
        check_if_match(request, subject.version, required=False)
        return subject


@dataclass(frozen=True)
class StoredStep(Stored):
    """A step as it stands before a change, and its model, locked until the change is done.

    The model of a replication is the adopter.
    """

    subject: Subject
    schema: type[New]

    def as_sent(self) -> Any:
        """The step as a client would send it."""
        members = self.schema.model_fields.keys() - {"id"}
        return self.schema.model_validate(
            {name: value for name, value in self.writable().items() if name in members}
        )


class OwnStep:
    """A dependency: the step that a change starts from.

    404 if the model has none such, 403 without the role, outside the actor's subtree, or if
    another agency recorded it; 428 without If-Match, 412 if it was changed since it was read.
    """

    def __init__(
        self, collection: Collection, schema: type[New], role: Role, *, made_model: bool = False
    ) -> None:
        self.collection = collection
        self.schema = schema
        self.role = role
        self.made_model = made_model

    async def __call__(
        self, request: Request, session: SessionDep, actor: AnyActor, id: UUID, step: UUID
    ) -> StoredStep:
        subject = await lock(session, actor, id)
        version, content = await self.collection.find(await read_session_of(session), step)
        serialized = encode(content)
        content = read_json(serialized)
        if content["model"]["id"] != str(id):
            raise NotFound
        session.info["before"] = serialized
        if self.made_model:
            subject = await lock(session, actor, step)
        actor.require(self.role)
        subject.require_covered()
        steps = self.collection.id.table
        recorder = sa.select(steps.c.agency_id).where(steps.c.id == step)
        if await session.scalar(recorder) != actor.agency_id:
            raise RecordedByAnother
        check_if_match(request, version)
        return StoredStep(step, version, content, subject, self.schema)


async def list_of_model(
    steps: Collection, request: Request, model: UUID, query: ListQuery
) -> Response:
    """Answer a GET of the steps of a model; 404 if there is no such model."""
    await MODELS.check_there(request, model)
    return await steps.answer(request, query.model_copy(update={"model": model}))


async def one_of_model(steps: Collection, request: Request, model: UUID, step: UUID) -> Response:
    """Answer a GET of one step; 404 if it is none of this model."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        version, content = await steps.find(read_session, step)
    if read_json(encode(content["model"]))["id"] != str(model):
        raise NotFound
    return thing_answer(version, content)
