"""Publications entered by several at once: none is missed by the checks of another."""

import asyncio

from tests.conftest import Races
from tests.support.entering import enter, number, table


async def test_publications_that_come_at_once_all_find_each_other(races: Races) -> None:
    key = await races.keys.of("publisher", name="Ban Dân vận")
    entered = await asyncio.gather(
        *(
            enter(races.client, key, table(number(amount), measure="families_visited"))
            for amount in range(6)
        )
    )
    ids = ",".join(each["id"] for each in entered)
    listed = await races.client.get(f"/v1/discrepancies?publication={ids}&count=true")
    assert listed.json()["total"] == 15  # each pair disagrees once
    assert {each["check"] for each in listed.json()["items"]} == {"other_publication"}


async def test_of_resolutions_at_once_one_stands(races: Races) -> None:
    key = await races.keys.of("publisher", name="Ban Dân vận")
    printed = table(number(3), number(2, grade="a"), measure="families_helped")
    whole = await enter(races.client, key, printed)
    listed = await races.client.get(f"/v1/discrepancies?publication={whole['id']}")
    (check,) = listed.json()["items"]
    url = f"/v1/discrepancies/{check['id']}/resolution"
    answers = await asyncio.gather(
        *(
            races.client.post(url, json={"status": "accepted", "note": f"{each}"}, headers=key)
            for each in range(6)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    listed = await races.client.get(f"/v1/discrepancies?publication={whole['id']}&resolved=true")
    assert len(listed.json()["items"]) == 1
