"""HTTP of imports."""

from contextlib import closing
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Awarder, Registrar, brings_key
from app.access.routing import Route
from app.award_decisions.queries import decisions_for
from app.db.calendar import today
from app.http.documented_responses import Responses, headers, problems
from app.http.json_encoding import encode
from app.http.negotiation import type_of
from app.http.routing import FileRequest
from app.imports import service
from app.imports.award_decisions import AwardDecisions
from app.imports.kinds import Kind
from app.imports.models import Models
from app.imports.report import Report
from app.imports.rows import rows_of
from app.imports.running import Running
from app.imports.schemas import ImportQuery, ImportReport
from app.querying.write_session import SessionDep

FLAT_TYPES = frozenset({type_of["csv"], type_of["xlsx"], type_of["ndjson"]})
NESTED_TYPES = frozenset({type_of["ndjson"]})


class ImportRequest(FileRequest):
    """A file that is read for a good key alone, and before the write takes its connection."""

    async def check(self, types: frozenset[str]) -> None:
        await super().check(types)
        if await brings_key(self):
            await self.body()


class TableRoute(Route):
    """An endpoint whose body is a file of rows, as a table or as NDJSON."""

    request_class = ImportRequest
    body_types = FLAT_TYPES


class NestedRoute(Route):
    """An endpoint whose body is NDJSON."""

    request_class = ImportRequest
    body_types = NESTED_TYPES


def _body(types: frozenset[str]) -> dict[str, Any]:
    """How the file is documented."""
    schema = {"type": "string", "format": "binary"}
    content = {media_type: {"schema": schema} for media_type in sorted(types)}
    return {"requestBody": {"required": True, "content": content}}


IMPORT: Responses = {
    200: {"description": "What would come of each row; nothing was taken.", "headers": headers()},
    201: {"description": "What came of each row.", "headers": headers()},
    **problems(401, 403, 409, 413, 415, 422),
}
tables = APIRouter(prefix="/v1/imports", tags=["Imports"], route_class=TableRoute)
nested = APIRouter(prefix="/v1/imports", tags=["Imports"], route_class=NestedRoute)


@tables.post(
    "/models",
    status_code=201,
    response_model=ImportReport,
    responses=IMPORT,
    openapi_extra=_body(FLAT_TYPES),
)
async def import_models(
    request: Request, session: SessionDep, actor: Registrar, query: Annotated[ImportQuery, Query()]
) -> Response:
    """Take in a file of models, all rows or none: CSV, XLSX (one worksheet) or NDJSON, 32 MiB.

    Columns are those of the CSV export, in any order; any other is an error, and so is a read-only
    one that differs from what is recorded. New models may have `registration.level`,
    `registration.registered_on` and `distinct_because` too. `locality.code`, with
    `locality.level` (default `commune`), may stand for `locality.id`: it is read on the model's
    date. Names and paths beside an id are not looked at. One `'` is taken off cells where exports
    put it. A row of NDJSON is a model as GET tells it, or a part of that.

    A row whose `id` exists changes the members it has, if its `version` is the present one; one
    that says what is recorded already is `unchanged` and needs no version. Rows count one after
    another: `derived_from` may name a model of an earlier one. The checks are those of single
    writes, look-alikes aside; 422 `import_refused` has the report with the first 1,000 errors.
    """
    return await _import(request, session, Models(actor, today()), query)


@nested.post(
    "/award-decisions",
    status_code=201,
    response_model=ImportReport,
    responses=IMPORT,
    openapi_extra=_body(NESTED_TYPES),
)
async def import_award_decisions(
    request: Request, session: SessionDep, actor: Awarder, query: Annotated[ImportQuery, Query()]
) -> Response:
    """Take in a file of award decisions with their awards, all or none: NDJSON, 32 MiB at most.

    Each line is a decision as GET tells it, or what a POST sends. One whose `id` exists fills what
    is unknown and names recipients, if its `version` is the present one; what is stated stays
    (`stated`: that needs a correction). Totals and warnings follow from the awards and are not
    looked at; any other read-only member must be what is recorded. 422 `import_refused` has the
    report with the first 1,000 errors.
    """
    kind = AwardDecisions(actor, today(), decisions_for(request, actor))
    return await _import(request, session, kind, query)


async def _import(
    request: Request, session: AsyncSession, kind: Kind[Any, Any], query: ImportQuery
) -> Response:
    assert isinstance(request, ImportRequest)
    report = Report(request)
    with (
        Running.one_more(),
        closing(rows_of(await request.body(), request.media_type, kind.columns)) as rows,
    ):
        await service.run(session, kind, rows, report, dry_run=query.dry_run)
    status = 200 if query.dry_run else 201
    headers = {"Cache-Control": "no-store"}
    return Response(encode(report.serialized()), status, headers, "application/json")
