"""What operators ask: is the process up, can it serve, how is it doing."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.db.schema import NEWEST
from app.http.metrics import metrics_of
from app.http.problems import DatabaseUnavailable
from app.querying.read_sessions import read_sessions_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """Tell that the process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Tell whether the database answers and its schema is this version's."""
    async with read_sessions_of(request).read_session() as read_session:
        revision = await read_session.connection.fetchval("select version_num from alembic_version")
    if revision != NEWEST:
        raise DatabaseUnavailable
    return JSONResponse({"status": "ready"}, headers={"Cache-Control": "no-store"})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Metrics of this process in the Prometheus text format."""
    return Response(metrics_of(request).text(), media_type=CONTENT_TYPE_LATEST)
