"""Recording decisions, adding to what is recorded, and verifying certificates."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import writing
from app.access.actors import Actor, check_scope
from app.access.kinds import register_kind
from app.access.writing import Stored, check_references, sent_before
from app.award_decisions.corrections import Difference, differences, restated
from app.award_decisions.queries import AWARD_DECISIONS, decisions_for
from app.award_decisions.schemas import (
    AwardDecisionNew,
    CorrectionNew,
    FactCorrected,
    Revocation,
)
from app.award_decisions.tables import (
    AwardDecision,
    AwardDecisionCorrection,
    AwardDecisionRevocation,
)
from app.award_decisions.verification import new_code, read_code
from app.db.calendar import today
from app.http.faults import pointer
from app.http.json_encoding import Json, encode
from app.http.merge_patch import Patch
from app.http.partial_dates import PartialDate, first_day_of
from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.http.routing import read_json
from app.organisations.tables import Organisation
from app.querying.references import ReadSession, carried
from app.querying.write_session import read_session_of
from app.vocabularies.terms import AwardStatus


class CorrectionNeeded(Conflict):
    """A change restates what the decision states. `errors` names the members.

    A change of a decision fills what is unknown and adds names. What is stated stays as it is
    until the decision is corrected, so that its earlier text is kept.
    """

    code = "correction_needed"
    title = Text("What is stated needs a correction", "Nội dung đã ghi cần được đính chính")


class DecisionRevoked(Conflict):
    """The decision was revoked: it is not corrected any more, nor revoked once more."""

    code = "decision_revoked"
    title = Text("The decision was revoked", "Quyết định đã bị hủy bỏ")


async def create(session: AsyncSession, actor: Actor, data: AwardDecisionNew) -> tuple[UUID, bool]:
    """Record a decision; its id, and whether it is new."""
    await _check_right(session, actor, data.authority, data.level, first_day_of(data.issued_on))
    check_day(data.issued_on, today())
    agency = {"agency_id": actor.agency_id}
    return await writing.create(session, actor, AWARD_DECISIONS, data, **columns_of_new(), **agency)


async def check_right(session: AsyncSession, actor: Actor, stored: Stored[AwardDecision]) -> None:
    """403 if the decision is not for the agency to change."""
    row = stored.row
    await _check_right(session, actor, row.authority_id, row.level, row.issued_on_first)


async def update(
    session: AsyncSession,
    actor: Actor,
    stored: Stored[AwardDecision],
    patch: Patch[AwardDecisionNew],
) -> None:
    """Fill what is unknown of a decision, name recipients; 409 for a change of what is stated."""
    data = patch.onto(stored.sent)
    await _check_right(session, actor, data.authority, data.level, first_day_of(data.issued_on))
    await check_references(session, data)
    check_day(data.issued_on, today())
    check_addition(stored.sent, data)
    await writing.change(session, stored, data)


async def correct(
    session: AsyncSession, actor: Actor, stored: Stored[AwardDecision], data: CorrectionNew
) -> tuple[UUID, bool]:
    """Change what a decision states and keep what it stated; the correction, and if it is new."""
    await check_references(session, data)
    if await sent_before(session, actor, data, stored.id):
        return data.id, False  # type: ignore[return-value]
    before = stored.sent
    text = data.changes.onto(before, at=("changes",))
    await _check_right(session, actor, text.authority, text.level, first_day_of(text.issued_on))
    check_day(text.issued_on, today(), "#/changes/issued_on")
    _check_correction(_stated(before), _stated(text.model_dump(mode="json")))
    if stored.row.status is AwardStatus.revoked:
        raise DecisionRevoked
    await writing.change(
        session,
        stored,
        text,
        status=AwardStatus.corrected,
        status_reason=data.reason,
        status_on=today(),
    )
    _, corrected = await AWARD_DECISIONS.find(await read_session_of(session), stored.id)
    now = _stated(read_json(encode(corrected)))
    correction = AwardDecisionCorrection(
        **data.own_id(),
        decision_id=stored.id,
        reason=data.reason,
        document_id=data.document,
        changed=[_fact(each) for each in differences(_stated(stored.content), now)],
        agency_id=actor.agency_id,
    )
    session.add(correction)
    await session.flush()
    return correction.id, True


async def revoke(
    session: AsyncSession, actor: Actor, stored: Stored[AwardDecision], data: Revocation
) -> None:
    """Withdraw a decision; 409 if that was done before."""
    decision = stored.row
    issued_from = decision.issued_on_first
    wrong = None
    if data.effective_on > today():
        wrong = ("in_the_future", _IN_THE_FUTURE)
    elif issued_from is not None and data.effective_on < issued_from:
        wrong = ("before_issue", _BEFORE_ISSUE)
    if wrong is not None:
        raise Unprocessable(faults=[Fault(("pointer", "#/effective_on"), *wrong)])
    if decision.status is AwardStatus.revoked:
        since = decision.status_on
        raise DecisionRevoked(
            Text(f"It was revoked from {since} on", f"Đã bị hủy bỏ từ ngày {since}")
        )
    decision.status = AwardStatus.revoked
    decision.status_reason, decision.status_on = data.reason, data.effective_on
    session.add(
        AwardDecisionRevocation(
            decision_id=stored.id,
            reason=data.reason,
            effective_on=data.effective_on,
            agency_id=actor.agency_id,
        )
    )
    await stored.bump_version(session)


async def verify(read_session: ReadSession, code: str) -> dict[str, Any]:
    """What a code on a certificate stands for, without the names of recipients."""
    meant = read_code(code)
    row = meant and await read_session.connection.fetchrow(_VERIFY, meant)
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
    await read_session.refresh(row["revision"])
    revoked = row["status"] == AwardStatus.revoked
    return {
        "status": "revoked" if revoked else "valid",
        "number": row["number"],
        "issued_on": row["issued_on"],
        "authority": read_session.references.get("organisation", row["authority_id"]),
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
    session: AsyncSession, actor: Actor, authority: UUID, level: str, on: date | None
) -> None:
    """403 unless the agency acts at the level, and where the authority was on the day."""
    actor.require_level(level)
    organisation = await session.get(Organisation, authority)
    if organisation is not None:
        await check_scope(session, actor, organisation.locality_id, on)


def check_addition(before: Json, data: AwardDecisionNew) -> None:
    """409 if a change does more than fill what is unknown and name recipients."""
    after = data.model_dump(mode="json")
    if changed := restated(_stated(before), _stated(after)):
        raise CorrectionNeeded(
            faults=[Fault(("pointer", pointer(at)), "stated", _STATED) for at in changed]
        )


def check_day(issued_on: PartialDate | None, on: date, at: str = "#/issued_on") -> None:
    """422 for a day in the future."""
    first = first_day_of(issued_on)
    if first is not None and first > on:
        raise Unprocessable(faults=[Fault(("pointer", at), "in_the_future", _IN_THE_FUTURE)])


def _check_correction(before: Json, after: Json) -> None:
    changed = list(differences(before, after))
    if not changed:
        raise Unprocessable(faults=[Fault(("pointer", "#/changes"), "nothing_changed", _NOTHING)])
    if any(each.at == ("awards",) for each in changed):
        fault = Fault(("pointer", "#/changes/awards"), "line_left_out", _LEFT_OUT)
        raise Unprocessable(faults=[fault])


_STATED = Text(
    "is stated already; to change it is a correction",
    "đã được ghi nhận; thay đổi nội dung này là đính chính",
)
_IN_THE_FUTURE = Text("lies in the future", "là ngày trong tương lai")
_BEFORE_ISSUE = Text("lies before the decision was issued", "trước ngày ban hành quyết định")
_NOTHING = Text("changes nothing that is stated", "không thay đổi nội dung nào")
_LEFT_OUT = Text(
    "leaves out a line; name every line with its id", "thiếu một dòng; hãy nêu mọi dòng kèm id"
)
_STATEMENT = AwardDecisionNew.model_fields.keys() - {"id", "date_precision"}


def _stated(decision: Json) -> Json:
    """What a decision says, without what the registry says of it."""
    return {name: value for name, value in decision.items() if name in _STATEMENT}


def _fact(difference: Difference) -> Json:
    return {name: getattr(difference, name) for name in FactCorrected.model_fields}


def columns_of_new() -> dict[str, object]:
    """What is recorded of a new decision beside what it states."""
    return {
        "status": AwardStatus.issued,
        "verification_code": new_code(secrets.token_bytes(16)),
    }


register_kind(AWARD_DECISIONS, check_right, decisions_for)
