"""Reading the map of any day, and registering hamlets."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import sent_before
from app.db.calendar import today
from app.db.database import driver_of
from app.db.statements import Statement
from app.http.partial_dates import PartialDate
from app.http.problems import Conflict, NotFound, Text, Unprocessable
from app.localities.filters import Under
from app.localities.schemas import HAMLET_KINDS, HamletNew, LocalityWhole
from app.localities.succession import EVER, NEVER, IndexScan, Step
from app.localities.tables import Locality, LocalityPlacement, LocalityVersion
from app.localities.territory import Territory, territory
from app.querying.collections import Collection
from app.querying.filters import AnyOf, AnyPart, Compare, Sort, by_text
from app.querying.references import ReadSession, References, register, require
from app.querying.representations import table_of
from app.querying.write_session import read_session_of
from app.vocabularies.terms import LocalityLevel

register("locality", Locality, cache=Territory)


class NotInForce(NotFound):
    """The unit did not exist on the day asked for."""

    code = "not_in_force"
    title = Text("The unit was not in force on that day", "Đơn vị không tồn tại vào ngày đó")


class ParentNotInForce(Conflict):
    """A hamlet is registered under a commune that is in force."""

    code = "parent_not_in_force"
    title = Text("The parent is no commune in force", "Đơn vị cha không phải xã đang tồn tại")


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A unit as it was on the day of the row."""
    day = row["day"]
    unit = row["thing_id"]
    parent = row["parent_id"]
    return {
        "id": unit,
        "version": row["version"],
        "updated_at": row["updated_at"],
        "level": row["level"],
        "code": row["code"],
        "kind": row["kind"],
        "name": row["name"],
        "full_name": row["full_name"],
        "path": territory(refs).path(unit, day),
        "parent": refs.get("locality", parent, day),
        "established_on": row["established_on"],
        "abolished_on": row["abolished_on"],
    }


def serialize_whole(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A unit as it was on the day of the row, with its whole history."""
    unit, day, history = row["thing_id"], row["day"], territory(refs).history

    def step(each: Step[UUID], at: date) -> dict[str, Any]:
        return {
            "locality": refs.get("locality", each.unit, at),
            "extent": "whole" if each.whole else "part",
            "effective_on": each.effective_on,
        }

    return serialize(row, refs) | {
        "ancestors": [refs.get("locality", each, day) for each in history.lineage(unit, day)[:-1]],
        "versions": [
            {
                "name": version.name,
                "full_name": version.full_name,
                "kind": version.kind,
                "parent": refs.get("locality", version.parent, version.begins),
                "valid_from": known(version.begins),
                "valid_to": known(version.ends),
                "dates_exact": (unit, version.begins) not in territory(refs).inexact,
            }
            for version in history.versions[unit]
        ],
        "predecessors": [
            step(each, before(each.effective_on)) for each in history.predecessors.get(unit, ())
        ],
        "successors": [step(each, each.effective_on) for each in history.successors.get(unit, ())],
    }


def known(day: date) -> date | None:
    return None if day in {EVER, NEVER} else day


def before(day: date) -> date:
    return day - timedelta(days=1)


_LAST_DAY = sa.func.coalesce(
    sa.func.upper(LocalityVersion.valid) - 1, sa.literal_column("'infinity'")
)


def _columns(day: sa.ColumnElement[Any]) -> sa.Select[Any]:
    version = LocalityVersion
    return sa.select(
        col(Locality.version),
        col(Locality.updated_at),
        col(version.level),
        col(version.code),
        col(version.kind),
        col(version.name),
        col(version.full_name),
        col(version.parent_id),
        sa.func.lower(Locality.life).label("established_on"),
        sa.func.upper(Locality.life).label("abolished_on"),
        sa.type_coerce(day, sa.Date()).label("day"),
    ).join_from(Locality, version, col(version.locality_id) == Locality.id)


_DAY = sa.bindparam("as_of", type_=sa.Date())
_PLACEMENT = LocalityPlacement.__table__  # type: ignore[attr-defined]
_ANY_VERSION = LocalityVersion.__table__.alias("any_version")  # type: ignore[attr-defined]
_IN_FORCE = LocalityVersion.valid.op("@>")  # type: ignore[attr-defined]


_ITS_PLACEMENTS = _PLACEMENT.c.locality_id == Locality.id


_SORTS: dict[str, Sort] = {
    "name": by_text(col(LocalityVersion.sort_key)),
    "code": by_text(sa.func.coalesce(col(LocalityVersion.code), "~")),
}
_FILTERS = {
    "level": AnyOf(col(LocalityVersion.level)),
    "kind": AnyOf(col(LocalityVersion.kind)),
    "code": AnyOf(col(LocalityVersion.code)),
}

ON_A_DAY = Collection(
    name="localities",
    id=col(Locality.id),
    version=table_of(Locality).c.version,
    item=_columns(_DAY),
    serialize=serialize,
    serialize_whole=serialize_whole,
    schema=LocalityWhole,
    filters=_FILTERS
    | {
        "as_of": Compare(_IN_FORCE, sa.Date()),
        "parent": Compare(lambda unit: col(LocalityVersion.parent_id) == unit, sa.Uuid()),
        "under": AnyPart(
            Under(_PLACEMENT.c.id), sa.and_(_ITS_PLACEMENTS, _PLACEMENT.c.valid.op("@>")(_DAY))
        ),
    },
    sorts=_SORTS,
    default_sort="name",
    search=col(Locality.search),
    newest=sa.func.lower(Locality.life),
)

EVER_IN_LAST_VERSION = Collection(
    name="localities",
    id=col(Locality.id),
    version=table_of(Locality).c.version,
    item=_columns(_LAST_DAY).where(
        sa.func.upper(LocalityVersion.valid).is_not_distinct_from(sa.func.upper(Locality.life))
    ),
    serialize=serialize,
    serialize_whole=serialize_whole,
    schema=LocalityWhole,
    filters=_FILTERS
    | {
        "parent": Compare(
            lambda unit: sa.exists().where(
                _ANY_VERSION.c.locality_id == Locality.id, _ANY_VERSION.c.parent_id == unit
            ),
            sa.Uuid(),
        ),
        "under": AnyPart(Under(_PLACEMENT.c.id), _ITS_PLACEMENTS),
    },
    sorts=_SORTS,
    default_sort="name",
    search=col(Locality.search),
    newest=sa.func.lower(Locality.life),
)


# Each unit as a GET of it tells by default: as it is on the day, or as it was on its last day.
_OWN_DAY = sa.func.least(
    sa.func.greatest(_DAY, sa.func.lower(Locality.life)),
    sa.func.upper(Locality.life) - 1,
    type_=sa.Date(),
)
AT_PRESENT = replace(
    EVER_IN_LAST_VERSION, item=_columns(_OWN_DAY).where(_IN_FORCE(_OWN_DAY)), _statements={}
)

_ONE_ON_A_DAY = Statement(
    _columns(_DAY)
    .add_columns(col(Locality.id).label("thing_id"))
    .where(col(Locality.id) == sa.bindparam("thing_id", type_=sa.Uuid()), _IN_FORCE(_DAY))
)


async def walk(read_session: ReadSession, id: UUID, on: date, *, forward: bool) -> dict[str, Any]:
    """The units of a day that a unit went into (`forward`) or came from."""
    await _known(read_session, id)
    return _walked(read_session.references, id, on, forward=forward)


def _walked(refs: References, id: UUID, on: date, *, forward: bool) -> dict[str, Any]:
    history = territory(refs).history
    found: IndexScan[UUID] = (history.successors_on if forward else history.predecessors_on)(id, on)
    return {
        "items": [
            {"locality": refs.get("locality", unit, on), "extent": "whole" if whole else "part"}
            for unit, whole in found.units.items()
        ],
        "complete": found.complete,
    }


async def as_of(
    read_session: ReadSession, id: UUID, day: date | None
) -> tuple[int, dict[str, Any]]:
    """A unit as it was on a day; by default today, or its last day."""
    await _known(read_session, id)
    history = territory(read_session.references).history
    begins, ends = history.begins(id), history.ends(id)
    on = day or (min(today(), before(ends)) if begins <= today() else begins)
    if not begins <= on < ends:
        raise NotInForce(
            Text(
                f"It was in force from {known(begins) or 'before the data'}"
                f" until before {known(ends) or 'further notice'}",
                f"Đơn vị tồn tại từ {known(begins) or 'trước dữ liệu'}"
                f" đến trước {known(ends) or 'nay chưa kết thúc'}",
            ),
            established_on=known(begins),
            abolished_on=known(ends),
        )
    row = await _ONE_ON_A_DAY.row(read_session.connection, thing_id=id, as_of=on)
    assert row is not None
    return row["version"], serialize_whole(row, read_session.references)


async def _known(read_session: ReadSession, id: UUID) -> None:
    found = await read_session.connection.fetchrow(
        "select id, (select revision from reference_revision) from locality where id = $1", id
    )
    if found is None:
        raise NotFound
    await read_session.refresh(found["revision"])


class LocalityNotInForce(Unprocessable):
    """The place did not exist on the day; `successors` are the units it went into."""

    code = "locality_not_in_force"
    title = Text("The place was not in force on that day", "Địa bàn không tồn tại vào ngày đó")


_NOT_IN_FORCE = """
    select true from locality where id = $1 and not life && daterange($2, $3, '[]')
"""


async def check_in_force(session: AsyncSession, id: UUID, on: PartialDate | None) -> None:
    """422 if a unit was in force on none of the days of a date, where its year is known."""
    if on is None or on.first is None:
        return
    connection = await driver_of(session)
    if await connection.fetchval(_NOT_IN_FORCE, id, on.first, on.last):
        read_session = await read_session_of(session)
        await _known(read_session, id)
        raise _not_in_force(read_session.references, id)


def check_in_force_as_known(refs: References, id: UUID, on: PartialDate | None) -> None:
    """The rule of `check_in_force` on the lookup cache."""
    if on is None or on.first is None or on.last is None:
        return
    history = territory(refs).history
    if history.begins(id) > on.last or history.ends(id) <= on.first:
        raise _not_in_force(refs, id)


def _not_in_force(refs: References, id: UUID) -> LocalityNotInForce:
    history = territory(refs).history
    begins, ends = known(history.begins(id)), known(history.ends(id))
    return LocalityNotInForce(
        Text(
            f"It was in force from {begins or 'before the data'}"
            f" until before {ends or 'further notice'}",
            f"Đơn vị tồn tại từ {begins or 'trước dữ liệu'}"
            f" đến trước {ends or 'nay chưa kết thúc'}",
        ),
        established_on=begins,
        abolished_on=ends,
        successors=_walked(refs, id, today(), forward=True)["items"],
    )


async def create_hamlet(session: AsyncSession, actor: Actor, data: HamletNew) -> tuple[UUID, bool]:
    """Register a hamlet under a commune in force; its id, and whether it is new."""
    commune = await session.get(Locality, data.parent)
    if commune is not None:
        await check_scope(session, actor, data.parent)
    await require(await driver_of(session), data)
    if data.id is not None and await sent_before(session, actor, data):
        return data.id, False
    assert commune is not None
    begins = data.established_on or commune.life.lower
    life: Range[date] = Range(begins, None)
    if commune.level is not LocalityLevel.commune or not commune.life.contains(life):
        raise ParentNotInForce
    hamlet = Locality(level=LocalityLevel.hamlet, code=None, life=life)
    if data.id is not None:
        hamlet.id = data.id
    session.add(hamlet)
    await session.flush()
    session.add(
        LocalityVersion(
            locality_id=hamlet.id,
            valid=life,
            level=LocalityLevel.hamlet,
            code=None,
            name=data.name,
            full_name=f"{HAMLET_KINDS[data.kind]} {data.name}",
            kind=data.kind,
            parent_id=data.parent,
            dates_exact=data.established_on is not None,
        )
    )
    await session.flush()
    connection = await driver_of(session)
    for statement in (_PLACE_HAMLET, INDEX_LOCALITIES):
        await connection.execute(statement, hamlet.id)
    return hamlet.id, True


# A hamlet lies wherever its commune does, from the day of its own beginning.
_PLACE_HAMLET = """
    insert into locality_placement
        (locality_id, valid, ancestors, within, province_id, first_province_id)
    select hamlet.id, commune.valid * hamlet.life,
        commune.ancestors || hamlet.id, commune.within || hamlet.id, commune.province_id,
        commune.first_province_id
    from locality hamlet
        join locality_version v on v.locality_id = hamlet.id
        join locality_placement commune
            on commune.locality_id = v.parent_id and commune.valid && hamlet.life
    where hamlet.id = $1
"""

# The words by which units ($1, or all) are found: their own names of all times, then those of all
# their ancestors.
INDEX_LOCALITIES = """
    update locality set search =
        setweight(search_vector(own.names), 'A')
        || setweight(search_vector(coalesce(above.names, '')), 'B')
    from
        (select locality_id, string_agg(distinct full_name, ' ') as names
         from locality_version where $1::uuid is null or locality_id = $1
         group by locality_id) own
        left join
        (select p.locality_id, string_agg(distinct v.full_name, ' ') as names
         from locality_placement p
             join locality_version v
                 on v.locality_id = any(p.ancestors) and v.locality_id <> p.locality_id
                     and v.valid && p.valid
         where $1::uuid is null or p.locality_id = $1
         group by p.locality_id) above using (locality_id)
    where locality.id = own.locality_id
"""


register_kind(AT_PRESENT)
