"""The route class of endpoints that write: what they write is audited, and done once under a key.

Both belong to the session. Whatever a parameter is called, an endpoint whose dependencies hold
`write_session` is recorded between its answer and the commit.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.access import audit, idempotency
from app.http import routing
from app.http.problems import Forbidden
from app.querying.write_session import Unrecorded, write_session


class Route(routing.Route):
    """An endpoint; one that takes a session is recorded.

    TypeError when the route is made if a GET takes one: it reads with `read_sessions_of(request)`.
    """

    keyed = True  # whether its POST takes an Idempotency-Key

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.keyed and self.writes and "POST" in (self.methods or ()):
            self.openapi_extra = (self.openapi_extra or {}) | {
                "parameters": [{"$ref": "#/components/parameters/Idempotency-Key"}]
            }

    @property
    def writes(self) -> bool:
        return write_session in routing.dependencies_of(self.dependant)

    def get_route_handler(self) -> routing.Handler:
        handle, name = super().get_route_handler(), self.endpoint.__name__
        if not self.writes:
            return handle
        if "GET" in (self.methods or ()):
            raise TypeError(f"{name} reads: use `read_sessions_of(request)` in place of a session.")

        async def write(request: Request) -> Response:
            response = await handle(request)
            session = request.state.session
            if "actor" not in session.info:
                raise Unrecorded(
                    f"{name} writes for nobody: give it `actor: Registrar`, or another of the"
                    " actors in app/access/actors.py."
                )
            await audit.record(request, session, name, response)
            await idempotency.keep_answer(session, response)
            session.info["recorded"] = True
            return response

        return write


class UnkeyedRoute(Route):
    """An endpoint whose answers are never kept: they hold a secret."""

    keyed = False


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(idempotency.Replayed, idempotency.replay)
    app.add_exception_handler(Forbidden, audit.refuse)
