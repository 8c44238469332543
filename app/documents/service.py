"""Recording documents and reading them."""

from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, sent_before
from app.db.database import driver_of
from app.documents.schemas import DocumentNew, DocumentPublic
from app.documents.tables import Document
from app.http.merge_patch import Patch
from app.http.schemas import precision_of
from app.querying.collections import Collection
from app.querying.filters import AnyOf, by_date, by_time, spans_from, spans_to
from app.querying.references import References, register, require

register("document", Document)


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "number": row["number"],
        "kind": row["kind"],
        "family": row["family"],
        "issuer": refs.get("organisation", row["issuer_id"]),
        "issued_on": row["issued_on"],
        "date_precision": precision_of(row["issued_on"]),
        "title": row["title"],
        "url": row["url"],
    }


DOCUMENTS = Collection(
    name="documents",
    id=col(Document.id),
    version=col(Document.version),
    item=sa.select(
        col(Document.id),
        col(Document.version),
        col(Document.updated_at),
        col(Document.number),
        col(Document.kind),
        col(Document.family),
        col(Document.issuer_id),
        col(Document.issued_on),
        col(Document.title),
        col(Document.url),
    ),
    serialize=serialize,
    schema=DocumentPublic,
    filters={
        "kind": AnyOf(col(Document.kind)),
        "family": AnyOf(col(Document.family)),
        "issuer": AnyOf(col(Document.issuer_id)),
        "number": AnyOf(col(Document.number)),
        "issued_from": spans_from(col(Document.issued_on_first)),
        "issued_to": spans_to(col(Document.issued_on_first), col(Document.issued_on_last)),
    },
    sorts={
        "issued_on": by_date(col(Document.issued_on_first)),
        "updated_at": by_time(col(Document.updated_at)),
    },
    default_sort="-issued_on",
    search=col(Document.search),
    newest=col(Document.issued_on_first),
)


async def create(session: AsyncSession, actor: Actor, data: DocumentNew) -> tuple[UUID, bool]:
    """Record a document; its id, and whether it is new."""
    await _check_issuer(session, actor, data.issuer)
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    document = Document(**_columns(data), **data.own_id())
    session.add(document)
    await session.flush()
    return document.id, True


async def check_place(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the document lies outside the agency's subtree.

    What central bodies issued belongs to the whole country, and so does what has no issuer: anyone
    may record it, but only an agency of the country changes what others rely on.
    """
    issuer = stored.content["issuer"]
    place = None if issuer is None else await _place_of(session, UUID(issuer["id"]))
    await check_scope(session, actor, place)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[DocumentNew]
) -> None:
    """Change what is recorded of a document."""
    data = patch.onto(stored.writable())
    await _check_issuer(session, actor, data.issuer)
    await require(await driver_of(session), data)
    document = await session.get_one(Document, stored.id)
    document.sqlmodel_update(_columns(data))


async def _check_issuer(session: AsyncSession, actor: Actor, issuer: UUID | None) -> None:
    """403 if a document of this issuer is not for the agency to record.

    A document lies where its issuer does. One of a central body, or without an issuer, lies
    nowhere in particular; any registrar may record it, since campaigns everywhere rest on such
    papers and their agencies are the ones who hold them.
    """
    place = None if issuer is None else await _place_of(session, issuer)
    if place is not None:
        await check_scope(session, actor, place)


_PLACE = """
    select locality.id from organisation join locality on locality.id = organisation.locality_id
    where organisation.id = $1 and locality.level <> 'country'
"""


async def _place_of(session: AsyncSession, issuer: UUID) -> UUID | None:
    """The place of an issuer, none for a body of the whole country."""
    connection = await driver_of(session)
    place: UUID | None = await connection.fetchval(_PLACE, issuer)
    return place


def _columns(data: DocumentNew) -> dict[str, Any]:
    return {
        **data.model_dump(include={"number", "kind", "family", "issued_on", "title", "url"}),
        "issuer_id": data.issuer,
    }


register_kind(DOCUMENTS, check_place)
