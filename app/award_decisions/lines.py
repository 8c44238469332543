"""The lines of decisions, with the recipients named so far."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from pydantic.fields import FieldInfo
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.award_decisions.schemas import AwardNew
from app.award_decisions.tables import Award, AwardDecision, AwardRecipient
from app.db.statements import Column, Values
from app.querying import rows
from app.querying.parts import values_of
from app.querying.references import References, carried
from app.querying.representations import MadeOf, table_of

_REFERS = re.compile(r'"(?:organisation|locality)" : "')
RECIPIENTS = """
    select coalesce(
        json_agg(
            json_build_object(
                'id', recipient.id,
                'name', recipient.name,
                'organisation', recipient.organisation_id,
                'locality', recipient.locality_id,
                'model', (select json_build_object('id', model.id, 'title', model.title)
                          from emulation_model model where model.id = recipient.model_id))
            order by recipient.position),
        '[]')
    from award_recipient recipient
    where recipient.award_id = award.id
"""
# Made in one pass over the lines of a decision: the lines and the totals as JSON, and how many
# lines give medals to collectives.
_LINES = f"""
    select array[
        coalesce(
            json_agg(
                json_build_object(
                    'id', award.id,
                    'form', award.form,
                    'title', award.title,
                    'merit', award.merit,
                    'participant_kind', award.participant_kind,
                    'count', award.count,
                    'recipients', ({RECIPIENTS}))
                order by award.position),
            '[]')::text,
        json_build_object(
            'collective',
            coalesce(sum(award.count) filter (where award.participant_kind = 'collective'), 0),
            'individual',
            coalesce(sum(award.count) filter (where award.participant_kind = 'individual'), 0),
            'household',
            coalesce(sum(award.count) filter (where award.participant_kind = 'household'), 0)
        )::text,
        (count(*) filter (where award.form = 'commemorative_medal'
            and award.participant_kind = 'collective'))::text]
    from award
    where award.decision_id = award_decision.id
"""  # noqa: S608 - put together from constants
_AWARD = table_of(Award)
_RECIPIENTS = frozenset({"recipients"})
LINES: Column = sa.literal_column(f"({_LINES})")


class Lines:
    """The lines of a decision as a member of it, read along with their totals."""

    def made_of(self, _: sa.Table, __: FieldInfo) -> MadeOf:
        return MadeOf(
            [LINES, col(AwardDecision.issued_on_first)],
            lambda refs, lines, day: with_references(lines[0], refs, day),
        )

    async def write(
        self, connection: asyncpg.Connection, elements: Mapping[UUID, Sequence[AwardNew]]
    ) -> None:
        lines: list[Values] = []
        recipients: list[Values] = []
        for id, awards in elements.items():
            for position, award in enumerate(awards):
                line = award.id or uuid7()
                own = {"id": line, "decision_id": id, "position": position}
                lines.append({**own, **values_of(_AWARD, award, AwardNew, _RECIPIENTS)})
                recipients += _recipients(award, line)
        # Names go first, since no line may ever count fewer than it names.
        await connection.execute(_STRIKE_NAMES, list(elements))
        await rows.replace(connection, _AWARD, "decision_id", list(elements), lines)
        await rows.insert(connection, table_of(AwardRecipient), recipients)


def _recipients(award: AwardNew, line: UUID) -> list[Values]:
    table, owner = table_of(AwardRecipient), {"award_id": line, "award_count": award.count}
    return [
        {
            "id": recipient.id or uuid7(),
            **owner,
            "position": position,
            **values_of(table, recipient, type(recipient)),
        }
        for position, recipient in enumerate(award.recipients, 1)
    ]


_STRIKE_NAMES = """
    delete from award_recipient
    where award_id in (select id from award where decision_id = any($1))
"""


def with_references(parts: str, refs: References, day: Any) -> Any:
    """Lines or recipients with the references of lookup caches; most have none of them."""
    if _REFERS.search(parts) is None:
        return carried(parts)
    serialized = orjson.loads(parts)
    for part in serialized:
        for recipient in part.get("recipients", (part,)):
            for kind in ("organisation", "locality"):
                if recipient[kind] is not None:
                    recipient[kind] = refs.get(kind, UUID(recipient[kind]), day)
    return serialized
