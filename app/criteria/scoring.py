"""What scores a criteria set takes, as a pure rule."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.http.problems import Fault, Text


class Score(NamedTuple):
    """What is given for the criterion with a code."""

    criterion: str
    score: Decimal


def faults_of(maxima: Mapping[str, Decimal], scores: Sequence[Score]) -> Iterator[Fault]:
    """Everything wrong with scores: each criterion must be scored once, from 0 to its maximum."""
    seen: set[str] = set()
    for index, (criterion, score) in enumerate(scores):
        at = f"#/scores/{index}"
        if criterion not in maxima:
            yield Fault(("pointer", f"{at}/criterion"), "unknown_criterion", _UNKNOWN)
        elif criterion in seen:
            yield Fault(("pointer", f"{at}/criterion"), "repeated_criterion", _REPEATED)
        elif not 0 <= score <= maxima[criterion]:
            most = f"{maxima[criterion].normalize():f}"
            serialized = Text(f"must be between 0 and {most}", f"phải từ 0 đến {most}")
            yield Fault(("pointer", f"{at}/score"), "out_of_range", serialized)
        seen.add(criterion)
    for criterion in maxima.keys() - seen:
        serialized = Text(f"{criterion} is not scored", f"chưa chấm điểm {criterion}")
        yield Fault(("pointer", "#/scores"), "missing_criterion", serialized)


_UNKNOWN = Text("is no criterion of the set", "không phải tiêu chí của bộ tiêu chí")
_REPEATED = Text("is scored twice", "được chấm hai lần")
