"""HTTP of documents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Registrar, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.documents import service
from app.documents.schemas import DocumentNew, DocumentPublic, DocumentQuery
from app.documents.service import DOCUMENTS
from app.documents.tables import Document
from app.http.documented_responses import CHANGE, CREATE, DELETE, LIST, ONE, RESTORE
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/documents", tags=["Documents"], route_class=Route)
to_change = ToChange(DOCUMENTS, Role.registrar, service.check_place)


@fast_get(router, "", response_model=Page[DocumentPublic], responses=LIST)
async def list_documents(request: Request, query: Annotated[DocumentQuery, Query()]) -> Response:
    """List documents, the newest first unless sorted otherwise.

    `issued_from` and `issued_to` find a partial date only if all of it lies between them.
    """
    return await DOCUMENTS.answer(request, query)


@fast_get(router, "/{id}", response_model=DocumentPublic, responses=ONE)
async def get_document(request: Request, id: UUID) -> Response:
    """Read what is recorded of a document."""
    return await DOCUMENTS.one(request, id)


@router.post("", status_code=201, response_model=DocumentPublic, responses=CREATE)
async def create_document(
    request: Request, session: SessionDep, actor: Registrar, data: DocumentNew
) -> Response:
    """Record a document of an issuer inside the agency's subtree, of a central body, or of none.

    409 `already_exists` if a document of this number, issuer and date is recorded already.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, DOCUMENTS, id, fresh=fresh)


@router.patch("/{id}", response_model=DocumentPublic, responses=CHANGE)
async def update_document(
    session: SessionDep,
    stored: Annotated[Stored[Document], Depends(to_change)],
    actor: Registrar,
    patch: Patch[DocumentNew],
) -> Response:
    """Change what is recorded of a document (JSON Merge Patch).

    What a central body issued, or nobody known, only an agency of the whole country changes.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, DOCUMENTS, stored.id)


@router.delete("/{id}", status_code=204, responses=DELETE)
async def delete_document(
    session: SessionDep, stored: Annotated[Stored[Document], Depends(to_change)], actor: Registrar
) -> Response:
    """Delete a document, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/{id}/restoration", response_model=DocumentPublic, responses=RESTORE)
async def restore_document(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a document that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, DOCUMENTS, id)
