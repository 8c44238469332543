"""Vietnamese numerals as reports print them: `1.796`, `9,86`, `1,4 tỷ`, `04`.

A dot groups thousands and a comma begins the decimals; nghìn (ngàn), triệu and tỷ (tỉ) multiply.
What could as well be meant the English way is refused, never guessed: `1,234` (1.234 or 1234) and
`1.5` (by the rule no number, yet often written for 1,5).
"""

import re
import unicodedata
from decimal import Context, Decimal

LONGEST = 60  # characters

_POWERS = {"nghìn": 3, "ngàn": 3, "triệu": 6, "tỷ": 9, "tỉ": 9}
_TERM = re.compile(r"(?a:([\d.,]+))\s*((?:(?:nghìn|ngàn|triệu)\s+)?t[ỷỉ]|nghìn|ngàn|triệu)?\s*")
_BY_THE_RULE = re.compile(r"(?a:(\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?)")
_ENGLISH_THOUSANDS = re.compile(r"(?a:[1-9]\d{0,2},\d{3})")
_ENGLISH_DECIMALS = re.compile(r"(?a:\d+\.\d+)")
_EXACT = Context(prec=2 * LONGEST)


class NoNumeral(ValueError):
    """The text is no number."""


class AmbiguousNumeral(ValueError):
    """The text may stand for either of two numbers."""

    def __init__(self, readings: tuple[Decimal, Decimal]) -> None:
        super().__init__("{:f} or {:f}".format(*readings))
        self.readings = readings


def read(text: str) -> Decimal:
    """The number that a numeral stands for; amounts may be told in parts, as `1 tỷ 200 triệu`."""
    numeral = unicodedata.normalize("NFC", text).strip().lower().replace("\u2212", "-")
    sign, numeral = (-1, numeral[1:].lstrip()) if numeral[:1] == "-" else (1, numeral)
    meant = else_meant = Decimal(0)
    position, power_before = 0, None
    if not 0 < len(numeral) <= LONGEST:
        raise NoNumeral
    while position < len(numeral):
        term = _TERM.match(numeral, position)
        if term is None:
            raise NoNumeral
        position = term.end()
        power = sum(_POWERS[word] for word in (term[2] or "").split())
        value, other = (_EXACT.scaleb(reading, power) * sign for reading in _readings(term[1]))
        if power_before is not None and not (
            0 < power < power_before and abs(value) < 10**power_before
        ):
            raise NoNumeral  # the parts of one amount grow smaller, and each has its word
        power_before = power
        meant, else_meant = _EXACT.add(meant, value), _EXACT.add(else_meant, other)
    if meant != else_meant:
        raise AmbiguousNumeral((meant, else_meant))
    return meant


def _readings(digits: str) -> tuple[Decimal, Decimal]:
    """What digits mean by the rule, and what they may mean else."""
    if _ENGLISH_THOUSANDS.fullmatch(digits):
        return Decimal(digits.replace(",", ".")), Decimal(digits.replace(",", ""))
    if by_the_rule := _BY_THE_RULE.fullmatch(digits):
        whole, decimals = by_the_rule.groups(default="")
        number = Decimal(f"{whole.replace('.', '')}.{decimals}")
        return number, number
    if _ENGLISH_DECIMALS.fullmatch(digits):
        return Decimal(digits), Decimal(digits.replace(".", ""))
    raise NoNumeral
