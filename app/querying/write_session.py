"""The session of a write: one request, one transaction, committed before the answer leaves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.db.database import driver_of
from app.querying.read_sessions import ReadSessions, read_sessions_of
from app.querying.references import ReadSession


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    read_sessions = read_sessions_of(request)
    async with read_sessions.database.writer() as session:
        session.info["read_sessions"] = read_sessions
        yield session


async def read_session_of(session: AsyncSession) -> ReadSession:
    """Read what a session has written so far, which nobody else sees yet."""
    read_sessions: ReadSessions = session.info["read_sessions"]
    return ReadSession(
        await driver_of(session), read_sessions.references, catch_up=read_sessions.catch_up
    )


SessionDep = Annotated[AsyncSession, Depends(_session, scope="function")]
