"""HTTP of publications and of their observations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import AnyActor, Publisher, Role
from app.access.deletion import delete, restore
from app.access.routing import Route
from app.access.writing import Stored, ToChange, changed, created
from app.db.database import driver_of
from app.http.documented_responses import (
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
from app.publications import resolving, service
from app.publications.checking import check, forget
from app.publications.discrepancies import DISCREPANCIES, reconciliation
from app.publications.discrepancy_schemas import (
    DiscrepancyPublic,
    DiscrepancyQuery,
    Ratio,
    RatioQuery,
    Reconciliation,
    ResolutionNew,
)
from app.publications.entries import PublicationCorrectionNew, PublicationNew
from app.publications.queries import CORRECTIONS, OBSERVATIONS, PUBLICATIONS
from app.publications.ratios import ratio
from app.publications.schemas import (
    DIMENSION_PARAMETERS,
    ObservationItem,
    ObservationQuery,
    PublicationCorrectionPublic,
    PublicationCorrectionQuery,
    PublicationItem,
    PublicationPublic,
    PublicationQuery,
)
from app.publications.tables import FigureCheck, Publication
from app.querying.queries import Page
from app.querying.read_sessions import read_sessions_of
from app.querying.write_session import SessionDep

router = APIRouter(prefix="/v1", tags=["Publications"], route_class=Route)
to_change = ToChange(PUBLICATIONS, Role.publisher, service.check_places)


@fast_get(router, "/publications", response_model=Page[PublicationItem], responses=LIST)
async def list_publications(
    request: Request, query: Annotated[PublicationQuery, Query()]
) -> Response:
    """List publications, the newest first unless sorted otherwise, without their datasets.

    As NDJSON every row is the whole publication.
    """
    return await PUBLICATIONS.answer(request, query)


@fast_get(router, "/publications/{id}", response_model=PublicationPublic, responses=ONE)
async def get_publication(request: Request, id: UUID) -> Response:
    """Read a publication with its tables and numbers, as printed and in printed order.

    Every number is a claim of its source, never added up or corrected. `dimensions: {}` is the
    total of a table; `levels` says which levels the whole table counts.
    """
    return await PUBLICATIONS.one(request, id)


@router.post("/publications", status_code=201, response_model=PublicationPublic, responses=CREATE)
async def create_publication(
    request: Request, session: SessionDep, actor: Publisher, data: PublicationNew
) -> Response:
    """Record a publication with its tables and all their numbers, as printed.

    The place of every subject must lie inside the agency's subtree. Numbers may be sent as
    Vietnamese numerals (`"1.796"`, `"9,86"`, `"1,4 tỷ"`, `"04"`); one that may be meant in two ways
    is 422 `ambiguous_number`. What does not add up is stored, never refused: see its
    reconciliation.
    """
    id, fresh = await service.create(session, actor, data)
    return await created(request, session, PUBLICATIONS, id, fresh=fresh)


@router.patch("/publications/{id}", response_model=PublicationPublic, responses=CHANGE)
async def update_publication(
    session: SessionDep,
    stored: Annotated[Stored[Publication], Depends(to_change)],
    actor: Publisher,
    patch: Patch[PublicationNew],
) -> Response:
    """Change what is said about a publication and its tables, or enter more of it.

    A JSON Merge Patch: elements of `datasets` and `observations` are named by their ids, all of
    them. To remove or restate a printed number is 409 `printed_value` with the members in
    `errors`; one that was transcribed wrongly is corrected by a correction.
    """
    await service.update(session, actor, stored, patch)
    return await changed(session, PUBLICATIONS, stored.id)


@router.delete("/publications/{id}", status_code=204, responses=DELETE)
async def delete_publication(
    session: SessionDep,
    stored: Annotated[Stored[Publication], Depends(to_change)],
    actor: Publisher,
) -> Response:
    """Delete a publication with its figures and checks. It can be restored for thirty days."""
    await forget(await driver_of(session), [stored.id])
    await delete(session, actor, stored)
    return Response(status_code=204)


@router.post("/publications/{id}/restoration", response_model=PublicationPublic, responses=RESTORE)
async def restore_publication(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> Response:
    """Bring back a publication that was deleted in the last thirty days, under its next version.

    Its figures are checked anew. 409 `not_deleted` if it is there, `cites_deleted` if something it
    refers to is not.
    """
    await restore(request, session, actor, id, to_change)
    await check(await driver_of(session), [id])
    return await changed(session, PUBLICATIONS, id)


@fast_get(
    router,
    "/publications/{id}/corrections",
    response_model=Page[PublicationCorrectionPublic],
    responses=LIST_OF,
)
async def list_publication_corrections(
    request: Request, id: UUID, query: Annotated[PublicationCorrectionQuery, Query()]
) -> Response:
    """List how numbers of a publication were transcribed at first, the latest correction first."""
    await PUBLICATIONS.check_there(request, id)
    return await CORRECTIONS.answer(request, query.of(id))


@router.post(
    "/publications/{id}/corrections",
    status_code=201,
    response_model=PublicationCorrectionPublic,
    responses=STEP,
)
async def correct_publication(
    request: Request,
    session: SessionDep,
    stored: Annotated[Stored[Publication], Depends(to_change)],
    actor: Publisher,
    data: PublicationCorrectionNew,
) -> Response:
    """Correct how a printed number was transcribed. What stood before is kept and can be read.

    The checks of the publication are made anew; what people found about a figure that is now
    another lapses. A correction that changes nothing is 422 `nothing_changed`.
    """
    id, fresh = await service.correct(session, actor, stored, data)
    return await created(request, session, CORRECTIONS, id, fresh=fresh)


@fast_get(
    router,
    "/publications/{id}/corrections/{correction}",
    response_model=PublicationCorrectionPublic,
    responses=ONE,
)
async def get_publication_correction(request: Request, id: UUID, correction: UUID) -> Response:
    """Read one correction of a publication."""
    return await CORRECTIONS.one(request, correction, id)


@fast_get(
    router,
    "/observations",
    response_model=Page[ObservationItem],
    responses=LIST,
    openapi_extra={"parameters": DIMENSION_PARAMETERS},
)
async def list_observations(
    request: Request, query: Annotated[ObservationQuery, Query()]
) -> Response:
    """List printed numbers across publications, each with what its dataset says of it.

    `from` and `to` select numbers whose whole period lies inside. `dimension.field=economy` selects
    a bucket of a breakdown, `dimension.field=none` what is not broken down by field. As CSV the
    usual dimensions are columns; NDJSON has them all.
    """
    return await OBSERVATIONS.answer(request, query)


@fast_get(
    router, "/observations/ratio", response_model=Ratio, responses={**ANSWER, **problems(409)}
)
async def get_ratio(request: Request, query: Annotated[RatioQuery, Query()]) -> Response:
    """Divide one published figure by another, if they count the same thing.

    Else it is 409 `not_comparable` with each reason in `errors`: period, subject, levels, claim
    status, unit and dimensions must agree and no number be a mere bound; the measures must be
    stages of models, or both numbers stand in one table as a part and its whole or as two parts.
    What neither states agrees within one publication only. `allow_incomparable=true` answers all
    the same and tells the reasons, unless there is no number to divide or to divide by.
    """
    wanted(request)
    async with read_sessions_of(request).read_session(several=True) as read_session:
        return json_answer(await ratio(read_session, query))


@fast_get(router, "/publications/{id}/reconciliation", response_model=Reconciliation, responses=ONE)
async def get_reconciliation(request: Request, id: UUID) -> Response:
    """Tell whether a publication agrees with itself, with other sources and with the register.

    Every printed number is held against those that break it down along one more dimension, or
    against finer cells where only they are printed; never along an `overlapping` one, nor over
    different units or rates (`%`, so much for each). Qualifiers make intervals: `at_least` and
    `at_most` are open to one side, `about` means within a tenth. Parts below their total are
    `incomplete` if a usual field or kind of participant is absent, else `discrepant`. The register
    counts models with a track that fits: fewer than stated are `incomplete`, more `discrepant`;
    `rows` lists them.
    """
    wanted(request)
    await PUBLICATIONS.check_there(request, id)
    async with read_sessions_of(request).read_session(several=True) as read_session:
        return json_answer({"items": await reconciliation(read_session, id)})


@fast_get(router, "/discrepancies", response_model=Page[DiscrepancyPublic], responses=LIST)
async def list_discrepancies(
    request: Request, query: Annotated[DiscrepancyQuery, Query()]
) -> Response:
    """List figures that do not agree with their parts or with another publication.

    Checks against the register stand in the reconciliation of each publication only.
    """
    return await DISCREPANCIES.answer(request, query)


@fast_get(router, "/discrepancies/{id}", response_model=DiscrepancyPublic, responses=ONE)
async def get_discrepancy(request: Request, id: UUID) -> Response:
    """Read one check, whatever it found."""
    return await DISCREPANCIES.one(request, id)


@router.post(
    "/discrepancies/{id}/resolution",
    status_code=201,
    response_model=DiscrepancyPublic,
    responses=STEP,
)
async def resolve_discrepancy(
    session: SessionDep,
    check: Annotated[FigureCheck, Depends(resolving.open_check)],
    actor: Publisher,
    id: UUID,
    data: ResolutionNew,
) -> Response:
    """Tell what was found about a discrepancy. The printed values stay as they are.

    It stands in the place of what was told before, and lapses when a number compared is
    corrected. For figures that agree it is 409 `nothing_to_resolve`.
    """
    version, content = await resolving.resolve(session, actor, check, data)
    location = f"/v1/discrepancies/{id}"
    return thing_answer(version, content, 201, location=location, private=True)
