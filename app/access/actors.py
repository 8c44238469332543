"""Who writes: the agency behind a key, what its roles allow and how far its place reaches."""

import hmac
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.dialects import postgresql
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from app.access import idempotency, keys
from app.db.calendar import today
from app.db.database import driver_of
from app.http.error_handlers import CANNOT_CONNECT
from app.http.problems import CredentialsMissing, Forbidden, Text
from app.querying.read_sessions import ReadSessions, read_sessions_of
from app.querying.write_session import SessionDep


class Role(StrEnum):
    """What an agency may be allowed to write."""

    registrar = "registrar"
    appraiser = "appraiser"
    awarder = "awarder"
    publisher = "publisher"
    key_manager = "key_manager"
    administrator = "administrator"


class KeyUnknown(CredentialsMissing):
    """No agency has this key."""

    code = "key_unknown"
    title = Text("The key is not known", "Khóa không hợp lệ")


class KeyExpired(CredentialsMissing):
    """The key's last day has passed."""

    code = "key_expired"
    title = Text("The key has expired", "Khóa đã hết hạn")


class KeyRevoked(CredentialsMissing):
    """The key was revoked, or its agency is not active or acts at none of the key's levels."""

    code = "key_revoked"
    title = Text("The key was revoked", "Khóa đã bị thu hồi")


class RoleMissing(Forbidden):
    """The key's agency does not have the role this needs."""

    code = "role_missing"
    title = Text("The key does not have the role this needs", "Khóa không có vai trò cần thiết")


class LevelNotCovered(Forbidden):
    """The agency does not act at this level."""

    code = "level_not_covered"
    title = Text("The agency does not act at this level", "Cơ quan không phụ trách cấp này")


class OutsideScope(Forbidden):
    """The place lies outside the subtree of the key's agency."""

    code = "outside_scope"
    title = Text(
        "The place lies outside the agency's subtree", "Địa bàn nằm ngoài phạm vi của cơ quan"
    )


@dataclass(frozen=True)
class Actor:
    """The agency a request comes from."""

    agency_id: UUID
    key_id: UUID
    roles: frozenset[str]
    levels: frozenset[str]  # empty: all
    locality_id: UUID
    expires_on: date | None

    def may(self, role: str) -> bool:
        """Whether it has a role; an administrator may do all that others may."""
        return not self.roles.isdisjoint({role, Role.administrator})

    def require_level(self, level: str) -> None:
        """403 unless the agency acts at a level; one without levels acts at all."""
        if self.levels and level not in self.levels:
            raise LevelNotCovered

    def require(self, role: Role) -> None:
        """403 without the role."""
        if not self.may(role):
            raise RoleMissing(Text(f"This needs the role {role}", f"Cần vai trò {role}"))


_KEY = """
    select key.id, key.digest, key.expires_on, key.revoked_at, key.roles as key_roles,
        key.levels as key_levels, agency.id as agency_id, agency.active, agency.roles,
        agency.levels, agency.locality_id
    from agency_key key join agency on agency.id = key.agency_id
    where key.{} = $1
"""
_OF_PREFIX, _OF_ID = _KEY.format("prefix"), _KEY.format("id")


async def authenticate(connection: asyncpg.Connection, secret: str) -> Actor:
    """The actor of a key; 401 if it is unknown, expired or revoked.

    All that tells a good secret from a bad one is compared in constant time, and whatever is sent
    is looked up alike, so that the time of an answer says nothing about the keys there are.
    """
    digest = keys.digest(secret)
    found = None
    for key in await connection.fetch(_OF_PREFIX, keys.prefix_of(secret)):
        if hmac.compare_digest(key["digest"], digest):
            found = key
    return _actor(found)


def _actor(key: asyncpg.Record | None) -> Actor:
    """What a key may do today; 401 if it is none, expired or revoked."""
    if key is None:
        raise KeyUnknown
    levels, own_levels = frozenset(key["levels"]), frozenset(key["key_levels"])
    if key["revoked_at"] is not None or not key["active"]:
        raise KeyRevoked
    if levels and own_levels:
        if levels.isdisjoint(own_levels):
            raise KeyRevoked
        levels &= own_levels
    if key["expires_on"] is not None and key["expires_on"] < today():
        raise KeyExpired
    return Actor(
        agency_id=key["agency_id"],
        key_id=key["id"],
        roles=frozenset(key["roles"]) & frozenset(key["key_roles"]),
        levels=levels or own_levels,
        locality_id=key["locality_id"],
        expires_on=key["expires_on"],
    )


async def key_of(read_sessions: ReadSessions, secret: str) -> UUID | None:
    """The id of the key with this secret; None if it is not good, or cannot be looked up now."""
    try:
        async with read_sessions.read_session() as read_session:
            actor = await authenticate(read_session.connection, secret)
    except (CredentialsMissing, asyncpg.exceptions.PostgresError, *CANNOT_CONNECT):
        return None
    return actor.key_id


_bearer = HTTPBearer(auto_error=False, description="A key of an agency: `kheo_…`.")


async def writing_actor(
    request: Request,
    session: SessionDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Who writes in the session; 401 without a good key."""
    if credentials is None:
        raise CredentialsMissing
    actor = await authenticate(await driver_of(session), credentials.credentials)
    session.info["actor"] = request.state.actor = actor
    session.info["request"] = request
    await idempotency.claim(session, request, actor.agency_id)
    return actor


async def _optional_actor(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor | None:
    if "authorization" not in request.headers:
        return None
    if credentials is None:  # not of the form `Bearer …`
        raise KeyUnknown
    read_sessions = read_sessions_of(request)
    async with read_sessions.read_session() as read_session:
        actor = await authenticate(read_session.connection, credentials.credentials)

    async def still_allowed() -> None:
        async with read_sessions.read_session() as read_session:
            _actor(await read_session.connection.fetchrow(_OF_ID, actor.key_id))

    request.state.actor, request.state.still_allowed = actor, still_allowed
    return actor


async def actor_of(request: Request) -> Actor | None:
    """Who reads, for an endpoint so often asked that it takes no dependency; it is KEY_OPTIONAL."""
    return await _optional_actor(request, await _bearer(request))


async def brings_key(request: Request) -> bool:
    """Whether a request brings a good key, looked up on a connection that is given back at once.

    401 if it brings a bad one.
    """
    return await actor_of(request) is not None


class Needs:
    """A dependency: the actor, who must have a role."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, actor: Annotated[Actor, Depends(writing_actor)]) -> Actor:
        actor.require(self.role)
        return actor


AnyActor = Annotated[Actor, Depends(writing_actor)]
Registrar = Annotated[Actor, Depends(Needs(Role.registrar))]
Appraiser = Annotated[Actor, Depends(Needs(Role.appraiser))]
Awarder = Annotated[Actor, Depends(Needs(Role.awarder))]
Publisher = Annotated[Actor, Depends(Needs(Role.publisher))]
KeyManager = Annotated[Actor, Depends(Needs(Role.key_manager))]
Administrator = Annotated[Actor, Depends(Needs(Role.administrator))]
# Who reads, on the few addresses that tell some callers more: None without a key, 401 with a bad
# one. Such a route takes KEY_OPTIONAL as its `openapi_extra`.
OptionalActor = Annotated[Actor | None, Depends(_optional_actor)]
KEY_OPTIONAL: dict[str, Any] = {"security": [{}]}


async def _reader(actor: OptionalActor) -> Actor:
    if actor is None:
        raise CredentialsMissing
    return actor


async def _administrating_reader(actor: Annotated[Actor, Depends(_reader)]) -> Actor:
    actor.require(Role.administrator)
    return actor


async def _key_managing_reader(actor: Annotated[Actor, Depends(_reader)]) -> Actor:
    actor.require(Role.key_manager)
    return actor


# Who reads what is not public.
Reader = Annotated[Actor, Depends(_reader)]
KeyManagingReader = Annotated[Actor, Depends(_key_managing_reader)]
AdministratingReader = Annotated[Actor, Depends(_administrating_reader)]

_COVERS = """
    select within @> array[$1::uuid] from locality_placement where id = placement_on($2, $3)
"""
IS_COUNTRY = "select level = 'country' from locality where id = $1"


async def check_scope(
    source: AsyncSession | asyncpg.Connection,
    actor: Actor,
    place: UUID | None,
    day: date | None = None,
) -> None:
    """Refuse a write outside the agency's subtree.

    A place covers itself, what lay in it on the day, and every unit that wholly went into it,
    never the other way. What has no place belongs to the whole country.
    """
    connection = await driver_of(source) if isinstance(source, AsyncSession) else source
    if place is None:
        covered = await connection.fetchval(IS_COUNTRY, actor.locality_id)
    else:
        covered = await connection.fetchval(_COVERS, actor.locality_id, place, day)
    if covered is False:  # null if there is no such place, which is for `require` to tell
        raise OutsideScope


def lies_under(place: Any, other: Any) -> sa.ColumnElement[bool]:
    """Whether a place covers another as it does in `check_scope`, in its last extent."""
    placement = sa.table(
        "locality_placement", sa.column("id"), sa.column("within", postgresql.ARRAY(sa.Uuid()))
    )
    return sa.exists().where(
        placement.c.id == sa.func.placement_on(other, sa.null()),
        placement.c.within.contains(postgresql.array([place], type_=sa.Uuid())),
    )
