"""What is easily forgotten of a table; each test says what to add."""

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

import app.tables  # noqa: F401 - every table, served or not
from app.access.deletion import rows_of
from app.access.kinds import KINDS
from app.changes.schemas import ThingType
from app.db import repeatable
from app.db.things import Thing, tables
from app.main import ROUTERS
from tests.conftest import OneTransaction

TABLES = {table.name: (table, thing) for table, thing in tables()}
RECORDS = sorted(
    name for name, (table, _) in TABLES.items() if {"version", "updated_at"} <= set(table.c.keys())
)
THINGS = sorted(name for name, (_, thing) in TABLES.items() if thing)
PLACED = sorted(
    name
    for name, (table, _) in TABLES.items()
    if any(key.target_fullname == "locality_placement.id" for key in table.foreign_keys)
)
# Records with an address below that of a thing, which they are parts of.
PARTS = {
    "award_decision_correction",
    "model_appraisal",
    "model_inspection",
    "model_recognition",
    "model_registration",
    "model_transition",
    "publication_correction",
}
# Who writes to the registry is no fact of it.
OF_THE_REGISTRY = {"agency", "agency_key"}
NEVER_DELETED = {"locality"}  # law abolishes them, and they stay known


def thing(name: str) -> tuple[sa.Table, Thing]:
    table, declared = TABLES[name]
    assert declared is not None
    return table, declared


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_says_what_kind_of_thing_it_is(name: str) -> None:
    assert TABLES[name][1] or name in PARTS | OF_THE_REGISTRY, (
        f"{name} does not say what kind of thing it is: give its class"
        " `thing: ClassVar[Thing] = …` (app/db/things.py), or name it in PARTS here."
    )


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_is_a_record(name: str) -> None:
    assert name in RECORDS, f"{name} is a thing without a version: let its class extend Record."


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_part_is_deleted_with_its_thing(name: str) -> None:
    part, _ = TABLES[name]
    assert any(part in rows_of(thing(whole)[0]) for whole in THINGS), (
        f"{name} is a part of no thing: give its key to that `ondelete='CASCADE'`."
    )


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_can_be_deleted_and_restored(name: str) -> None:
    _, declared = thing(name)
    assert declared.deletable is not (name in NEVER_DELETED), (
        f"{name} cannot be deleted: say `deletable=True` in its Thing, or name it in NEVER_DELETED"
        " here."
    )
    served = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    path = f"/v1/{declared.feed}/{{id}}"
    for method, address in (("DELETE", path), ("POST", f"{path}/restoration")):
        assert ((method, address) in served) is declared.deletable, (
            f"{name} has no {method} {address}: add it, as app/events/routes.py does."
        )


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_is_in_the_feed(name: str) -> None:
    table, declared = thing(name)
    assert declared.feed in set(ThingType), (
        f"The feed does not know {declared.feed}: add it to ThingType in app/changes/schemas.py."
    )
    assert declared.feed in KINDS, (
        f"The feed cannot read {declared.feed}: call register_kind at the end of the service of"
        f" {name}, with a collection of that name."
    )
    assert KINDS[declared.feed].table is table


def test_the_feed_has_only_things() -> None:
    of_no_thing = set(ThingType) - {thing(name)[1].feed for name in THINGS}
    assert of_no_thing == set(), f"no table has a Thing called {of_no_thing}: take it out."


@pytest.mark.parametrize("name", [name for name in THINGS if thing(name)[1].personal])
def test_a_personal_name_can_be_taken_out(name: str) -> None:
    table, declared = thing(name)
    assert KINDS[declared.feed].check is not None, f"{name}: give register_kind the check of scope."
    for column in declared.personal.values():
        holder, _, member = column.partition(".")
        assert TABLES[holder][0] in rows_of(table), f"{holder} is no part of {name}."
        assert member in TABLES[holder][0].c, f"{column} is no column: name one in `personal`."


@pytest.mark.parametrize("name", PLACED)
def test_a_placed_row_follows_a_reform(name: str) -> None:
    table, declared = TABLES[name]
    (key,) = table.c.placement_id.foreign_keys
    assert key.ondelete == "SET NULL", (
        f"{name}: give placement_id `ondelete='SET NULL'`: a reform makes other placements."
    )
    follows = repeatable.items()["function follow_placements"]
    assert (declared and declared.place) or f"update {name} " in follows, (
        f"{name} stays where it was after a reform: say `place=(…)` in its Thing, or update it in"
        " app/db/sql/follow_placements.sql."
    )


async def test_the_database_has_these_triggers_and_no_others(database: OneTransaction) -> None:
    async with database.reader() as connection:
        rows = await connection.fetch(
            "select format('trigger %s on %s', tgname, tgrelid::regclass) from pg_trigger"
            " where not tgisinternal"
        )
    declared = {name for name in repeatable.items() if name.startswith("trigger")}
    assert {row[0] for row in rows} == declared, (
        "Triggers are declared of a table that no revision makes, or made by hand."
    )
