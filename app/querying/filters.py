"""What a list may be filtered and sorted by, as expressions over its columns.

A filter has few *shapes* (one value, several, unknown …); a list is compiled once for each
combination of shapes and then only takes new values.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.statements import Clause, Column, Values, type_of
from app.querying.references import References


class Bound(NamedTuple):
    """A filter with a value: the shape of its clause, and what is bound to the clause's names."""

    shape: Hashable
    values: Values


class Filter(Protocol):
    """One parameter of a list."""

    def bind(self, name: str, value: Any, references: References) -> Bound:
        """Take a value; the names bound begin with `name`."""

    def clause(self, name: str, shape: Any) -> Clause:
        """The clause of a shape."""


class IndexScan(NamedTuple):
    """Rows that an index brings newest first: those of a clause, or of one for each row `of`."""

    where: Clause
    of: sa.FromClause | None = None


@runtime_checkable
class IndexScannable(Protocol):
    """A filter that knows indexes which bring its rows newest first."""

    def index_scans(self, name: str, shape: Any) -> Sequence[IndexScan]:
        """Where every row that passes the filter is met once; none if this takes no index."""


class AnyOf:
    """Any of several values; `none` means unknown."""

    def __init__(self, column: Column) -> None:
        self._column = column
        kind = type_of(column)
        self._kind = sa.Text() if isinstance(kind, sa.Enum) else kind

    def bind(self, name: str, value: tuple[object, ...], _: References) -> Bound:
        known = [each for each in value if each is not None]
        shape = ("none", "one", "several")[min(len(known), 2)], len(known) < len(value)
        return Bound(shape, {name: known[0] if len(known) == 1 else known})

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        column, kind, (known, unknown) = self._column, self._kind, shape
        clauses: list[Clause] = []
        if known == "one":
            clauses.append(column == sa.bindparam(name, type_=kind))
        elif known == "several":
            clauses.append(column == sa.any_(sa.bindparam(name, type_=ARRAY(kind))))
        if unknown:
            clauses.append(column.is_(None))
        return sa.or_(*clauses)


class NewestOf(AnyOf):
    """Any of several values of a column, for which an index brings the newest first."""

    def index_scans(self, name: str, shape: tuple[str, bool]) -> Sequence[IndexScan]:
        known, unknown = shape
        if unknown:
            return ()
        if known == "one":
            return (IndexScan(self.clause(name, shape)),)
        values = sa.bindparam(name, type_=ARRAY(self._kind))
        of = sa.func.unnest(values).table_valued(sa.column("value", self._kind)).render_derived()
        return (IndexScan(self._column == of.c.value, of),)


class EitherOf(AnyOf):
    """Any of several values in one of two columns."""

    def __init__(self, column: Column, other: Column) -> None:
        super().__init__(column)
        self._other = AnyOf(other)

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        return sa.or_(super().clause(name, shape), self._other.clause(name, shape))


Compares = Callable[[sa.BindParameter[Any]], Clause]


class Compare:
    """A comparison of one value with a column or expression, for example `on_or_after`."""

    def __init__(self, clause: Compares, kind: sa.types.TypeEngine[Any]) -> None:
        self._clause, self._kind = clause, kind

    def clause(self, name: str, shape: None) -> Clause:
        del shape
        return self._clause(sa.bindparam(name, type_=self._kind))

    def bind(self, name: str, value: object, _: References) -> Bound:
        return Bound(None, {name: value})


def on_or_after(first_day: Column) -> Compare:
    """`…_from`: the span of a partial date begins on the day or later."""
    return Compare(lambda day: first_day >= day, sa.Date())


def on_or_before(last_day: Column) -> Compare:
    """`…_to`: the span of a partial date ends on the day or earlier."""
    return Compare(lambda day: last_day <= day, sa.Date())


def spans_from(first_day: Column) -> Compare:
    """`…_from` of a partial date: its span begins on the day or later.

    Said with what lists are sorted by, so that an index finds where to begin; as is `spans_to`.
    """
    return Compare(lambda day: begins_from(first_day, day), sa.Date())


def begins_from(first_day: Column, day: Column) -> Clause:
    """Whether the span of a partial date begins on a day or later."""
    begins = Sort(first_day, date, nullable=True).expression(descending=True)
    return sa.and_(first_day >= day, begins >= day)


def spans_to(first_day: Column, last_day: Column) -> Compare:
    """`…_to` of a partial date: its span ends on the day or earlier."""
    return Compare(lambda day: ends_by(first_day, last_day, day), sa.Date())


def ends_by(first_day: Column, last_day: Column, day: Column) -> Clause:
    """Whether the span of a partial date ends on a day or earlier."""
    begins = Sort(first_day, date, nullable=True).expression(descending=True)
    known = begins > sa.literal_column("'-infinity'")
    return sa.and_(last_day <= day, begins <= day, known)


class InYear:
    """Any of several years that a day lies in; `none` means unknown.

    It is compared as lists sort it, so that their indexes find the rows.
    """

    def __init__(self, first_day: Column) -> None:
        self._day = first_day
        self._newest = by_date(first_day).expression(descending=True)

    def bind(self, name: str, value: tuple[int | None, ...], _: References) -> Bound:
        years = [year for year in value if year is not None]
        values: dict[str, object] = {f"{name}_any": years}
        if years:
            values[f"{name}_from"] = date(min(years), 1, 1)
            values[f"{name}_to"] = date(max(years), 12, 31)
        return Bound((min(len(years), 2), None in value), values)

    def clause(self, name: str, shape: tuple[int, bool]) -> Clause:
        """`shape`: how many years, and whether no year is among them."""
        known, unknown = shape
        clauses: list[Clause] = []
        if known:
            first, last = (sa.bindparam(f"{name}_{end}", type_=sa.Date()) for end in ("from", "to"))
            within = self._newest.between(first, last)
            years = sa.bindparam(f"{name}_any", type_=ARRAY(sa.Integer()))
            one_of_them = year_of(self._day) == sa.any_(years)
            clauses.append(within if known == 1 else sa.and_(within, one_of_them))
        if unknown:
            clauses.append(self._newest == sa.literal_column("'-infinity'"))
        return sa.or_(*clauses)


def year_of(day: Column) -> sa.ColumnElement[int]:
    return sa.cast(sa.extract("year", day), sa.Integer())


class Holds:
    """A condition that must hold (`true`) or must not (`false`)."""

    def __init__(self, condition: sa.SQLColumnExpression[bool]) -> None:
        self._condition = cast("Clause", condition)

    def clause(self, name: str, shape: bool) -> Clause:
        del name
        return self._condition if shape else sa.not_(self._condition)

    def bind(self, _name: str, value: bool, _: References) -> Bound:
        return Bound(value, {})


class AnyPart:
    """A filter of parts, passed by a thing that has a part which passes it."""

    def __init__(self, part: Filter, joined: Clause) -> None:
        """`joined` says which parts are those of the thing."""
        self._part, self._joined = part, joined

    def clause(self, name: str, shape: Any) -> Clause:
        return sa.exists().where(self._joined, self._part.clause(name, shape))

    def bind(self, name: str, value: Any, references: References) -> Bound:
        return self._part.bind(name, value, references)


class Sort(NamedTuple):
    """What a list can be sorted by. Unknown dates come last in both directions."""

    column: Column
    kind: type[str | date]
    nullable: bool = False

    def expression(self, *, descending: bool) -> Column:
        if not self.nullable:
            return self.column
        last = "-infinity" if descending else "infinity"
        return sa.func.coalesce(self.column, sa.literal_column(f"'{last}'"))


def by_date(column: Column) -> Sort:
    return Sort(column, date, nullable=True)


def by_time(column: Column) -> Sort:
    return Sort(column, datetime)


def by_text(column: Column) -> Sort:
    return Sort(column, str)
