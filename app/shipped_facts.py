"""Loads the shipped facts into an empty database: the map through time and the five reports.

All in one transaction: a load that is killed leaves the database empty, and is done again.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from app.award_decisions.verification import new_code
from app.localities.load import id_of as locality_id
from app.localities.load import load as load_localities
from app.publications.checking import check

REPORTS = (
    "common",
    "ca-mau-2023",
    "u-minh-thuong-2020",
    "ha-tinh-2023",
    "long-an-2024",
    "can-tho-2024",
)
STEPS = 3
LOAD_LOCK = 0x6B68656F6C  # two processes that start together load in turn

Thing = dict[str, Any]
Row = dict[str, Any]


class DatabaseLost(ConnectionError):
    """The database went away during the load; nothing of it was kept."""


async def load(url: str, progress: Callable[[str], None] = lambda _: None) -> bool:
    """Load everything if there is no locality yet; tells whether it did."""
    connection = await asyncpg.connect(url)
    loading = asyncio.ensure_future(_load(connection, progress))
    # A COPY would wait for ever to send on to a server that has gone.
    connection.add_termination_listener(lambda _: loading.cancel())
    try:
        return await loading
    except asyncio.CancelledError:
        if connection.is_closed():
            raise DatabaseLost from None
        raise
    finally:
        await connection.close()


async def _load(connection: asyncpg.Connection, progress: Callable[[str], None]) -> bool:
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOAD_LOCK)
        if await connection.fetchval("select exists (select from locality)"):
            return False
        progress("The map of Viet Nam through time")
        await load_localities(connection)
        progress("Five reports of the movement")
        await _load_reports(connection)
    progress("Statistics of the planner")
    await connection.execute("analyze")
    return True


def id_of(kind: str, key: str | None) -> UUID | None:
    """The id of a shipped thing, from its kind and the key it has in its file."""
    return None if key is None else uuid5(NAMESPACE_URL, f"urn:kheo:{kind}:{key}")


async def _load_reports(connection: asyncpg.Connection) -> None:
    reports = [
        json.loads(
            (files("app.data") / "reports" / f"{name}.json").read_text(encoding="utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
        )
        for name in REPORTS
    ]

    def every(section: str) -> list[Thing]:
        return [thing for report in reports for thing in report.get(section, ())]

    await _insert(connection, "organisation", map(_organisation, every("organisations")))
    await _insert(
        connection,
        "organisation_succession",
        (
            {
                "predecessor_id": id_of("organisation", thing["key"]),
                "successor_id": id_of("organisation", successor),
            }
            for thing in every("organisations")
            for successor in thing["successors"]
        ),
    )
    await _insert(connection, "document", map(_document, every("documents")))
    periods = every("campaign_periods")
    await _insert(connection, "campaign_period", map(_campaign_period, periods))
    await _insert(
        connection,
        "campaign_period_document",
        (
            {
                "campaign_period_id": id_of("campaign_period", thing["key"]),
                "document_id": id_of("document", cited["document"]),
                "role": cited["role"],
            }
            for thing in periods
            for cited in thing["documents"]
        ),
    )
    await _insert(connection, "event", map(_event, every("events")))
    await _insert(
        connection,
        "event_delegation",
        (
            {
                "id": id_of("event_delegation", f"{thing['key']}/{position}"),
                "event_id": id_of("event", thing["key"]),
                "position": position,
                "organisation_id": id_of("organisation", delegation["organisation"]),
                **_same(delegation, "name", "head", "size"),
            }
            for thing in every("events")
            for position, delegation in enumerate(thing["delegations"])
        ),
    )
    models = every("emulation_models")
    await _insert(connection, "emulation_model", map(_emulation_model, models))
    for table, member in (("model_outcome", "outcomes"), ("model_source", "sources")):
        await _insert(connection, table, _parts_of_models(models, member))
    await _insert(
        connection,
        "event_visit",
        (
            {
                "event_id": id_of("event", thing["key"]),
                "model_id": id_of("emulation_model", visited),
            }
            for thing in every("events")
            for visited in thing["models_visited"]
        ),
    )
    decisions = every("award_decisions")
    await _insert(connection, "award_decision", map(_award_decision, decisions))
    await _insert(
        connection,
        "award",
        (
            {
                "id": id_of("award", award["key"]),
                "decision_id": id_of("award_decision", thing["key"]),
                "position": position,
                **_same(award, "form", "title", "merit", "participant_kind"),
                "count": int(award["count"]),
            }
            for thing in decisions
            for position, award in enumerate(thing["awards"])
        ),
    )
    publications = every("publications")
    await _insert(connection, "publication", map(_publication, publications))
    datasets = [
        (publication, position, dataset)
        for publication in publications
        for position, dataset in enumerate(publication["datasets"])
    ]
    await _insert(connection, "dataset", (_dataset(*each) for each in datasets))
    await _insert(
        connection,
        "observation",
        (
            _observation(dataset, position, observation)
            for _, _, dataset in datasets
            for position, observation in enumerate(dataset["observations"])
        ),
    )
    ids = (id_of("publication", thing["key"]) for thing in publications)
    await check(connection, [id for id in ids if id is not None])


async def _insert(connection: asyncpg.Connection, table: str, rows: Iterable[Row]) -> None:
    listed = list(rows)
    columns = list(listed[0])
    records = [tuple(row[column] for column in columns) for row in listed]
    await connection.copy_records_to_table(table, columns=columns, records=records)


def _same(thing: Thing, *members: str) -> Row:
    return {member: thing[member] for member in members}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _place(unit: str | None) -> UUID | None:
    return None if unit is None else locality_id(unit)


def _organisation(thing: Thing) -> Row:
    return {
        "id": id_of("organisation", thing["key"]),
        **_same(thing, "name", "kind", "tier"),
        "locality_id": _place(thing["locality"]),
        "parent_id": id_of("organisation", thing["parent"]),
        "valid_from": _day(thing["valid_from"]),
        "valid_to": _day(thing["valid_to"]),
    }


def _document(thing: Thing) -> Row:
    return {
        "id": id_of("document", thing["key"]),
        **_same(thing, "number", "kind", "family", "issued_on", "title", "url"),
        "issuer_id": id_of("organisation", thing["issuer"]),
    }


def _campaign_period(thing: Thing) -> Row:
    return {
        "id": id_of("campaign_period", thing["key"]),
        **_same(thing, "name", "kind", "precision", "stated_duration", "theme"),
        "locality_id": _place(thing["locality"]),
        "organisation_id": id_of("organisation", thing["organisation"]),
        "start_on": _day(thing["start_on"]),
        "end_on": _day(thing["end_on"]),
        "parent_id": id_of("campaign_period", thing["parent"]),
    }


def _event(thing: Thing) -> Row:
    return {
        "id": id_of("event", thing["key"]),
        **_same(thing, "kind", "name", "held_on", "ends_on", "description"),
        "locality_id": _place(thing["locality"]),
        "campaign_period_id": id_of("campaign_period", thing["campaign_period"]),
        "organiser_id": id_of("organisation", thing["organiser"]),
    }


def _emulation_model(thing: Thing) -> Row:
    return {
        "id": id_of("emulation_model", thing["key"]),
        **_same(thing, "title", "aliases", "summary", "field", "participant_kind", "owner_name"),
        "locality_id": _place(thing["locality"]),
        "host_id": id_of("organisation", thing["host"]),
        "campaign_period_id": id_of("campaign_period", thing["campaign_period"]),
    }


def _parts_of_models(models: list[Thing], member: str) -> Iterable[Row]:
    for thing in models:
        for position, part in enumerate(thing[member]):
            row = {
                "id": id_of(member, f"{thing['key']}/{position}"),
                "model_id": id_of("emulation_model", thing["key"]),
                "position": position,
                **part,
            }
            if "document" in row:
                row["document_id"] = id_of("document", row.pop("document"))
            yield row


def _award_decision(thing: Thing) -> Row:
    return {
        "id": id_of("award_decision", thing["key"]),
        **_same(thing, "number", "issued_on", "capacity", "signer", "level", "occasion", "status"),
        "authority_id": id_of("organisation", thing["authority"]),
        "event_id": id_of("event", thing["event"]),
        "campaign_period_id": id_of("campaign_period", thing["campaign_period"]),
        "verification_code": new_code(secrets.token_bytes(16)),
    }


def _publication(thing: Thing) -> Row:
    return {
        "id": id_of("publication", thing["key"]),
        **_same(thing, "title", "url", "published_on"),
        "publisher_id": id_of("organisation", thing["publisher"]),
    }


def _dataset(publication: Thing, position: int, thing: Thing) -> Row:
    subject = thing["subject"]
    period = thing["period"] or dict.fromkeys(("start_on", "end_on", "precision", "wording"))
    return {
        "id": id_of("dataset", thing["key"]),
        "publication_id": id_of("publication", publication["key"]),
        "position": position,
        **_same(
            thing, "label", "measure", "claim_status", "levels", "observed_through", "unit",
            "overlapping", "note",
        ),
        "subject_locality_id": _place(subject.get("locality")),
        "subject_organisation_id": id_of("organisation", subject.get("organisation")),
        "subject_event_id": id_of("event", subject.get("event")),
        "subject_model_id": id_of("emulation_model", subject.get("model")),
        "reported_by_id": id_of("organisation", thing["reported_by"]),
        "period_start": _day(period["start_on"]),
        "period_end": _day(period["end_on"]),
        "period_precision": period["precision"],
        "period_wording": period["wording"],
        "labels": json.dumps(thing["labels"], ensure_ascii=False),
    }  # fmt: skip


def _observation(dataset: Thing, position: int, thing: Thing) -> Row:
    return {
        "id": id_of("observation", thing["key"]),
        "dataset_id": id_of("dataset", dataset["key"]),
        "measure": dataset["measure"],
        "position": position,
        **_same(
            thing, "amount", "minimum", "maximum", "magnitude", "qualifier", "unit", "note", "quote"
        ),
        "dimensions": json.dumps(thing["dimensions"], ensure_ascii=False),
        "comparison": thing["comparison"] and json.dumps(thing["comparison"], ensure_ascii=False),
    }
