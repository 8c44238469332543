"""Titles and summaries as offices write them, from the phrases of the movement and its places."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from itertools import accumulate
from typing import Any

from app.shipped_facts import REPORTS

Phrase = str | tuple[Any, ...]  # a text, or parts of which some are lists to draw from
Draw = Callable[[], float]  # evenly from 0 up to 1

FIELDS = ("economy", "culture_society", "defence_security", "political_system", "other")
WHERE = "{where}"  # stands in a text for the model's own unit
MISSPELT = 0.007  # of all titles
AS_REPORTED = 0.03  # titles that repeat one of the five reports'

_HAMLETS = ("ấp", "thôn", "khu phố", "tổ dân phố", "bản", "xóm", "khóm", "buôn", "làng")
_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậếềểễệốồổỗộớờởỡợứừửữự"


class Vocabulary:
    """Draws texts; the same draws give the same texts."""

    def __init__(self, place_names: Iterable[str]) -> None:
        lists = tomllib.loads((files("benchmarks") / "phrases.toml").read_text(encoding="utf-8"))
        self.syllables = _syllables(place_names)
        self.reported = _reported_titles()
        self._pools: dict[str, list[Phrase]] = {}
        for name in ("form", "people", "verb", "aim", "surname", "middle", "given"):
            self._pools[name] = _often_to_seldom(lists[name])
        for name in ("crop", "animal", "craft"):
            self._pools[name] = _often_to_seldom(lists["economy"][name])
        self._pools["number"] = _often_to_seldom(_numbers())
        self._pools["syllable"] = _often_to_seldom(self.syllables, table=1 << 16)
        for name, phrases in (("name", _NAMES), ("place", _PLACES)):
            self._pools[name] = [self._parts(phrase) for phrase in phrases]
        self._titles, self._summaries = {}, {}
        for field in FIELDS:
            self._pools["topic"] = self._drawn_from(lists[field]["topic"])
            self._titles[field] = self._drawn_from(lists["titles"]["any"])
            self._summaries[field] = self._drawn_from(lists["summaries"]["any"])

    def title(self, draw: Draw, field: str, where: str) -> str:
        if draw() < AS_REPORTED:
            text = self.reported[int(draw() * len(self.reported))]
        else:
            text = _say(self._titles[field], draw).replace(WHERE, where)
            text = text[0].upper() + text[1:]
        return misspelt(text, draw) if draw() < MISSPELT else text

    def summary(self, draw: Draw, field: str, where: str) -> str:
        text = _say(self._summaries[field], draw).replace(WHERE, where)
        return text[0].upper() + text[1:]

    def person(self, draw: Draw) -> str:
        return _say(self._pools["name"], draw)

    def hamlet(self, draw: Draw) -> str:
        return _say(self._pools["place"], draw)

    def one_of(self, name: str, draw: Draw) -> str:
        return _say(self._pools[name], draw)

    def _drawn_from(self, phrases: Sequence[str]) -> list[Phrase]:
        return _often_to_seldom([self._parts(phrase) for phrase in phrases])

    def _parts(self, phrase: str) -> Phrase:
        """Cut a phrase at its {lists}."""
        parts = [
            self._pools[part[1:-1]] if part[0] == "{" and part != WHERE else part
            for part in re.split(r"(\{\w+\})", phrase)
            if part
        ]
        return tuple(parts) if any(isinstance(part, list) for part in parts) else phrase


def misspelt(text: str, draw: Draw) -> str:
    """Change, drop or double one letter after the first character, if there is one."""
    letters = [at for at, letter in enumerate(text) if at and letter.isalpha()]
    if not letters:
        return text
    at = letters[int(draw() * len(letters))]
    instead = (_LETTERS[int(draw() * len(_LETTERS))], "", text[at] * 2)[int(draw() * 3)]
    return text[:at] + instead + text[at + 1 :]


def _say(pool: list[Phrase], draw: Draw) -> str:
    phrase = pool[int(draw() * len(pool))]
    if isinstance(phrase, str):
        return phrase
    return "".join([part if isinstance(part, str) else _say(part, draw) for part in phrase])


def _often_to_seldom(phrases: Sequence[Phrase], table: int = 1 << 12) -> list[Phrase]:
    """A list to draw from evenly, in which the n-th phrase comes with a weight of 1/n."""
    bounds = list(accumulate(1 / n for n in range(1, len(phrases) + 1)))
    drawn, at = [], 0
    for entry in range(table):
        while bounds[at] < (entry + 0.5) / table * bounds[-1]:
            at += 1
        drawn.append(phrases[at])
    return drawn


_NAMES = ("{surname} {middle} {given}",)
_PLACES = (
    *(f"{kind} {{syllable}} {{syllable}}" for kind in _HAMLETS),
    *(f"{kind} {{number}}" for kind in _HAMLETS[:4]),
)


def _numbers() -> list[str]:
    small = [str(number) for number in range(1, 13)]
    round_ones = [str(number) for number in (15, 20, 30, 50, 100, 25, 40, 60, 200, 300, 500, 80)]
    large = [f"{number // 1000}.{number % 1000:03}" for number in range(1000, 9000, 150)]
    return [*small, *round_ones, *map(str, range(13, 400)), *large]


def _syllables(place_names: Iterable[str]) -> list[str]:
    """Capitalised syllables of names, the most frequent first."""
    counts: dict[str, int] = {}
    for name in place_names:
        for syllable in re.findall(r"[^\W\d_][\w'-]*", name):
            if syllable[0].isupper():
                counts[syllable] = counts.get(syllable, 0) + 1
    return sorted(counts, key=lambda syllable: (-counts[syllable], syllable))


def _reported_titles() -> list[str]:
    reports = files("app.data") / "reports"
    return [
        model["title"]
        for name in REPORTS
        for model in json.loads((reports / f"{name}.json").read_text(encoding="utf-8"))[
            "emulation_models"
        ]
    ]
