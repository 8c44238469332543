"""The newest rows of a long list that pass its filters, by looking at few.

Filters tell which indexes bring their rows newest first (`walks`). Until a page is found, only what
rows are sorted by is read: of most rows an index has that, and what is asked of them.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.querying.filters import Clause, Filter, IndexScan, IndexScannable

Passed = tuple[Filter, str, Any]  # a filter, its name and the shape of its value


def newest(keys: sa.Select[*tuple[Any, ...]], passed: Sequence[Passed], limit: Any) -> sa.Subquery:
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
    found = [_along(ways[0], keys, limit).cte("along_first")]
    for way in ways[1:]:  # only as far as the page goes that the first walk fills
        enough = sa.func.count() >= limit
        oldest = sa.select(sa.func.min(found[0].c[0])).having(enough).scalar_subquery()
        no_older = keys.selected_columns[0].element >= sa.func.coalesce(oldest, _BEGINNING)
        found.append(_along(way, keys.where(no_older), limit).subquery())
    together = sa.union_all(*(sa.select(each) for each in found)).subquery()
    return _first(sa.select(together), limit).subquery("newest")


_BEGINNING: Any = sa.literal_column("'-infinity'")


def descending(columns: Any) -> list[Any]:
    return [column.desc() for column in columns]


def _along(walk: IndexScan, keys: Any, limit: Any) -> Any:
    first = _first(keys.where(walk.where), limit)
    if walk.of is None:
        return first
    each = first.lateral()
    return sa.select(each).select_from(sa.join(walk.of, each, sa.true()))


def _first(rows: Any, limit: Any) -> sa.Select[*tuple[Any, ...]]:
    first: sa.Select[*tuple[Any, ...]]
    first = rows.order_by(*descending(rows.selected_columns)).limit(limit)
    return first
