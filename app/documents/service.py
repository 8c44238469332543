"""Recording documents and reading them."""

from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references
from app.db.database import driver_of
from app.documents.schemas import DocumentNew, DocumentPublic, DocumentQuery
from app.documents.tables import Document
from app.http.merge_patch import Patch
from app.querying.filters import spans_from, spans_to
from app.querying.references import register
from app.querying.resources import Resource

register("document", Document)

_issued = col(Document.issued_on_first), col(Document.issued_on_last)
DOCUMENTS = Resource.of(
    Document,
    DocumentPublic,
    DocumentNew,
    DocumentQuery,
    "documents",
    filters={"issued_from": spans_from(_issued[0]), "issued_to": spans_to(*_issued)},
)


async def create(session: AsyncSession, actor: Actor, data: DocumentNew) -> tuple[UUID, bool]:
    """Record a document; its id, and whether it is new."""
    await _check_issuer(session, actor, data.issuer)
    return await writing.create(session, actor, DOCUMENTS, data)


async def check_place(session: AsyncSession, actor: Actor, stored: Stored[Document]) -> None:
    """403 if the document lies outside the agency's subtree.

    What central bodies issued belongs to the whole country, and so does what has no issuer: anyone
    may record it, but only an agency of the country changes what others rely on.
    """
    issuer = stored.row.issuer_id
    place = None if issuer is None else await _place_of(session, issuer)
    await check_scope(session, actor, place)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[Document], patch: Patch[DocumentNew]
) -> None:
    """Change what is recorded of a document."""
    data = patch.onto(stored.sent)
    await _check_issuer(session, actor, data.issuer)
    await check_references(session, data)
    await writing.change(session, stored, data)


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


register_kind(DOCUMENTS, check_place)
