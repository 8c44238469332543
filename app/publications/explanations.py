"""What may explain that the figures of one table do not add up, in words and ids."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal, localcontext
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from app.publications.reconciliation import DIGITS, Cell, Names, Sum
from app.publications.transpositions import transpositions
from app.vocabularies.terms import CheckStatus


def id_of(check: str, *compared: object) -> UUID:
    """The id of a check, which follows from what is compared."""
    return uuid5(NAMESPACE_URL, ":".join(map(str, ("urn:kheo:check", check, *compared))))


def id_of_sum(check: Sum) -> UUID:
    return id_of("sum", check.stated.id, *sorted(check.along))


def explain(
    cells: Sequence[Cell], sums: Sequence[Sum], overlapping: Collection[str]
) -> list[dict[str, Any]]:
    """Every single exchange of two numbers that makes all failing sums of a table right.

    It is a `transposition` if it is the only one, else each is a `transposition_candidate`.
    """
    found = transpositions(cells, sums)
    if not found:
        return []
    failing = [each for each in sums if each.status is CheckStatus.discrepant]
    numbers = {cell.id: cell.number for cell in cells}
    totals = _unprinted_totals(cells, sums, frozenset(overlapping))
    agreed_en, agreed_vi = _agreed(totals)
    only = len(found) == 1
    return [
        {
            "kind": "transposition" if only else "transposition_candidate",
            "observations": [swap.one, swap.other],
            "resolves": [id_of_sum(each) for each in failing],
            "unprinted_totals": totals,
            "detail_en": f"With {numbers[swap.one]:f} and {numbers[swap.other]:f} exchanged every"
            f" sum of the table is right; {_which_en(len(found))}.{agreed_en}",
            "detail_vi": f"Nếu hoán đổi {numbers[swap.one]:f} và {numbers[swap.other]:f} thì mọi"
            f" phép cộng của bảng đều khớp; {_which_vi(len(found))}.{agreed_vi}",
        }
        for swap in found
    ]


def _which_en(count: int) -> str:
    return "no other exchange does that" if count == 1 else f"so do {count - 1} other exchanges"


def _which_vi(count: int) -> str:
    if count == 1:
        return "không có cách hoán đổi nào khác"
    return f"còn {count - 1} cách hoán đổi khác cũng vậy"


def _unprinted_totals(
    cells: Sequence[Cell], sums: Sequence[Sum], overlapping: Names
) -> list[dict[str, Any]]:
    """Totals that are not printed, added up from failing margins and from the parts of these."""
    if any(not cell.place for cell in cells):
        return []
    margins: defaultdict[tuple[Names, Names], list[Sum]] = defaultdict(list)
    for each in sums:
        margins[each.stated.names, each.along].append(each)
    totals = []
    with localcontext(prec=DIGITS):
        for (names, along), margin in margins.items():
            fails = any(each.status is CheckStatus.discrepant for each in margin)
            stated = [each.stated.number for each in margin]
            computed = [each.computed for each in margin]
            if fails and not names & overlapping and None not in (*stated, *computed):
                totals.append(
                    {
                        "over": sorted(names),
                        "along": sorted(along),
                        "stated": sum(filter(None, stated), Decimal(0)),
                        "computed": sum(filter(None, computed), Decimal(0)),
                    }
                )
    return totals


def _agreed(totals: list[dict[str, Any]]) -> tuple[str, str]:
    agreed = sorted({each["stated"] for each in totals if each["stated"] == each["computed"]})
    if not agreed:
        return "", ""
    amounts = ", ".join(f"{each:f}" for each in agreed)
    return (
        f" The totals that are not printed agree: {amounts} from the margin and from its parts.",
        f" Tổng không được in khớp nhau: cộng từ hai phía đều là {amounts}.",
    )
