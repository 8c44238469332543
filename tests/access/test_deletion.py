"""Deleting, restoring, and what other records rest on."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.tables import DeletedThing
from app.db.database import driver_of
from app.localities.load import id_of as unit
from app.shipped_facts import id_of
from tests.conftest import Keys
from tests.emulation_models.test_models import model
from tests.support.awarding import CEREMONY, MEDALS, commendation, decision_id, line, record

TAY_NINH = "province/80/2025-07-01"
MATCH = {"If-Match": "*"}
MERITS = f"/v1/award-decisions/{decision_id('ca-mau-2023/bang-khen-chu-tich-ubnd-tinh')}"
# Things that nothing cites, with the roles that may write them.
UNCITED = {
    "/v1/documents/31f215d3-1498-5a83-8192-79737c467ac1": "registrar",
    "/v1/campaign-periods/0bcb63a8-210e-512b-a9a4-f547c70bfe63": "registrar",
    "/v1/events/228cd41d-5d40-50ac-93bc-f59a005cb8e8": "registrar",
    "/v1/models/0714f0e6-13be-5a98-8918-6fadfd1cf117": "registrar",
    f"/v1/award-decisions/{decision_id(MEDALS)}": "awarder",
    f"/v1/publications/{id_of('publication', 'ca-mau-2023')}": "publisher",
}
CITED = {
    f"/v1/organisations/{id_of('organisation', 'ca-mau-2023/ban-dan-van-tinh-uy')}": "registrar",
    f"/v1/documents/{id_of('document', 'ca-mau-2023/322-qd-tu')}": "registrar",
    "/v1/campaign-periods/000a7947-6239-5024-87dd-8d80dd616445": "registrar",
    f"/v1/events/{CEREMONY}": "registrar",
    "/v1/models/96058005-6e03-511e-9c12-1761584b00ef": "registrar",
}


def organisation(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Khối vận xã Khánh Lâm",
        "kind": "commune_mobilisation_bloc",
        "tier": "commune",
        "locality": str(unit("province/96/2025-07-01")),
    } | changes


async def codes(*answers: httpx.Response) -> list[tuple[int, str]]:
    return [
        (each.status_code, each.json()["code"] if each.status_code >= 400 else "")
        for each in answers
    ]


def settled(thing: dict[str, Any]) -> dict[str, Any]:
    """A thing without what every change of it changes."""
    return {k: v for k, v in thing.items() if k not in {"version", "updated_at"}}


class TestDelete:
    @pytest.mark.parametrize(("url", "role"), UNCITED.items())
    async def test_is_told_by_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys, url: str, role: str
    ) -> None:
        key = await keys.of(role)
        far = await keys.of(role, unit=TAY_NINH, name="Xa")
        other = await keys.of("appraiser")
        nothing = url.rpartition("/")[0] + f"/{uuid4()}"
        statuses = [
            (await client.delete(address, headers=headers)).status_code
            for address, headers in (
                (url, {}),
                (nothing, other),
                (url, other),
                (url, far),
                (url, key),
                (url, key | {"If-Match": '"9"'}),
                (url, key | {"If-Match": '"1"'}),
                (url, key | {"If-Match": '"1"'}),
            )
        ]
        assert statuses == [401, 404, 403, 403, 428, 412, 204, 404]

    @pytest.mark.parametrize(("url", "role"), UNCITED.items())
    async def test_takes_it_out_of_every_list(
        self, client: httpx.AsyncClient, keys: Keys, url: str, role: str
    ) -> None:
        things = url.rpartition("/")[0]
        before = (await client.get(f"{things}?count=true&limit=1")).json()["total"]
        gone = await client.delete(url, headers=await keys.of(role) | MATCH)
        assert (gone.status_code, gone.content) == (204, b"")
        assert (await client.get(url)).status_code == 404
        listed = (await client.get(f"{things}?count=true&limit=200")).json()
        assert listed["total"] == before - 1
        assert url.rpartition("/")[2] not in [each["id"] for each in listed["items"]]
        streamed = await client.get(f"{things}?format=ndjson")
        assert len(streamed.text.splitlines()) == before - 1

    @pytest.mark.parametrize(("url", "role"), CITED.items())
    async def test_is_refused_while_another_record_cites_it(
        self, client: httpx.AsyncClient, keys: Keys, url: str, role: str
    ) -> None:
        before = (await client.get(url)).content
        refused = await client.delete(url, headers=await keys.of(role) | MATCH)
        assert (refused.status_code, refused.json()["code"]) == (409, "cited")
        assert (await client.get(url)).content == before

    async def test_lets_go_of_what_it_cited(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "awarder") | MATCH
        host = (await client.post("/v1/organisations", json=organisation(), headers=key)).json()
        hosted = model(host=host["id"])
        made = (await client.post("/v1/models", json=hosted, headers=key)).headers["location"]
        at = f"/v1/organisations/{host['id']}"
        answers = [await client.delete(url, headers=key) for url in (at, made, at)]
        assert [each.status_code for each in answers] == [409, 204, 204]
        back = [await client.post(f"{url}/restoration", headers=key) for url in (made, at, made)]
        assert await codes(*back) == [(409, "cites_deleted"), (200, ""), (200, "")]

    async def test_leaves_the_id_taken(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar") | MATCH
        body = organisation(id=str(uuid4()))
        made = await client.post("/v1/organisations", json=body, headers=key)
        await client.delete(made.headers["location"], headers=key)
        again = await client.post("/v1/organisations", json=body, headers=key)
        other = await client.post("/v1/organisations", json=body | {"name": "Khác"}, headers=key)
        assert await codes(again, other) == [(409, "id_taken")] * 2

    async def test_an_id_that_the_server_gave_stays_taken_too(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("registrar") | MATCH
        made = await client.post("/v1/organisations", json=organisation(), headers=key)
        await client.delete(made.headers["location"], headers=key)
        body = organisation(id=made.json()["id"])
        again = await client.post("/v1/organisations", json=body, headers=key)
        assert await codes(again) == [(409, "id_taken")]
        connection = await driver_of(session)
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute(
                    "insert into document (id, kind, title) values ($1, 'plan', 'x')",
                    UUID(made.json()["id"]),
                )


class TestRestoration:
    @pytest.mark.parametrize(("url", "role"), UNCITED.items())
    async def test_brings_back_all_of_it_under_the_next_version(
        self, client: httpx.AsyncClient, keys: Keys, url: str, role: str
    ) -> None:
        key = await keys.of(role)
        before = (await client.get(url)).json()
        await client.delete(url, headers=key | MATCH)
        answer = await client.post(f"{url}/restoration", headers=key)
        assert answer.status_code == 200
        now = (await client.get(url)).json()
        assert settled(now) == settled(before)
        assert now["version"] > before["version"]
        assert answer.json()["version"] == now["version"]
        listed = await client.get(f"{url.rpartition('/')[0]}?limit=200")
        assert before["id"] in [each["id"] for each in listed.json()["items"]]

    async def test_brings_back_numbers_and_names_exactly(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "awarder") | MATCH
        outcome = {"what": "Lợi nhuận", "amount": 1234567890123456.125, "qualifier": "exact"}
        made = await client.post(
            "/v1/models",
            json=model(outcomes=[outcome], aliases=['Đổi "rác"\\lấy quà', "{a,b}"]),
            headers=key,
        )
        names = [line(count=4, recipients=[{"name": "Nguyễn Văn A"}, {"name": "Trần Thị Ơ"}])]
        decision = await record(client, key, awards=names)
        for url in (made.headers["location"], f"/v1/award-decisions/{decision['id']}"):
            before = (await client.get(url)).json()
            for _ in range(2):
                assert (await client.delete(url, headers=key)).status_code == 204
                assert (await client.post(f"{url}/restoration", headers=key)).status_code == 200
            assert settled((await client.get(url)).json()) == settled(before)

    async def test_is_told_by_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder")
        far = await keys.of("awarder", unit=TAY_NINH)
        near = await keys.of("registrar")
        back, nothing = f"{MERITS}/restoration", f"/v1/award-decisions/{uuid4()}/restoration"
        there = await codes(
            await client.post(back),
            await client.post(nothing, headers=near),
            await client.post(back, headers=near),
            await client.post(back, headers=far),
            await client.post(back, headers=key),
        )
        assert there == [
            (401, "credentials_missing"),
            (404, "not_found"),
            (403, "role_missing"),
            (403, "outside_scope"),
            (409, "not_deleted"),
        ]
        await client.delete(MERITS, headers=key | MATCH)
        gone = await codes(
            await client.post(back, headers=near),
            await client.post(back, headers=far),
            await client.post(back, headers=key | {"If-Match": '"7"'}),
            await client.post(back, headers=key | {"If-Match": '"1"'}),
        )
        assert gone == [
            (403, "role_missing"),
            (403, "outside_scope"),
            (412, "precondition_failed"),
            (200, ""),
        ]

    async def test_is_possible_for_thirty_days(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("awarder", "registrar") | MATCH
        await client.delete(MERITS, headers=key)
        id = UUID(MERITS.rpartition("/")[2])

        async def age(days: int) -> None:
            longer = col(DeletedThing.deleted_at) - timedelta(days=days)
            of_it = col(DeletedThing.id) == id
            await session.exec(update(DeletedThing).where(of_it).values(deleted_at=longer))
            await session.commit()

        await age(29)
        assert (await client.post(f"{MERITS}/restoration", headers=key)).status_code == 200
        await client.delete(MERITS, headers=key)
        await age(31)
        assert (await client.post(f"{MERITS}/restoration", headers=key)).status_code == 404
        await client.delete(next(iter(UNCITED)), headers=key)
        kept = await session.get_one(DeletedThing, id, populate_existing=True)
        assert kept.content is None
        again = commendation(id=str(id))
        taken = await client.post("/v1/award-decisions", json=again, headers=key)
        assert await codes(taken) == [(409, "id_taken")]


async def test_a_model_is_replicating_only_while_its_adopters_are_there(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    key = await keys.of("registrar") | MATCH
    origin = (await client.post("/v1/models", json=model(), headers=key)).headers["location"]
    adopted = model(TAY_NINH, derived_from=origin.rpartition("/")[2])
    adopter = (await client.post("/v1/models", json=adopted, headers=key)).headers["location"]

    async def state() -> str:
        return str((await client.get(origin)).json()["state"])

    assert await state() == "replicating"
    await client.delete(adopter, headers=key)
    assert await state() == "draft"
    await client.post(f"{adopter}/restoration", headers=key)
    assert await state() == "replicating"
