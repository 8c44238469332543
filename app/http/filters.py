"""What a list may be filtered and sorted by, as expressions over its columns.

A filter has few *shapes* (one value, several, unknown …); a list is compiled once for each
combination of shapes and then only takes new values.
"""

from collections.abc import Hashable
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

Clause = sa.ColumnElement[bool]


class Filter(Protocol):
    """One parameter of a list."""

    def shape(self, value: Any) -> Hashable:
        """Name the form of the clause that this value takes."""

    def clause(self, name: str, shape: Any) -> Clause:
        """The clause of this form, its values bound under names that begin with `name`."""

    def values(self, name: str, value: Any) -> dict[str, Any]:
        """Give the values to bind."""


class AnyOf:
    """Any of several values; `none` means unknown."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def shape(self, value: tuple[Any, ...]) -> tuple[str, bool]:
        known = sum(each is not None for each in value)
        return ("none", "one", "several")[min(known, 2)], known < len(value)

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        column, (known, unknown) = self._column, shape
        kind = sa.Text() if isinstance(column.type, sa.Enum) else column.type
        clauses: list[Clause] = []
        if known == "one":
            clauses.append(column == sa.bindparam(name, type_=kind))
        elif known == "several":
            clauses.append(column == sa.any_(sa.bindparam(name, type_=ARRAY(kind))))
        if unknown:
            clauses.append(column.is_(None))
        return sa.or_(*clauses)

    def values(self, name: str, value: tuple[Any, ...]) -> dict[str, Any]:
        known = [each for each in value if each is not None]
        return {name: known[0] if len(known) == 1 else known}


class Compare:
    """A comparison of one value with a column or expression, for example `on_or_after`."""

    def __init__(self, clause: Any, kind: sa.types.TypeEngine[Any]) -> None:
        self._clause, self._kind = clause, kind

    def shape(self, value: object) -> None:
        del value

    def clause(self, name: str, shape: None) -> Clause:
        del shape
        return self._clause(sa.bindparam(name, type_=self._kind))  # type: ignore[no-any-return]

    def values(self, name: str, value: object) -> dict[str, Any]:
        return {name: value}


def on_or_after(first_day: Any) -> Compare:
    """`…_from`: the span of a partial date begins on the day or later."""
    return Compare(lambda day: first_day >= day, sa.Date())


def on_or_before(last_day: Any) -> Compare:
    """`…_to`: the span of a partial date ends on the day or earlier."""
    return Compare(lambda day: last_day <= day, sa.Date())


class Holds:
    """A condition that must hold (`true`) or must not (`false`)."""

    def __init__(self, condition: Clause) -> None:
        self._condition = condition

    def shape(self, value: bool) -> bool:
        return value

    def clause(self, name: str, shape: bool) -> Clause:
        del name
        return self._condition if shape else sa.not_(self._condition)

    def values(self, name: str, value: bool) -> dict[str, Any]:
        del name, value
        return {}


class AnyPart:
    """A filter of parts, passed by a thing that has a part which passes it."""

    def __init__(self, part: Filter, joined: Clause) -> None:
        """`joined` says which parts are those of the thing."""
        self._part, self._joined = part, joined

    def shape(self, value: Any) -> Hashable:
        return self._part.shape(value)

    def clause(self, name: str, shape: Any) -> Clause:
        return sa.exists().where(self._joined, self._part.clause(name, shape))

    def values(self, name: str, value: Any) -> dict[str, Any]:
        return self._part.values(name, value)


class Sort(NamedTuple):
    """What a list can be sorted by. Unknown dates come last in both directions."""

    column: Any
    kind: type
    nullable: bool = False

    def expression(self, *, descending: bool) -> Any:
        if not self.nullable:
            return self.column
        last = "-infinity" if descending else "infinity"
        return sa.func.coalesce(self.column, sa.literal_column(f"'{last}'"))


def by_date(column: Any) -> Sort:
    return Sort(column, date, nullable=True)


def by_time(column: Any) -> Sort:
    return Sort(column, datetime)


def by_text(column: Any) -> Sort:
    return Sort(column, str)
