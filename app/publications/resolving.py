"""What people find about checks of published figures."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access.actors import Actor, AnyActor, OutsideScope, Role
from app.db.database import driver_of
from app.http.conditional import check_if_match
from app.http.problems import Conflict, NotFound, Text
from app.publications.discrepancies import DISCREPANCIES
from app.publications.discrepancy_schemas import ResolutionNew
from app.publications.tables import FigureCheck, FigureResolution
from app.querying.write_session import SessionDep, read_session_of
from app.vocabularies.terms import CheckStatus


class NothingToResolve(Conflict):
    """The figures agree: there is nothing to be found about them."""

    code = "nothing_to_resolve"
    title = Text("The figures agree", "Các số liệu khớp nhau")


async def open_check(
    request: Request, session: SessionDep, actor: AnyActor, id: UUID
) -> FigureCheck:
    """The check a resolution is for, locked until that is recorded.

    404 if there is none, 403 without the role or outside the place of the figure; 412 if an
    If-Match that was sent names another version of its publication.
    """
    check = await session.get(FigureCheck, id, with_for_update=True)
    if check is None:
        raise NotFound
    actor.require(Role.publisher)
    row = await (await driver_of(session)).fetchrow(_COVERS, id, actor.locality_id)
    if not row["covered"]:
        raise OutsideScope
    check_if_match(request, row["version"], required=False)
    return check


async def resolve(
    session: AsyncSession, actor: Actor, check: FigureCheck, data: ResolutionNew
) -> tuple[int, dict[str, Any]]:
    """Record what was found about a check, in the place of what was found before."""
    if check.status is CheckStatus.consistent:
        raise NothingToResolve
    current = col(FigureResolution.check_id) == check.id, col(FigureResolution.lapsed_at).is_(None)
    await session.exec(
        sa.update(FigureResolution).where(*current).values(lapsed_at=sa.func.clock_timestamp())
    )
    session.add(
        FigureResolution(
            check_id=check.id,
            figures=check.figures,
            status=data.status,
            note=data.note,
            agency_id=actor.agency_id,
        )
    )
    await session.flush()
    return await DISCREPANCIES.find(await read_session_of(session), check.id)


# The agency covers the place of the figure; what has no place belongs to the whole country.
_COVERS = """
    select coalesce(
        (select within @> array[$2::uuid] from locality_placement where id = dataset.placement_id),
        (select level = 'country' from locality where id = $2)) as covered,
        publication.version
    from figure_check
        join dataset on dataset.id = figure_check.dataset_id
        join publication on publication.id = dataset.publication_id
    where figure_check.id = $1
"""
