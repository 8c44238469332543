"""Search in a long table: exactly the best rows, by looking at few.

Common words stand in a hundred thousand rows, of which the newest are wanted; rare ones stand in
few, anywhere. So the newest rows are read first, and tell how common the words are. If nearly none
of these has them, the index is asked for all rows that do, which are few then. If titles have them
often, rows are read on until enough do. Else the index is asked for titles before other text, of
the last two years and the four before these, before all. It is asked only for the words that stand
in the fewest rows, since it takes long to go through where common ones stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, array

from app.db.statements import Clause, Column, Select

NEWEST = 2_000  # rows that are read before an index is asked
FEW = 1_000  # rows that are compared without looking at titles first
FARTHEST = 10_000  # rows that are read on for titles
# Of the newest rows, how many have words that stand in more than a few of a million, and how many
# titles have words that enough of the farthest have, or more than a few of all.
COMMON, OFTEN, NOT_SELDOM = 3, 15, 2


TEXT = sa.bindparam("search_text", type_=sa.Text())


def search_query() -> Column:
    """The words of the text as a query, made once for a statement and not once for a row."""
    asked = sa.select(sa.func.search_query(TEXT, type_=TSQUERY).label("query")).cte("asked")
    return sa.select(asked.c.query).scalar_subquery()


@dataclass(frozen=True, kw_only=True)
class WordIndex:
    """What the index of a long table's words holds beside `search`."""

    titles: Column  # the words of titles alone
    year: Column


def best(
    id: Column,
    search: Column,
    newest: Column,
    index: WordIndex,
    words: Column,
    passed: Sequence[Clause],
    limit: Column,
) -> sa.CTE:
    """Ids of the rows that pass and have the words: in the title first, then the `newest`."""
    columns: tuple[Column, ...] = (id.label("id"), search.label("search"), newest.label("newest"))

    def scanned(number: int) -> Select:
        rows = sa.select(*columns, index.year.label("year")).where(*passed)
        order = newest.desc(), id.desc()
        return rows.order_by(*order).limit(sa.literal_column(str(number)))

    latest = scanned(NEWEST).cte("latest")
    near = _first(_hits(latest, words), limit).cte("near")
    titles_near = _count(sa.select(near).where(near.c.in_title).subquery())
    more = sa.and_(_count(latest) == NEWEST, titles_near < limit)

    on = scanned(FARTHEST).where(more, titles_near >= OFTEN).subquery()
    in_title = words_in_title(on.c.search, words)
    read_on = sa.select(on.c.id, sa.true().label("in_title"), on.c.newest).where(in_title)
    read_on = read_on.order_by(on.c.newest.desc(), on.c.id.desc()).limit(limit)

    seldom = sa.select(sa.func.seldom_words(words, type_=TSQUERY).label("query")).cte("seldom")
    seldom_words = sa.select(seldom.c.query).scalar_subquery()
    seldom_rows = (
        sa.select(*columns)
        .where(search.op("@@")(seldom_words), more, _count(near) < COMMON)
        .limit(sa.literal_column(str(FEW + 1)))
        .cte("seldom_rows")
    )
    rows = _hits(seldom_rows, words).where(_count(seldom_rows) <= FEW)
    if passed:
        rows = rows.where(seldom_rows.c.id.in_(sa.select(id).where(*passed)))
    found = [near, read_on.cte("read_on"), _first(rows, limit).cte("few")]
    more = sa.and_(more, sa.or_(_count(near) >= COMMON, _count(seldom_rows) > FEW))

    year = sa.select(sa.func.max(latest.c.year)).scalar_subquery()
    of_two_years = index.year == sa.any_(array([year, year - 1]))
    of_four_before = index.year == sa.any_(array([year - back for back in range(2, 6)]))
    title, anywhere = words_in_title(search, words), sa.func.ts_match_vq(search, words)

    def look(name: str, so_far: sa.FromClause, *where: Clause) -> None:
        """Find the first rows, if there are fewer `so_far` than wanted."""
        rows: Select = sa.select(id.label("id"), title.label("in_title"), newest.label("newest"))
        rows = rows.where(*where, *passed, more, _count(so_far) < limit)
        found.append(_first(rows, limit).cte(name))

    in_titles = index.titles.op("@@")(seldom_words), title
    in_texts = search.op("@@")(seldom_words), anywhere
    not_seldom = sa.or_(titles_near >= NOT_SELDOM, _count(seldom_rows) > FEW)
    look(
        "titles_of_two_years", _together(found, in_title=True), *in_titles, of_two_years, not_seldom
    )
    look(
        "titles_of_four_before",
        _together(found, in_title=True),
        *in_titles,
        of_four_before,
        not_seldom,
    )
    look("titles", _together(found, in_title=True), *in_titles)
    look("of_two_years", _together(found), *in_texts, of_two_years)
    look("anywhere", _together(found), *in_texts)
    return _first(sa.select(_together(found)), limit).cte("best")


def _hits(rows: sa.CTE, words: Column) -> Select:
    in_title = words_in_title(rows.c.search, words).label("in_title")
    hits = sa.func.ts_match_vq(rows.c.search, words)
    return sa.select(rows.c.id, in_title, rows.c.newest).where(hits)


def words_in_title(search: Column, words: Column) -> Clause:
    """Whether a title has the words; as a function, which no index is asked for."""
    return sa.func.ts_match_vq(sa.func.ts_filter(search, sa.literal_column("'{a}'")), words)


def best_first(in_title: Column, newest: Column, id: Column) -> tuple[Column, ...]:
    """The order of everything that is searched for."""
    return in_title.desc(), newest.desc(), id.desc()


def _first(rows: Select, limit: Column) -> Select:
    """The best of rows. The offset has them found first, not by a scan in their order."""
    found = rows.offset(0).subquery()
    order = best_first(found.c.in_title, found.c.newest, found.c.id)
    return sa.select(found).order_by(*order).limit(limit)


def _together(found: Sequence[sa.CTE], *, in_title: bool = False) -> sa.Subquery:
    hits = [sa.select(each) for each in found]
    if in_title:
        hits = [each.where(of.c.in_title) for each, of in zip(hits, found, strict=True)]
    return sa.union(*hits).subquery()


def _count(rows: sa.FromClause) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()
