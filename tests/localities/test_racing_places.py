"""What takes its place or date from another thing, while that thing is corrected."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.localities.load import id_of

CA_MAU, DA_NANG = id_of("province/96/2025-07-01"), id_of("province/48/2025-07-01")
NEW: dict[str, dict[str, Any]] = {
    "award_decision": {"number": "khi dời", "verification_code": "5QT8W8SGQNBMJFMR4H63G4X9X51"},
    "dataset": {"position": 77},
}
UNDATED: dict[str, Any] = {"registered_on": None, "recognised_on": None, "started_on": None}
COLUMNS = """
    select column_name from information_schema.columns
    where table_name = $1 and is_generated = 'NEVER'
"""
PLACE = """
    select p.locality_id from {table} t join locality_placement p on p.id = t.placement_id
    where t.id = $1
"""


async def copy(connection: asyncpg.Connection, table: str, **changes: Any) -> UUID:
    """A thing like the first of its table, but for some changes."""
    id = uuid4()
    changes = changes | {"id": id}
    columns = [row["column_name"] for row in await connection.fetch(COLUMNS, table)]
    parameters = {name: f"${number}" for number, name in enumerate(changes, 1)}
    values = [parameters.get(column, column) for column in columns]
    await connection.execute(
        f"insert into {table} ({', '.join(columns)})"
        f" select {', '.join(values)} from {table} order by id limit 1",
        *changes.values(),
    )
    return id


async def at_once(url: str, *statements: tuple[Any, ...]) -> None:
    """The second is sent while the transaction of the first is open."""
    one, other = [await asyncpg.connect(url) for _ in range(2)]
    transaction = one.transaction()
    await transaction.start()
    await one.execute(*statements[0])
    second = asyncio.create_task(other.execute(*statements[1]))
    await asyncio.sleep(0.2)
    await transaction.commit()
    await second
    for connection in (one, other):
        await connection.close()


@pytest.fixture
def url(server: str) -> str:
    return server.replace("/kheo?", "/races?")


@pytest.mark.parametrize("first", ["taken", "corrected"])
@pytest.mark.parametrize(
    ("table", "takes", "giver"),
    [
        ("award_decision", "authority_id = $1", "organisation"),
        ("dataset", "subject_locality_id = null, subject_organisation_id = $1", "organisation"),
        ("dataset", "subject_locality_id = null, subject_event_id = $1", "event"),
        ("dataset", "subject_locality_id = null, subject_model_id = $1", "emulation_model"),
    ],
)
async def test_a_place_that_is_corrected_meanwhile_is_followed(
    url: str, table: str, takes: str, giver: str, first: str
) -> None:
    connection = await asyncpg.connect(url)
    thing = await copy(connection, giver, locality_id=CA_MAU)
    row = await copy(connection, table, **NEW[table])
    take = f"update {table} set {takes} where id = $2", thing, row
    correct = f"update {giver} set locality_id = $1 where id = $2", DA_NANG, thing
    await at_once(url, *((take, correct) if first == "taken" else (correct, take)))
    assert await connection.fetchval(PLACE.format(table=table), row) == DA_NANG
    for each, id in ((table, row), (giver, thing)):
        await connection.execute(f"delete from {each} where id = $1", id)
    await connection.close()


@pytest.mark.parametrize("first", ["taken", "corrected"])
async def test_an_end_of_a_period_that_is_corrected_meanwhile_dates_its_models(
    url: str, first: str
) -> None:
    connection = await asyncpg.connect(url)
    period = await copy(connection, "campaign_period")
    model = await copy(connection, "emulation_model", **UNDATED)
    take = "update emulation_model set campaign_period_id = $1 where id = $2", period, model
    end = date(2031, 1, 31)
    correct = "update campaign_period set end_on = $1 where id = $2", end, period
    await at_once(url, *((take, correct) if first == "taken" else (correct, take)))
    dated = "select dated_on from emulation_model where id = $1"
    assert await connection.fetchval(dated, model) == end
    for table, id in (("emulation_model", model), ("campaign_period", period)):
        await connection.execute(f"delete from {table} where id = $1", id)
    await connection.close()
