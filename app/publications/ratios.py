"""The ratio of two figures, refused where it would mislead."""

from decimal import Decimal, localcontext
from typing import Any

from app.http.problems import Conflict, Fault, Text, Unprocessable
from app.publications.comparability import IMPOSSIBLE, REASONS, Claim, reasons_against
from app.publications.discrepancy_schemas import RatioQuery
from app.publications.figures import figure
from app.publications.reconciliation import DIGITS
from app.querying.references import ReadSession

PLACES = Decimal("1e-10")


class NotComparable(Conflict):
    """The two figures do not count the same thing. `errors` tells each reason."""

    code = "not_comparable"
    title = Text("The two figures are not comparable", "Hai số liệu không so sánh được")


async def ratio(read_session: ReadSession, query: RatioQuery) -> dict[str, Any]:
    """The numerator divided by the denominator; 409 with each reason against it."""
    numerator = await _claim(read_session, "numerator", query)
    denominator = await _claim(read_session, "denominator", query)
    reasons = reasons_against(numerator, denominator)
    if reasons and not (query.allow_incomparable and IMPOSSIBLE.isdisjoint(reasons)):
        at = ("parameter", "denominator")
        raise NotComparable(faults=[Fault(at, reason, REASONS[reason]) for reason in reasons])
    assert numerator.amount is not None
    assert denominator.amount is not None
    with localcontext(prec=DIGITS):
        quotient = (numerator.amount / denominator.amount).quantize(PLACES)
    return {"ratio": quotient, "incomparable": reasons}


async def _claim(read_session: ReadSession, parameter: str, query: RatioQuery) -> Claim:
    found = await figure(read_session.connection, getattr(query, parameter))
    if found is None:
        raise Unprocessable(faults=[Fault(("parameter", parameter), "unknown_reference", _UNKNOWN)])
    return found.claim


_UNKNOWN = Text("names no known observation", "không chỉ tới số liệu nào đã biết")
