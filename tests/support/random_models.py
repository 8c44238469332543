"""Models of all kinds at units of all levels and eras, to be counted and listed."""

import random
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg

from app.localities.load import id_of
from app.statistics.settling import SETTLE

TRAN_HOI, KIEN_GIANG = "commune/32107/-", "province/91/-"
FIELDS = ["economy", "culture_society", "defence_security", "political_system", None]
STATES = ["registered", "recognised", "replicating", "suspended", None]
LEVELS = ["grassroots", "district", "province", None]

INSERT = """
    insert into emulation_model (id, title, aliases, field, participant_kind, locality_id, host_id,
        campaign_period_id, state, registered_level, registered_on, recognised_level, recognised_on)
    values ($1, $2, '{}', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def insert_models(connection: asyncpg.Connection, count: int, seed: int) -> list[UUID]:
    """Models of all kinds at units of all levels and eras, some of them in the west."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    units = await connection.fetch(
        "select id, lower(life) as begins, upper(life) as ends from locality order by id"
    )
    hosts = [row["id"] for row in await connection.fetch("select id from organisation order by id")]
    periods = await connection.fetch("select id from campaign_period order by id")
    western = [unit for unit in units if unit["id"] in {id_of(TRAN_HOI), id_of(KIEN_GIANG)}]
    rows = []
    for number in range(count):
        unit = chance.choice(western if chance.random() < 0.2 else units)
        first = max(unit["begins"] or date(2020, 1, 1), date(2020, 1, 1))
        last = min((unit["ends"] or date(2026, 11, 1)) - timedelta(days=1), date(2026, 11, 1))
        day = first + timedelta(days=chance.randrange(max((last - first).days, 1)))
        rows.append(
            (
                uuid4(), f"Mô hình {seed}/{number}", chance.choice(FIELDS),
                chance.choice(["collective", "individual"]), unit["id"],
                chance.choice([*hosts, None]), chance.choice([*periods, {"id": None}])["id"],
                chance.choice(STATES), chance.choice(LEVELS),
                chance.choice([day.isoformat(), str(day.year), "--06-05", None]),
                chance.choice(LEVELS), chance.choice([day.isoformat(), None]),
            )
        )  # fmt: skip
    await connection.executemany(INSERT, rows)
    return [row[0] for row in rows]


async def settle(connection: asyncpg.Connection) -> None:
    for statement in SETTLE.values():
        await statement.rows(connection)
