"""Things as they are read: one, some, a page of a list, a whole list as a file."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Clause, Column, Select, Statement
from app.export.streams import whole_list
from app.http.json_encoding import Json
from app.http.json_responses import PUBLIC, json_answer, thing_answer
from app.http.negotiation import FILES, Format, wanted
from app.http.problems import Fault, NotFound, Text, Unprocessable
from app.http.schemas import Answer
from app.querying.queries import PAGE, Filters, ListQuery
from app.querying.read_sessions import read_sessions_of
from app.querying.references import REVISION, ReadSession, References, Serialize
from app.querying.selections import LIMIT, Selectable

BATCH = 200  # rows read at once while a whole list is streamed

After = tuple[str | date, UUID]  # the sort value and the id of the row where a list goes on


@dataclass(frozen=True, kw_only=True)
class Collection(Selectable):
    """All things of one kind: where their rows are and how they are shown."""

    name: str
    version: Column
    serialize: Serialize
    schema: type[Answer]
    default_sort: str
    owner: Column | None = None  # with the id of the thing at whose address these are
    whole: Select | None = None
    serialize_whole: Serialize | None = None
    _statements: dict[object, Statement] = dataclasses.field(default_factory=dict)

    # ---- one thing ------------------------------------------------------------------------

    async def find(
        self, read_session: ReadSession, id: UUID, owner: UUID | None = None
    ) -> tuple[int, Json]:
        """The version and the whole of a thing; 404 if there is none, or none of its `owner`."""
        if "one" not in self._statements:
            chosen = self.id == sa.bindparam("thing_id", type_=sa.Uuid())
            self._statements["one"] = self._wholes(chosen)
        row = await self._statements["one"].row(read_session.connection, thing_id=id)
        if row is None or (owner is not None and row["owner_id"] != owner):
            raise NotFound
        await read_session.refresh(row["reference_revision"])
        return row["thing_version"], self.serialized(row, read_session.references)

    async def find_all(
        self, read_session: ReadSession, ids: Sequence[UUID], **values: object
    ) -> list[asyncpg.Record]:
        """The rows of those things that exist, for `serialized`; `whole` takes the `values`."""
        if "all" not in self._statements:
            chosen = self.id == sa.any_(sa.bindparam("thing_ids", type_=ARRAY(sa.Uuid())))
            self._statements["all"] = self._wholes(chosen)
        rows = await self._statements["all"].rows(read_session.connection, thing_ids=ids, **values)
        if rows:
            await read_session.refresh(rows[0]["reference_revision"])
        return rows

    def _wholes(self, chosen: Clause) -> Statement:
        columns: list[Column] = [
            REVISION,
            self.version.label("thing_version"),
            self.id.label("thing_id"),
        ]
        if self.owner is not None:
            columns.append(self.owner.label("owner_id"))
        return Statement(self._whole.add_columns(*columns).where(chosen))

    @property
    def _whole(self) -> Select:
        return self.item if self.whole is None else self.whole

    def serialized(self, row: asyncpg.Record, references: References) -> Json:
        """The whole of a thing that was found."""
        return (self.serialize_whole or self.serialize)(row, references)

    async def many(
        self, read_session: ReadSession, ids: Sequence[UUID], **values: object
    ) -> dict[UUID, Json]:
        """The wholes of those of the things that there are."""
        rows = await self.find_all(read_session, ids, **values)
        return {row["thing_id"]: self.serialized(row, read_session.references) for row in rows}

    async def one(self, request: Request, id: UUID, owner: UUID | None = None) -> Response:
        """Answer a GET of one thing."""
        wanted(request)
        async with read_sessions_of(request).read_session() as read_session:
            version, content = await self.find(read_session, id, owner)
        return thing_answer(version, content)

    async def check_there(self, request: Request, id: UUID) -> None:
        """404 if there is no thing with this id."""
        if "there" not in self._statements:
            self._statements["there"] = Statement(
                sa.select(self.id).where(self.id == sa.bindparam("thing_id", type_=sa.Uuid()))
            )
        async with read_sessions_of(request).read_session() as read_session:
            if await self._statements["there"].row(read_session.connection, thing_id=id) is None:
                raise NotFound

    async def counts(
        self, read_session: ReadSession, query: Filters, by: Sequence[Column]
    ) -> list[asyncpg.Record]:
        """How many things pass the filters of a query, for each combination of some columns."""
        await read_session.refresh(await _REVISION.value(read_session.connection))
        selection = self.selection(query, read_session.references)
        key = ("counts", selection.shapes, tuple(map(str, by)))
        statement = self._statements.get(key)
        if statement is None:
            core = self.item.with_only_columns(
                *by, sa.func.count().label("count"), maintain_column_froms=True
            )
            core = self.narrowed(core, selection).group_by(*by)
            statement = self._statements[key] = Statement(core)
        return await statement.rows(read_session.connection, **selection.values)

    # ---- lists ----------------------------------------------------------------------------

    async def answer(
        self, request: Request, query: ListQuery, caching: Mapping[str, str] = PUBLIC
    ) -> Response:
        """Answer a GET of the list."""
        form = query.format or wanted(request, ("json", *FILES))
        if form != "json":
            response = await self._file(request, query, form)
            response.headers.update(caching)
            return response
        searched = getattr(query, "q", None) is not None
        sort = self._sort(query)
        bound_to = self._bound_to(request)
        cursors = await read_sessions_of(request).cursors()
        after = None
        if query.cursor is not None:
            if searched:
                raise Unprocessable(faults=[_NO_CURSOR])
            after = cursors.read(bound_to, query.cursor, self.sorts[sort.lstrip("-")].kind)
        async with read_sessions_of(request).read_session(several=query.count) as read_session:
            rows = await self._rows(read_session, query, sort, after, query.limit + 1)
            total = await self._count(read_session, query) if query.count else None
        refs, serialize = read_session.references, self.serialize
        more = len(rows) > query.limit and not searched
        page = rows[: query.limit]
        body: Json = {
            "items": [serialize(row, refs) for row in page],
            "next_cursor": None,
        }
        headers = dict(caching)
        if more:
            last = page[-1]
            cursor = cursors.write(bound_to, last["sort_value"], last["thing_id"])
            body["next_cursor"] = cursor
            parameters = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
            link = urlencode([*parameters, ("cursor", cursor)])
            headers["Link"] = f'<{request.url.path}?{link}>; rel="next"'
        if total is not None:
            body["total"] = total
        return json_answer(body, headers)

    def _sort(self, query: ListQuery) -> str:
        searched = getattr(query, "q", None) is not None
        if searched and "sort" in query.model_fields_set:
            raise Unprocessable(faults=[_NO_SORT])
        return getattr(query, "sort", None) or self.default_sort

    def _bound_to(self, request: Request) -> str:
        """What a cursor is bound to: the list, its filters and its order, not the page's size."""
        parameters = sorted(
            pair
            for pair in request.query_params.multi_items()
            if pair[0] not in {"cursor", "limit", "count", "format"}
        )
        return f"{request.url.path}?{urlencode(parameters)}"

    async def _rows(
        self,
        read_session: ReadSession,
        query: ListQuery,
        sort: str,
        after: After | None,
        limit: int,
        *,
        whole: bool = False,
    ) -> list[asyncpg.Record]:
        selection = self.selection(query, read_session.references)
        plain = not (selection.shapes or selection.searched)
        known = limit if plain and limit in {PAGE + 1, BATCH} else None
        key = (selection.shapes, sort, after is None, selection.searched, whole, known)
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= 1000:
                self._statements.clear()
            base = self._whole if whole else self.item
            core = base.add_columns(REVISION, self.id.label("thing_id"))
            if selection.searched:
                core = self.searched(core, selection)
            else:
                most = LIMIT if known is None else sa.literal_column(str(known))
                core = self.sorted(core, selection, sort, most, after=after is not None)
            statement = self._statements[key] = Statement(core)
        values = {**selection.values, "row_limit": limit}
        if after is not None:
            values["after_value"], values["after_id"] = after
        rows = await statement.rows(read_session.connection, **values)
        if rows:
            await read_session.refresh(rows[0]["reference_revision"])
        elif selection.shapes:
            await read_session.refresh(await _REVISION.value(read_session.connection))
        if selection.shapes and self.selection(query, read_session.references) != selection:
            # What the filters took from memory had changed: ask again with what is known now.
            return await self._rows(read_session, query, sort, after, limit, whole=whole)
        return rows

    async def _count(self, read_session: ReadSession, query: ListQuery) -> int:
        selection = self.selection(query, read_session.references)
        key = ("count", selection.shapes, selection.searched)
        statement = self._statements.get(key)
        if statement is None:
            core = self.item.with_only_columns(sa.func.count(), maintain_column_froms=True)
            statement = self._statements[key] = Statement(self.found(core, selection))
        return int(await statement.value(read_session.connection, **selection.values))

    # ---- the whole list as a file -----------------------------------------------------------

    async def _file(self, request: Request, query: ListQuery, form: Format) -> Response:
        if forbidden := query.model_fields_set & {"limit", "cursor"}:
            raise Unprocessable(faults=[_not_with_files(name) for name in sorted(forbidden)])
        read_sessions = read_sessions_of(request)
        sort = self._sort(query)
        searched = getattr(query, "q", None) is not None
        size = 200 if searched else BATCH

        async def batch(after: After | None) -> tuple[list[Json], After | None]:
            async with read_sessions.read_session() as read_session:
                rows = await self._rows(read_session, query, sort, after, size, whole=True)
            goes_on = len(rows) == size and not searched
            mark = (rows[-1]["sort_value"], rows[-1]["thing_id"]) if goes_on else None
            return [self.serialized(row, read_session.references) for row in rows], mark

        return await whole_list(request, self.name, form, self.schema, batch)


_REVISION = Statement(sa.select(REVISION))
_NO_CURSOR = Fault(
    ("parameter", "cursor"),
    "not_with_search",
    Text("does not go with q", "không dùng cùng với q"),
)
_NO_SORT = Fault(
    ("parameter", "sort"), "not_with_search", Text("does not go with q", "không dùng cùng với q")
)


def _not_with_files(name: str) -> Fault:
    return Fault(
        ("parameter", name),
        "not_with_files",
        Text("does not go with a file", "không dùng cùng với tệp"),
    )
