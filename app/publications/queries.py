"""How publications and their figures are read and told, as printed."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from app.http.schemas import precision_of
from app.localities.filters import Under
from app.publications.schemas import ObservationItem, PublicationPublic
from app.publications.tables import Dataset, Observation, Publication
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

register("publication", Publication)

# A dataset as JSON. `day` is the one its places are told on.
_DATASET = """
    json_build_object(
        'id', dataset.id,
        'label', dataset.label,
        'subject', json_build_object(
            'locality', dataset.subject_locality_id,
            'organisation', dataset.subject_organisation_id,
            'event', (select json_build_object('id', event.id, 'name', event.name)
                      from event where event.id = dataset.subject_event_id),
            'model', (select json_build_object('id', model.id, 'title', model.title)
                      from emulation_model model where model.id = dataset.subject_model_id)),
        'reported_by', dataset.reported_by_id,
        'measure', dataset.measure,
        'claim_status', dataset.claim_status,
        'levels', dataset.levels,
        'period', case
            when num_nonnulls(dataset.period_start, dataset.period_end,
                              dataset.period_precision, dataset.period_wording) > 0
            then json_build_object(
                'start_on', dataset.period_start,
                'end_on', dataset.period_end,
                'precision', dataset.period_precision,
                'wording', dataset.period_wording) end,
        'observed_through', dataset.observed_through,
        'unit', dataset.unit,
        'labels', dataset.labels,
        'overlapping', dataset.overlapping,
        'note', dataset.note,
        'day', coalesce(
            dataset.period_end, dataset.observed_through_last, publication.published_on_last))
"""
# Observations travel as text inside it, so that their numbers are never parsed.
_DATASETS: sa.Label[str] = sa.literal_column(
    f"""
    (select json_agg(
        json_build_object(
            'dataset', {_DATASET},
            'observations', (
                select coalesce(json_agg(
                    json_build_object(
                        'id', id,
                        'dimensions', dimensions,
                        'amount', trim_scale(amount),
                        'minimum', trim_scale(minimum),
                        'maximum', trim_scale(maximum),
                        'magnitude', magnitude,
                        'qualifier', qualifier,
                        'unit', unit,
                        'comparison', comparison,
                        'note', note,
                        'quote', quote)
                    order by position), '[]')::text
                from observation where dataset_id = dataset.id))
        order by dataset.position)
    from dataset where dataset.publication_id = publication.id)
    """  # noqa: S608 - one constant put into another
).label("datasets")


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A publication as lists show it."""
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "title": row["title"],
        "publisher": refs.get("organisation", row["publisher_id"]),
        "url": row["url"],
        "published_on": row["published_on"],
        "date_precision": precision_of(row["published_on"]),
    }


def serialize_whole(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A publication with its datasets and their observations."""
    return serialize(row, refs) | {
        "datasets": [
            _serialized(each["dataset"], refs)
            | {key: each["dataset"][key] for key in ("unit", "labels", "overlapping", "note")}
            | {"observations": carried(each["observations"])}
            for each in orjson.loads(row["datasets"] or "[]")
        ]
    }


def serialize_observation(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """An observation with what its dataset says of it."""
    dataset = orjson.loads(row["dataset"])
    serialized = _serialized(dataset, refs)
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


def _serialized(dataset: dict[str, Any], refs: References) -> dict[str, Any]:
    """What a dataset and its observations are told with alike."""
    subject = dataset["subject"]
    day = dataset["day"] and date.fromisoformat(dataset["day"])

    def kept(kind: str, id: str | None) -> Any:
        return None if id is None else refs.get(kind, UUID(id), day)

    return {
        "id": dataset["id"],
        "label": dataset["label"],
        "subject": {
            "locality": kept("locality", subject["locality"]),
            "organisation": kept("organisation", subject["organisation"]),
            "event": subject["event"],
            "model": subject["model"],
        },
        "reported_by": kept("organisation", dataset["reported_by"]),
        "measure": dataset["measure"],
        "claim_status": dataset["claim_status"],
        "levels": dataset["levels"],
        "period": dataset["period"],
        "observed_through": dataset["observed_through"],
        "observed_through_precision": precision_of(dataset["observed_through"]),
    }


_ITEM = (
    col(Publication.id),
    col(Publication.version),
    col(Publication.updated_at),
    col(Publication.title),
    col(Publication.publisher_id),
    col(Publication.url),
    col(Publication.published_on),
)
_ITS_DATASETS = col(Dataset.publication_id) == Publication.id

PUBLICATIONS = Collection(
    name="publications",
    id=col(Publication.id),
    version=col(Publication.version),
    item=sa.select(*_ITEM),
    serialize=serialize,
    whole=sa.select(*_ITEM, _DATASETS),
    serialize_whole=serialize_whole,
    schema=PublicationPublic,
    filters={
        "place": AnyPart(Under(col(Dataset.placement_id)), _ITS_DATASETS),
        "publisher": AnyOf(col(Publication.publisher_id)),
        "published_from": spans_from(col(Publication.published_on_first)),
        "published_to": spans_to(
            col(Publication.published_on_first), col(Publication.published_on_last)
        ),
        "measure": AnyPart(AnyOf(col(Dataset.measure)), _ITS_DATASETS),
    },
    sorts={
        "published_on": by_date(col(Publication.published_on_first)),
        "updated_at": by_time(col(Publication.updated_at)),
    },
    default_sort="-published_on",
    search=col(Publication.search),
    newest=col(Publication.published_on_first),
)


def _broken_down_as(wanted: sa.BindParameter[Any]) -> sa.TextClause:
    """Observations that have, for every dimension asked for, one of the values asked for."""
    return sa.text(
        """
        not exists (
            select from jsonb_each(:dimension) asked
            where not asked.value
                @> coalesce(to_jsonb(observation.dimensions ->> asked.key), 'null'))
        """
    ).bindparams(wanted)


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
        sa.literal_column(_DATASET).label("dataset"),
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
        "place": Under(col(Dataset.placement_id)),
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
