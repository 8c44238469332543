"""Two hundred questions for look-alikes over HTTP: titles of the register changed, and new ones."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import asyncpg

from benchmarks.asking import Client
from benchmarks.contenders import registry, running
from benchmarks.country import LAST_DAY, Country
from benchmarks.searches import folded
from benchmarks.vocabulary import FIELDS, Vocabulary, misspelt
from benchmarks.workload import Workload

COUNT = 200
_SAMPLE = (
    "select title, field, summary, locality_id from emulation_model where id = any($1::uuid[])"
)


class Asked(NamedTuple):
    """How a question fared."""

    title: str
    kind: str
    milliseconds: float  # until the whole answer was there
    found: int


def time(url: str, folder: Path) -> list[Asked]:
    """Ask everything one after the other; the slowest first."""
    workload = asyncio.run(Workload.make(folder, url))
    asked = asyncio.run(questions(workload, url))
    with running(registry(url, keeps=True), workload) as served:
        client = Client(served.url)
        for kind, body in asked:
            _ask(client, kind, body)  # once everything is warm, it counts
        answers = [_ask(client, kind, body) for kind, body in asked]
        client.close()
    return sorted(answers, key=lambda each: -each.milliseconds)


async def questions(workload: Workload, url: str) -> list[tuple[str, dict[str, str]]]:
    """Kinds and bodies, always the same for one register."""
    connection = await asyncpg.connect(url)
    country = await Country.read(connection)
    ids = [path.rpartition("/")[2] for path in workload.paths[: COUNT // 2]]
    known = await connection.fetch(_SAMPLE, ids)
    await connection.close()
    random = Random("look-alikes")  # noqa: S311 - the same every time
    return [
        *_known(random, known),
        *_new(random, country, Vocabulary(place.name for place in country.places)),
    ]


def _known(random: Random, rows: list[asyncpg.Record]) -> Iterator[tuple[str, dict[str, str]]]:
    """Models of the register as somebody else would write them, most with their places."""
    for number, (title, field, summary, place) in enumerate(rows):
        words = title.split()
        missing = random.randrange(len(words))
        kind, written = random.choice(
            (
                ("the same", title),
                ("folded", folded(title)),
                ("misspelt", misspelt(title, random.random)),
                ("a word less", " ".join(words[:missing] + words[missing + 1 :]) or title),
                ("of a year", f"{title} năm 2026"),
                ("called a model", f"Mô hình {title[0].lower()}{title[1:]}"),
            )
        )
        yield kind, _body(number, written, field, summary, str(place))


def _new(
    random: Random, country: Country, words: Vocabulary
) -> Iterator[tuple[str, dict[str, str]]]:
    communes = country.era(LAST_DAY).communes
    for number in range(COUNT // 2):
        place, field = random.choice(communes), random.choice(FIELDS)
        title = words.title(random.random, field, place.name)
        summary = words.summary(random.random, field, place.name)
        yield "new", _body(number, title, field, summary, place.unit)


def _body(
    number: int, title: str, field: str | None, summary: str | None, place: str
) -> dict[str, str]:
    """Every second one with a summary, two of three with a place."""
    body = {
        "title": title,
        "field": field,
        "summary": summary if number % 2 else None,
        "locality": place if number % 3 else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _ask(client: Client, kind: str, body: dict[str, str]) -> Asked:
    answer = client.ask("POST", "/v1/models/similar", json.dumps(body).encode())
    return Asked(body["title"], kind, answer.milliseconds, len(json.loads(answer.body)["items"]))
