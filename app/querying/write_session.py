"""The session of a write: one request, one transaction, committed before the answer leaves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.db.database import driver_of
from app.querying.read_sessions import ReadSessions, read_sessions_of
from app.querying.references import ReadSession


class Unrecorded(Exception):
    """A write would have left no audit entry: a fault of its route, so nothing is written."""


async def write_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The session in which a request writes, also in `request.state.session`.

    It is committed if the route has recorded the write (`access/routing.py`). Unrecorded, and
    rolled back, if not.
    """
    read_sessions = read_sessions_of(request)
    async with read_sessions.database.writer() as session:
        session.info["read_sessions"] = read_sessions
        request.state.session = session
        yield session
        if "recorded" not in session.info:
            name = request.scope["endpoint"].__name__
            raise Unrecorded(
                f"{name} writes and leaves no audit entry: give its router"
                " `route_class=Route` from app/access/routing.py."
            )


async def read_session_of(session: AsyncSession) -> ReadSession:
    """Read what a session has written so far, which nobody else sees yet."""
    read_sessions: ReadSessions = session.info["read_sessions"]
    return ReadSession(
        await driver_of(session), read_sessions.references, catch_up=read_sessions.catch_up
    )


SessionDep = Annotated[AsyncSession, Depends(write_session, scope="function")]
