"""Reading changes in an order that misses none, however late a transaction commits.

Each thing has one row with the number of the transaction that changed it last. A reader is told of
transactions older than every open one (`change_horizon`), in the order of these numbers: whatever
commits later has a higher number than all it was told of. So the feed lags by the longest open
write of the database server, of other databases there too; reads hold nothing up, however long. On
a standby the same holds of the transactions replayed there.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from starlette.requests import Request

from app.access.actors import Actor
from app.access.kinds import KINDS
from app.changes.schemas import Operation, ThingType
from app.db.calendar import today
from app.db.database import driver_of
from app.http.problems import CursorGone, DatabaseUnavailable, Unprocessable
from app.querying.cursors import not_ours
from app.querying.read_sessions import ReadSessions
from app.querying.references import ReadSession

STREAMED = 500  # changes read at once while all are streamed

NEWEST = "select max(xid) from change where xid < change_horizon()"
_START = re.compile("[0-9a-f]{32}")
_KNOWN = "select exists (select from database_start where token = $1)"
# Whether a cursor ($1: the start it was made in, $2: how far it had come) is of this database's
# past, the present start, and the newest change that can be told.
_STATE = """
    select
        (select token from database_start where name = this_start() or pg_is_in_recovery()
         order by number desc limit 1) as start,
        $1::uuid is null or exists (
            select from database_start its
            where token = $1 and not exists (
                select from database_start later
                where later.number > its.number and later.begins <= $2)) as known,
        newest.*
    from (values (true)) one left join lateral (
        select xid, type, id from change where xid < change_horizon()
        order by xid desc, type desc, id desc limit 1) newest on true
"""
_INSIDE = """
    exists (select from unnest({places}) place where place in (
        select id from locality_placement where within @> array[$6::uuid]))
"""
_CHANGES = """
    select xid, type, id, version, changed_at, {present} as present
    from change
    where (xid, type, id) > ($1, $2, $3) and xid < change_horizon()
        and ($4::text[] is null or type = any($4)) and {concerned}
    order by xid, type, id
    limit $5
"""
_EVERYWHERE = _CHANGES.format(present="true", concerned="true")
_UNDER = _CHANGES.format(
    present=_INSIDE.format(places="places"),
    concerned=_INSIDE.format(places="places || left_places"),
)


class Position(NamedTuple):
    """How far a reader has come: all up to here it was told of."""

    xid: int = 0
    type: str = ""
    id: UUID = UUID(int=0)


class Mark(NamedTuple):
    """What a cursor holds. Up to `present`, a transaction, tombstones are left out."""

    start: UUID | None = None
    position: Position = Position()
    present: int | None = 0  # None: what that is, is for the first page to find


class Page(NamedTuple):
    """Some changes, the mark to go on from, and how far any reader could have come."""

    items: list[dict[str, Any]]
    mark: Mark
    has_more: bool
    newest: int


@dataclass(frozen=True)
class Feed:
    """The changes that one reader follows."""

    read_sessions: ReadSessions
    request: Request
    actor: Actor | None
    types: tuple[ThingType | None, ...] | None
    under: UUID | None

    async def mark(self, cursor: str | None, *, snapshot: bool) -> Mark:
        """What a cursor holds; 422 if it is none of this feed."""
        if cursor is None:
            return Mark(present=None if snapshot else 0)
        start, _, sealed = cursor.partition(".")
        cursors = await self.read_sessions.cursors()
        if _START.fullmatch(start) is None:
            raise Unprocessable(faults=[not_ours("after")])
        token = UUID(hex=start)
        try:
            xid, type, id, present = cursors.unseal(self._query(start), sealed)
        except ValueError:
            async with (
                self.read_sessions.read_session() as read_session
            ):  # another database signs otherwise
                if not await read_session.connection.fetchval(_KNOWN, token):
                    raise CursorGone from None
            raise Unprocessable(faults=[not_ours("after")]) from None
        return Mark(token, Position(xid, type, UUID(id)), present)

    async def cursor(self, mark: Mark) -> str:
        """What a client is to send to go on from a mark."""
        assert mark.start is not None
        start, (xid, type, id) = mark.start.hex, mark.position
        cursors = await self.read_sessions.cursors()
        sealed = cursors.seal(self._query(start), [xid, type, str(id), mark.present])
        return f"{start}.{sealed}"

    async def page(self, mark: Mark, limit: int) -> Page:
        """The next changes after a mark; 410 if that is not of this database's past."""
        page = await self._read(mark, limit)
        if page is None:  # nobody has written yet since the database was started
            async with self.read_sessions.database.writer() as session:
                await (await driver_of(session)).execute("select note_start()")
            page = await self._read(mark, limit)
        if page is None:
            raise DatabaseUnavailable
        return page

    async def batch(self, mark: Mark) -> tuple[list[dict[str, Any]], Mark | None]:
        """Many changes and the mark to go on from; or the last, and then where to go on."""
        page = await self.page(mark, STREAMED)
        if page.has_more:
            return page.items, page.mark
        return [*page.items, {"next_cursor": await self.cursor(page.mark)}], None

    async def _read(self, mark: Mark, limit: int) -> Page | None:
        """A page, or None if the present start of the database is not noted."""
        async with self.read_sessions.read_session(several=True) as read_session:
            connection = read_session.connection
            state = await connection.fetchrow(_STATE, mark.start, mark.position.xid)
            if state["start"] is None:
                return None
            if not state["known"]:
                raise CursorGone
            arguments = [*mark.position, self.types, limit + 1]
            if self.under is None:
                rows = await connection.fetch(_EVERYWHERE, *arguments)
            else:
                rows = await connection.fetch(_UNDER, *arguments, self.under)
            has_more, rows = len(rows) > limit, rows[:limit]
            wholes = await self._wholes(read_session, rows)
        newest = Position(*state[2:]) if state["xid"] is not None else Position()
        present = newest.xid if mark.present is None else mark.present
        items = [
            _serialized(row, whole)
            for row in rows
            if (whole := wholes.get((row["type"], row["id"]))) or row["xid"] > present
        ]
        position = Position(*rows[-1][:3]) if has_more else max(mark.position, newest)
        return Page(items, Mark(state["start"], position, present), has_more, newest.xid)

    async def _wholes(
        self, read_session: ReadSession, rows: list[asyncpg.Record]
    ) -> dict[tuple[str, UUID], dict[str, Any]]:
        """The things, by type and id, that there are where the reader looks."""
        ids: dict[str, list[UUID]] = {}
        for row in rows:
            if row["present"]:
                ids.setdefault(row["type"], []).append(row["id"])
        return {
            (type, id): whole
            for type, chosen in ids.items()
            for id, whole in (
                await KINDS[type]
                .seen_by(self.request, self.actor)
                .many(read_session, chosen, as_of=today())
            ).items()
        }

    def _query(self, start: str) -> str:
        """What a cursor is bound to: what is followed, and the database's start."""
        return f"changes {start} {self.under} {self.types and sorted(map(str, self.types))}"


def _serialized(row: asyncpg.Record, whole: dict[str, Any] | None) -> dict[str, Any]:
    operation = Operation.upsert if whole else Operation.delete
    if whole:
        whole.pop("allowed_actions", None)  # as the caller sees it, and no fact of the thing
    return {
        "type": row["type"],
        "id": row["id"],
        "operation": operation,
        "version": row["version"],
        "changed_at": row["changed_at"],
        "data": whole,
    }
