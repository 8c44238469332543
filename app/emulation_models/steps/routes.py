"""HTTP of the steps of a model's life."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Appraiser, Registrar, Role
from app.access.routing import Route
from app.access.writing import changed, created
from app.emulation_models.steps import service
from app.emulation_models.steps.dependencies import OnModel, OwnStep, StoredStep
from app.emulation_models.steps.queries import (
    APPRAISALS,
    INSPECTIONS,
    RECOGNITIONS,
    REGISTRATIONS,
    recognitions_for,
)
from app.emulation_models.steps.records import LockedModel, check_exists
from app.emulation_models.steps.schemas import (
    AppraisalNew,
    AppraisalPublic,
    AppraisalQuery,
    InspectionNew,
    InspectionPublic,
    InspectionQuery,
    ModelRegistrationNew,
    RecognitionNew,
    RecognitionPublic,
    RecognitionQuery,
    RegistrationPublic,
    RegistrationQuery,
)
from app.emulation_models.steps.tables import (
    ModelAppraisal,
    ModelInspection,
    ModelRecognition,
    ModelRegistration,
)
from app.http.documented_responses import CHANGE, DELETE, LIST_OF, ONE, STEP
from app.http.fast_reads import fast_get
from app.http.merge_patch import Patch
from app.querying.queries import Page
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1/models/{id}", tags=["Models"], route_class=Route)
_by_registrar = OnModel(Role.registrar)
_by_appraiser = OnModel(Role.appraiser)

# ---- inspections -------------------------------------------------------------------------

_own_inspection = OwnStep(INSPECTIONS, Role.registrar)


@fast_get(router, "/inspections", response_model=Page[InspectionPublic], responses=LIST_OF)
async def list_model_inspections(
    request: Request, id: UUID, query: Annotated[InspectionQuery, Query()]
) -> Response:
    """List the inspections of a model, the latest first unless sorted otherwise."""
    await check_exists(request, id)
    return await INSPECTIONS.answer(request, query.of(id))


@fast_get(router, "/inspections/{step}", response_model=InspectionPublic, responses=ONE)
async def get_model_inspection(request: Request, id: UUID, step: UUID) -> Response:
    """Read one inspection of a model."""
    return await INSPECTIONS.one(request, step, id)


@router.post("/inspections", status_code=201, response_model=InspectionPublic, responses=STEP)
async def record_model_inspection(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_registrar)],
    actor: Registrar,
    data: InspectionNew,
) -> Response:
    """Record an inspection (kiểm tra, theo dõi), for itself or during an event.

    Not of a model that has ended, was withdrawn or merged (409 `step_not_possible`).
    """
    id, fresh = await service.take(session, actor, model, data)
    return await created(request, session, INSPECTIONS, id, fresh=fresh)


@router.patch("/inspections/{step}", response_model=InspectionPublic, responses=CHANGE)
async def update_model_inspection(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelInspection], Depends(_own_inspection)],
    actor: Registrar,
    patch: Patch[InspectionNew],
) -> Response:
    """Change an inspection that the agency recorded (JSON Merge Patch)."""
    await service.change(session, actor, stored, patch.onto(stored.sent))
    return await changed(session, INSPECTIONS, stored.id)


@router.delete("/inspections/{step}", status_code=204, responses=DELETE)
async def remove_model_inspection(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelInspection], Depends(_own_inspection)],
) -> Response:
    """Remove an inspection that the agency recorded."""
    await service.take_back(session, stored)
    return Response(status_code=204)


# ---- registrations -----------------------------------------------------------------------

_own_registration = OwnStep(REGISTRATIONS, Role.registrar)


@fast_get(router, "/registrations", response_model=Page[RegistrationPublic], responses=LIST_OF)
async def list_model_registrations(
    request: Request, id: UUID, query: Annotated[RegistrationQuery, Query()]
) -> Response:
    """List the registrations of a model, at most one at each level."""
    await check_exists(request, id)
    return await REGISTRATIONS.answer(request, query.of(id))


@fast_get(router, "/registrations/{step}", response_model=RegistrationPublic, responses=ONE)
async def get_model_registration(request: Request, id: UUID, step: UUID) -> Response:
    """Read one registration of a model."""
    return await REGISTRATIONS.one(request, step, id)


@router.post("/registrations", status_code=201, response_model=RegistrationPublic, responses=STEP)
async def record_model_registration(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_registrar)],
    actor: Registrar,
    data: ModelRegistrationNew,
) -> Response:
    """Register a model at a level of the agency; levels are independent of each other.

    The model's place must be in force on the day (422 `locality_not_in_force`); the district level
    ended with 2025-06-30 (422 `level_abolished`). Once at each level, and never after it was
    decided on there (409 `step_not_possible`).
    """
    id, fresh = await service.take(session, actor, model, data)
    return await created(request, session, REGISTRATIONS, id, fresh=fresh)


@router.patch("/registrations/{step}", response_model=RegistrationPublic, responses=CHANGE)
async def update_model_registration(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelRegistration], Depends(_own_registration)],
    actor: Registrar,
    patch: Patch[ModelRegistrationNew],
) -> Response:
    """Change a registration that the agency recorded (JSON Merge Patch).

    409 `step_settled` once the model was appraised, or decided on at that level.
    """
    await service.change(session, actor, stored, patch.onto(stored.sent))
    return await changed(session, REGISTRATIONS, stored.id)


@router.delete("/registrations/{step}", status_code=204, responses=DELETE)
async def remove_model_registration(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelRegistration], Depends(_own_registration)],
) -> Response:
    """Remove a registration that the agency recorded.

    409 `step_settled` once the model was appraised, or decided on at that level.
    """
    await service.take_back(session, stored)
    return Response(status_code=204)


# ---- appraisals --------------------------------------------------------------------------

_own_appraisal = OwnStep(APPRAISALS, Role.appraiser)


@fast_get(router, "/appraisals", response_model=Page[AppraisalPublic], responses=LIST_OF)
async def list_model_appraisals(
    request: Request, id: UUID, query: Annotated[AppraisalQuery, Query()]
) -> Response:
    """List the appraisals of a model, the latest first unless sorted otherwise."""
    await check_exists(request, id)
    return await APPRAISALS.answer(request, query.of(id))


@fast_get(router, "/appraisals/{step}", response_model=AppraisalPublic, responses=ONE)
async def get_model_appraisal(request: Request, id: UUID, step: UUID) -> Response:
    """Read one appraisal of a model with its scores and their total."""
    return await APPRAISALS.one(request, step, id)


@router.post("/appraisals", status_code=201, response_model=AppraisalPublic, responses=STEP)
async def record_model_appraisal(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_appraiser)],
    actor: Appraiser,
    data: AppraisalNew,
) -> Response:
    """Record how a model was scored against one number of a criteria set, which is frozen by it.

    Every criterion once, from 0 to its `max_score` (422 otherwise). A model that is registered
    nowhere cannot be appraised (409 `step_not_possible`).
    """
    id, fresh = await service.take(session, actor, model, data)
    return await created(request, session, APPRAISALS, id, fresh=fresh)


@router.patch("/appraisals/{step}", response_model=AppraisalPublic, responses=CHANGE)
async def update_model_appraisal(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelAppraisal], Depends(_own_appraisal)],
    actor: Appraiser,
    patch: Patch[AppraisalNew],
) -> Response:
    """Change an appraisal that the agency recorded (JSON Merge Patch); `scores` are sent whole.

    409 `step_settled` once the model was decided on.
    """
    await service.change(session, actor, stored, patch.onto(stored.sent))
    return await changed(session, APPRAISALS, stored.id)


@router.delete("/appraisals/{step}", status_code=204, responses=DELETE)
async def remove_model_appraisal(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelAppraisal], Depends(_own_appraisal)],
) -> Response:
    """Remove an appraisal that the agency recorded.

    409 `step_settled` once the model was decided on.
    """
    await service.take_back(session, stored)
    return Response(status_code=204)


# ---- recognitions ------------------------------------------------------------------------

_own_recognition = OwnStep(RECOGNITIONS, Role.appraiser)


@fast_get(router, "/recognitions", response_model=Page[RecognitionPublic], responses=LIST_OF)
async def list_model_recognitions(
    request: Request, id: UUID, query: Annotated[RecognitionQuery, Query()]
) -> Response:
    """List the decisions to recognise a model at a level, or not to."""
    await check_exists(request, id)
    return await recognitions_for(request).answer(request, query.of(id))


@fast_get(router, "/recognitions/{step}", response_model=RecognitionPublic, responses=ONE)
async def get_model_recognition(request: Request, id: UUID, step: UUID) -> Response:
    """Read one decision on a model."""
    return await recognitions_for(request).one(request, step, id)


@router.post("/recognitions", status_code=201, response_model=RecognitionPublic, responses=STEP)
async def record_model_recognition(
    request: Request,
    session: SessionDep,
    model: Annotated[LockedModel, Depends(_by_appraiser)],
    actor: Appraiser,
    data: RecognitionNew,
) -> Response:
    """Record a decision to recognise a model at a level of the agency, or not to.

    `not_recognised` may be followed by `recognised`, never a second `recognised` at one level, and
    no decision comes before the registration at its level (409 `step_not_possible`). Where no
    registration is recorded there, history being incomplete, `warnings` says so.
    """
    id, fresh = await service.take(session, actor, model, data)
    return await created(request, session, recognitions_for(request), id, fresh=fresh)


@router.patch("/recognitions/{step}", response_model=RecognitionPublic, responses=CHANGE)
async def update_model_recognition(
    request: Request,
    session: SessionDep,
    stored: Annotated[StoredStep[ModelRecognition], Depends(_own_recognition)],
    actor: Appraiser,
    patch: Patch[RecognitionNew],
) -> Response:
    """Change a decision that the agency recorded (JSON Merge Patch).

    409 `step_settled` once the model was commended or adopted, or recognised after a refusal.
    """
    await service.change(session, actor, stored, patch.onto(stored.sent))
    return await changed(session, recognitions_for(request), stored.id)


@router.delete("/recognitions/{step}", status_code=204, responses=DELETE)
async def remove_model_recognition(
    session: SessionDep,
    stored: Annotated[StoredStep[ModelRecognition], Depends(_own_recognition)],
) -> Response:
    """Remove a decision that the agency recorded.

    409 `step_settled` once the model was commended or adopted, or recognised after a refusal.
    """
    await service.take_back(session, stored)
    return Response(status_code=204)
