"""Printed numbers as the pure rules take them, read with all that says what they count."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from app.http.json_encoding import Fragment
from app.publications.comparability import STAGES, Claim, Period
from app.publications.reconciliation import Cell, span_of


class Figure(NamedTuple):
    """One printed number: a cell of its table, and a claim beside those of other publications."""

    cell: Cell
    claim: Claim
    overlapping: tuple[str, ...]
    publication: Fragment  # references to what it was printed in
    dataset: Fragment

    @property
    def compared(self) -> str:
        """The number as a check compares it."""
        return f"{self.cell.id} {self.cell.span} {self.cell.unit}"


_FIGURES = """
    select observation.id, dataset.publication_id, dataset.id as dataset_id,
        dataset.subject_locality_id, dataset.subject_organisation_id, dataset.subject_event_id,
        dataset.subject_model_id, dataset.measure, dataset.claim_status, dataset.levels,
        dataset.period_start, dataset.period_end, dataset.observed_through,
        dataset.observed_through_last, dataset.overlapping,
        coalesce(observation.unit, dataset.unit) as unit, observation.dimensions,
        observation.amount, observation.minimum, observation.maximum, observation.qualifier,
        json_build_object('id', publication.id, 'title', publication.title) as publication,
        json_build_object('id', dataset.id, 'label', dataset.label) as dataset
    from observation
        join dataset on dataset.id = observation.dataset_id
        join publication on publication.id = dataset.publication_id
"""
_IN_ORDER = "order by dataset.publication_id, dataset.position, observation.position"


async def figures_of(connection: asyncpg.Connection, publications: Sequence[UUID]) -> list[Figure]:
    """All figures of some publications, in printed order."""
    rows = await connection.fetch(
        f"{_FIGURES} where publication.id = any($1) {_IN_ORDER}", list(publications)
    )
    return [_figure(row) for row in rows]


async def figures_beside(
    connection: asyncpg.Connection, publications: Sequence[UUID]
) -> list[Figure]:
    """Figures of other publications on the same subjects and measures, for the same claims."""
    rows = await connection.fetch(f"{_FIGURES} {_BESIDE} {_IN_ORDER}", list(publications))
    return [_figure(row) for row in rows]


async def figure(connection: asyncpg.Connection, observation: UUID) -> Figure | None:
    row = await connection.fetchrow(f"{_FIGURES} where observation.id = $1", observation)
    return None if row is None else _figure(row)


_SUBJECT = """
    coalesce({0}.subject_locality_id, {0}.subject_organisation_id,
        {0}.subject_event_id, {0}.subject_model_id)
"""
_BESIDE = f"""
    where dataset.id in (
        select beside.id
        from dataset own join dataset beside
            on {_SUBJECT.format("beside")} = {_SUBJECT.format("own")}
            and beside.measure = own.measure
            and beside.claim_status = own.claim_status
            and beside.publication_id <> own.publication_id
        where own.publication_id = any($1))
"""  # noqa: S608 - put together from constants


def _figure(row: asyncpg.Record) -> Figure:
    place = frozenset(orjson.loads(row["dimensions"]).items())
    amount, minimum, maximum = row["amount"], row["minimum"], row["maximum"]
    span = span_of(amount, minimum, maximum, row["qualifier"], counted=row["measure"] in STAGES)
    number = next((each for each in (amount, minimum, maximum) if each is not None), None)
    return Figure(
        cell=Cell(_plain(row["id"]), place, span, number, row["unit"]),
        claim=Claim(
            publication=_plain(row["publication_id"]),
            dataset=_plain(row["dataset_id"]),
            subject=tuple(
                row[f"subject_{kind}_id"] for kind in ("locality", "organisation", "event", "model")
            ),
            measure=row["measure"],
            claim_status=row["claim_status"],
            levels=frozenset(row["levels"]),
            period=_period(row),
            observed_through=row["observed_through"],
            observed_through_last=row["observed_through_last"],
            unit=row["unit"],
            place=place,
            amount=amount,
            span=span,
            qualifier=row["qualifier"],
        ),
        overlapping=tuple(row["overlapping"]),
        publication=Fragment(row["publication"]),
        dataset=Fragment(row["dataset"]),
    )


def _period(row: asyncpg.Record) -> Period | None:
    if row["period_start"] is None and row["period_end"] is None:
        return None
    return Period(row["period_start"], row["period_end"])


def _plain(id: Any) -> UUID:
    """The driver's own kind of UUID as that of the standard library, which orders and compares."""
    return UUID(int=id.int)
