"""Recording publications, saying more of them, correcting how they were transcribed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access.actors import Actor
from app.access.kinds import register_kind
from app.access.reach import Reach
from app.access.writing import Stored, sent_before
from app.db.database import driver_of
from app.db.statements import insert
from app.http.faults import pointer
from app.http.json_encoding import encode
from app.http.merge_patch import Patch
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.http.schemas import span
from app.publications.checking import check
from app.publications.entries import (
    ComparisonNew,
    DatasetNew,
    ObservationNew,
    PublicationCorrectionNew,
    PublicationNew,
)
from app.publications.queries import PUBLICATIONS
from app.publications.tables import Dataset, Publication, PublicationCorrection
from app.querying.references import require
from app.querying.write_session import read_session_of

# What is printed of a number. It is wrong only if it was transcribed wrongly.
PRINTED = (
    "dimensions", "amount", "minimum", "maximum", "magnitude", "qualifier", "unit", "comparison",
)  # fmt: skip


class PrintedValue(Conflict):
    """A change restates or removes what is printed. `errors` names it.

    What is said about a publication can be changed, and more of it entered. A number that was
    transcribed wrongly is corrected at `/v1/publications/{id}/corrections`.
    """

    code = "printed_value"
    title = Text("What is printed needs a correction", "Số liệu đã in chỉ sửa được bằng đính chính")


async def create(session: AsyncSession, actor: Actor, data: PublicationNew) -> tuple[UUID, bool]:
    """Record a publication with its tables; its id, and whether it is new."""
    await _check_scope(session, actor, data.datasets)
    connection = await driver_of(session)
    await require(connection, data, (await read_session_of(session)).references)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    id = data.id or uuid7()
    await insert(connection, Publication, {"id": id, **_columns(data)})
    await _enter(session, id, data.datasets, {})
    await check(connection, [id])
    return id, True


async def check_places(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if a subject's place lay outside the agency's subtree at the end of its period."""
    await _check_scope(session, actor, _entered(stored).datasets)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[PublicationNew]
) -> None:
    """Change what is said about a publication, enter more of it; 409 for what is printed."""
    before, after = _entered(stored), patch.onto(_writable(stored))
    await _check_scope(session, actor, after.datasets)
    connection = await driver_of(session)
    await require(connection, after, (await read_session_of(session)).references)
    if restated := list(_restated(before, after)):
        raise PrintedValue(
            faults=[Fault(("pointer", pointer(at)), "printed", _PRINTED) for at in restated]
        )
    publication = await session.get_one(Publication, stored.id)
    publication.sqlmodel_update(_columns(after))
    await _enter(session, stored.id, after.datasets, _by_id(before.datasets))
    await stored.touch(session, Publication)
    await check(connection, [stored.id])


async def correct(
    session: AsyncSession, actor: Actor, stored: Stored, data: PublicationCorrectionNew
) -> tuple[UUID, bool]:
    """Change how a printed number was transcribed; the correction, and whether it is new."""
    if await sent_before(session, actor, data, stored.id):
        return data.id, False  # type: ignore[return-value]
    serialized = {
        each["id"]: each
        for dataset in _writable(stored)["datasets"]
        for each in dataset["observations"]
    }.get(str(data.observation))
    if serialized is None:
        fault = Fault(("pointer", "#/observation"), "unknown_reference", _UNKNOWN)
        raise Unprocessable(faults=[fault])
    before = ObservationNew.model_validate(serialized)
    after = data.changes.onto(serialized, at=("changes",))
    changed = [
        {"member": name, "before": getattr(before, name), "after": getattr(after, name)}
        for name in (*PRINTED, "quote", "note")
        if getattr(before, name) != getattr(after, name)
    ]
    if not changed:
        raise Unprocessable(faults=[Fault(("pointer", "#/changes"), "nothing_changed", _SAME)])
    connection = await driver_of(session)
    await connection.execute(_CORRECT, *_observation(after, data.observation).values())
    id = data.id or uuid7()
    correction = {
        "id": id,
        "publication_id": stored.id,
        "observation_id": data.observation,
        "reason": data.reason,
        "changed": encode([_plain(each) for each in changed]).decode(),
        "agency_id": actor.agency_id,
    }
    await insert(connection, PublicationCorrection, correction)
    await stored.touch(session, Publication)
    await check(connection, [stored.id])
    return id, True


# ---- What is stored, as it was entered ----------------------------------------------------------


def _writable(stored: Stored) -> dict[str, Any]:
    """A publication as a client would send it."""
    sent = stored.writable()
    for dataset, serialized in zip(sent["datasets"], stored.content["datasets"], strict=True):
        del dataset["observed_through_precision"]  # follows from the date
        dataset["labels"] = serialized["labels"]  # names are free: none of them makes a reference
        for each, as_told in zip(dataset["observations"], serialized["observations"], strict=True):
            each["dimensions"] = as_told["dimensions"]
    return sent


def _entered(stored: Stored) -> PublicationNew:
    members = PublicationNew.model_fields
    return PublicationNew.model_validate(
        {name: value for name, value in _writable(stored).items() if name in members}
    )


def _by_id(parts: Iterable[Any]) -> dict[UUID, Any]:
    return {part.id: part for part in parts}


def _restated(before: PublicationNew, after: PublicationNew) -> Iterator[tuple[object, ...]]:
    """Where a change takes back or restates what is printed, as paths into it."""
    tables = {dataset.id: (index, dataset) for index, dataset in enumerate(after.datasets)}
    for dataset in before.datasets:
        if dataset.id not in tables:
            yield ("datasets",)
            continue
        index, changed = tables[dataset.id]
        at = ("datasets", index, "observations")
        numbers = {each.id: (place, each) for place, each in enumerate(changed.observations)}
        for each in dataset.observations:
            if each.id not in numbers:
                yield at
                continue
            place, number = numbers[each.id]
            for name in PRINTED:
                if getattr(each, name) != getattr(number, name):
                    yield (*at, place, name)


# ---- Rows ---------------------------------------------------------------------------------------


def _columns(data: PublicationNew) -> dict[str, Any]:
    return {
        **data.model_dump(include={"title", "url", "published_on"}),
        "publisher_id": data.publisher,
    }


async def _enter(
    session: AsyncSession,
    publication: UUID,
    datasets: Iterable[DatasetNew],
    known: Mapping[UUID, DatasetNew],
) -> None:
    """Store tables in their order: new ones whole, of `known` ones what is said and is new."""
    connection = await driver_of(session)
    for position, dataset in enumerate(datasets):
        id = dataset.id or uuid7()
        row = _dataset(dataset) | {"publication_id": publication, "position": position}
        before = known.get(id)
        if before is None:
            await session.exec(sa.insert(Dataset).values(id=id, **row))
        else:
            await session.exec(sa.update(Dataset).where(col(Dataset.id) == id).values(row))
        numbers = {} if before is None else _by_id(before.observations)
        placed = list(enumerate(dataset.observations))
        await connection.executemany(
            _SAY,
            [(each.id, at, each.note, each.quote) for at, each in placed if each.id in numbers],
        )
        await connection.executemany(
            _PRINT,
            [
                (*_observation(each, each.id or uuid7()).values(), id, dataset.measure, at)
                for at, each in placed
                if each.id not in numbers
            ],
        )


def _dataset(data: DatasetNew) -> dict[str, Any]:
    period = data.period.model_dump() if data.period else {}
    return {
        **data.model_dump(
            include={
                "label", "measure", "claim_status", "levels", "observed_through", "unit", "labels",
                "overlapping", "note",
            }
        ),
        "subject_locality_id": data.subject.locality,
        "subject_organisation_id": data.subject.organisation,
        "subject_event_id": data.subject.event,
        "subject_model_id": data.subject.model,
        "reported_by_id": data.reported_by,
        "period_start": period.get("start_on"),
        "period_end": period.get("end_on"),
        "period_precision": period.get("precision"),
        "period_wording": period.get("wording"),
    }  # fmt: skip


def _observation(data: ObservationNew, id: UUID) -> dict[str, Any]:
    return {
        "id": id,
        "dimensions": encode(data.dimensions).decode(),
        **data.model_dump(include={"amount", "minimum", "maximum", "magnitude", "qualifier"}),
        "unit": data.unit,
        "comparison": data.comparison and encode(data.comparison.model_dump()).decode(),
        "note": data.note,
        "quote": data.quote,
    }


def _plain(fact: dict[str, Any]) -> dict[str, Any]:
    """A corrected member as JSON, nested objects too."""
    return {
        name: value.model_dump() if isinstance(value, ComparisonNew) else value
        for name, value in fact.items()
    }


_PRINT = """
    insert into observation (id, dimensions, amount, minimum, maximum, magnitude, qualifier, unit,
        comparison, note, quote, dataset_id, measure, position)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
_CORRECT = """
    update observation
    set dimensions = $2, amount = $3, minimum = $4, maximum = $5, magnitude = $6, qualifier = $7,
        unit = $8, comparison = $9, note = $10, quote = $11
    where id = $1
"""
_SAY = "update observation set position = $2, note = $3, quote = $4 where id = $1"


# ---- Places -------------------------------------------------------------------------------------

# An unknown subject has no place here: it is for `require` to tell.
_PLACES_OF = {
    "locality": "select id, id as place from locality where id = any($1)",
    "organisation": "select id, locality_id as place from organisation where id = any($1)",
    "event": "select id, locality_id as place from event where id = any($1)",
    "model": "select id, locality_id as place from emulation_model where id = any($1)",
}


async def _check_scope(session: AsyncSession, actor: Actor, datasets: Iterable[DatasetNew]) -> None:
    """403 if the place of a subject lay outside the agency's subtree on the day it is told for."""
    connection, reach = await driver_of(session), Reach(actor)
    days: dict[str, dict[UUID, set[date | None]]] = {kind: {} for kind in _PLACES_OF}
    for dataset in datasets:
        for kind, id in dataset.subject.model_dump(exclude_none=True).items():
            days[kind].setdefault(id, set()).add(_day(dataset))
    for kind, serialized in days.items():
        if serialized:
            rows = await connection.fetch(_PLACES_OF[kind], list(serialized))
            await reach.look_up(connection, [row["place"] for row in rows])
            for row in rows:
                for day in serialized[row["id"]]:
                    reach.check(row["place"], day)


def _day(dataset: DatasetNew) -> date | None:
    """The day that a table's place is told for: the last that it counts."""
    days = span(dataset.observed_through)
    end = dataset.period and dataset.period.end_on
    return end or (days and days[1])


_PRINTED = Text(
    "is printed; what was transcribed wrongly is corrected by a correction",
    "là số liệu đã in; nhập sai thì sửa bằng đính chính",
)
_UNKNOWN = Text("is no number of this publication", "không phải số liệu của ấn phẩm này")
_SAME = Text("changes nothing", "không thay đổi gì")


register_kind(PUBLICATIONS, check_places)
