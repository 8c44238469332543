"""Documents of Party, State and Front, identified by number, issuer and date together."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.db.columns import Record, first_day, last_day, search_vector, term
from app.db.things import Thing
from app.vocabularies.terms import DocumentFamily, DocumentKind


class Document(Record, table=True):
    """A directive, plan, decision or article. Party numbers take a hyphen, State ones a slash."""

    __tablename__ = "document"
    thing: ClassVar[Thing] = Thing("documents", deletable=True)

    number: str | None = Field(sa_type=sa.Text, index=True)
    kind: DocumentKind = Field(sa_type=term(DocumentKind))
    family: DocumentFamily | None = Field(sa_type=term(DocumentFamily))
    issuer_id: UUID | None = Field(foreign_key="organisation.id", index=True)
    issued_on: str | None = Field(sa_type=sa.Text)
    issued_on_first: date | None = Field(default=None, sa_column=first_day("issued_on"))
    issued_on_last: date | None = Field(default=None, sa_column=last_day("issued_on"))
    title: str = Field(sa_type=sa.Text)
    url: str | None = Field(sa_type=sa.Text)
    search: str | None = Field(default=None, sa_column=search_vector("title", "number"))

    __table_args__ = (
        sa.Index(
            "uq_document_identity",
            "number",
            "issuer_id",
            "issued_on",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("number is not null and issuer_id is not null"),
        ),
        sa.Index(None, "search", postgresql_using="gin"),
    )
