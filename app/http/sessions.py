"""The session of a write: one request, one transaction, committed before the answer leaves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.http.readings import readings_of


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with readings_of(request).database.writer() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(_session, scope="function")]
