"""Recording decisions, adding to what is recorded, and verifying certificates."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.access.actors import Actor, check_scope
from app.access.writing import Stored, replace_parts, sent_before
from app.award_decisions.corrections import restated
from app.award_decisions.schemas import AwardDecisionNew, AwardNew
from app.award_decisions.tables import Award, AwardDecision, AwardRecipient
from app.award_decisions.verification import new_code, read_code
from app.db.calendar import today
from app.db.database import driver_of
from app.http.faults import pointer
from app.http.patching import Patch
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.http.references import Reading, carried, require
from app.http.schemas import span
from app.organisations.tables import Organisation
from app.vocabularies.terms import AwardStatus


class CorrectionNeeded(Conflict):
    """A change restates what the decision states. `errors` names the members.

    A change of a decision fills what is unknown and adds names. What is stated stays as it is
    until the decision is corrected, so that its earlier text is kept.
    """

    code = "correction_needed"
    title = Text("What is stated needs a correction", "Nội dung đã ghi cần được đính chính")


async def create(session: AsyncSession, actor: Actor, data: AwardDecisionNew) -> tuple[UUID, bool]:
    """Record a decision; its id, and whether it is new."""
    await _check_right(session, actor, data.authority, data.level, data.issued_on)
    await require(await driver_of(session), data)
    if await sent_before(session, actor, data):
        return data.id, False  # type: ignore[return-value]
    _check_day(data.issued_on, today())
    decision = AwardDecision(
        **_columns(data),
        **data.own_id(),
        status=AwardStatus.issued,
        verification_code=new_code(secrets.token_bytes(16)),
        agency_id=actor.agency_id,
    )
    session.add(decision)
    await session.flush()
    await _replace_lines(session, decision.id, data.awards)
    return decision.id, True


async def check_stored(session: AsyncSession, actor: Actor, stored: Stored) -> None:
    """403 if the decision is not for the agency to change."""
    stated = stored.content
    authority = UUID(stated["authority"]["id"])
    await _check_right(session, actor, authority, stated["level"], stated["issued_on"])


async def update(
    session: AsyncSession, actor: Actor, stored: Stored, patch: Patch[AwardDecisionNew]
) -> None:
    """Fill what is unknown of a decision, name recipients; 409 for a change of what is stated."""
    before = stored.writable()
    data = patch.onto(before)
    await _check_right(session, actor, data.authority, data.level, data.issued_on)
    await require(await driver_of(session), data)
    _check_day(data.issued_on, today())
    after = data.model_dump(mode="json", exclude={"id", "date_precision"})
    if changed := list(restated({name: before[name] for name in after}, after)):
        raise CorrectionNeeded(
            faults=[Fault(("pointer", pointer(at)), "stated", _STATED) for at in changed]
        )
    decision = await session.get_one(AwardDecision, stored.id)
    decision.sqlmodel_update(_columns(data))
    await _replace_lines(session, stored.id, data.awards)
    await stored.touch(session, AwardDecision)


async def verify(reading: Reading, code: str) -> dict[str, Any]:
    """What a code on a certificate stands for; nothing is told of those who are named."""
    meant = read_code(code)
    row = meant and await reading.connection.fetchrow(_VERIFY, meant)
    if not row:
        return {
            "status": "unknown",
            "number": None,
            "issued_on": None,
            "authority": None,
            "level": None,
            "forms": [],
            "revoked_on": None,
        }
    await reading.keep_up(row["revision"])
    revoked = row["status"] == AwardStatus.revoked
    return {
        "status": "revoked" if revoked else "valid",
        "number": row["number"],
        "issued_on": row["issued_on"],
        "authority": reading.references.get("organisation", row["authority_id"]),
        "level": row["level"],
        "forms": carried(row["forms"]),
        "revoked_on": row["status_on"] if revoked else None,
    }


_VERIFY = """
    select number, issued_on, authority_id, level, status, status_on,
        (select json_agg(json_build_object('form', form, 'count', count) order by first)
         from (select form, sum(count) as count, min(position) as first
               from award where decision_id = award_decision.id
               group by form) of_form) as forms,
        (select revision from reference_revision) as revision
    from award_decision
    where verification_code = $1
"""


async def _check_right(
    session: AsyncSession, actor: Actor, authority: UUID, level: str, issued_on: str | None
) -> None:
    """403 unless the agency acts at the level, and where the authority was on the day."""
    actor.require_level(level)
    organisation = await session.get(Organisation, authority)
    if organisation is not None:
        await check_scope(session, actor, organisation.locality_id, _first_day(issued_on))


def _check_day(issued_on: str | None, on: date) -> None:
    first = _first_day(issued_on)
    if first is not None and first > on:
        raise Unprocessable(
            faults=[Fault(("pointer", "#/issued_on"), "in_the_future", _IN_THE_FUTURE)]
        )


def _first_day(issued_on: str | None) -> date | None:
    days = span(issued_on)
    return None if days is None else days[0]


_STATED = Text(
    "is stated already; to change it is a correction",
    "đã được ghi nhận; thay đổi nội dung này là đính chính",
)
_IN_THE_FUTURE = Text("lies in the future", "là ngày trong tương lai")


def _columns(data: AwardDecisionNew) -> dict[str, Any]:
    return {
        **data.model_dump(
            include={"number", "issued_on", "capacity", "signer", "level", "occasion"}
        ),
        "authority_id": data.authority,
        "event_id": data.event,
        "campaign_period_id": data.campaign_period,
    }


async def _replace_lines(session: AsyncSession, id: UUID, awards: list[AwardNew]) -> None:
    known = [(award.id or uuid7(), award) for award in awards]
    await replace_parts(
        session,
        Award,
        {"decision_id": id},
        [
            award.model_dump(exclude={"recipients"}) | {"id": line, "position": position}
            for position, (line, award) in enumerate(known)
        ],
    )
    for line, award in known:
        await replace_parts(
            session,
            AwardRecipient,
            {"award_id": line, "award_count": award.count},
            [
                {
                    "id": recipient.id or uuid7(),
                    "position": position,
                    "name": recipient.name,
                    "organisation_id": recipient.organisation,
                    "locality_id": recipient.locality,
                    "model_id": recipient.model,
                }
                for position, recipient in enumerate(award.recipients, 1)
            ],
        )
