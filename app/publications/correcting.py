"""How corrections of publications are read and told."""

from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col

from app.access.tables import Agency
from app.http.problems import NotFound
from app.publications.schemas import PublicationCorrectionPublic
from app.publications.tables import Publication, PublicationCorrection
from app.querying.collections import Collection
from app.querying.filters import AnyOf, by_time
from app.querying.references import ReadSession, References, carried, selected


def serialize(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    del refs
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "observation": row["observation_id"],
        "reason": row["reason"],
        "changed": carried(row["changed"]),
        "recorded_at": row["recorded_at"],
        "agency": carried(row["agency"]),
        "publication": {
            "id": row["publication_id"],
            "title": row["title"],
            "version": row["publication_version"],
        },
    }


_correction = PublicationCorrection
CORRECTIONS = Collection(
    name="corrections",
    id=col(_correction.id),
    version=col(_correction.version),
    item=sa.select(
        col(_correction.id),
        col(_correction.version),
        col(_correction.updated_at),
        col(_correction.observation_id),
        col(_correction.reason),
        col(_correction.changed),
        col(_correction.recorded_at),
        selected(Agency, _correction.agency_id).label("agency"),
        col(_correction.publication_id),
        col(Publication.title),
        col(Publication.version).label("publication_version"),
    ).join_from(_correction, Publication, col(Publication.id) == col(_correction.publication_id)),
    serialize=serialize,
    schema=PublicationCorrectionPublic,
    filters={"publication": AnyOf(col(_correction.publication_id))},
    sorts={"recorded_at": by_time(col(_correction.recorded_at))},
    default_sort="-recorded_at",
)


async def correction_of(
    read_session: ReadSession, publication: UUID, id: UUID
) -> tuple[int, dict[str, Any]]:
    """The version and the whole of a correction of a publication; 404 if there is none."""
    version, content = await CORRECTIONS.find(read_session, id)
    if content["publication"]["id"] != publication:
        raise NotFound
    return version, content
