"""How decisions and awards are read. The list of decisions is a hot path of the API."""

from dataclasses import replace
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request

from app.access.actors import Actor
from app.award_decisions.lines import LINES, RECIPIENTS, Lines, with_references
from app.award_decisions.schemas import (
    AwardDecisionNew,
    AwardDecisionPublic,
    AwardDecisionQuery,
    AwardPublic,
)
from app.award_decisions.tables import Award, AwardDecision, AwardRecipient
from app.campaign_periods.calendar import InPeriod
from app.http.json_encoding import Json
from app.http.partial_dates import precision_of
from app.http.problems import Text, prefers_vietnamese
from app.localities.filters import AttributedTo, RecordedAt, Under
from app.querying.collections import Collection
from app.querying.filters import (
    AnyOf,
    AnyPart,
    Compare,
    Filter,
    InYear,
    by_date,
    by_time,
    ends_by,
    spans_from,
    spans_to,
)
from app.querying.references import References, carried, register
from app.querying.representations import MadeOf
from app.querying.resources import Resource
from app.querying.selections import PartOf

register("award_decision", AwardDecision)


def serialize_award(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    """A line with what its reader needs of the decision."""
    return {
        "id": row["id"],
        "version": row["version"],
        "updated_at": row["updated_at"],
        "form": row["form"],
        "title": row["title"],
        "merit": row["merit"],
        "participant_kind": row["participant_kind"],
        "count": row["count"],
        "recipients": with_references(row["recipients"], refs, row["issued_on_first"]),
        "decision": carried(row["decision"]),
        "issued_on": row["issued_on"],
        "date_precision": precision_of(row["issued_on"]),
        "authority": refs.get("organisation", row["authority_id"]),
        "level": row["level"],
        "status": row["status"],
    }


_MEDAL_FOR_A_COLLECTIVE = Text(
    "Commemorative medals are given to individuals", "Kỷ niệm chương được tặng cho cá nhân"
)
SAMPLE, COMMON = 1_000, 10  # words in so many of the rows recorded last stand in very many rows
MOST_READ, MOST_FOUND = 20_000, 2_000  # rows recorded last that are read, and found, for such words
_decisions = AwardDecision.__table__.alias("found_decision")  # type: ignore[attr-defined]
_awards = Award.__table__.alias("found_award")  # type: ignore[attr-defined]
_recipients = AwardRecipient.__table__.alias("found_recipient")  # type: ignore[attr-defined]


def _found(id: Any, whole: Any, words: Any) -> Any:
    """Rows with the words; of words that stand in very many rows, those recorded last.

    Which it is, the rows recorded last tell. The offset has rare words looked up in the index.
    """
    table = id.table
    rows = sa.select(id.label("id"), whole.label("whole_id"), table.c.search)

    def recorded_last(number: int) -> Any:
        latest = rows.order_by(id.desc()).limit(sa.literal_column(str(number))).subquery()
        return sa.select(latest.c.id, latest.c.whole_id).where(latest.c.search.op("@@")(words))

    few = recorded_last(SAMPLE).cte(f"sample_of_{table.name}")
    common = sa.select(sa.func.count() >= COMMON).select_from(few).scalar_subquery()
    rare = rows.where(table.c.search.op("@@")(words), ~common).offset(0).subquery()
    return sa.union_all(
        sa.select(recorded_last(MOST_READ).where(common).limit(MOST_FOUND).subquery()),
        sa.select(rare.c.id, rare.c.whole_id),
    ).subquery()


def _decisions_found(words: Any) -> Any:
    """Decisions with the words in their own text, in that of a line, or in a recipient's name."""
    named = _found(_recipients.c.id, _recipients.c.award_id, words)
    return sa.union_all(
        sa.select(_found(_decisions.c.id, _decisions.c.id, words).c.id),
        sa.select(_found(_awards.c.id, _awards.c.decision_id, words).c.whole_id),
        sa.select(_awards.c.decision_id).join(named, named.c.whole_id == _awards.c.id),
    )


def _awards_found(words: Any) -> Any:
    """Awards with the words in their own text, in that of the decision, or in a name."""
    decisions = _found(_decisions.c.id, _decisions.c.id, words)
    return sa.union_all(
        sa.select(_awards.c.id).join(decisions, decisions.c.id == _awards.c.decision_id),
        sa.select(_found(_awards.c.id, _awards.c.decision_id, words).c.id),
        sa.select(_found(_recipients.c.id, _recipients.c.award_id, words).c.whole_id),
    )


_SORTS = {
    "issued_on": by_date(col(AwardDecision.issued_on_first)),
    "updated_at": by_time(col(AwardDecision.updated_at)),
}
_issued = col(AwardDecision.issued_on_first), col(AwardDecision.issued_on_last)
_FILTERS: dict[str, Filter] = {
    "under": Under(col(AwardDecision.placement_id), col(AwardDecision.province_id)),
    **{
        f"in_{level}": AttributedTo(col(AwardDecision.placement_id), level)
        for level in ("province", "district", "commune")
    },
    "undivided": RecordedAt(col(AwardDecision.placement_id)),
    "issued_year": InYear(col(AwardDecision.issued_on_first)),
    "authority": AnyOf(col(AwardDecision.authority_id)),
    "level": AnyOf(col(AwardDecision.level)),
    "campaign_period": InPeriod(col(AwardDecision.campaign_period_id)),
    "event": AnyOf(col(AwardDecision.event_id)),
    "status": AnyOf(col(AwardDecision.status)),
    "issued_from": spans_from(col(AwardDecision.issued_on_first)),
    "issued_to": spans_to(*_issued),
    "as_of": Compare(
        lambda day: sa.and_(
            ends_by(*_issued, day),
            sa.or_(
                col(AwardDecision.status) != sa.literal_column("'revoked'"),
                col(AwardDecision.status_on) > day,
            ),
        ),
        sa.Date(),
    ),
}

_of_decision = col(Award.decision_id) == col(AwardDecision.id)
_of_award = col(AwardRecipient.award_id) == col(Award.id)


def _in_language(detail: str) -> Resource[AwardDecision]:
    """The decisions as everyone may read them, with the detail of their warning in one language."""
    warning = {"code": "medal_for_a_collective", "detail": detail}
    decisions = Resource.of(
        AwardDecision,
        AwardDecisionPublic,
        AwardDecisionNew,
        AwardDecisionQuery,
        "award-decisions",
        members={
            "verification_code": MadeOf([], lambda _: None),
            "awards": Lines(),
            "totals": MadeOf([LINES], lambda _, lines: carried(lines[1])),
            "warnings": MadeOf([LINES], lambda _, lines: [warning] * int(lines[2])),
        },
        filters=_FILTERS
        | {
            "form": AnyPart(AnyOf(col(Award.form)), _of_decision),
            "participant_kind": AnyPart(AnyOf(col(Award.participant_kind)), _of_decision),
            "recipient": AnyPart(
                AnyOf(col(AwardRecipient.organisation_id)), sa.and_(_of_decision, _of_award)
            ),
            "model": AnyPart(AnyOf(col(AwardRecipient.model_id)), sa.and_(_of_decision, _of_award)),
        },
    )
    own = col(AwardDecision.agency_id), col(AwardDecision.verification_code)
    return replace(decisions, whole=decisions.item.add_columns(*own), found_by=_decisions_found)


AWARD_DECISIONS, _IN_VIETNAMESE = map(_in_language, _MEDAL_FOR_A_COLLECTIVE)


def decisions_for(request: Request, actor: Actor | None = None) -> Resource[AwardDecision]:
    """The decisions in the caller's language, with the codes of those that its agency recorded."""
    language = request.headers.get("accept-language")
    decisions = _IN_VIETNAMESE if prefers_vietnamese(language) else AWARD_DECISIONS
    if actor is None:
        return decisions

    def serialize(row: asyncpg.Record, refs: References) -> Json:
        own = row["agency_id"] == actor.agency_id
        code = row["verification_code"] if own else None
        return decisions.serialize(row, refs) | {"verification_code": code}

    return replace(decisions, serialize_whole=serialize)


AWARDS = Collection(
    name="awards",
    id=col(Award.id),
    version=col(AwardDecision.version),
    item=sa.select(
        col(Award.id),
        col(AwardDecision.version),
        col(AwardDecision.updated_at),
        col(Award.form),
        col(Award.title),
        col(Award.merit),
        col(Award.participant_kind),
        col(Award.count),
        sa.literal_column(f"({RECIPIENTS})").label("recipients"),
        sa.func.json_build_object("id", AwardDecision.id, "number", AwardDecision.number).label(
            "decision"
        ),
        col(AwardDecision.issued_on),
        col(AwardDecision.issued_on_first),
        col(AwardDecision.authority_id),
        col(AwardDecision.level),
        col(AwardDecision.status),
    ).join_from(Award, AwardDecision, _of_decision),
    serialize=serialize_award,
    schema=AwardPublic,
    filters=_FILTERS
    | {
        "form": AnyOf(col(Award.form)),
        "participant_kind": AnyOf(col(Award.participant_kind)),
        "recipient": AnyPart(AnyOf(col(AwardRecipient.organisation_id)), _of_award),
        "model": AnyPart(AnyOf(col(AwardRecipient.model_id)), _of_award),
    },
    sorts=_SORTS,
    default_sort="-issued_on",
    search=col(Award.search),
    found_by=_awards_found,
    part_of=PartOf(
        col(AwardDecision.id),
        lambda award: (
            sa.select(_awards.c.decision_id).where(_awards.c.id == award).scalar_subquery()
        ),
    ),
    newest=col(AwardDecision.issued_on_first),
)
