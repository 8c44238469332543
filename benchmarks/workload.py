"""What contenders are asked: the same paths and bodies for each, made as the register was."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import asyncpg

import app.tables  # noqa: F401 - the foreign keys of an agency name other tables
from app.access.actors import Role
from app.access.service import issue_key, place_of
from app.db.calendar import today
from app.db.database import Database
from benchmarks.country import LAST_DAY, Country
from benchmarks.generator import Generator, uuid7
from benchmarks.vocabulary import FIELDS, Vocabulary

LIST_PATH = "/v1/models"
_PATHS, _BODIES = 1_000, 5_000  # different models that are read, bodies that are sent
_MARK = "Đo tải"  # how the objective of every created model begins


class Workload:
    """Files for wrk in a folder, and a key to create with."""

    def __init__(self, folder: Path, paths: list[str], bodies: list[str], key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.key = folder, key
        self.paths, self.bodies = paths, bodies
        self.one, self.list, self.create = (
            _written(folder / f"{name}.txt", lines)
            for name, lines in (("one", paths), ("list", [LIST_PATH]), ("create", bodies))
        )

    @classmethod
    async def make(cls, folder: Path, url: str) -> "Workload":
        connection = await asyncpg.connect(url)
        country = await Country.read(connection)
        sizes = await connection.fetchrow("select models, decisions from benchmark_load")
        await connection.close()
        words = Vocabulary(place.name for place in country.places)
        generator = Generator(country, words, **sizes)
        random = Random("workload")  # noqa: S311 - the same every time
        rows = [random.randrange(generator.models) for _ in range(_PATHS)]
        ids = [uuid7(generator.entered_at(row), row) for row in rows]
        return cls(
            folder,
            [f"{LIST_PATH}/{_hyphened(id)}" for id in ids],
            list(_bodies(random, country, words)),
            await _key(url),
        )


async def clear(url: str) -> int:
    """Take away the models that were created, and return how many."""
    connection = await asyncpg.connect(url)
    try:
        done = await connection.execute(
            f"delete from emulation_model where objective like '{_MARK} %'"  # noqa: S608
        )
        await connection.execute("vacuum analyze emulation_model, model_registration")
        return int(done.split()[-1])
    finally:
        await connection.close()


def _written(file: Path, lines: list[str]) -> Path:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _bodies(random: Random, country: Country, words: Vocabulary) -> Iterator[str]:
    communes = country.era(LAST_DAY).communes
    for _ in range(_BODIES):
        place, field = random.choice(communes), random.choice(FIELDS)
        period = country.period(place, LAST_DAY, random.random())
        body = {
            "title": words.title(random.random, field, place.name),
            "summary": words.summary(random.random, field, place.name),
            "field": field,
            "participant_kind": "collective",
            "locality": _hyphened(place.unit),
            "host": _hyphened(random.choice(place.hosts)[0]),
            "campaign_period": period and _hyphened(period),
            "objective": f"{_MARK} @",
            "target": "Mỗi lần gửi một mô hình khác",
            "distinct_because": "Đo tải, không so với mô hình khác",
            "registration": {"level": "grassroots", "registered_on": LAST_DAY.isoformat()},
        }
        yield json.dumps(body, ensure_ascii=False)


def _hyphened(digits: str) -> str:
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)


async def _key(url: str) -> str:
    database = Database(url)
    try:
        async with database.writer() as session:
            country = await place_of(session, None, today())
            return await issue_key(
                session, agency="Benchmark", roles=[Role.registrar], place=country
            )
    finally:
        await database.close()
