"""Every exception to a problem, in one place."""

import logging

import asyncpg
import sqlalchemy.exc as sa_errors
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
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

log = logging.getLogger("kheo")

# What domains have named the breaking of a constraint of theirs.
named: dict[str, type[Problem]] = {}

CANNOT_CONNECT = (
    OSError,
    TimeoutError,
    sa_errors.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # the server went away in the middle of a message
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(sa_errors.DBAPIError, internal)
    app.add_exception_handler(asyncpg.exceptions.PostgresError, internal)
    for kind in CANNOT_CONNECT:
        app.add_exception_handler(kind, internal)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.answer(request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    answer_model = getattr(request.scope.get("route"), "response_model", None)
    read_only = frozenset(getattr(answer_model, "model_fields", ()))
    malformed = next((e["input"] for e in error.errors() if _is_malformed(e)), None)
    if malformed is None:
        faults = faults_of(error.errors(), read_only)
    else:  # FastAPI looked for every member in what stands for a body that was no JSON
        context = {"reason": malformed.reason}
        wrong = {"type": "malformed_json", "loc": ("body",), "ctx": context}
        faults = faults_of([wrong], read_only)
    return Unprocessable(faults=faults).answer(request)


def _is_malformed(error: dict[str, object]) -> bool:
    return isinstance(error.get("input"), MalformedJson)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return MethodNotAllowed(headers={"Allow": _allowed(request)}).answer(request)
    if error.status_code == 404:
        return NotFound().answer(request)
    return await internal(request, error)


def _allowed(request: Request) -> str:
    """The methods of every route at this address."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


async def internal(request: Request, error: Exception) -> Response:
    """Answer with the problem that an exception stands for; log it if that is a fault of ours."""
    problem = problem_of(error)
    if isinstance(problem, InternalError):
        request_id = request.scope.get("state", {}).get("request_id")
        where = {"request_id": request_id, "path": request.url.path}
        log.error("internal error", exc_info=error, extra=where)
    return problem.answer(request)


def problem_of(error: BaseException) -> Problem:
    """What the database refused, told by its constraint; 503 if it could not be asked."""
    cause = error
    if isinstance(error, sa_errors.DBAPIError):
        if error.connection_invalidated:
            return DatabaseUnavailable()
        cause = getattr(error.orig, "__cause__", None) or error
    elif isinstance(error, AsyncAdapt_asyncpg_dbapi.Error):  # not met by SQLAlchemy's own statement
        cause = error.__cause__ or error
    if isinstance(cause, CANNOT_CONNECT):
        return DatabaseUnavailable()
    if not isinstance(cause, asyncpg.exceptions.PostgresError):
        return InternalError()
    state, constraint, table = (
        getattr(cause, name) or "" for name in ("sqlstate", "constraint_name", "table_name")
    )
    return _refused(state, constraint, table)


def _refused(state: str, constraint: str, table: str) -> Problem:
    """A problem for an SQLSTATE (PostgreSQL, appendix A) and the constraint it names."""
    if constraint in named:
        return named[constraint]()
    fault: Fault | None = None
    match state[:2], state:
        case ("08" | "40", _) | (_, "57P01" | "57P02" | "57P03"):
            return DatabaseUnavailable()
        case _, "23505":
            return IdTaken() if constraint == f"pk_{table}" else AlreadyExists()
        case _, "23P01":
            return Conflict()
        case _, "23503":
            member = constraint.removeprefix(f"fk_{table}_").removesuffix("_id")
            fault = Fault(("pointer", f"#/{member}"), "unknown_reference", _NO_SUCH)
        case "23", _:
            rule = f"{table}.{constraint.removeprefix(f'ck_{table}_')}"
            serialized = Text(f"breaks the rule {rule}", f"vi phạm quy tắc {rule}")
            fault = Fault(("pointer", "#"), "rule_broken", serialized)
        case "22", _:
            fault = Fault(("pointer", "#"), "invalid", _OUT_OF_RANGE)
    return InternalError() if fault is None else Unprocessable(faults=[fault])


_NO_SUCH = Text("names nothing that is known", "không chỉ tới bản ghi nào đã biết")
_OUT_OF_RANGE = Text("holds a value out of range", "chứa giá trị ngoài phạm vi")
