"""The database sorts by the Vietnamese alphabet, tones after letters."""

import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import OneTransaction

ALPHABET = " 0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = ["", "\N{COMBINING GRAVE ACCENT}", "\N{COMBINING HOOK ABOVE}", "\N{COMBINING TILDE}"]
TONES += ["\N{COMBINING ACUTE ACCENT}", "\N{COMBINING DOT BELOW}"]
VOWELS = "aăâeêioôơuưy"

letters = st.sampled_from(ALPHABET) | st.builds(
    str.__add__, st.sampled_from(VOWELS), st.sampled_from(TONES)
)
texts = st.lists(st.lists(letters, max_size=6).map("".join), min_size=2, max_size=20)


def dictionary_order(text: str) -> tuple[list[int], list[int]]:
    """Letters by the alphabet; of equal letters the tones, as dictionaries order them."""
    positions, tones = [], []
    for character in unicodedata.normalize("NFC", text):
        # A toned vowel without its tone: the circumflex, breve and horn belong to the letter.
        parts = unicodedata.normalize("NFD", character)
        tone = next((TONES.index(mark) for mark in parts if mark in TONES[1:]), 0)
        bare = "".join(part for part in parts if part not in TONES[1:])
        positions.append(ALPHABET.index(unicodedata.normalize("NFC", bare)))
        tones.append(0 if character.isdigit() else tone)
    return positions, tones


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts)
async def test_sort_keys_follow_the_dictionary(database: OneTransaction, texts: list[str]) -> None:
    async with database.reader() as connection:
        rows = await connection.fetch(
            "select text from unnest($1::text[]) as text"
            ' order by vietnamese_sort_key(text) collate "C"',
            texts + [unicodedata.normalize("NFD", text.upper()) for text in texts],
        )
    serialized = [dictionary_order(row["text"].lower()) for row in rows]
    assert serialized == sorted(serialized)
