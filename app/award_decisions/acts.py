"""How corrections and revocations of decisions are read and told."""

from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col

from app.access.tables import Agency
from app.award_decisions.schemas import CorrectionPublic
from app.award_decisions.tables import (
    AwardDecision,
    AwardDecisionCorrection,
    AwardDecisionRevocation,
)
from app.db.statements import Statement
from app.documents.tables import Document
from app.http.problems import NotFound
from app.querying.collections import Collection
from app.querying.filters import AnyOf, by_time
from app.querying.references import ReadSession, References, carried, selected


def serialize_correction(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    del refs
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "reason": row["reason"],
        "document": carried(row["document"]),
        "changed": carried(row["changed"]),
        "recorded_at": row["recorded_at"],
        "agency": carried(row["agency"]),
        "decision": {
            "id": row["decision_id"],
            "number": row["number"],
            "version": row["decision_version"],
            "status": row["status"],
        },
    }


_correction = AwardDecisionCorrection
CORRECTIONS = Collection(
    name="corrections",
    id=col(_correction.id),
    version=col(_correction.version),
    item=sa.select(
        col(_correction.id),
        col(_correction.version),
        col(_correction.updated_at),
        col(_correction.reason),
        selected(Document, _correction.document_id, "number").label("document"),
        col(_correction.changed),
        col(_correction.recorded_at),
        selected(Agency, _correction.agency_id).label("agency"),
        col(_correction.decision_id),
        col(AwardDecision.number),
        col(AwardDecision.version).label("decision_version"),
        col(AwardDecision.status),
    ).join_from(_correction, AwardDecision, col(AwardDecision.id) == col(_correction.decision_id)),
    serialize=serialize_correction,
    schema=CorrectionPublic,
    filters={"decision": AnyOf(col(_correction.decision_id))},
    sorts={"recorded_at": by_time(col(_correction.recorded_at))},
    default_sort="-recorded_at",
)


async def correction_of(
    read_session: ReadSession, decision: UUID, id: UUID
) -> tuple[int, dict[str, Any]]:
    """The version and the whole of a correction of a decision; 404 if there is none."""
    version, content = await CORRECTIONS.find(read_session, id)
    if content["decision"]["id"] != decision:
        raise NotFound
    return version, content


_REVOCATION = Statement(
    sa.select(
        col(AwardDecisionRevocation.reason),
        col(AwardDecisionRevocation.effective_on),
        col(AwardDecisionRevocation.recorded_at),
        selected(Agency, AwardDecisionRevocation.agency_id).label("agency"),
    ).where(col(AwardDecisionRevocation.decision_id) == sa.bindparam("id", type_=sa.Uuid()))
)


async def revocation_of(read_session: ReadSession, id: UUID) -> dict[str, Any]:
    """The revocation of a decision; 404 if there is none."""
    row = await _REVOCATION.row(read_session.connection, id=id)
    if row is None:
        raise NotFound
    return {**row, "agency": carried(row["agency"])}
