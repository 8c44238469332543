"""Agencies and their keys."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import audit, writing
from app.access.actors import Actor, LevelNotCovered, Role, check_scope, lies_under
from app.access.audit import Change
from app.access.keys import new_secret
from app.access.schemas import (
    AgencyNew,
    AgencyPublic,
    AgencyQuery,
    KeyNew,
    KeyPublic,
    KeyQuery,
)
from app.access.tables import Agency, AgencyKey, AuditEntry
from app.access.writing import Stored, check_references, sent_before
from app.db.database import driver_of
from app.db.statements import Column
from app.http.json_encoding import encode
from app.http.merge_patch import Patch
from app.http.problems import Fault, Forbidden, NotFound, Text, Unprocessable
from app.querying.filters import Compare, Holds, Sort, by_text
from app.querying.references import ReadSession, carried, register, selected
from app.querying.representations import MadeOf
from app.querying.resources import Resource
from app.querying.write_session import read_session_of

register("agency", Agency)


class MoreRights(Forbidden):
    """A key makes no key of more roles, of more levels or of a longer life than its own."""

    code = "more_rights"
    title = Text(
        "The new key would have more rights than the key that makes it",
        "Khóa mới có nhiều quyền hơn khóa tạo ra nó",
    )


# ---- agencies -----------------------------------------------------------------------------


def _by_alphabet(name: Column) -> Sort:
    return by_text(sa.collate(sa.func.vietnamese_sort_key(name, type_=sa.Text()), "C"))


AGENCIES = Resource.of(
    Agency,
    AgencyPublic,
    AgencyNew,
    AgencyQuery,
    "agencies",
    filters={
        "seen_from": Compare(lambda place: lies_under(place, col(Agency.locality_id)), sa.Uuid()),
    },
    sorts={"name": _by_alphabet(col(Agency.name))},
)


async def create(session: AsyncSession, actor: Actor, data: AgencyNew) -> tuple[UUID, bool]:
    """Admit an agency; its id, and whether it is new."""
    await _check_reach(session, actor, data)
    return await writing.create(session, actor, AGENCIES, data)


async def check_agency(session: AsyncSession, actor: Actor, stored: Stored[Agency]) -> None:
    """403 if the agency's place lies outside that of the actor."""
    await check_scope(session, actor, stored.row.locality_id)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[Agency], patch: Patch[AgencyNew]
) -> None:
    """Change what is recorded of an agency and what it may do."""
    data = patch.onto(stored.sent)
    await _check_reach(session, actor, data)
    await check_references(session, data)
    await writing.change(session, stored, data)


async def _check_reach(session: AsyncSession, actor: Actor, data: AgencyNew) -> None:
    """403 if the agency would reach further than the actor does."""
    await check_scope(session, actor, data.locality)
    if actor.levels and not (data.levels and actor.levels.issuperset(data.levels)):
        raise LevelNotCovered


# ---- keys ---------------------------------------------------------------------------------


_LAST_USED_AT = (
    sa.select(col(AuditEntry.at))
    .where(col(AuditEntry.key_id) == AgencyKey.id)
    .order_by(col(AuditEntry.id).desc())
    .limit(1)
    .scalar_subquery()
)

KEYS = Resource.of(
    AgencyKey,
    KeyPublic,
    KeyNew,
    KeyQuery,
    "keys",
    members={
        "last_used_at": _LAST_USED_AT,
        "parent": MadeOf(
            [selected("agency_key", col(AgencyKey.parent_id), "prefix")],
            lambda _, parent: carried(parent),
        ),
    },
    filters={
        "revoked": Holds(col(AgencyKey.revoked_at).is_not(None)),
    },
    sorts={"name": _by_alphabet(col(AgencyKey.name))},
    owner=col(AgencyKey.agency_id),
)


async def check_seen(
    source: AsyncSession | asyncpg.Connection, actor: Actor, agency: UUID, key: UUID | None = None
) -> frozenset[str]:
    """The roles of an agency that an actor may see: its own, as administrator those of its subtree.

    404 if there is no such agency, or no such key of it.
    """
    connection = await driver_of(source) if isinstance(source, AsyncSession) else source
    found = await connection.fetchrow(_AGENCY, agency)
    if found is None or (key and not await connection.fetchval(_KEY_OF_AGENCY, key, agency)):
        raise NotFound
    if agency != actor.agency_id:
        actor.require(Role.administrator)
        await check_scope(source, actor, found["locality_id"])
    return frozenset(found["roles"])


async def create_key(
    session: AsyncSession, actor: Actor, agency: UUID, data: KeyNew, on: date
) -> tuple[UUID, str | None]:
    """Issue a key; its id, and its secret unless it was made by the same request before."""
    roles = await check_seen(session, actor, agency)
    of_parent = {"levels": sorted(actor.levels), "expires_on": actor.expires_on}
    data = data.model_copy(
        update={name: own for name, own in of_parent.items() if name not in data.model_fields_set}
    )
    if not _within_rights(actor, data):
        raise MoreRights
    if await sent_before(session, actor, data):
        return data.id, None  # type: ignore[return-value]
    faults = [
        Fault(("pointer", f"#/roles/{index}"), "role_not_of_agency", _NOT_OF_AGENCY)
        for index, role in enumerate(data.roles)
        if role not in roles
    ]
    if data.expires_on is not None and data.expires_on < on:
        faults.append(Fault(("pointer", "#/expires_on"), "in_the_past", _PAST))
    if faults:
        raise Unprocessable(faults=faults)
    secret = new_secret()
    key = await writing.insert(
        session,
        KEYS,
        data,
        roles=sorted(set(data.roles)),
        levels=sorted(set(data.levels)),
        agency_id=agency,
        parent_id=actor.key_id,
        prefix=secret.prefix,
        digest=secret.digest,
    )
    return key, secret.text


def _within_rights(actor: Actor, data: KeyNew) -> bool:
    """Whether a key would have no more roles, levels and life than the actor's own."""
    outlives = actor.expires_on is not None and (
        data.expires_on is None or data.expires_on > actor.expires_on
    )
    at_more_levels = actor.levels and not (data.levels and actor.levels.issuperset(data.levels))
    return all(map(actor.may, data.roles)) and not at_more_levels and not outlives


async def revoke_key(
    session: AsyncSession, actor: Actor, agency: UUID, key: UUID, *, with_children: bool
) -> None:
    """Refuse a key from now on, or also all that it made, directly or not.

    One that was revoked stays so. The audit has an entry of each that was not.
    """
    await check_seen(session, actor, agency, key)
    connection, read_session = await driver_of(session), await read_session_of(session)
    ids = [row["id"] for row in await connection.fetch(_LIVING, key, with_children)]
    before = await KEYS.many(read_session, ids)
    await connection.execute(_REVOKE, ids)
    after = await KEYS.many(read_session, ids)
    await audit.record_changes(
        session, [Change("keys", id, encode(before[id]), encode(after[id])) for id in ids]
    )


async def me(read_session: ReadSession, actor: Actor) -> dict[str, Any]:
    """Who is asking, and what it may do."""
    row = await read_session.connection.fetchrow(_ME, actor.key_id)
    assert row is not None
    await read_session.refresh(row["revision"])
    return {
        "agency": {"id": actor.agency_id, "name": row["name"]},
        "organisation": read_session.references.get("organisation", row["organisation_id"]),
        "locality": read_session.references.get("locality", actor.locality_id),
        "roles": sorted(actor.roles),
        "levels": sorted(actor.levels),
        "key": {"id": actor.key_id, "prefix": row["prefix"], "expires_on": row["expires_on"]},
    }


_AGENCY = "select locality_id, roles from agency where id = $1"
_KEY_OF_AGENCY = "select true from agency_key where id = $1 and agency_id = $2"
_LIVING = """
    with recursive family as (
        select id from agency_key where id = $1
        union
        select child.id from agency_key child join family on child.parent_id = family.id where $2)
    select id from agency_key join family using (id) where revoked_at is null
    order by id for update of agency_key
"""
_REVOKE = "update agency_key set revoked_at = now() where id = any($1)"
_ME = """
    select agency.name, agency.organisation_id, key.prefix, key.expires_on,
        (select revision from reference_revision) as revision
    from agency_key key join agency on agency.id = key.agency_id
    where key.id = $1
"""
_NOT_OF_AGENCY = Text("is no role of the agency", "không phải vai trò của cơ quan")
_PAST = Text("lies in the past", "là ngày đã qua")


# ---- from the command line ------------------------------------------------------------------

_LEVELS = {2: "province", 3: "district", 5: "commune"}
_ON_A_DAY = """
    select locality_id from locality_version where level = $1 and code = $2 and valid @> $3::date
"""


class UnknownLocality(LookupError):
    """No unit in force has this code."""


async def place_of(session: AsyncSession, code: str | None, day: date) -> UUID:
    """The unit of a code on a day's map, its length giving the level; the country without one."""
    level = "country" if code is None else _LEVELS.get(len(code), "")
    connection = await driver_of(session)
    place = await connection.fetchval(_ON_A_DAY, level, code or "VN", day)
    if place is None:
        raise UnknownLocality(f"no unit in force has the code {code}")
    return UUID(str(place))


async def issue_key(
    session: AsyncSession,
    *,
    agency: str,
    roles: list[Role],
    place: UUID,
    name: str = "command line",
) -> str:
    """Make a key for an agency, and the agency if none has that name; returns the secret."""
    found = (await session.exec(select(Agency).where(Agency.name == agency))).one_or_none()
    if found is None:
        found = Agency(name=agency, locality_id=place, roles=list(roles))
        session.add(found)
    else:
        found.roles = sorted({*found.roles, *roles})
    await session.flush()
    secret = new_secret()
    session.add(
        AgencyKey(
            agency_id=found.id,
            name=name,
            prefix=secret.prefix,
            digest=secret.digest,
            roles=list(roles),
            expires_on=None,
        )
    )
    trace = {
        "agency_id": found.id,
        "key_id": UUID(int=0),  # no key did it
        "request_id": "command line",
        "action": "create_agency_key",
        "type": "agencies",
        "thing_id": found.id,
        "status": 201,
        "before": None,
        "after": {"name": name, "prefix": secret.prefix, "roles": list(roles)},
    }
    await session.exec(sa.insert(AuditEntry).values(**trace))
    return secret.text
