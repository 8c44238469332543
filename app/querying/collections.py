"""Lists: filters, sorts, keyset cursors, search and media types, the same for every collection."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from starlette.requests import Request
from starlette.responses import Response

from app.db.statements import Statement
from app.export.streams import whole_list
from app.http.json_encoding import Json
from app.http.json_responses import PUBLIC, json_answer, thing_answer
from app.http.negotiation import FILES, Format, wanted
from app.http.problems import Fault, NotFound, Text, Unprocessable
from app.http.schemas import Answer
from app.querying import index_scans
from app.querying import search as searching
from app.querying.filters import Clause, Filter, IndexScannable, Sort
from app.querying.queries import PAGE, Filters, ListQuery
from app.querying.read_sessions import read_sessions_of
from app.querying.references import REVISION, ReadSession, References
from app.querying.search import WordIndex

BATCH = 200  # rows read at once while a whole list is streamed

Serialize = Callable[[asyncpg.Record, References], Json]


class PartOf(NamedTuple):
    """Rows are parts of greater things: the parts of one stay together, in the order of those."""

    id: Any  # the column with the whole's id, in the whole's own table
    whole_of: Callable[[Any], Any]  # the id of the whole that a part's id belongs to


class Selection(NamedTuple):
    """Which rows a query selects: the shapes of its filters, and the values bound to them."""

    shapes: tuple[tuple[str, Any], ...]
    searched: bool
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Collection:
    """All things of one kind: where their rows are and how they are told."""

    name: str
    id: Any
    version: Any
    item: sa.Select[*tuple[Any, ...]]
    serialize: Serialize
    schema: type[Answer]
    filters: Mapping[str, Filter]
    sorts: Mapping[str, Sort]
    default_sort: str
    search: Any = None
    found_by: Callable[[Any], Any] | None = None
    part_of: PartOf | None = None
    newest: Any = None
    owner: Any = None  # the column with the id of the thing at whose address these are
    word_index: WordIndex | None = None  # of a table too long to look at all that a search finds
    whole: sa.Select[*tuple[Any, ...]] | None = None
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
        self, read_session: ReadSession, ids: Sequence[UUID], **values: Any
    ) -> list[asyncpg.Record]:
        """The rows of those of some things that exist, to be `told`; `values` of names in whole."""
        if "all" not in self._statements:
            chosen = self.id == sa.any_(sa.bindparam("thing_ids", type_=ARRAY(sa.Uuid())))
            self._statements["all"] = self._wholes(chosen)
        rows = await self._statements["all"].rows(read_session.connection, thing_ids=ids, **values)
        if rows:
            await read_session.refresh(rows[0]["reference_revision"])
        return rows

    def _wholes(self, chosen: Clause) -> Statement:
        columns = [REVISION, self.version.label("thing_version"), self.id.label("thing_id")]
        if self.owner is not None:
            columns.append(self.owner.label("owner_id"))
        return Statement(self._whole.add_columns(*columns).where(chosen))

    @property
    def _whole(self) -> sa.Select[*tuple[Any, ...]]:
        return self.item if self.whole is None else self.whole

    def serialized(self, row: asyncpg.Record, references: References) -> dict[str, Any]:
        """The whole of a thing that was found."""
        return (self.serialize_whole or self.serialize)(row, references)

    async def many(
        self, read_session: ReadSession, ids: Sequence[UUID], **values: Any
    ) -> dict[UUID, dict[str, Any]]:
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
        self, read_session: ReadSession, query: Filters, by: Sequence[Any]
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
        body: dict[str, Any] = {
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

    def selection(self, query: Filters, references: References) -> Selection:
        """What the query selects by, with what its filters take from memory."""
        bound = {
            name: each.bind(name, value, references)
            for name, each in self.filters.items()
            if (value := getattr(query, name, None)) is not None
        }
        values = {name: value for each in bound.values() for name, value in each.values.items()}
        text = getattr(query, "q", None)
        if text is not None:
            values["search_text"] = text
        shapes = tuple((name, each.shape) for name, each in bound.items())
        return Selection(shapes, text is not None, values)

    def narrowed(
        self, core: sa.Select[*tuple[Any, ...]], selection: Selection
    ) -> sa.Select[*tuple[Any, ...]]:
        """Only the rows that pass the filters of a selection."""
        return core.where(*self._passed(selection))

    def _passed(self, selection: Selection) -> list[Clause]:
        return [self.filters[name].clause(name, shape) for name, shape in selection.shapes]

    def found(
        self, core: sa.Select[*tuple[Any, ...]], selection: Selection
    ) -> sa.Select[*tuple[Any, ...]]:
        """Only the rows of a selection, those searched for among them, in no order."""
        core = self.narrowed(core, selection)
        return core.where(self._found(_search_query())) if selection.searched else core

    async def _rows(
        self,
        read_session: ReadSession,
        query: ListQuery,
        sort: str,
        after: tuple[Any, UUID] | None,
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
                core = self._searched(core, self._passed(selection))
            else:
                most = _LIMIT if known is None else sa.literal_column(str(known))
                core = self._sorted(core, selection, sort, most, after=after is not None)
            statement = self._statements[key] = Statement(core)
        values = selection.values | {"row_limit": limit}
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

    def _searched(
        self, core: sa.Select[*tuple[Any, ...]], passed: list[Clause]
    ) -> sa.Select[*tuple[Any, ...]]:
        words = _search_query()
        core = core.add_columns(sa.null().label("sort_value"))
        newest = sa.func.coalesce(self.newest, sa.literal_column("'-infinity'"))
        if self.word_index is not None:
            index = self.word_index
            found = searching.best(self.id, self.search, newest, index, words, passed, _LIMIT)
            order = searching.best_first(found.c.in_title, found.c.newest, found.c.id)
            return core.where(self.id == found.c.id).order_by(*order)
        in_title = searching.words_in_title(self.search, words)
        order = searching.best_first(in_title, newest, self.id)
        return core.where(self._found(words), *passed).order_by(*order).limit(_LIMIT)

    def _sorted(
        self,
        core: sa.Select[*tuple[Any, ...]],
        selection: Selection,
        sort: str,
        limit: Any,
        *,
        after: bool,
    ) -> sa.Select[*tuple[Any, ...]]:
        """The rows of a selection in an order, from the first or from a row on."""
        descending = sort.startswith("-")
        chosen = self.sorts[sort.lstrip("-")]
        value = chosen.expression(descending=descending)
        keys = [value.label("sort_value"), self.id.label("key")]
        if self.part_of is not None:
            keys.insert(1, self.part_of.id.label("whole_key"))
        beyond: tuple[Any, ...] = ()
        if after:
            kind = sa.Date() if chosen.nullable else chosen.column.type
            beyond = self._after(value, kind, descending=descending)
        if descending and chosen.column is self.newest:
            scanned = [(self.filters[name], name, shape) for name, shape in selection.shapes]
            if any(isinstance(each, IndexScannable) for each, *_ in scanned):
                rows = self.item.with_only_columns(*keys, maintain_column_froms=True)
                page = index_scans.newest(rows.where(*beyond), scanned, limit)
                core = core.add_columns(page.c.sort_value).where(self.id == page.c.key)
                return core.order_by(*index_scans.descending(page.c))
        core = self.narrowed(core.add_columns(keys[0]), selection).where(*beyond)
        order = [key.element for key in keys]
        return core.order_by(*(index_scans.descending(order) if descending else order)).limit(limit)

    def _after(self, value: Any, kind: Any, *, descending: bool) -> tuple[Any, ...]:
        """What comes after the row with the id `after_id`, sorted at `after_value`."""
        at = sa.bindparam("after_value", type_=kind)
        id = sa.bindparam("after_id", type_=sa.Uuid())
        if self.part_of is None:
            here, there = sa.tuple_(value, self.id), sa.tuple_(at, id)
            return (here < there if descending else here > there,)
        # From the whole on, which an index finds, but without its parts up to the row.
        whole = self.part_of.whole_of(id)
        here, there = sa.tuple_(value, self.part_of.id), sa.tuple_(at, whole)
        serialized = self.id >= id if descending else self.id <= id
        return (
            here <= there if descending else here >= there,
            ~sa.and_(self.part_of.id == whole, serialized),
        )

    def _found(self, words: Any) -> Any:
        """Rows with the words in `search`, or whose ids `found_by` selects for them."""
        if self.found_by is None:
            return self.search.op("@@")(words)
        return self.id.in_(self.found_by(words))

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

        async def batch(after: tuple[Any, UUID] | None) -> tuple[list[dict[str, Any]], Any]:
            async with read_sessions.read_session() as read_session:
                rows = await self._rows(read_session, query, sort, after, size, whole=True)
            goes_on = len(rows) == size and not searched
            mark = (rows[-1]["sort_value"], rows[-1]["thing_id"]) if goes_on else None
            return [self.serialized(row, read_session.references) for row in rows], mark

        return await whole_list(request, self.name, form, self.schema, batch)


_REVISION = Statement(sa.select(REVISION))
# A list whose limit PostgreSQL is told only when it is asked for is planned anew each time. That is
# well where there are filters, for it depends on their values; of others, the hottest, the limit
# stands in the statement.
_LIMIT = sa.bindparam("row_limit", type_=sa.BigInteger())


def _search_query() -> sa.ScalarSelect[Any]:
    """The words as a query, made once for a statement and not once for a row."""
    words = sa.bindparam("search_text", type_=sa.Text())
    asked = sa.select(sa.func.search_query(words, type_=TSQUERY).label("query")).cte("asked")
    return sa.select(asked.c.query).scalar_subquery()


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
