"""Idempotency-Key: a write is done once under its key, and its first answer is given again.

The answer is a row of the write's own transaction: none is kept of a write that did not happen.
"""

import hashlib
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.db.database import driver_of
from app.http.json_encoding import encode
from app.http.problems import Conflict, Fault, Text, Unprocessable

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


class _Claim(NamedTuple):
    """The Idempotency-Key of a request, and what the request is known by."""

    agency_id: UUID
    path: str
    key: str
    fingerprint: bytes


async def claim(session: AsyncSession, request: Request, agency_id: UUID) -> None:
    """Reserve the request's Idempotency-Key, if it has one, until the transaction ends.

    Raises Replayed if the agency's request was answered before under the key; 409
    `request_in_flight`; 422 if the key is not of 1 to 255 characters or was used for another
    request.
    """
    key = request.headers.get("idempotency-key")
    route = request.scope["route"]
    if key is None or request.method != "POST" or not getattr(route, "keyed", False):
        return
    if not 0 < len(key) <= LONGEST_KEY:
        raise Unprocessable(faults=[Fault(_HEADER, "invalid_length", _LENGTH)])
    connection = await driver_of(session)
    path = request.url.path
    sent = f"{request.method} {path}?{request.url.query}\n".encode() + await request.body()
    claim = _Claim(agency_id, path, key, hashlib.sha256(sent).digest())
    if not await connection.fetchval(_CLAIM, f"{agency_id} {path} {key}"):
        raise RequestInFlight
    before = await connection.fetchrow(_ANSWERED, agency_id, path, key)
    if before is not None:
        if before["fingerprint"] != claim.fingerprint:
            raise Unprocessable(faults=[Fault(_HEADER, "used_for_another_request", _REUSED)])
        raise Replayed(before["status"], orjson.loads(before["headers"]), before["body"])
    session.info["claim"] = claim


async def keep_answer(session: AsyncSession, response: Response) -> None:
    """Keep the answer of a write for seven days, if its request had an Idempotency-Key."""
    claim: _Claim | None = session.info.get("claim")
    if claim is None:
        return
    headers = {name: response.headers[name] for name in _HEADERS & set(response.headers)}
    connection = await driver_of(session)
    await connection.execute(
        _KEEP, *claim, response.status_code, encode(headers).decode(), bytes(response.body)
    )


async def replay(_: Request, error: Exception) -> Response:
    """Give the first answer again (the handler of Replayed)."""
    assert isinstance(error, Replayed)
    return error.answer


_HEADER = ("parameter", "Idempotency-Key")
_LENGTH = Text("must have 1 to 255 characters", "phải có từ 1 đến 255 ký tự")
_REUSED = Text("was used for another request", "đã được dùng cho một yêu cầu khác")
_HEADERS = {"cache-control", "content-type", "etag", "location", "vary"}
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
