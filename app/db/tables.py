"""Tables of the infrastructure itself."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import columns  # noqa: F401 - sets the naming convention before the first table


class SearchWord(SQLModel, table=True):
    """Every word that occurs in a searchable text, folded; misspelt words are corrected on it."""

    __tablename__ = "search_word"

    word: str = Field(sa_type=sa.Text, primary_key=True)

    __table_args__ = (
        sa.Index(
            "ix_search_word_trigrams",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )


class ReferenceRevision(SQLModel, table=True):
    """One row, raised by every change to what processes keep in memory."""

    __tablename__ = "reference_revision"

    only_row: bool = Field(default=True, primary_key=True)
    revision: int = Field(sa_type=sa.BigInteger)

    __table_args__ = (sa.CheckConstraint("only_row", name="only_row"),)


class Secret(SQLModel, table=True):
    """Random keys of this database; cursors are signed with one."""

    __tablename__ = "secret"

    name: str = Field(sa_type=sa.Text, primary_key=True)
    value: bytes = Field(sa_type=sa.LargeBinary)


class AppliedSql(SQLModel, table=True):
    """A function, view or trigger as `migrate` applied it last, and the release that did."""

    __tablename__ = "applied_sql"

    key: str = Field(sa_type=sa.Text, primary_key=True)
    position: int
    digest: str = Field(sa_type=sa.Text)
    release: str = Field(sa_type=sa.Text)
