"""The tables of a publication with their numbers: how they are read and written."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from pydantic.fields import FieldInfo
from uuid_utils.compat import uuid7

from app.db.statements import Column, Values
from app.http.json_encoding import Json
from app.http.partial_dates import precision_of
from app.publications.entries import DatasetNew, ObservationNew
from app.publications.tables import Dataset, Observation
from app.querying import rows
from app.querying.parts import values_of
from app.querying.references import References, carried
from app.querying.representations import MadeOf, table_of

# A dataset as JSON. `day` is the one its places are shown on.
DATASET = """
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
_DATASETS: Column = sa.literal_column(
    f"""
    (select json_agg(
        json_build_object(
            'dataset', {DATASET},
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
)


class Datasets:
    """The tables of a publication as a member of it."""

    def made_of(self, _: sa.Table, __: FieldInfo) -> MadeOf:
        return MadeOf([_DATASETS], _shown_whole)

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[DatasetNew]]
    ) -> None:
        tables: list[Values] = []
        numbers: list[Values] = []
        ids: list[UUID] = []
        for publication, datasets in elements.items():
            for position, dataset in enumerate(datasets):
                id = dataset.id or uuid7()
                own = {"id": id, "publication_id": publication, "position": position}
                tables.append({**own, **_columns(dataset)})
                ids.append(id)
                numbers += _numbers(id, dataset)
        await rows.replace(connection, table_of(Dataset), "publication_id", list(elements), tables)
        await rows.replace(connection, table_of(Observation), "dataset_id", ids, numbers)


def _columns(data: DatasetNew) -> Values:
    apart = frozenset({"subject", "period", "observations"})
    period = data.period
    return {
        **values_of(table_of(Dataset), data, DatasetNew, apart),
        **{f"subject_{kind}_id": id for kind, id in data.subject},
        "period_start": period and period.start_on,
        "period_end": period and period.end_on,
        "period_precision": period and period.precision,
        "period_wording": period and period.wording,
    }


def _numbers(dataset: UUID, data: DatasetNew) -> list[Values]:
    own = {"dataset_id": dataset, "measure": data.measure}
    return [
        {"id": each.id or uuid7(), **own, "position": position, **printed(each)}
        for position, each in enumerate(data.observations)
    ]


def printed(data: ObservationNew) -> Values:
    """The columns of a printed number."""
    values = values_of(table_of(Observation), data, ObservationNew)
    return {**values, "comparison": data.comparison and data.comparison.model_dump()}


def _shown_whole(refs: References, datasets: str | None) -> list[Json]:
    return [
        shown(each["dataset"], refs)
        | {key: each["dataset"][key] for key in ("unit", "labels", "overlapping", "note")}
        | {"observations": carried(each["observations"])}
        for each in orjson.loads(datasets or "[]")
    ]


def shown(dataset: Json, refs: References) -> Json:
    """What a dataset and its observations have in common."""
    subject = dataset["subject"]
    day = dataset["day"] and date.fromisoformat(dataset["day"])

    def reference(kind: str, id: str | None) -> object:
        return None if id is None else refs.get(kind, UUID(id), day)

    return {
        "id": dataset["id"],
        "label": dataset["label"],
        "subject": {
            "locality": reference("locality", subject["locality"]),
            "organisation": reference("organisation", subject["organisation"]),
            "event": subject["event"],
            "model": subject["model"],
        },
        "reported_by": reference("organisation", dataset["reported_by"]),
        "measure": dataset["measure"],
        "claim_status": dataset["claim_status"],
        "levels": dataset["levels"],
        "period": dataset["period"],
        "observed_through": dataset["observed_through"],
        "observed_through_precision": precision_of(dataset["observed_through"]),
    }
