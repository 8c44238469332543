"""Enters publications over HTTP for tests."""

from typing import Any

import httpx

from app.localities.load import id_of

Json = dict[str, Any]
BY_FIELD = ("economy", "culture_society", "defence_security", "political_system")
CA_MAU = {"locality": str(id_of("province/96/-"))}
YEAR_2022 = {"start_on": "2022-01-01", "end_on": "2022-12-31", "precision": "year"}


def number(amount: Any, **at: str) -> Json:
    """One printed number; its keywords are its dimensions."""
    printed = amount if isinstance(amount, dict) else {"amount": amount}
    return {"dimensions": at, **printed}


def table(*observations: Json, **members: Any) -> Json:
    """A table of Cà Mau in 2022, unless `members` say otherwise."""
    usual = {"subject": CA_MAU, "measure": "registered", "period": YEAR_2022, "unit": "mô hình"}
    return {**usual, **members, "observations": list(observations)}


async def enter(
    client: httpx.AsyncClient, key: dict[str, str], *datasets: Json, **members: Any
) -> Json:
    """The publication as the API tells it."""
    body = {"title": "Báo cáo thử", **members, "datasets": list(datasets)}
    answer = await client.post("/v1/publications", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    serialized: Json = answer.json()
    return serialized


async def checks(client: httpx.AsyncClient, publication: Json, check: str = "sum") -> list[Json]:
    """What its reconciliation says, of one kind of check."""
    answer = await client.get(f"/v1/publications/{publication['id']}/reconciliation")
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["items"] if each["check"] == check]


def said(found: list[Json]) -> list[tuple[Json, str | None, float, float | None, str]]:
    """The gist of checks."""
    return [
        (each["at"], each["dimension"], each["stated"], each["computed"], each["status"])
        for each in found
    ]
