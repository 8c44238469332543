"""The session of a write: one request, one transaction, committed before the answer leaves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.db.database import driver_of
from app.http.readings import Readings, readings_of
from app.http.references import Reading


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    readings = readings_of(request)
    async with readings.database.writer() as session:
        session.info["readings"] = readings
        yield session


async def reading_of(session: AsyncSession) -> Reading:
    """Read what a session has written so far, which nobody else sees yet."""
    readings: Readings = session.info["readings"]
    return Reading(await driver_of(session), readings.references, catch_up=readings.catch_up)


SessionDep = Annotated[AsyncSession, Depends(_session, scope="function")]
