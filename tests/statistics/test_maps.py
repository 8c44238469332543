"""Counts under any unit on any map, against a recount of every model one by one."""

import random
from collections import Counter
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.database import driver_of
from app.localities.attribution import DayMap
from app.localities.load import id_of, read_history
from tests.conftest import OneTransaction
from tests.support.random_models import insert_models

MAPS = ("recorded", "2019-06-01", "2024-06-01", "2025-03-01", "2025-07-01", "2026-11-01")
BYS = ("province", "commune", "province,commune", "district", "commune,field", "field")
UNITS = """
    select distinct unit from emulation_model model
        join locality_placement p on p.id = model.placement_id, unnest(p.within) as unit
    order by unit
"""
ROWS = """
    select p.within, p.ancestors, model.locality_id, model.field from emulation_model model
        join locality_placement p on p.id = model.placement_id
"""
LEVELS = "select id, level from locality"
OPEN = "open"  # what a map leaves open


@cache
def history() -> Any:
    return read_history()


@cache
def on_map(unit: str, level: str, map: str) -> str | None:
    """The unit of a level that a place lies in on the map of a day, or that it is left open."""
    candidates = DayMap(history(), date.fromisoformat(map)).candidates(unit, level)
    return next(iter(candidates)) if len(candidates) == 1 else OPEN


@pytest.fixture
async def connection(database: OneTransaction) -> asyncpg.Connection:
    async with database.writer() as session:
        connection = await driver_of(session)
    await insert_models(connection, 300, 15)
    return connection


class Recount:
    """Every model with where it is counted, told from its placement and the shipped map."""

    def __init__(self, rows: list[Any], levels: dict[UUID, str]) -> None:
        self._rows, self._levels = rows, levels
        self.units = {id_of(unit): unit for unit in history().versions}

    def under(self, unit: UUID) -> list[Any]:
        return [row for row in self._rows if unit in row["within"]]

    def count(self, unit: UUID, map: str, by: str) -> Counter[tuple[Any, ...]]:
        """How many there are by the values of dimensions, or at a place that is left open."""
        names = by.split(",")
        counts: Counter[tuple[Any, ...]] = Counter()
        for row in self.under(unit):
            values = tuple(self._value(row, map, name) for name in names)
            counts[(OPEN, row["locality_id"]) if OPEN in values else values] += 1
        return counts

    def _value(self, row: Any, map: str, name: str) -> Any:
        if name == "field":
            return row["field"]
        if map != "recorded":
            found = on_map(self.units[row["locality_id"]], name, map)
            return found if found in {None, OPEN} else id_of(found)
        return next((unit for unit in row["ancestors"] if self._levels[unit] == name), None)


async def test_counts_under_any_unit_on_any_map_what_lay_or_has_come_to_lie_in_it(
    client: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    recount = Recount(await connection.fetch(ROWS), dict(await connection.fetch(LEVELS)))
    units = [row["unit"] for row in await connection.fetch(UNITS)]
    ended = [unit for unit in units if history().ends(recount.units[unit]) < date.max]
    chance = random.Random(15)  # noqa: S311 - repeatable, not secret
    looked_at: Counter[str] = Counter()
    for number in range(150):
        unit, map = chance.choice(ended if number % 2 else units), chance.choice(MAPS)
        by = chance.choice(BYS)
        if "district" in by and map >= "2025-07-01" and map != "recorded":
            continue
        query = {"under": str(unit), "map": map}
        answer = await client.get("/v1/statistics/models", params={**query, "by": by})
        assert answer.status_code == 200, answer.text
        counted = answer.json()
        found: Counter[tuple[Any, ...]] = Counter()
        for item in counted["items"]:
            values = [item[name] for name in by.split(",")]
            found[tuple(UUID(v["id"]) if isinstance(v, dict) else v for v in values)] = item[
                "count"
            ]
        for left in counted["undivided"]:
            found[OPEN, UUID(left["locality"]["id"])] = left["count"]
        assert found == recount.count(unit, map, by), (unit, map, by)
        assert counted["total"] == len(recount.under(unit))
        listed = await client.get("/v1/models", params={**query, "count": "true", "limit": 1})
        assert listed.json()["total"] == counted["total"]
        looked_at[map] += counted["total"] > 0
        looked_at["undivided"] += bool(counted["undivided"])
    assert set(looked_at) == {*MAPS, "undivided"}
    assert min(looked_at.values()) > 5
