"""How corrections and revocations of decisions are read."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from app.award_decisions.schemas import CorrectionPublic, CorrectionQuery
from app.award_decisions.tables import (
    AwardDecision,
    AwardDecisionCorrection,
    AwardDecisionRevocation,
)
from app.db.statements import Statement
from app.http.json_encoding import Json
from app.http.problems import NotFound
from app.querying.references import ReadSession, carried, selected
from app.querying.resources import collection_of

_correction = AwardDecisionCorrection
_DECISION = (
    sa.select(
        sa.func.json_build_object(
            *("id", AwardDecision.id, "number", AwardDecision.number),
            *("version", AwardDecision.version, "status", AwardDecision.status),
            type_=sa.JSON,
        )
    )
    .where(col(AwardDecision.id) == col(_correction.decision_id))
    .scalar_subquery()
)
CORRECTIONS = collection_of(
    _correction,
    CorrectionPublic,
    CorrectionQuery,
    "corrections",
    members={"decision": _DECISION},
    owner=col(_correction.decision_id),
)


_REVOCATION = Statement(
    sa.select(
        col(AwardDecisionRevocation.reason),
        col(AwardDecisionRevocation.effective_on),
        col(AwardDecisionRevocation.recorded_at),
        selected("agency", col(AwardDecisionRevocation.agency_id)).label("agency"),
    ).where(col(AwardDecisionRevocation.decision_id) == sa.bindparam("id", type_=sa.Uuid()))
)


async def revocation_of(read_session: ReadSession, id: UUID) -> Json:
    """The revocation of a decision; 404 if there is none."""
    row = await _REVOCATION.row(read_session.connection, id=id)
    if row is None:
        raise NotFound
    return {**row, "agency": carried(row["agency"])}
