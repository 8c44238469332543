"""HTTP of agencies and their keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access import service
from app.access.actors import (
    AdministratingReader,
    Administrator,
    KeyManager,
    KeyManagingReader,
    Reader,
    Role,
)
from app.access.audit import AUDIT
from app.access.redaction import redact
from app.access.routing import Route, UnkeyedRoute
from app.access.schemas import (
    AgencyNew,
    AgencyPublic,
    AgencyQuery,
    AuditEntryPublic,
    AuditQuery,
    KeyIssued,
    KeyNew,
    KeyPublic,
    KeyQuery,
    MePublic,
    Redaction,
    RedactionPublic,
    RevocationQuery,
)
from app.access.service import AGENCIES, KEYS
from app.access.tables import Agency
from app.access.writing import Stored, ToChange, changed, created
from app.db.calendar import today
from app.http.documented_responses import (
    ACT,
    ANSWER,
    CHANGE,
    CREATE,
    DELETE,
    LIST,
    ONE,
    headers,
    problems,
)
from app.http.json_responses import PRIVATE, json_answer, thing_answer
from app.http.merge_patch import Patch
from app.http.negotiation import wanted
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep, read_session_of

NO_STORE = {"Cache-Control": "no-store"}
PRIVATE_LIST = {**LIST, **problems(401, 403)}

router = APIRouter(prefix="/v1", tags=["Agencies"], route_class=Route)
keys = APIRouter(prefix="/v1/agencies/{id}/keys", tags=["Agencies"], route_class=UnkeyedRoute)
to_change = ToChange(AGENCIES, Role.administrator, service.check_agency)


@router.get("/agencies", response_model=Page[AgencyPublic], responses=PRIVATE_LIST)
async def list_agencies(
    request: Request, actor: AdministratingReader, query: Annotated[AgencyQuery, Query()]
) -> Response:
    """List the agencies of an administrator's subtree, by name unless sorted otherwise."""
    seen = query.model_copy(update={"seen_from": actor.locality_id})
    return await AGENCIES.answer(request, seen, PRIVATE)


@router.get("/agencies/{id}", response_model=AgencyPublic, responses={**ONE, **problems(401, 403)})
async def get_agency(request: Request, actor: AdministratingReader, id: UUID) -> Response:
    """Read what is recorded of an agency in an administrator's subtree."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        await service.check_seen(read_session.connection, actor, id)
        version, content = await AGENCIES.find(read_session, id)
    return thing_answer(version, content, private=True)


@router.post("/agencies", status_code=201, response_model=AgencyPublic, responses=CREATE)
async def create_agency(
    request: Request, session: SessionDep, actor: Administrator, data: AgencyNew
) -> Response:
    """Admit an agency in an administrator's subtree, at no other levels than the administrator's.

    It writes nothing until it is given a key. 409 `already_exists` if another has its name.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, AGENCIES, id, fresh=fresh)


@router.patch("/agencies/{id}", response_model=AgencyPublic, responses=CHANGE)
async def update_agency(
    session: SessionDep,
    stored: Annotated[Stored[Agency], Depends(to_change)],
    actor: Administrator,
    patch: Patch[AgencyNew],
) -> Response:
    """Change what is recorded of an agency and what it may do (JSON Merge Patch).

    It holds for all its keys from their next request on; `active: false` refuses them.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, AGENCIES, stored.id)


@keys.get("", response_model=Page[KeyPublic], responses={**PRIVATE_LIST, **problems(404)})
async def list_agency_keys(
    request: Request, actor: KeyManagingReader, id: UUID, query: Annotated[KeyQuery, Query()]
) -> Response:
    """List the keys of a key manager's agency, or of one in an administrator's subtree.

    Secrets are never shown again; `prefix` is how they begin. The newest come first unless sorted
    otherwise.
    """
    async with read_sessions_of(request).read_session() as read_session:
        await service.check_seen(read_session.connection, actor, id)
    return await KEYS.answer(request, query.of(id), NO_STORE)


@keys.get("/{key}", response_model=KeyPublic, responses={**ONE, **problems(401, 403)})
async def get_agency_key(
    request: Request, actor: KeyManagingReader, id: UUID, key: UUID
) -> Response:
    """Read what is recorded of a key; its secret is never shown again."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        await service.check_seen(read_session.connection, actor, id, key)
        version, content = await KEYS.find(read_session, key)
    return _unstored(thing_answer(version, content))


@keys.post("", status_code=201, response_model=KeyIssued, responses={**CREATE, **problems(404)})
async def create_agency_key(
    request: Request, session: SessionDep, actor: KeyManager, id: UUID, data: KeyNew
) -> Response:
    """Issue a key of a key manager's agency, or of one in an administrator's subtree.

    The secret is in this answer and nowhere else. A key makes no key of more roles, of more levels
    or of a longer life than its own (403 `more_rights`); what is left out of `levels` and
    `expires_on` is that of the key that asks, which is the new one's `parent`. Roles that the
    agency does not have are 422 `role_not_of_agency`. To replace a key, issue the next one, use
    it, then revoke the first: both hold until then.
    """
    key, secret = await service.create_key(session, actor, id, data, today())
    version, content = await KEYS.find(await read_session_of(session), key)
    return _unstored(
        thing_answer(
            version,
            content | {"secret": secret},
            200 if secret is None else 201,
            location=f"{request.url.path}/{key}",
        )
    )


@keys.delete(
    "/{key}",
    status_code=204,
    response_class=Response,
    responses={**DELETE, 204: {"description": "It is refused from now on.", "headers": headers()}},
)
async def revoke_agency_key(
    session: SessionDep,
    actor: KeyManager,
    id: UUID,
    key: UUID,
    query: Annotated[RevocationQuery, Query()],
) -> Response:
    """Refuse a key from now on, without `If-Match`: nothing may stand in the way.

    With `with_children=true` the keys that it made, directly or not, are revoked too, those of
    other agencies among them; also if the key itself was revoked before. What a revoked key still
    waits for or streams ends without another line.
    """
    await service.revoke_key(session, actor, id, key, with_children=query.with_children)
    return Response(status_code=204)


@router.get("/me", response_model=MePublic, responses={**ANSWER, **problems(401)})
async def get_me(request: Request, actor: Reader) -> Response:
    """Tell whose key this is, what it may do and until when."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        serialized = await service.me(read_session, actor)
    return json_answer(serialized, NO_STORE)


@router.get("/audit-entries", response_model=Page[AuditEntryPublic], responses=PRIVATE_LIST)
async def list_audit_entries(
    request: Request, actor: Reader, query: Annotated[AuditQuery, Query()]
) -> Response:
    """List what the agency's keys wrote and what they were refused (403), the latest first.

    An administrator sees the entries of all agencies in its subtree. `from` and `to` are days in
    Viet Nam. Entries are only ever added; a redaction takes a personal name out of them.
    """
    return await AUDIT.answer(request, query.model_copy(update={"seen_by": actor}), PRIVATE)


@router.post(
    "/redactions",
    response_model=RedactionPublic,
    responses={200: ACT[200], **problems(401, 403, 404, 409, 413, 415, 422)},
)
async def redact_name(
    request: Request, session: SessionDep, actor: Administrator, data: Redaction
) -> Response:
    """Take a personal name out of a thing, and out of the audit, kept answers and what was deleted.

    The award, the model or the inspection stays, with `[đã ẩn tên]` in the name's place. With the
    id of a recipient only that one's name goes, with the id of the decision all of them. Free text
    is left as it is, and so are backups: whoever restores one redacts again.
    """
    removed = await redact(request, session, actor, data)
    return json_answer(data.model_dump() | {"removed": removed}, PRIVATE)


def _unstored(response: Response) -> Response:
    """A key's answer is kept nowhere on its way."""
    response.headers["Cache-Control"] = NO_STORE["Cache-Control"]
    return response
