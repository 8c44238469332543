"""The latest change of every thing, and the starts of the database by which cursors are known.

Triggers keep both tables (`note_…` in `app/db/sql/`); the application only reads them.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel


class Change(SQLModel, table=True):
    """The latest change of a thing: the transaction it was made in, and where the thing was.

    One row for each thing there is or was. `places` are the placements it is at now, `left_places`
    those it was at before: who follows one of these must hear of it too.
    """

    __tablename__ = "change"

    type: str = Field(sa_type=sa.Text, primary_key=True)
    id: UUID = Field(primary_key=True)
    xid: int = Field(
        sa_type=sa.BigInteger,
        sa_column_kwargs={"server_default": sa.text("pg_current_xact_id()::text::bigint")},
    )
    version: int
    changed_at: datetime = Field(
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.clock_timestamp()},
    )
    places: list[int] = Field(sa_type=postgresql.ARRAY(sa.Integer))
    left_places: list[int] = Field(
        sa_type=postgresql.ARRAY(sa.Integer), sa_column_kwargs={"server_default": "{}"}
    )

    __table_args__ = (sa.Index(None, "xid", "type", "id"),)


class DatabaseStart(SQLModel, table=True):
    """A start of the database server, and the first transaction that may be of it.

    A cursor names the start it was made in. If that start is not here, or the one after it began
    before the cursor's place, then what the cursor stands for is not the past of this database: it
    was restored from a backup. The database notes a start at its first write, or when first read.
    """

    __tablename__ = "database_start"

    number: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    token: UUID = Field(unique=True, sa_column_kwargs={"server_default": sa.func.gen_random_uuid()})
    name: str = Field(sa_type=sa.Text, unique=True)
    begins: int = Field(sa_type=sa.BigInteger)
