"""HTTP of a model's history and of the tree of its adopters."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access.routing import Route
from app.emulation_models.models import history
from app.emulation_models.models.history_schemas import ReplicationTree, TimelinePublic
from app.http.documented_responses import ONE
from app.http.fast_reads import fast_get
from app.http.json_responses import json_answer
from app.http.negotiation import wanted
from app.querying.read_sessions import read_sessions_of

router = APIRouter(prefix="/v1/models/{id}", tags=["Models"], route_class=Route)


@fast_get(router, "/history", response_model=TimelinePublic, responses=ONE)
async def get_model_history(request: Request, id: UUID) -> Response:
    """Read all steps of a model as one timeline, those whose day is unknown last."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        return json_answer(await history.timeline(read_session, id))


@fast_get(router, "/replication-tree", response_model=ReplicationTree, responses=ONE)
async def get_model_replication_tree(request: Request, id: UUID) -> Response:
    """Read the model with those that adopted it, those that adopted these, and so on.

    `origins` are the models it derives from, the first one first. There are 32 generations at most;
    `complete` is false where there are more than 2,000 adopters.
    """
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        return json_answer(await history.replication_tree(read_session, id))
