"""Recording publications, saying more of them, correcting how they were transcribed."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access import writing
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
from app.publications.checking import check
from app.publications.datasets import printed
from app.publications.entries import (
    ComparisonNew,
    DatasetNew,
    ObservationNew,
    PublicationCorrectionNew,
    PublicationNew,
)
from app.publications.queries import PUBLICATIONS
from app.publications.tables import Observation, Publication, PublicationCorrection
from app.querying import rows
from app.querying.references import require
from app.querying.representations import table_of
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
    id = await writing.insert(session, PUBLICATIONS, data)
    await check(connection, [id])
    return id, True


async def check_places(session: AsyncSession, actor: Actor, stored: Stored[Publication]) -> None:
    """403 if a subject's place lay outside the agency's subtree at the end of its period."""
    await _check_scope(session, actor, _entered(stored).datasets)


async def update(
    session: AsyncSession, actor: Actor, stored: Stored[Publication], patch: Patch[PublicationNew]
) -> None:
    """Change what is said about a publication, enter more of it; 409 for what is printed."""
    before, after = _entered(stored), patch.onto(stored.sent)
    await _check_scope(session, actor, after.datasets)
    connection = await driver_of(session)
    await require(connection, after, (await read_session_of(session)).references)
    if restated := list(_restated(before, after)):
        raise PrintedValue(
            faults=[Fault(("pointer", pointer(at)), "printed", _PRINTED) for at in restated]
        )
    await writing.change(session, stored, after)
    await check(connection, [stored.id])


async def correct(
    session: AsyncSession,
    actor: Actor,
    stored: Stored[Publication],
    data: PublicationCorrectionNew,
) -> tuple[UUID, bool]:
    """Change how a printed number was transcribed; the correction, and whether it is new."""
    if await sent_before(session, actor, data, stored.id):
        return data.id, False  # type: ignore[return-value]
    numbers = [each for table in stored.sent["datasets"] for each in table["observations"]]
    entered = next((each for each in numbers if UUID(each["id"]) == data.observation), None)
    if entered is None:
        fault = Fault(("pointer", "#/observation"), "unknown_reference", _UNKNOWN)
        raise Unprocessable(faults=[fault])
    before = ObservationNew.model_validate(entered)
    after = data.changes.onto(entered, at=("changes",))
    changed = [
        {"member": name, "before": getattr(before, name), "after": getattr(after, name)}
        for name in (*PRINTED, "quote", "note")
        if getattr(before, name) != getattr(after, name)
    ]
    if not changed:
        raise Unprocessable(faults=[Fault(("pointer", "#/changes"), "nothing_changed", _SAME)])
    connection = await driver_of(session)
    corrected = {"id": data.observation, **printed(after)}
    await rows.update(connection, table_of(Observation), [corrected])
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
    await stored.bump_version(session)
    await check(connection, [stored.id])
    return id, True


def _entered(stored: Stored[Publication]) -> PublicationNew:
    """A publication as it was entered."""
    return PublicationNew.model_validate(stored.sent)


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


def _plain(fact: dict[str, Any]) -> dict[str, Any]:
    """A corrected member as JSON, nested objects too."""
    return {
        name: value.model_dump() if isinstance(value, ComparisonNew) else value
        for name, value in fact.items()
    }


# ---- Places -------------------------------------------------------------------------------------

# An unknown subject has no place here: `require` refuses it.
_PLACES_OF = {
    "locality": "select id, id as place from locality where id = any($1)",
    "organisation": "select id, locality_id as place from organisation where id = any($1)",
    "event": "select id, locality_id as place from event where id = any($1)",
    "model": "select id, locality_id as place from emulation_model where id = any($1)",
}


async def _check_scope(session: AsyncSession, actor: Actor, datasets: Iterable[DatasetNew]) -> None:
    """403 if the place of a subject lay outside the agency's subtree on its day."""
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
    """The day on which a table's place is shown: the last that it counts."""
    end = dataset.period and dataset.period.end_on
    through = dataset.observed_through
    return end or (None if through is None else through.last)


_PRINTED = Text(
    "is printed; what was transcribed wrongly is corrected by a correction",
    "là số liệu đã in; nhập sai thì sửa bằng đính chính",
)
_UNKNOWN = Text("is no number of this publication", "không phải số liệu của ấn phẩm này")
_SAME = Text("changes nothing", "không thay đổi gì")


register_kind(PUBLICATIONS, check_places)
