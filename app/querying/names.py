"""Search for things by their names first, and by words where a text names fewer than wanted."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.db.statements import Clause, Column, Select
from app.querying.search import TEXT, words_in_title


@dataclass(frozen=True, kw_only=True)
class Names:
    """How a text finds things."""

    named: Callable[[Column], sa.FromClause]  # the ids of what it names, each with a `rank`
    words: Callable[..., Column]  # the function that makes the query of its words
    size: Column  # of equal ranks the least comes first

    def having(self) -> sa.SelectBase:
        """Select the ids of all that the text names."""
        return sa.select(self.named(TEXT).c.id)

    def best(
        self, rows: Select, id: Column, search: Column, newest: Column, words: Column, limit: Column
    ) -> sa.CTE:
        """The ids of the rows that the text names, then of those with its words, by `place`."""

        def found(rank: Column, *where: Clause) -> Select:
            place = sa.func.row_number().over(order_by=(rank, self.size, newest.desc(), id.desc()))
            hits = rows.with_only_columns(
                id.label("id"), place.label("place"), maintain_column_froms=True
            )
            return hits.where(*where).order_by("place").limit(limit)

        named = self.named(TEXT)
        by_name = found(named.c.rank, id == named.c.id).cte("by_name")
        too_few = sa.select(sa.func.count()).select_from(by_name).scalar_subquery() < limit
        elsewhere = sa.not_(words_in_title(search, words))
        by_words = found(elsewhere, search.bool_op("@@")(words), too_few).cte("by_words")
        others = by_words.c.id.not_in(sa.select(by_name.c.id))
        after_names = sa.select(by_words.c.id, by_words.c.place + limit).where(others)
        return sa.union_all(sa.select(by_name), after_names).cte("found")
