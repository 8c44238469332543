"""Every exception to a problem, in one place."""

import asyncpg
import sqlalchemy.exc as sa_errors
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from app.http.faults import faults_of
from app.http.problems import (
    AlreadyExists,
    Conflict,
    DatabaseUnavailable,
    Fault,
    IdTaken,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Problem,
    Text,
    Unprocessable,
)
from app.http.routing import MalformedJson

log = structlog.get_logger("kheo")

_TRY_AGAIN = ("40001", "40P01")  # serialization failure, deadlock
_CANNOT_CONNECT = (
    OSError,
    TimeoutError,
    sa_errors.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(sa_errors.DBAPIError, _database)
    app.add_exception_handler(asyncpg.PostgresError, _database)
    for kind in _CANNOT_CONNECT:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _internal)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.answer(request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    answer_model = getattr(request.scope.get("route"), "response_model", None)
    read_only = frozenset(getattr(answer_model, "model_fields", ()))
    errors = [_readable(each) for each in error.errors()]
    return Unprocessable(faults=faults_of(errors, read_only)).answer(request)


def _readable(error: dict[str, object]) -> dict[str, object]:
    """Tell a body that was no JSON as that, and not as a wrong type."""
    malformed = error.get("input")
    if isinstance(malformed, MalformedJson):
        return {"type": "malformed_json", "loc": ("body",), "ctx": {"reason": malformed.reason}}
    return error


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return MethodNotAllowed(headers={"Allow": _allowed(request)}).answer(request)
    if error.status_code == 404:
        return NotFound().answer(request)
    return await _internal(request, error)


def _allowed(request: Request) -> str:
    """The methods of every route at this address."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


async def _database(request: Request, error: Exception) -> Response:
    return problem_of(error).answer(request)


async def _internal(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if isinstance(problem, InternalError):
        request_id = request.scope.get("state", {}).get("request_id")
        log.error("internal error", exc_info=error, request_id=request_id, path=request.url.path)
    return problem.answer(request)


def problem_of(error: BaseException) -> Problem:
    """What the database refused, told by its constraint; 503 if it could not be asked."""
    cause = error
    if isinstance(error, sa_errors.DBAPIError):
        if error.connection_invalidated:
            return DatabaseUnavailable()
        cause = getattr(error.orig, "__cause__", None) or error
    if isinstance(cause, _CANNOT_CONNECT):
        return DatabaseUnavailable()
    if not isinstance(cause, asyncpg.PostgresError):
        return InternalError()
    state, constraint = cause.sqlstate or "", cause.constraint_name or ""
    table = cause.table_name or ""
    if state in _TRY_AGAIN or state.startswith(("08", "57P")):
        return DatabaseUnavailable()
    if state == "23505":
        return IdTaken() if constraint == f"pk_{table}" else AlreadyExists()
    if state == "23P01":
        return Conflict()
    if state == "23503":
        member = constraint.removeprefix(f"fk_{table}_").removesuffix("_id")
        return Unprocessable(faults=[Fault(("pointer", f"#/{member}"), "unknown_reference", _NO_SUCH)])
    if state in {"23514", "23502"}:
        rule = constraint.removeprefix(f"ck_{table}_")
        detail = Text(f"breaks the rule {table}.{rule}", f"vi phạm quy tắc {table}.{rule}")
        return Unprocessable(faults=[Fault(("pointer", "#"), "rule_broken", detail)])
    if state.startswith("22"):
        return Unprocessable(faults=[Fault(("pointer", "#"), "invalid", _OUT_OF_RANGE)])
    return InternalError()


_NO_SUCH = Text("names nothing that is known", "không chỉ tới bản ghi nào đã biết")
_OUT_OF_RANGE = Text("holds a value out of range", "chứa giá trị ngoài phạm vi")
