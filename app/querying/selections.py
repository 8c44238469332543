"""Which rows of a list are selected, and in which order: its statements."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.db.statements import Clause, Column, Select, Values
from app.querying import index_scans
from app.querying import search as searching
from app.querying.filters import Filter, IndexScannable, Sort
from app.querying.queries import Filters
from app.querying.references import References
from app.querying.search import WordIndex


class PartOf(NamedTuple):
    """Rows are parts of greater things: the parts of one stay together, in the order of those."""

    id: Column  # the column with the whole's id, in the whole's own table
    whole_of: Callable[[Column], Column]  # the id of the whole that a part's id belongs to


class Selection(NamedTuple):
    """Which rows a query selects: the shapes of its filters, and the values bound to them."""

    shapes: tuple[tuple[str, Hashable], ...]
    searched: bool
    values: Values


@dataclass(frozen=True, kw_only=True)
class Selectable:
    """The rows of one kind of thing, and what they can be selected and sorted by."""

    id: Column
    item: Select
    filters: Mapping[str, Filter]
    sorts: Mapping[str, Sort]
    search: Column | None = None
    found_by: Callable[[Column], sa.SelectBase] | None = None  # selects the ids with some words
    part_of: PartOf | None = None
    newest: Column | None = None
    word_index: WordIndex | None = None  # of a table too long to look at all that a search finds

    def selection(self, query: Filters, references: References) -> Selection:
        """What the query selects by, with what its filters take from memory."""
        bound = {
            name: each.bind(name, value, references)
            for name, each in self.filters.items()
            if (value := getattr(query, name, None)) is not None
        }
        values: dict[str, object] = {}
        for each in bound.values():
            values.update(each.values)
        text = getattr(query, "q", None)
        if text is not None:
            values["search_text"] = text
        shapes = tuple((name, each.shape) for name, each in bound.items())
        return Selection(shapes, text is not None, values)

    def narrowed(self, core: Select, selection: Selection) -> Select:
        """Only the rows that pass the filters of a selection."""
        return core.where(*self._passed(selection))

    def _passed(self, selection: Selection) -> list[Clause]:
        return [self.filters[name].clause(name, shape) for name, shape in selection.shapes]

    def found(self, core: Select, selection: Selection) -> Select:
        """Only the rows of a selection, those searched for among them, in no order."""
        core = self.narrowed(core, selection)
        return core.where(self._found(searching.search_query())) if selection.searched else core

    def searched(self, core: Select, selection: Selection) -> Select:
        """The best of the rows of a selection that have the words searched for, best first."""
        words, passed = searching.search_query(), self._passed(selection)
        assert self.search is not None
        core = core.add_columns(sa.null().label("sort_value"))
        newest = sa.func.coalesce(self.newest, sa.literal_column("'-infinity'"))
        if self.word_index is not None:
            index = self.word_index
            found = searching.best(self.id, self.search, newest, index, words, passed, LIMIT)
            order = searching.best_first(found.c.in_title, found.c.newest, found.c.id)
            return core.where(self.id == found.c.id).order_by(*order)
        in_title = searching.words_in_title(self.search, words)
        order = searching.best_first(in_title, newest, self.id)
        return core.where(self._found(words), *passed).order_by(*order).limit(LIMIT)

    def sorted(
        self, core: Select, selection: Selection, sort: str, limit: Column, *, after: bool
    ) -> Select:
        """The rows of a selection in an order, from the first or from a row on."""
        descending = sort.startswith("-")
        chosen = self.sorts[sort.lstrip("-")]
        value = chosen.expression(descending=descending)
        keys: list[sa.Label[Any]] = [value.label("sort_value"), self.id.label("key")]
        if self.part_of is not None:
            keys.insert(1, self.part_of.id.label("whole_key"))
        beyond = self._after(value, chosen.kind, descending=descending) if after else ()
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

    def _after(
        self, value: Column, kind: type[str | date], *, descending: bool
    ) -> tuple[Clause, ...]:
        """What comes after the row with the id `after_id`, sorted at `after_value`."""
        at = sa.bindparam("after_value", type_=_BOUND[kind])
        id = sa.bindparam("after_id", type_=sa.Uuid())
        if self.part_of is None:
            here, there = sa.tuple_(value, self.id), sa.tuple_(at, id)
            return (here < there if descending else here > there,)
        # From the whole on, which an index finds, but without its parts up to the row.
        whole = self.part_of.whole_of(id)
        here, there = sa.tuple_(value, self.part_of.id), sa.tuple_(at, whole)
        before = self.id >= id if descending else self.id <= id
        return (
            here <= there if descending else here >= there,
            ~sa.and_(self.part_of.id == whole, before),
        )

    def _found(self, words: Column) -> Clause:
        """Rows with the words in `search`, or whose ids `found_by` selects for them."""
        if self.found_by is not None:
            return self.id.in_(self.found_by(words))
        assert self.search is not None
        return self.search.bool_op("@@")(words)


_BOUND: Mapping[type[str | date], sa.types.TypeEngine[Any]] = {
    str: sa.Text(),
    date: sa.Date(),
    datetime: sa.DateTime(timezone=True),
}
# A list whose limit PostgreSQL is given only with its values is planned anew each time. That is
# well where there are filters, for it depends on their values; of others, the hottest, the limit
# stands in the statement.
LIMIT = sa.bindparam("row_limit", type_=sa.BigInteger())
