"""Two hundred searches as people type them, timed inside the database."""

import asyncio
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

import asyncpg

from benchmarks.country import Country
from benchmarks.explaining import Explanations
from benchmarks.vocabulary import FIELDS, Vocabulary, misspelt

COUNT = 200
_COMMON = (
    "mo hinh", "phu nu", "nong thon moi", "van dong", "hoi vien", "xay dung", "bao ve moi truong",
    "giam ngheo", "nhan dan", "dan van kheo", "kinh te", "cau lac bo", "an ninh trat tu", "to",
    "phat trien kinh te", "hop tac xa", "trong", "nuoi", "thanh nien", "nong dan",
)  # fmt: skip


class Searched(NamedTuple):
    """How a search fared."""

    words: str
    kind: str
    milliseconds: float  # in the database
    found: bool


def time(url: str) -> list[Searched]:
    """Search for all of them; the slowest first."""
    return sorted(asyncio.run(_time(url)), key=lambda each: -each.milliseconds)


async def _time(url: str) -> list[Searched]:
    connection = await asyncpg.connect(url)
    country = await Country.read(connection)
    await connection.close()
    async with Explanations(url) as explanations:
        searched = []
        for kind, words in queries(Vocabulary(place.name for place in country.places)):
            path = f"/v1/models?{urlencode({'q': words})}"
            statements = await explanations.of(path)
            taken = sum(each.milliseconds for each in statements)
            rows = max(each.plan["Actual Rows"] for each in statements)
            searched.append(Searched(words, kind, taken, rows > 0))
        return searched


def queries(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Kinds and words, always the same."""
    return list(dict.fromkeys(_endless(vocabulary, Random("searches"))))[:COUNT]  # noqa: S311


def _endless(vocabulary: Vocabulary, random: Random) -> Iterator[tuple[str, str]]:
    yield from (("common", words) for words in _COMMON)
    draw = random.random
    for _ in range(COUNT):
        field = FIELDS[int(draw() * 4)]
        words = vocabulary.title(draw, field, "xã Khánh Hội").split()
        start, length = int(draw() * max(1, len(words) - 2)), 2 + int(draw() * 3)
        phrase = " ".join(words[start : start + length])
        yield "as written", phrase
        yield "folded", folded(phrase)
        yield "misspelt", misspelt(folded(phrase), draw)
        yield "rare", folded(vocabulary.hamlet(draw).partition(" ")[2])
        yield "a title", folded(" ".join(words))
        yield "a word and a place", folded(f"{words[-1]} {vocabulary.hamlet(draw)}")
        yield "beginnings", " ".join(word[:3] for word in folded(phrase).split())


def folded(text: str) -> str:
    """As typed without marks."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
