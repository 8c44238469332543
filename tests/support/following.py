"""Readers that rebuild the registry from its change feed, on databases of their own."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx
from fastapi import FastAPI

from app.config import Settings
from app.db import embedded, schema
from app.db.database import Database
from app.main import create_app

SETTINGS = Settings(access_log=False, rate_limit_reads="1000000/second")
FEED = "/v1/changes"
PARENTS = {"country": None, "north": "country", "south": "country"} | {
    f"{province}-{number}": province for province in ("north", "south") for number in (1, 2)
}
COMMUNES = tuple(unit for unit in PARENTS if "-" in unit)


def place(unit: str) -> UUID:
    return uuid5(UUID(int=0), unit)


def within(unit: str) -> set[UUID]:
    """The ids of a unit and all below it."""
    return {place(each) for each in PARENTS if unit in lineage(each)}


def lineage(unit: str) -> list[str]:
    parent = PARENTS[unit]
    return [*([] if parent is None else lineage(parent)), unit]


@contextmanager
def own_server() -> Iterator[tuple[Path, str]]:
    """A migrated database with a small map, on a server that may be stopped in the middle."""
    directory = Path(tempfile.mkdtemp(prefix="kheo-feed-", dir="/tmp"))
    url = embedded.start(directory)
    asyncio.run(schema.create_database(url))
    schema.upgrade(url)
    asyncio.run(_draw_map(url))
    yield directory, url
    embedded.stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


async def _draw_map(url: str) -> None:
    connection = await asyncpg.connect(url)
    for number, (unit, parent) in enumerate(PARENTS.items()):
        level = ("country", "province", "commune")[len(lineage(unit)) - 1]
        kind = {"commune": "rural_commune"}.get(level, level)
        ids = [place(each) for each in lineage(unit)]
        await connection.execute(
            "insert into locality (id, level, code, life) values ($1, $2, $3, '(,)')",
            place(unit), level, str(number),
        )  # fmt: skip
        await connection.execute(
            "insert into locality_version (locality_id, valid, level, code, name, full_name, kind,"
            " parent_id, dates_exact) values ($1, '(,)', $2, $3, $4, $4, $5, $6, true)",
            place(unit), level, str(number), unit, kind, parent and place(parent),
        )  # fmt: skip
        await connection.execute(
            "insert into locality_placement (locality_id, valid, ancestors, within, province_id)"
            " values ($1, '(,)', $2, $2, $3)",
            place(unit), ids, ids[1] if len(ids) > 1 else None,
        )  # fmt: skip
    await connection.close()


@asynccontextmanager
async def worker(url: str, **settings: int) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """What one process of the server is: its own pool, its own kept answers."""
    database = Database(url, **settings)
    app = create_app(SETTINGS, database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    base = "http://kheo.test"
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=60) as client:
        yield app, client
    await app.state.snapshots.close()
    await database.close()


class Copy:
    """What a reader has made of the feed so far."""

    def __init__(self, client: httpx.AsyncClient, **follows: Any) -> None:
        self.client = client
        self.follows = follows
        self.things: dict[tuple[str, UUID], dict[str, Any]] = {}
        self.cursor: str | None = None

    def parameters(self, **more: Any) -> dict[str, Any]:
        """What to ask with to go on."""
        known = {} if self.cursor is None else {"after": self.cursor}
        return self.follows | known | more

    async def step(self, **parameters: Any) -> bool:
        """Take one page; whether there is more."""
        answer = await self.client.get(FEED, params=self.parameters(**parameters))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        self.take(page["items"])
        self.cursor = page["next_cursor"]
        return bool(page["has_more"])

    def take(self, items: list[dict[str, Any]]) -> None:
        for item in items:
            thing = (item["type"], UUID(item["id"]))
            if item["operation"] == "upsert":
                assert (item["data"]["id"], item["data"]["version"]) == (
                    item["id"],
                    item["version"],
                )
                self.things[thing] = item["data"]
            else:
                assert (item["operation"], item["data"]) == ("delete", None)
                self.things.pop(thing, None)

    async def catch_up(self) -> None:
        while await self.step(limit=1000):
            pass

    async def take_snapshot(self) -> None:
        """Take all there is at once, as NDJSON."""
        parameters = self.follows | {"snapshot": "true", "format": "ndjson"}
        answer = await self.client.get(FEED, params=parameters)
        *items, last = map(json.loads, answer.text.splitlines())
        self.take(items)
        (self.cursor,) = last.values()
