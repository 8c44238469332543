"""The newest rows of a long list that pass its filters, by looking at few.

Filters say which indexes bring their rows newest first (`index_scans`). Until a page is found, only
what rows are sorted by is read: of most rows an index has that, and what is asked of them.
"""

from collections.abc import Hashable, Iterable, Sequence

import sqlalchemy as sa

from app.db.statements import Clause, Column, Select
from app.querying.filters import Filter, IndexScan, IndexScannable

Passed = tuple[Filter, str, Hashable]  # a filter, its name and the shape of its value


def newest(keys: Select, passed: Sequence[Passed], limit: Column) -> sa.Subquery:
    """The first of the rows that pass, by all columns of `keys` in descending order."""
    index_scans = [
        each.index_scans(name, shape) if isinstance(each, IndexScannable) else ()
        for each, name, shape in passed
    ]
    single = [len(each) == 1 and each[0].of is None for each in index_scans]
    ways: Sequence[IndexScan] = ()
    clauses: list[Clause] = []
    for (each, name, shape), own, alone in zip(passed, index_scans, single, strict=True):
        if alone:
            clauses.append(own[0].where)
        # Rows of one value come in order: then those of several others are not merged.
        elif own and not ways and (len(own) > 1 or not any(single)):
            ways = own
        else:
            clauses.append(each.clause(name, shape))
    keys = keys.where(*clauses)
    if not ways:
        return _first(keys, limit).subquery("newest")
    first = _along(ways[0], keys, limit).cte("along_first")
    found: list[sa.FromClause] = [first]
    for way in ways[1:]:  # only as far as the page goes that the first scan fills
        enough = sa.func.count() >= limit
        oldest = sa.select(sa.func.min(first.c[0])).having(enough).scalar_subquery()
        no_older = _sort_value(keys) >= sa.func.coalesce(oldest, _BEGINNING)
        found.append(_along(way, keys.where(no_older), limit).subquery())
    together = sa.union_all(*(sa.select(each) for each in found)).subquery()
    return _first(sa.select(together), limit).subquery("newest")


_BEGINNING: Column = sa.literal_column("'-infinity'")


def descending(columns: Iterable[Column]) -> list[Column]:
    return [column.desc() for column in columns]


def _sort_value(keys: Select) -> Column:
    """The first of the keys, without its label."""
    label = keys.selected_columns[0]
    assert isinstance(label, sa.Label)
    return label.element


def _along(scan: IndexScan, keys: Select, limit: Column) -> Select:
    first = _first(keys.where(scan.where), limit)
    if scan.of is None:
        return first
    each = first.lateral()
    return sa.select(each).select_from(sa.join(scan.of, each, sa.true()))


def _first(rows: Select, limit: Column) -> Select:
    return rows.order_by(*descending(rows.selected_columns)).limit(limit)
