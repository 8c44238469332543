"""Checks what is published and keeps the result, made anew by every write to a publication."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from app.http.json_encoding import encode
from app.publications.comparability import STAGES, disagreement
from app.publications.explanations import explain, id_of, id_of_sum
from app.publications.figures import Figure, figures_beside, figures_of
from app.publications.reconciliation import Place, check_sums

CHECK_LOCK = 0x6B68656F63  # two publications that do not see each other yet are checked in turn

Row = dict[str, Any]


async def check(connection: asyncpg.Connection, publications: Sequence[UUID]) -> None:
    """Make the checks of some publications anew, within the transaction that wrote them.

    Resolutions of checks that now compare other numbers lapse.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", CHECK_LOCK)
    figures = await figures_of(connection, publications)
    beside = await figures_beside(connection, publications)
    rows = {row["id"]: row for row in (*_sums(figures), *_beside(figures, beside))}
    await forget(connection, publications)
    await connection.executemany(_KEEP, [tuple(row.values()) for row in rows.values()])
    await connection.execute(_LAPSE, list(rows))


async def forget(connection: asyncpg.Connection, publications: Sequence[UUID]) -> None:
    """Drop every check that compares a figure of some publications."""
    await connection.execute(_FORGET, list(publications))


_FORGET = """
    with own as materialized (select id from dataset where publication_id = any($1))
    delete from figure_check
    where dataset_id in (select id from own) or other_dataset_id in (select id from own)
"""
_KEEP = """
    insert into figure_check (id, dataset_id, position, kind, at, dimension, stated, stated_by,
        computed, computed_from, other_dataset_id, status, explanations, figures)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
_LAPSE = """
    update figure_resolution set lapsed_at = clock_timestamp()
    from figure_check
    where check_id = any($1) and figure_check.id = check_id and lapsed_at is null
        and figure_resolution.figures <> figure_check.figures
"""


def _sums(figures: Iterable[Figure]) -> Iterator[Row]:
    """Every number of every table against its parts."""
    for dataset, table in groupby(figures, lambda each: each.claim.dataset):
        printed = {each.cell.id: each for each in table}
        cells = [each.cell for each in printed.values()]
        order = {id: position for position, id in enumerate(printed)}
        one = next(iter(printed.values()))
        sums = check_sums(cells, one.overlapping, counted=one.claim.measure in STAGES)
        explanations = encode(explain(cells, sums, one.overlapping)).decode()
        for position, each in enumerate(sums):
            parts = sorted((part.id for part in each.parts), key=order.__getitem__)
            yield {
                "id": id_of_sum(each),
                "dataset_id": dataset,
                "position": position,
                "kind": "sum",
                "at": _json(each.stated.place),
                "dimension": ",".join(sorted(each.along)),
                "stated": each.stated.number,
                "stated_by": [each.stated.id],
                "computed": each.computed,
                "computed_from": parts,
                "other_dataset_id": None,
                "status": each.status,
                "explanations": explanations if each.status == "discrepant" else "[]",
                "figures": _digest(printed[id] for id in (each.stated.id, *parts)),
            }


def _beside(figures: Iterable[Figure], beside: Iterable[Figure]) -> Iterator[Row]:
    """Every number against those of other publications that say they count the same."""
    same: defaultdict[object, list[Figure]] = defaultdict(list)
    for each in beside:
        same[_counts(each)].append(each)
    for own in figures:
        for each in same[_counts(own)]:
            if each.claim.publication == own.claim.publication:
                continue
            # Whichever of the two is checked, the check is one and the same.
            one, other = sorted((own, each), key=lambda figure: figure.cell.id)
            status = disagreement(one.claim, other.claim)
            if status is None:
                continue
            yield {
                "id": id_of("other_publication", one.cell.id, other.cell.id),
                "dataset_id": one.claim.dataset,
                "position": 0,
                "kind": "other_publication",
                "at": _json(one.cell.place),
                "dimension": None,
                "stated": one.cell.number,
                "stated_by": [one.cell.id],
                "computed": other.cell.number,
                "computed_from": [other.cell.id],
                "other_dataset_id": other.claim.dataset,
                "status": status,
                "explanations": "[]",
                "figures": _digest((one, other)),
            }


def _counts(figure: Figure) -> object:
    """What a number says it counts, its time aside."""
    claim = figure.claim
    return (
        claim.subject, claim.measure, claim.claim_status, claim.levels, claim.unit, claim.place,
    )  # fmt: skip


def _json(place: Place) -> str:
    return encode(dict(sorted(place))).decode()


def _digest(figures: Iterable[Figure]) -> str:
    compared = "\n".join(sorted(each.compared for each in figures))
    return hashlib.sha256(compared.encode()).hexdigest()
