"""A thousand hostile requests leak nothing, change nothing and are never answered 500."""

import random
from uuid import uuid4

import httpx
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.keys import new_secret
from app.db.database import driver_of
from app.localities.load import id_of
from tests.access.test_agencies import CA_MAU, bearer, wanted
from tests.access.test_deletion import CITED, UNCITED, organisation
from tests.conftest import Keys
from tests.support.contract import OPERATIONS, WRITES

COUNTS = """
    select (select count(*) from organisation), (select count(*) from emulation_model),
        (select count(*) from award_decision), (select count(*) from agency),
        (select count(*) from agency_key), (select count(*) from deleted_thing),
        (select sum(version) from organisation), (select sum(version) from emulation_model),
        (select sum(version) from agency_key), (select sum(version) from agency)
"""
POISON = (
    "'; drop table agency; --", "../../etc/passwd", "%00", "\\u0000", "{{7*7}}", "=cmd()",
    "a" * 3000, "ả" * 200, '*, W/"1"', "-1", "NaN", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip


async def test_leak_nothing_and_change_nothing(
    client: httpx.AsyncClient, keys: Keys, session: AsyncSession
) -> None:
    chance = random.Random(20_231_027)  # noqa: S311 - repeatable, not secret
    owner = await keys.of("registrar", "key_manager", unit=CA_MAU, name="Chủ")
    me = (await client.get("/v1/me", headers=owner)).json()
    own_keys = f"/v1/agencies/{me['agency']['id']}/keys"
    made = await client.post(own_keys, json=wanted(), headers=owner)
    victim = bearer(made)["Authorization"]
    everybody = [
        await keys.of(*roles, unit="province/79/2025-07-01", name=" ".join(roles))
        for roles in (("registrar", "appraiser"), ("awarder", "publisher"), ("administrator",))
    ]
    connection = await driver_of(session)
    before = tuple(await connection.fetchrow(COUNTS) or ())
    forged = [
        {"Authorization": text}
        for text in (
            victim[:-1], victim[:-1] + "!", victim.replace("Bearer", "Basic"), victim.swapcase(),
            f"Bearer {new_secret().text}", f"{victim}, {victim}", "Bearer " + "k" * 4000,
        )
    ]  # fmt: skip
    urls = [*UNCITED, *CITED, own_keys, f"{own_keys}/{made.json()['id']}",
            f"/v1/agencies/{me['agency']['id']}"]  # fmt: skip
    addresses = [(each.method, each.path) for name, each in OPERATIONS.items() if name in WRITES]
    for number in range(1000):
        method, path = chance.choice(addresses)
        url = chance.choice(urls) if number % 2 else path
        for name in ("id", "key", "step", "correction"):
            url = url.replace(f"{{{name}}}", chance.choice([str(uuid4()), made.json()["id"]]))
        key = chance.choice([*forged, *everybody, {}])
        headers = key | {
            "If-Match": chance.choice(["*", '"1"', chance.choice(POISON)]),
            "Idempotency-Key": chance.choice(POISON),
            "X-Request-ID": chance.choice(POISON),
            "X-Forwarded-For": chance.choice(POISON),
        }
        body = chance.choice([
            organisation(locality=str(id_of(CA_MAU)), name=chance.choice(POISON)),
            {"name": chance.choice(POISON)}, wanted(roles=["administrator"]), [], {},
        ])  # fmt: skip
        answer = await client.request(
            chance.choice([method, "delete", "patch", "post", "get"]),
            url,
            json=body,
            headers={name.encode(): value.encode() for name, value in headers.items()},
        )
        if answer.request.method != "GET" or "agencies/" in url:
            assert 400 <= answer.status_code < 500, (answer.request, answer.text)
        assert answer.status_code != 500
        assert victim.split()[1] not in answer.text
        assert "Traceback" not in answer.text
        assert not {"set-cookie", "x-forwarded-for"} & answer.headers.keys()
    assert tuple(await connection.fetchrow(COUNTS) or ()) == before
