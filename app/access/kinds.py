"""The kinds of things: how each is read, and who may change one. Each domain registers its own."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access.actors import Actor
from app.access.writing import Stored
from app.querying.collections import Collection

Check = Callable[[AsyncSession, Actor, Stored[Any]], Awaitable[None]]
AsSeenBy = Callable[[Request, Actor | None], Collection]


class Kind(NamedTuple):
    """The things of one collection; its name is what the feed calls them (`Thing.feed`)."""

    collection: Collection
    check: Check | None  # raises 403 for a thing outside the actor's scope
    as_seen_by: AsSeenBy | None  # where it depends on the caller what is shown

    @property
    def table(self) -> sa.Table:
        version = self.collection.version
        assert isinstance(version, sa.Column)
        assert isinstance(version.table, sa.Table)
        return version.table

    def seen_by(self, request: Request, actor: Actor | None) -> Collection:
        """The collection as a caller sees it."""
        return self.as_seen_by(request, actor) if self.as_seen_by else self.collection


KINDS: dict[str, Kind] = {}


def register_kind(
    collection: Collection, check: Check | None = None, as_seen_by: AsSeenBy | None = None
) -> None:
    """Let the feed and redactions find the things of a collection."""
    KINDS[collection.name] = Kind(collection, check, as_seen_by)
