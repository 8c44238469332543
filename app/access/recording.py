"""What surrounds every write: it happens once under its Idempotency-Key, and it leaves a trace.

Both are rows of the write's own transaction: there is no write without its trace, and no answer is
kept of a write that did not happen.
"""

import functools
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app.db.database import driver_of
from app.http import routing
from app.http.json_encoding import encode
from app.http.problems import Conflict, Fault, Forbidden, Text, Unprocessable
from app.querying.read_sessions import read_sessions_of

LONGEST_KEY = 255  # characters


class RequestInFlight(Conflict):
    """A request with this Idempotency-Key is being answered at this moment; try again."""

    code = "request_in_flight"
    title = Text(
        "A request with this Idempotency-Key is in flight",
        "Một yêu cầu có cùng Idempotency-Key đang được xử lý",
    )


class Replayed(Exception):
    """The request was answered before under its Idempotency-Key; this is that answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__()
        self.answer = Response(body, status, headers | {"Idempotent-Replayed": "true"})


class Writer(NamedTuple):
    """The agency that writes, and by which of its keys."""

    agency_id: UUID
    key_id: UUID


class _Claim(NamedTuple):
    """The Idempotency-Key of a request, and what the request is known by."""

    path: str
    key: str
    fingerprint: bytes


class Route(routing.Route):
    """An endpoint; one that writes in a session is recorded."""

    keyed = True  # whether its POST takes an Idempotency-Key

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = set(options.get("methods") or ())
        if "session" in endpoint.__annotations__ and methods - {"GET"}:
            endpoint = recorded(endpoint)
            if "POST" in methods and self.keyed:
                options["openapi_extra"] = (options.get("openapi_extra") or {}) | {
                    "parameters": [{"$ref": "#/components/parameters/Idempotency-Key"}]
                }
        super().__init__(path, endpoint, **options)


class UnkeyedRoute(Route):
    """An endpoint whose answers are never kept: they hold a secret."""

    keyed = False


async def begin(session: AsyncSession, request: Request, writer: Writer) -> None:
    """Note who writes; answer what was answered before under the request's Idempotency-Key.

    409 `request_in_flight`; 422 if the key is not of 1 to 255 characters or was used for
    another request.
    """
    session.info["writer"] = request.state.writer = writer
    session.info["request"] = request
    key = request.headers.get("idempotency-key")
    route = request.scope["route"]
    if key is None or request.method != "POST" or not getattr(route, "keyed", False):
        return
    if not 0 < len(key) <= LONGEST_KEY:
        raise Unprocessable(faults=[Fault(_HEADER, "invalid_length", _LENGTH)])
    connection = await driver_of(session)
    path = request.url.path
    sent = f"{request.method} {path}?{request.url.query}\n".encode() + await request.body()
    claim = _Claim(path, key, hashlib.sha256(sent).digest())
    if not await connection.fetchval(_CLAIM, f"{writer.agency_id} {path} {key}"):
        raise RequestInFlight
    before = await connection.fetchrow(_ANSWERED, writer.agency_id, path, key)
    if before is not None:
        if before["fingerprint"] != claim.fingerprint:
            raise Unprocessable(faults=[Fault(_HEADER, "used_for_another_request", _REUSED)])
        raise Replayed(before["status"], orjson.loads(before["headers"]), before["body"])
    session.info["claim"] = claim


def recorded(endpoint: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Record what an endpoint wrote in its session, and under which key it was answered."""

    @functools.wraps(endpoint)
    async def with_record(**arguments: Any) -> Response:
        response = await endpoint(**arguments)
        await _record(arguments["session"], endpoint.__name__, response)
        return response

    return with_record


async def _record(session: AsyncSession, action: str, response: Response) -> None:
    info = session.info
    request: Request = info["request"]
    connection = await driver_of(session)
    body = bytes(response.body)
    if response.status_code != 200 or "location" not in response.headers:  # else: it was there
        await _leave_trace(
            connection,
            request,
            info["writer"],
            action,
            response.status_code,
            thing=_thing_of(request, response),
            before=info.get("before"),
            after=_without_secret(body) if body else None,
        )
    claim: _Claim | None = info.get("claim")
    if claim is not None:
        kept = {name: response.headers[name] for name in _KEPT_HEADERS & set(response.headers)}
        headers = encode(kept).decode()
        await connection.execute(
            _KEEP, info["writer"].agency_id, *claim, response.status_code, headers, body
        )


async def _leave_trace(
    connection: asyncpg.Connection,
    request: Request,
    writer: Writer,
    action: str,
    status: int,
    *,
    thing: UUID | None = None,
    before: bytes | None = None,
    after: bytes | None = None,
) -> None:
    await connection.execute(
        _TRACE,
        uuid7(),
        *writer,
        request.scope["state"]["request_id"],
        action,
        request.url.path.split("/")[2],
        thing,
        status,
        before and before.decode(),
        after and after.decode(),
    )


def _thing_of(request: Request, response: Response | None = None) -> UUID | None:
    """The thing that is written: the one at the address, or the new one."""
    id = request.path_params.get("id")
    if id is None and response is not None:
        id = response.headers.get("location", "").rpartition("/")[2]
    try:
        return UUID(str(id))
    except ValueError:  # an act on many things, or on none
        return None


def _without_secret(body: bytes) -> bytes:
    if b'"secret"' not in body:
        return body
    return orjson.dumps(
        {name: value for name, value in orjson.loads(body).items() if name != "secret"}
    )


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Replayed, _replay)
    app.add_exception_handler(Forbidden, _refuse)


async def _replay(_: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)
    return error.answer


async def _refuse(request: Request, error: Exception) -> Response:
    """Tell a good key that it may not do this, and record that it tried."""
    assert isinstance(error, Forbidden)
    writer: Writer | None = getattr(request.state, "writer", None)
    if writer is not None:
        async with read_sessions_of(request).database.writer() as session:
            action = request.scope["route"].operation_id
            connection, thing = await driver_of(session), _thing_of(request)
            await _leave_trace(connection, request, writer, action, error.status, thing=thing)
    return error.answer(request)


_HEADER = ("parameter", "Idempotency-Key")
_LENGTH = Text("must have 1 to 255 characters", "phải có từ 1 đến 255 ký tự")
_REUSED = Text("was used for another request", "đã được dùng cho một yêu cầu khác")
_KEPT_HEADERS = {"cache-control", "content-type", "etag", "location", "vary"}
# Held until the transaction ends: no second request runs under the key in the meantime.
_CLAIM = "select pg_try_advisory_xact_lock(hashtextextended($1, 0))"
_ANSWERED = """
    select fingerprint, status, headers, body from idempotent_answer
    where agency_id = $1 and path = $2 and key = $3 and answered_at > now() - interval '7 days'
"""
_KEEP = """
    with swept as (
        delete from idempotent_answer where (agency_id, path, key) in (
            select agency_id, path, key from idempotent_answer
            where answered_at < now() - interval '7 days' and (agency_id, path, key) <> ($1, $2, $3)
            order by answered_at limit 10 for update skip locked)
    )
    insert into idempotent_answer (agency_id, path, key, fingerprint, status, headers, body)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (agency_id, path, key) do update
    set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
        body = excluded.body, answered_at = now()
    where idempotent_answer.answered_at <= now() - interval '7 days'
"""
_TRACE = """
    insert into audit_entry
        (id, agency_id, key_id, request_id, action, type, thing_id, status, before, after)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
