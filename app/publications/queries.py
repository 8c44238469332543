"""How publications, their figures and their corrections are read."""

from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from app.db.statements import Clause
from app.http.json_encoding import Json
from app.localities.filters import Under
from app.publications.datasets import DATASET, Datasets, shown
from app.publications.entries import PublicationNew
from app.publications.schemas import (
    ObservationItem,
    PublicationCorrectionPublic,
    PublicationCorrectionQuery,
    PublicationItem,
    PublicationPublic,
    PublicationQuery,
)
from app.publications.tables import Dataset, Observation, Publication, PublicationCorrection
from app.querying.collections import Collection
from app.querying.filters import (
    AnyOf,
    AnyPart,
    Compare,
    by_date,
    by_time,
    on_or_after,
    on_or_before,
    spans_from,
    spans_to,
)
from app.querying.references import References, carried, register
from app.querying.resources import Resource, collection_of

register("publication", Publication)


def serialize_observation(row: asyncpg.Record, refs: References) -> Json:
    """An observation with what its dataset says of it."""
    dataset = orjson.loads(row["dataset"])
    serialized = shown(dataset, refs)
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "publication": {"id": row["publication_id"], "title": row["title"]},
        "dataset": {"id": serialized.pop("id"), "label": serialized.pop("label")},
        **serialized,
        "dimensions": carried(row["dimensions"]),
        "amount": row["amount"],
        "minimum": row["minimum"],
        "maximum": row["maximum"],
        "magnitude": row["magnitude"],
        "qualifier": row["qualifier"],
        "unit": row["unit"] or dataset["unit"],
        "comparison": carried(row["comparison"]),
        "note": row["note"],
        "quote": row["quote"],
    }


_ITS_DATASETS = col(Dataset.publication_id) == Publication.id

_published = col(Publication.published_on_first), col(Publication.published_on_last)
PUBLICATIONS = Resource.of(
    Publication,
    PublicationPublic,
    PublicationNew,
    PublicationQuery,
    "publications",
    members={"datasets": Datasets()},
    filters={
        "under": AnyPart(Under(col(Dataset.placement_id)), _ITS_DATASETS),
        "published_from": spans_from(_published[0]),
        "published_to": spans_to(*_published),
        "measure": AnyPart(AnyOf(col(Dataset.measure)), _ITS_DATASETS),
    },
).in_lists(PublicationItem)


def _broken_down_as(wanted: sa.BindParameter[Any]) -> Clause:
    """Observations that have, for every dimension asked for, one of the values asked for."""
    asked = sa.func.jsonb_each(wanted).table_valued(
        sa.column("key", sa.Text()), sa.column("value", JSONB())
    )
    own = sa.func.to_jsonb(col(Observation.dimensions).op("->>")(asked.c.key))
    given = sa.func.coalesce(own, sa.literal_column("'null'::jsonb"))
    return ~sa.exists().where(~asked.c.value.bool_op("@>")(given))


OBSERVATIONS = Collection(
    name="observations",
    id=col(Observation.id),
    version=col(Publication.version),
    item=sa.select(
        col(Observation.id),
        col(Publication.version),
        col(Publication.updated_at),
        col(Publication.id).label("publication_id"),
        col(Publication.title),
        sa.literal_column(DATASET).label("dataset"),
        col(Observation.dimensions),
        col(Observation.amount),
        col(Observation.minimum),
        col(Observation.maximum),
        col(Observation.magnitude),
        col(Observation.qualifier),
        col(Observation.unit),
        col(Observation.comparison),
        col(Observation.note),
        col(Observation.quote),
    )
    .join_from(Observation, Dataset, col(Dataset.id) == Observation.dataset_id)
    .join(Publication, _ITS_DATASETS),
    serialize=serialize_observation,
    schema=ObservationItem,
    filters={
        "under": Under(col(Dataset.placement_id)),
        "publication": AnyOf(col(Dataset.publication_id)),
        "measure": AnyOf(col(Dataset.measure)),
        "claim_status": AnyOf(col(Dataset.claim_status)),
        "from_": on_or_after(col(Dataset.period_start)),
        "to": on_or_before(col(Dataset.period_end)),
        "dimension": Compare(_broken_down_as, JSONB()),
    },
    sorts={
        "published_on": by_date(col(Publication.published_on_first)),
        "period_end": by_date(col(Dataset.period_end)),
        "updated_at": by_time(col(Publication.updated_at)),
    },
    default_sort="-published_on",
)

_correction = PublicationCorrection
_PUBLICATION = (
    sa.select(
        sa.func.json_build_object(
            *("id", Publication.id, "title", Publication.title, "version", Publication.version),
            type_=sa.JSON,
        )
    )
    .where(col(Publication.id) == col(_correction.publication_id))
    .scalar_subquery()
)
CORRECTIONS = collection_of(
    _correction,
    PublicationCorrectionPublic,
    PublicationCorrectionQuery,
    "corrections",
    members={"observation": col(_correction.observation_id), "publication": _PUBLICATION},
    owner=col(_correction.publication_id),
)
