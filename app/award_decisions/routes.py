"""HTTP of award decisions, awards and verifications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import KEY_OPTIONAL, AnyActor, Awarder, OptionalActor, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.award_decisions import service
from app.award_decisions.acts import CORRECTIONS, revocation_of
from app.award_decisions.queries import AWARD_DECISIONS, AWARDS, decisions_for
from app.award_decisions.schemas import (
    AwardDecisionNew,
    AwardDecisionPublic,
    AwardDecisionQuery,
    AwardPublic,
    CorrectionNew,
    CorrectionPublic,
    CorrectionQuery,
    Revocation,
    RevocationPublic,
    VerificationPublic,
)
from app.award_decisions.tables import AwardDecision
from app.http.documented_responses import (
    ACT,
    ANSWER,
    CHANGE,
    CREATE,
    DELETE,
    LIST,
    LIST_OF,
    ONE,
    RESTORE,
    STEP,
    problems,
)
from app.http.fast_reads import fast_get
from app.http.json_responses import json_answer, thing_answer
from app.http.merge_patch import Patch
from app.http.negotiation import wanted
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1", tags=["Award decisions"], route_class=Route)
to_change = ToChange(AWARD_DECISIONS, Role.awarder, service.check_right)


@fast_get(router, "/award-decisions", response_model=Page[AwardDecisionPublic], responses=LIST)
async def list_award_decisions(
    request: Request, query: Annotated[AwardDecisionQuery, Query()]
) -> Response:
    """List decisions with all their awards, the newest first unless sorted otherwise.

    `form`, `participant_kind`, `recipient` and `model` may each hold for another line; in
    `/v1/awards` they hold for one. `q` finds words of the number and the occasion, of the awards'
    titles and merits, and of the recipients' names.
    """
    return await decisions_for(request).answer(request, query)


@router.get(
    "/award-decisions/{id}",
    response_model=AwardDecisionPublic,
    responses={**ONE, **problems(401)},
    openapi_extra=KEY_OPTIONAL,
)
async def get_award_decision(request: Request, actor: OptionalActor, id: UUID) -> Response:
    """Read a decision with its awards and the recipients named so far.

    With a key of the agency that recorded it, it tells the verification code too.
    """
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        version, content = await decisions_for(request, actor).find(read_session, id)
    return thing_answer(version, content, private=content["verification_code"] is not None)


@router.post(
    "/award-decisions", status_code=201, response_model=AwardDecisionPublic, responses=CREATE
)
async def create_award_decision(
    request: Request, session: SessionDep, actor: Awarder, data: AwardDecisionNew
) -> Response:
    """Record a decision of an authority inside the agency's subtree, at one of its levels.

    Recipients may be counted only and named later; more names than the count are 422
    `more_names_than_count`. A date in the future is 422 `in_the_future`, the level `district` from
    2025-07-01 on 422 `level_abolished`. A commemorative medal for a collective is recorded with an
    entry in `warnings`.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, decisions_for(request, actor), id, fresh=fresh)


@router.patch("/award-decisions/{id}", response_model=AwardDecisionPublic, responses=CHANGE)
async def update_award_decision(
    request: Request,
    session: SessionDep,
    stored: Annotated[Stored[AwardDecision], Depends(to_change)],
    actor: Awarder,
    patch: Patch[AwardDecisionNew],
) -> Response:
    """Fill what is unknown of a decision and name recipients (JSON Merge Patch).

    What is stated stays: to change or to remove it, or to add a line, is 409 `correction_needed`
    with the members in `errors`.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, decisions_for(request, actor), stored.id)


@fast_get(
    router,
    "/award-decisions/{id}/corrections",
    response_model=Page[CorrectionPublic],
    responses=LIST_OF,
)
async def list_award_decision_corrections(
    request: Request, id: UUID, query: Annotated[CorrectionQuery, Query()]
) -> Response:
    """List what a decision stated before it was corrected, the latest correction first.

    Each tells what was changed from what to what, why, by which document, when and by whom.
    """
    await AWARD_DECISIONS.check_there(request, id)
    return await CORRECTIONS.answer(request, query.of(id))


@router.post(
    "/award-decisions/{id}/corrections",
    status_code=201,
    response_model=CorrectionPublic,
    responses=STEP,
)
async def correct_award_decision(
    request: Request,
    session: SessionDep,
    stored: Annotated[Stored[AwardDecision], Depends(to_change)],
    actor: Awarder,
    data: CorrectionNew,
) -> Response:
    """Correct what a decision states. The earlier text is kept and can be read.

    `changes` is a JSON Merge Patch of the decision. A line left out of `awards` is 422
    `line_left_out`, a correction that changes nothing 422 `nothing_changed`; a revoked decision
    is not corrected any more: 409 `decision_revoked`.
    """
    id, fresh = await service.correct(session, actor, stored, data)
    return await created(request, session, CORRECTIONS, id, fresh=fresh)


@fast_get(
    router,
    "/award-decisions/{id}/corrections/{correction}",
    response_model=CorrectionPublic,
    responses=ONE,
)
async def get_award_decision_correction(request: Request, id: UUID, correction: UUID) -> Response:
    """Read one correction of a decision."""
    return await CORRECTIONS.one(request, correction, id)


@fast_get(
    router, "/award-decisions/{id}/revocation", response_model=RevocationPublic, responses=ONE
)
async def get_award_decision_revocation(request: Request, id: UUID) -> Response:
    """Read since when a decision no longer holds, and why; 404 if it was not revoked."""
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        return json_answer(await revocation_of(read_session, id))


@router.post("/award-decisions/{id}/revocation", response_model=AwardDecisionPublic, responses=ACT)
async def revoke_award_decision(
    request: Request,
    session: SessionDep,
    stored: Annotated[Stored[AwardDecision], Depends(to_change)],
    actor: Awarder,
    data: Revocation,
) -> Response:
    """Revoke a decision (Law 06/2022/QH15). It and its awards stay on record as revoked.

    409 `decision_revoked` if it was revoked already. A day in the future is 422 `in_the_future`,
    one before the decision was issued 422 `before_issue`.
    """
    await service.revoke(session, actor, stored, data)
    return await changed(session, decisions_for(request, actor), stored.id)


@router.delete("/award-decisions/{id}", status_code=204, responses=DELETE)
async def delete_award_decision(
    session: SessionDep,
    stored: Annotated[Stored[AwardDecision], Depends(to_change)],
    actor: Awarder,
) -> Response:
    """Delete a decision, which can be restored for thirty days.

    409 `cited` while another record cites it.
    """
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post(
    "/award-decisions/{id}/restoration", response_model=AwardDecisionPublic, responses=RESTORE
)
async def restore_award_decision(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a decision that was deleted in the last thirty days, under its next version.

    409 `not_deleted` if it is there, `cites_deleted` if something it refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    return await changed(session, decisions_for(request, actor), id)


@fast_get(router, "/awards", response_model=Page[AwardPublic], responses=LIST)
async def list_awards(request: Request, query: Annotated[AwardDecisionQuery, Query()]) -> Response:
    """List awards, one line of a decision an item, the newest first unless sorted otherwise.

    The filters are those of decisions; `form`, `participant_kind`, `recipient`, `model` and `q`
    look at the award itself.
    """
    return await AWARDS.answer(request, query)


@fast_get(router, "/verify/{code}", response_model=VerificationPublic, responses=ANSWER)
async def verify_award(request: Request, code: str) -> Response:
    """Tell whether the decision behind the code of a certificate holds. No names are told.

    Case and hyphens do not matter. A check character catches typing errors: a code that was
    mistyped is `unknown`, like one that was never given.
    """
    wanted(request)
    async with read_sessions_of(request).read_session() as read_session:
        found = await service.verify(read_session, code)
    return json_answer(found, {"Cache-Control": "no-store"})
