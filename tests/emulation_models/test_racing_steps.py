"""Models changed by many at once, on real connections: one wins, and the others are told."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import httpx

from app.localities.load import id_of
from tests.conftest import Races
from tests.support.living import CAN_THO, criteria, registered, scores, taken

THERE = str(id_of(CAN_THO))


def statuses(answers: Iterable[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def test_of_fifty_recognitions_at_one_level_one_is_done(races: Races) -> None:
    key = await races.keys.of("registrar", "appraiser", name="Ban Dân vận")
    url = await registered(races.client, key)
    step = {"level": "grassroots", "outcome": "recognised"}
    answers = await asyncio.gather(
        *(
            races.client.post(
                f"{url}/recognitions",
                json=step | {"reason": f"Biên bản {number}"},
                headers=key,
                timeout=60,
            )
            for number in range(50)
        )
    )
    assert statuses(answers) == {201: 1, 409: 49}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"step_not_possible"}
    assert {problem["detail"] for problem in refused} == {
        "The model is recognised at this level already"
    }
    (done,) = (answer.json() for answer in answers if answer.status_code == 201)
    model = (await races.client.get(url)).json()
    assert (model["version"], model["state"]) == (2, "recognised")
    assert model["tracks"][0]["reason"] == done["reason"]


async def test_of_two_changes_under_one_tag_one_is_done(races: Races) -> None:
    key = await races.keys.of("registrar", name="Ban Dân vận")
    for _ in range(5):
        url = await registered(races.client, key)
        answers = await asyncio.gather(
            *(
                races.client.patch(url, json={"summary": text}, headers=key | {"If-Match": '"1"'})
                for text in ("một", "hai")
            )
        )
        assert statuses(answers) == {200: 1, 412: 1}
        (done,) = (answer.json() for answer in answers if answer.is_success)
        assert (await races.client.get(url)).json()["summary"] == done["summary"]


async def test_different_steps_at_once_are_all_taken(races: Races) -> None:
    key = await races.keys.of("registrar", "appraiser", name="Ban Dân vận")
    url = await registered(races.client, key)
    used = (await taken(races.client, key, "/v1/criteria-sets", **criteria())).json()["id"]
    answers = await asyncio.gather(
        *(
            races.client.post(f"{url}/{kind}", json=step, headers=key)
            for kind, step in (
                ("inspections", {"inspected_on": "2026-04"}),
                ("registrations", {"level": "province", "registered_on": "2026-04"}),
                (
                    "appraisals",
                    {"criteria_set": used, "appraised_on": "2026-05-01", "scores": scores()},
                ),
                ("replications", {"title": "Ở nơi khác", "locality": THERE}),
            )
        )
    )
    assert statuses(answers) == {201: 4}
    model = (await races.client.get(url)).json()
    assert (model["version"], model["state"]) == (5, "replicating")
    assert model["registered_level"] == "province"


async def test_two_models_never_derive_from_each_other(races: Races) -> None:
    key = await races.keys.of("registrar", name="Ban Dân vận") | {"If-Match": "*"}
    first, second = [await registered(races.client, key) for _ in range(2)]
    answers = await asyncio.gather(
        *(
            races.client.patch(url, json={"derived_from": origin.rpartition("/")[2]}, headers=key)
            for url, origin in ((first, second), (second, first))
        )
    )
    done, refused = sorted(answer.status_code for answer in answers)
    assert done == 200
    assert refused in {409, 503}  # 503: they waited for each other, and one was told to try again


async def test_a_criteria_set_stands_in_the_feed_and_again_once_it_is_frozen(races: Races) -> None:
    key = await races.keys.of("registrar", "appraiser", name="Ban Dân vận")
    made = (await taken(races.client, key, "/v1/criteria-sets", **criteria())).json()
    url = await registered(races.client, key)
    step = {"criteria_set": made["id"], "appraised_on": "2026-06-01", "scores": scores()}
    feed = "/v1/changes?types=criteria-sets&limit=1000"
    serialized = []
    for _ in range(2):
        items = {each["id"]: each for each in (await races.client.get(feed)).json()["items"]}
        serialized.append((items[made["id"]]["version"], items[made["id"]]["data"]["frozen"]))
        await taken(races.client, key, f"{url}/appraisals", **step)
    assert serialized == [(1, False), (2, True)]
