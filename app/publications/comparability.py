"""Which figures of different tables may be set side by side, as pure rules on plain values."""

from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from app.http.problems import Text
from app.publications.reconciliation import DIGITS, Place, Span
from app.vocabularies.terms import CheckStatus, Measure, Qualifier

STAGES = frozenset(Measure)
BOUNDS = frozenset({Qualifier.at_least, Qualifier.at_most})


class Period(NamedTuple):
    """First and last day; null where a period is open."""

    start: date | None
    end: date | None

    def overlaps(self, other: "Period") -> bool:
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )


class Claim(NamedTuple):
    """A printed number with all that says what it counts; null and empty mean not stated."""

    publication: UUID
    dataset: UUID
    subject: tuple[UUID | None, ...]
    measure: str
    claim_status: str
    levels: frozenset[str]
    period: Period | None
    observed_through: str | None
    observed_through_last: date | None
    unit: str | None
    place: Place
    amount: Decimal | None
    span: Span | None
    qualifier: str


REASONS = {
    "subject_differs": Text("The subjects differ", "Chủ thể khác nhau"),
    "period_differs": Text("The periods differ", "Giai đoạn khác nhau"),
    "period_unstated": Text("No period is stated", "Không nêu giai đoạn"),
    "levels_differ": Text("The levels differ", "Các cấp khác nhau"),
    "levels_unstated": Text("No levels are stated", "Không nêu cấp"),
    "claim_status_differs": Text(
        "One is a result, the other is not", "Một bên là kết quả, một bên không phải"
    ),
    "unit_differs": Text("The units differ", "Đơn vị tính khác nhau"),
    "unit_unstated": Text("No units are stated", "Không nêu đơn vị tính"),
    "dimensions_differ": Text("They are broken down differently", "Cách chia nhóm khác nhau"),
    "measures_unrelated": Text(
        "The measures are neither stages of models nor of one table",
        "Các chỉ tiêu không phải là các bước của mô hình và không cùng một bảng",
    ),
    "bound": Text(
        "A number is only a bound (at least, at most)",
        "Có số chỉ là giới hạn (ít nhất, nhiều nhất)",
    ),
    "no_number": Text("No single number is printed", "Không in một con số cụ thể"),
    "zero": Text("The denominator is 0", "Mẫu số bằng 0"),
}
# Without these there is no ratio, whatever is allowed.
IMPOSSIBLE = frozenset({"no_number", "zero"})


def reasons_against(numerator: Claim, denominator: Claim) -> list[str]:
    """Why the ratio of two figures would mislead, as keys of REASONS."""
    one, other = numerator, denominator
    one_table = one.dataset == other.dataset
    # What neither says is the same thing only within one publication.
    apart = one.publication != other.publication
    holds = {
        "subject_differs": one.subject != other.subject,
        "period_differs": one.period != other.period,
        "period_unstated": apart and one.period is other.period is None,
        "levels_differ": one.levels != other.levels,
        "levels_unstated": apart and not one.levels | other.levels,
        "claim_status_differs": one.claim_status != other.claim_status,
        "unit_differs": one.unit != other.unit,
        "unit_unstated": apart and one.unit is other.unit is None,
        "dimensions_differ": not (_divides(one, other) if one_table else one.place == other.place),
        "measures_unrelated": not (one_table or {one.measure, other.measure} <= STAGES),
        "bound": bool(BOUNDS & {one.qualifier, other.qualifier}),
        "no_number": one.amount is None or other.amount is None,
        "zero": other.amount == 0,
    }
    return [reason for reason, it_holds in holds.items() if it_holds]


def _divides(one: Claim, other: Claim) -> bool:
    """Whether two numbers of one table are a part and its whole, or two parts along the same."""
    names, its = ({name for name, _ in each.place} for each in (one, other))
    return names == its or one.place <= other.place or other.place <= one.place


def disagreement(one: Claim, other: Claim) -> CheckStatus | None:
    """Whether two publications agree on one thing; null where they tell of different things.

    They disagree with other amounts for one period, and with one amount for periods that overlap
    and differ. Two counts of one period up to different days are not comparable.
    """
    if one.span is None or other.span is None:
        return None
    if _time(one) is None or _time(other) is None:
        return None
    if _time(one) == _time(other):
        with localcontext(prec=DIGITS):
            agree = one.span.plus(other.span.negative()).has_zero
        days = {one.observed_through, other.observed_through} - {None}
        if not agree and len(days) > 1:
            return CheckStatus.not_comparable
        return CheckStatus.consistent if agree else CheckStatus.discrepant
    if one.period is None or other.period is None or one.amount is None:
        return None
    same = one.amount == other.amount and one.period.overlaps(other.period)
    return CheckStatus.discrepant if same else None


def _time(claim: Claim) -> Period | str | None:
    """What a figure is dated by: its period, or where it has none the day it was observed."""
    return claim.period or claim.observed_through
