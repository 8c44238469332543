"""Award decisions changed by several at once: one wins, and the others are told."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import httpx
import pytest

from tests.conftest import Races
from tests.support.awarding import Json, line, record


async def made(races: Races, **changes: object) -> tuple[str, dict[str, str], Json]:
    """A decision with one line for three collectives: its address, a key for it, and itself."""
    key = await races.keys.of("awarder", name="Ban Dân vận")
    serialized = await record(races.client, key, **changes)
    return f"/v1/award-decisions/{serialized['id']}", key, serialized


def statuses(answers: Iterable[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def test_of_revocations_at_once_one_is_done(races: Races) -> None:
    url, key, _ = await made(races)
    answers = await asyncio.gather(
        *(
            races.client.post(
                f"{url}/revocation",
                json={"reason": f"Lý do {number}", "effective_on": "2024-06-01"},
                headers=key,
            )
            for number in range(8)
        )
    )
    assert statuses(answers) == {200: 1, 409: 7}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused == {"decision_revoked"}
    (done,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert done["version"] == 2
    serialized = (await races.client.get(f"{url}/revocation")).json()
    assert serialized["reason"] == done["status_reason"]


async def test_of_a_correction_and_a_change_under_one_tag_one_is_done(races: Races) -> None:
    for _ in range(5):
        url, key, serialized = await made(races)
        condition = key | {"If-Match": '"1"'}
        answers = await asyncio.gather(
            races.client.post(
                f"{url}/corrections",
                json={"reason": "Ghi nhầm", "changes": {"number": "126"}},
                headers=condition,
            ),
            races.client.patch(url, json={"signer": "Trần Văn B"}, headers=condition),
            races.client.patch(url, json={"signer": "Lê Thị C"}, headers=condition),
        )
        done = [answer for answer in answers if answer.is_success]
        assert len(done) == 1
        assert statuses(answers)[412] == 2
        now = (await races.client.get(url)).json()
        assert now["version"] == 2
        corrected = now["number"] != serialized["number"]
        assert corrected == (answers[0].status_code == 201)
        assert (now["signer"] is None) == corrected


async def test_corrections_at_once_each_start_from_the_text_before(races: Races) -> None:
    url, key, serialized = await made(races)
    answers = await asyncio.gather(
        *(
            races.client.post(
                f"{url}/corrections",
                json={"reason": "Ghi nhầm", "changes": {"number": str(number)}},
                headers=key,
            )
            for number in range(8)
        )
    )
    assert statuses(answers) == {201: 8}
    page = (await races.client.get(f"{url}/corrections?sort=recorded_at")).json()
    facts = [each["changed"][0] for each in page["items"]]
    now = (await races.client.get(url)).json()
    chain = [serialized["number"], *(fact["after"] for fact in facts)]
    assert [fact["before"] for fact in facts] == chain[:-1]
    assert (now["number"], now["version"]) == (chain[-1], 9)


@pytest.mark.parametrize("step", ["patch", "correction"])
async def test_names_added_at_once_never_exceed_the_count(races: Races, step: str) -> None:
    url, key, serialized = await made(
        races, awards=[line(count=2, recipients=[{"name": "Có sẵn"}])]
    )
    (award,) = serialized["awards"]

    async def name(number: int) -> httpx.Response:
        changes = {
            "awards": [
                {"id": award["id"], "recipients": [*award["recipients"], {"name": str(number)}]}
            ]
        }
        if step == "patch":
            return await races.client.patch(url, json=changes, headers=key | {"If-Match": "*"})
        body = {"reason": "Sót tên", "changes": changes}
        return await races.client.post(f"{url}/corrections", json=body, headers=key)

    answers = await asyncio.gather(*map(name, range(8)))
    succeeded = sum(answer.is_success for answer in answers)
    now = (await races.client.get(url)).json()
    (line_now,) = now["awards"]
    assert (line_now["count"], len(line_now["recipients"])) == (2, 2)
    assert now["version"] == 1 + succeeded
    if step == "patch":  # each of the others would take back a name given meanwhile
        assert statuses(answers) == {200: 1, 409: 7}


async def test_a_count_corrected_while_names_are_added_stays_the_limit(races: Races) -> None:
    for _ in range(5):
        url, key, serialized = await made(races)
        (award,) = serialized["awards"]
        names = [{"name": name} for name in "ABC"]
        answers = await asyncio.gather(
            races.client.post(
                f"{url}/corrections",
                json={
                    "reason": "Ghi nhầm số lượng",
                    "changes": {"awards": [{"id": award["id"], "count": 2}]},
                },
                headers=key,
            ),
            races.client.patch(
                url,
                json={"awards": [{"id": award["id"], "recipients": names}]},
                headers=key | {"If-Match": "*"},
            ),
        )
        assert sorted(answer.status_code for answer in answers) in ([201, 422], [200, 422])
        (award,) = (await races.client.get(url)).json()["awards"]
        assert (award["count"], len(award["recipients"])) in {(2, 0), (3, 3)}
