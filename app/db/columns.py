"""What every table shares: naming, identity, version, and the column types of the field."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

# Rows come from what was validated before: a validator is never built.
SQLModel.model_config["defer_build"] = True

AT_ZERO = {"server_default": "0"}


class Record(SQLModel):
    """A thing with an address of its own. The database raises `version` at every change."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    updated_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now(), "nullable": False},
    )


def term(vocabulary: type[StrEnum], name: str | None = None) -> sa.Enum:
    """A column that holds one term of a vocabulary, kept as text and checked by the database.

    A table with two columns of one vocabulary gives each check a name.
    """
    return sa.Enum(
        vocabulary,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or vocabulary.__name__.lower(),
        values_callable=lambda terms: [term.value for term in terms],
    )


def first_day(column: str) -> sa.Column[date]:
    """A generated column: the first day a partial date spans, null without a year.

    A partial date is text as precise as the fact (`2023`, `2023-10`, `2023-10-27`, `--06-05`);
    these columns make the database refuse any other text.
    """
    return _day(f"{column}_first", f"first_day({column})")


def last_day(column: str) -> sa.Column[date]:
    """A generated column: the last day a partial date spans, null without a year."""
    return _day(f"{column}_last", f"last_day({column})")


def year(name: str, column: str) -> sa.Column[int]:
    """A generated column: the year of a partial date, null without one."""
    known = f"case when {column} not like '-%' then left({column}, 4)::integer end"
    return sa.Column(name, sa.Integer(), sa.Computed(known, persisted=True))


def _day(name: str, expression: str) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), sa.Computed(expression, persisted=True))


def sort_key(column: str) -> sa.Column[str]:
    """A generated column that sorts `column` by the Vietnamese alphabet, tones after letters."""
    return sa.Column(
        "sort_key",
        sa.Text(collation="C"),
        sa.Computed(f"vietnamese_sort_key({column})", persisted=True),
        nullable=False,
    )


def search_vector(title: str, *other: str) -> sa.Column[str]:
    """A generated column for text search: the title weighs A, other text B."""
    rest = " || ' ' || ".join(f"coalesce({text}, '')" for text in other)
    weighed = f"setweight(search_vector({title}), 'A')"
    if rest:
        weighed += f" || setweight(search_vector({rest}), 'B')"
    return sa.Column(
        "search", postgresql.TSVECTOR(), sa.Computed(weighed, persisted=True), nullable=True
    )
