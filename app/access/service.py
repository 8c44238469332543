"""Agencies and their keys."""

from datetime import date
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Role
from app.access.keys import new_secret
from app.access.tables import Agency, AgencyKey
from app.db.database import driver_of

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
    return secret.text
