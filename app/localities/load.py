"""Loads the shipped map through time: 14,727 units in 15,423 versions and what became of them."""

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from app.localities.attribution import DayMap
from app.localities.service import INDEX_LOCALITIES
from app.localities.succession import EVER, NEVER, History, Step, Version

COUNTRY = "country/VN/-"


def id_of(unit: str) -> UUID:
    """The id of a shipped unit."""
    return uuid5(NAMESPACE_URL, f"urn:kheo:locality:{unit}")


def _rows(name: str) -> list[dict[str, str]]:
    with (files("app.data") / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def load(connection: asyncpg.Connection) -> None:
    """Copy the shipped units, versions, steps and placements into empty tables."""
    history, codes, inexact = _read()
    ids = {unit: id_of(unit) for unit in history.versions}

    def versions() -> Iterator[tuple[Any, ...]]:
        for unit, known in history.versions.items():
            level, code, _ = unit.split("/")
            for version in known:
                yield (
                    ids[unit], _range(version.begins, version.ends), level, code, version.name,
                    version.full_name, version.kind, ids.get(version.parent or ""),
                    (unit, version.begins) not in inexact,
                )  # fmt: skip

    await _copy(
        connection,
        "locality",
        ("id", "level", "code", "life"),
        (
            (ids[unit], *codes[unit], _range(history.begins(unit), history.ends(unit)))
            for unit in history.versions
        ),
    )
    await _copy(
        connection,
        "locality_version",
        ("locality_id", "valid", "level", "code", "name", "full_name", "kind", "parent_id",
         "dates_exact"),
        versions(),
    )  # fmt: skip
    await _copy(
        connection,
        "locality_succession",
        ("predecessor_id", "successor_id", "extent", "effective_on"),
        (
            (ids[unit], ids[step.unit], "whole" if step.whole else "part", step.effective_on)
            for unit, steps in history.successors.items()
            for step in steps
        ),
    )
    at_first = DayMap(history, EVER)
    await _copy(
        connection,
        "locality_placement",
        ("locality_id", "valid", "ancestors", "within", "province_id", "first_province_id"),
        (
            (
                ids[unit],
                _range(placement.begins, placement.ends),
                [ids[each] for each in placement.ancestors],
                sorted(ids[each] for each in placement.within),
                ids.get(placement.province or ""),
                ids.get(_sole(at_first.candidates(unit, "province")) or ""),
            )
            for unit in history.versions
            for placement in history.placements(unit)
        ),
    )
    await connection.execute("analyze locality, locality_version, locality_placement")
    await connection.execute(INDEX_LOCALITIES, None)


def _sole(candidates: frozenset[str | None]) -> str | None:
    return next(iter(candidates)) if len(candidates) == 1 else None


def _read() -> tuple[History[str], dict[str, tuple[str, str]], set[tuple[str, date]]]:
    """The history, each unit's level and code, and the versions whose days are nominal."""
    rows = sorted(_rows("localities.csv"), key=lambda row: row["valid_from"])
    country = Version[str](EVER, NEVER, None, "country", "Việt Nam", "Việt Nam")
    versions = [(COUNTRY, country)]
    codes = {COUNTRY: ("country", "VN")}
    inexact = set()
    for row in rows:
        version = Version(
            begins=_day(row["valid_from"], EVER),
            ends=_day(row["valid_to"], NEVER),
            parent=row["parent"] or COUNTRY,
            kind=row["kind"],
            name=row["name"],
            full_name=row["full_name"],
        )
        versions.append((row["unit"], version))
        codes[row["unit"]] = (row["level"], row["code"])
        if row["dates_exact"] == "false":
            inexact.add((row["unit"], version.begins))
    steps = [
        (
            row["predecessor"],
            Step(row["successor"], row["extent"] == "whole", _day(row["effective_on"], EVER)),
        )
        for row in _rows("locality_successions.csv")
    ]
    history: History[str] = History()
    history.add(versions, steps)
    return history, codes, inexact


def read_history() -> History[str]:
    """The shipped map through time, by the keys of its units."""
    return _read()[0]


def _day(text: str, unknown: date) -> date:
    return date.fromisoformat(text) if text else unknown


def _range(begins: date, ends: date) -> asyncpg.Range[date]:
    return asyncpg.Range(None if begins == EVER else begins, None if ends == NEVER else ends)


async def _copy(
    connection: asyncpg.Connection,
    table: str,
    columns: tuple[str, ...],
    records: Iterator[tuple[Any, ...]],
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=records)
