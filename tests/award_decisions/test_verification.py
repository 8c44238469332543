"""Codes on certificates: read as they were meant, and never as another code."""

from hypothesis import assume, given
from hypothesis import strategies as st

from app.award_decisions.verification import ALPHABET, new_code, read_code

codes = st.binary(min_size=16, max_size=16).map(new_code)
positions = st.integers(0, 26)
READ_AS_ONE_AND_ZERO = {"1": "IL", "0": "O"}


@given(codes)
def test_a_code_is_27_characters_that_are_told_apart_by_eye(code: str) -> None:
    assert len(code) == 27
    assert set(code[:-1]) <= set(ALPHABET)
    assert not set("ILOU") & set(code[:-1])


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_other_bytes_make_another_code(one: bytes, other: bytes) -> None:
    assume(one != other)
    assert new_code(one) != new_code(other)


@given(codes, st.lists(positions, max_size=10), st.lists(st.booleans(), min_size=27, max_size=27))
def test_reads_back_in_any_case_and_with_hyphens(
    code: str, hyphens: list[int], lower: list[bool]
) -> None:
    written = [
        character.lower() if small else character
        for character, small in zip(code, lower, strict=True)
    ]
    for position in hyphens:
        written.insert(position, "-")
    assert read_code("".join(written)) == code


@given(codes, st.data())
def test_reads_letters_that_look_like_digits_as_those(code: str, data: st.DataObject) -> None:
    written = "".join(
        data.draw(st.sampled_from(character + READ_AS_ONE_AND_ZERO.get(character, "")))
        for character in code
    )
    assert read_code(written) == code


@given(codes, positions, st.characters(codec="utf-8"))
def test_finds_any_one_wrong_character(code: str, position: int, wrong: str) -> None:
    typed = code[:position] + wrong + code[position + 1 :]
    assert read_code(typed) in {None, code}
    if wrong.upper() in ALPHABET and wrong.upper() != code[position]:
        assert read_code(typed) is None


@given(codes, st.integers(0, 25))
def test_finds_any_swap_of_two_different_neighbours(code: str, position: int) -> None:
    left, right = code[position], code[position + 1]
    assume(left != right)
    assert read_code(code[:position] + right + left + code[position + 2 :]) is None


@given(codes, positions)
def test_finds_a_character_too_few_or_too_many(code: str, position: int) -> None:
    assert read_code(code[:position] + code[position + 1 :]) is None
    assert read_code(code[:position] + code[position] + code[position:]) is None


@given(st.text())
def test_any_other_text_is_no_code(text: str) -> None:
    read = read_code(text)
    assert read is None or len(read) == 27
