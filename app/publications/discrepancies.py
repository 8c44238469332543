"""How checks of published figures are read, and what people find about them."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlmodel import col

from app.db.statements import Statement
from app.localities.filters import Under
from app.publications.discrepancy_schemas import DiscrepancyPublic
from app.publications.figures import figures_of
from app.publications.register_counts import register_checks
from app.publications.tables import Dataset, FigureCheck, FigureResolution, Publication
from app.querying.collections import Collection
from app.querying.filters import AnyOf, EitherOf, Holds, by_date
from app.querying.references import ReadSession, References, carried, selected

_SIDE = """
    (select json_build_object(
        'publication', json_build_object('id', publication.id, 'title', publication.title),
        'dataset', json_build_object('id', dataset.id, 'label', dataset.label),
        'period', case
            when num_nonnulls(dataset.period_start, dataset.period_end,
                              dataset.period_precision, dataset.period_wording) > 0
            then json_build_object(
                'start_on', dataset.period_start,
                'end_on', dataset.period_end,
                'precision', dataset.period_precision,
                'wording', dataset.period_wording) end,
        'observed_through', dataset.observed_through)
    from dataset join publication on publication.id = dataset.publication_id
    where dataset.id = {})
"""


def _side(dataset: str) -> sa.Label[str]:
    """What is shown of one of two tables that are compared."""
    return sa.literal_column(_SIDE.format(f"figure_check.{dataset}")).label(dataset)


def serialize(
    row: asyncpg.Record, refs: References, seen_from: UUID | None = None
) -> dict[str, Any]:
    """A check as everyone may read it.

    One of two publications can be seen from either: what is stated is the figure of that one.
    """
    del refs
    difference = row["difference"]
    own, other = (orjson.loads(row[side] or "null") for side in ("dataset_id", "other_dataset_id"))
    stated, computed = row["stated"], row["computed"]
    stated_by, computed_from = row["stated_by"], row["computed_from"]
    if other is not None and other["publication"]["id"] == str(seen_from):
        own, other = other, own
        stated, computed = computed, stated
        stated_by, computed_from = computed_from, stated_by
        difference = difference.copy_negate()
    return {
        "id": row["id"],
        "publication": own["publication"],
        "dataset": own["dataset"],
        "check": row["kind"],
        "at": carried(row["at"]),
        "dimension": row["dimension"],
        "stated": stated,
        "stated_by": stated_by,
        "computed": computed,
        "computed_from": computed_from,
        "other": other,
        "rows": None,
        "difference": difference,
        "status": row["status"],
        "explanations": carried(row["explanations"]),
        "resolution": row["resolution"]
        and {
            "status": row["resolution"],
            "note": row["note"],
            "resolved_at": row["resolved_at"],
            "resolved_by": carried(row["resolved_by"]),
        },
    }


_check, _resolution = FigureCheck, FigureResolution
_other = sa.orm.aliased(Dataset)

_ITEM = (
    sa.select(
        col(_check.id),
        _side("dataset_id"),
        col(_check.kind),
        col(_check.at),
        col(_check.dimension),
        col(_check.stated),
        col(_check.stated_by),
        col(_check.computed),
        col(_check.computed_from),
        (col(_check.computed) - col(_check.stated)).label("difference"),
        _side("other_dataset_id"),
        col(_check.status),
        col(_check.explanations),
        col(_resolution.status).label("resolution"),
        col(_resolution.note),
        col(_resolution.resolved_at),
        selected("agency", col(_resolution.agency_id)).label("resolved_by"),
    )
    .join_from(_check, Dataset, col(Dataset.id) == col(_check.dataset_id))
    .join(Publication, col(Publication.id) == Dataset.publication_id)
    .outerjoin(_other, col(_other.id) == col(_check.other_dataset_id))
    .outerjoin(
        _resolution,
        sa.and_(col(_resolution.check_id) == _check.id, col(_resolution.lapsed_at).is_(None)),
    )
)

DISCREPANCIES = Collection(
    name="discrepancies",
    id=col(_check.id),
    version=col(Publication.version),
    item=_ITEM,
    serialize=serialize,
    schema=DiscrepancyPublic,
    filters={
        "under": Under(col(Dataset.placement_id)),
        "status": AnyOf(col(_check.status)),
        "check": AnyOf(col(_check.kind)),
        "publication": EitherOf(col(Dataset.publication_id), col(_other.publication_id)),
        "resolved": Holds(col(_resolution.id).is_not(None)),
    },
    sorts={"published_on": by_date(col(Publication.published_on_first))},
    default_sort="-published_on",
)

_publication = sa.bindparam("publication", type_=sa.Uuid())
_OF_PUBLICATION = Statement(
    _ITEM.where(
        sa.or_(
            col(Dataset.publication_id) == _publication,
            col(_other.publication_id) == _publication,
        )
    ).order_by(
        sa.case(
            (col(Dataset.publication_id) == _publication, col(Dataset.position)),
            else_=col(_other.position),
        ),
        col(_check.kind).desc(),  # sums first
        col(_check.position),
        col(_check.id),
    )
)


async def reconciliation(read_session: ReadSession, publication: UUID) -> list[dict[str, Any]]:
    """Every check of a publication: its sums, against others, and against the register."""
    rows = await _OF_PUBLICATION.rows(read_session.connection, publication=publication)
    checks = [serialize(row, read_session.references, publication) for row in rows]
    figures = await figures_of(read_session.connection, [publication])
    return [*checks, *await register_checks(read_session, figures)]
