"""Vietnamese numerals, as pure rules."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publications.numerals import AmbiguousNumeral, NoNumeral, read


def written(whole: int, decimals: str = "", *, grouped: bool = True) -> str:
    """A number as a Vietnamese report prints it."""
    digits = f"{whole:,}".replace(",", ".") if grouped else str(whole)
    return digits + (f",{decimals}" if decimals else "")


class TestRead:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("1.796", "1796"),
            ("3.372", "3372"),
            ("9,86", "9.86"),
            ("1,4 tỷ", "1400000000"),
            ("04", "4"),
            ("0", "0"),
            ("2642", "2642"),
            ("1.234.567,8", "1234567.8"),
            ("1.234,567", "1234.567"),
            ("1234,567", "1234.567"),  # no Englishman groups so
            ("0,125", "0.125"),
            ("-2,5", "-2.5"),
            ("\u22122,5", "-2.5"),
            ("50,5 triệu", "50500000"),
            ("400 tỉ", "400000000000"),
            ("12 nghìn", "12000"),
            ("12 ngàn", "12000"),
            ("3,5 nghìn tỷ", "3500000000000"),
            ("1 tỷ 200 triệu", "1200000000"),
            ("1 tỷ 200 triệu 500 nghìn", "1200500000"),
            ("1\u00a0TỶ", "1000000000"),
            ("  635 ", "635"),
        ],
    )
    def test_reads_by_the_rule(self, text: str, number: str) -> None:
        assert read(text) == Decimal(number)
        assert read(unicodedata.normalize("NFD", text)) == Decimal(number)

    @pytest.mark.parametrize(
        ("text", "readings"),
        [
            ("1,234", ("1.234", "1234")),
            ("12,500", ("12.5", "12500")),
            ("1.5", ("1.5", "15")),
            ("0.500", ("0.5", "500")),
            ("1234.567", ("1234.567", "1234567")),
            ("1,234 tỷ", ("1234000000", "1234000000000")),
            ("-1.5", ("-1.5", "-15")),
            ("1 tỷ 1,234 triệu", ("1001234000", "2234000000")),
        ],
    )
    def test_refuses_what_may_be_meant_in_two_ways(
        self, text: str, readings: tuple[str, str]
    ) -> None:
        with pytest.raises(AmbiguousNumeral) as refused:
            read(text)
        assert refused.value.readings == tuple(map(Decimal, readings))

    @pytest.mark.parametrize(
        "text",
        ["", " ", "-", "trên 340", "1,234,567", "1.23.456", "1..796", ",5", "5,", "04 tập thể",
         "1 triệu 500", "200 triệu 1 tỷ", "1 triệu 2.000 nghìn", "500 1 triệu", "9" * 61,
         "\uff11\uff12", "1e9", "tỷ", "9,86%"],
    )  # fmt: skip
    def test_refuses_what_is_no_number(self, text: str) -> None:
        with pytest.raises(NoNumeral):
            read(text)

    @given(st.integers(0, 10**15), st.text("0123456789", max_size=8), st.booleans())
    def test_what_was_written_is_read_back(self, whole: int, decimals: str, grouped: bool) -> None:
        text, number = written(whole, decimals, grouped=grouped), Decimal(f"{whole}.{decimals}")
        if len(decimals) == 3 and 0 < whole < 1000:
            with pytest.raises(AmbiguousNumeral) as refused:
                read(text)
            assert refused.value.readings == (number, Decimal(f"{whole}{decimals}"))
        else:
            assert read(text) == number
            assert read(f"-{text}") == -number
            assert read(f"{text} triệu") == number * 10**6

    @given(st.text(max_size=70))
    def test_any_text_is_a_number_or_refused(self, text: str) -> None:
        try:
            read(text)
        except (NoNumeral, AmbiguousNumeral):
            return
