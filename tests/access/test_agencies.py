"""Agencies, their keys and who is asking."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.types import Message

from app.access.actors import Role
from app.access.keys import digest, new_secret
from app.access.tables import Agency, AgencyKey, AuditEntry
from app.db.calendar import today
from app.localities.load import id_of
from tests.conftest import Keys, Races

AGENCIES = "/v1/agencies"
CA_MAU, AN_GIANG = "province/96/2025-07-01", "province/91/2025-07-01"
OLD_CA_MAU = "province/96/-"


def office(unit: str = CA_MAU, **changes: object) -> dict[str, Any]:
    return {
        "name": "Ban Dân vận huyện U Minh",
        "locality": str(id_of(unit)),
        "roles": ["registrar"],
    } | changes


def wanted(**changes: object) -> dict[str, Any]:
    return {"name": "Điện thoại", "expires_on": None, "roles": ["registrar"]} | changes


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['secret']}"}


async def agency_of(client: httpx.AsyncClient, key: dict[str, str]) -> str:
    return str((await client.get("/v1/me", headers=key)).json()["agency"]["id"])


async def keys_url(client: httpx.AsyncClient, key: dict[str, str]) -> str:
    return f"{AGENCIES}/{await agency_of(client, key)}/keys"


# What a key has, what the key that it makes asks for, and whether that fits.
MORE_AND_LESS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({}, {"roles": ["registrar", "publisher"]}, False),
    ({}, {"roles": ["administrator"]}, False),
    ({}, {"levels": ["province"]}, True),
    ({}, {"expires_on": "2098-01-01"}, True),
    ({"levels": ["grassroots"]}, {}, True),
    ({"levels": ["grassroots"]}, {"levels": ["grassroots"]}, True),
    ({"levels": ["grassroots"]}, {"levels": ["province"]}, False),
    ({"levels": ["grassroots"]}, {"levels": ["grassroots", "province"]}, False),
    ({"levels": ["grassroots"]}, {"levels": []}, False),
    ({"expires_on": "2099-01-01"}, {}, True),
    ({"expires_on": "2099-01-01"}, {"expires_on": "2099-01-01"}, True),
    ({"expires_on": "2099-01-01"}, {"expires_on": "2099-01-02"}, False),
    ({"expires_on": "2099-01-01"}, {"expires_on": None}, False),
]


class TestListAgencies:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(AGENCIES)).status_code == 401

    async def test_needs_the_administrator_role(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "appraiser", "awarder", "publisher")
        answer = await client.get(AGENCIES, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_tells_those_of_the_administrators_subtree_through_every_reform(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("administrator", unit=CA_MAU, name="Tỉnh")
        await keys.of("registrar", unit=OLD_CA_MAU, name="Tỉnh cũ")
        await keys.of("registrar", unit="district/966/-", name="Huyện")
        await keys.of("registrar", unit=AN_GIANG, name="Tỉnh khác")
        await keys.of("registrar", name="Trung ương")
        names = [each["name"] for each in (await client.get(AGENCIES, headers=key)).json()["items"]]
        assert names == ["Huyện", "Tỉnh", "Tỉnh cũ"]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("sort=name", ["An Biên", "Ấn Độ", "Đầm Dơi"]),
            ("sort=-name", ["Đầm Dơi", "Ấn Độ", "An Biên"]),
            ("sort=updated_at", ["Đầm Dơi", "An Biên", "Ấn Độ"]),
            ("sort=-updated_at", ["Ấn Độ", "An Biên", "Đầm Dơi"]),
            ("active=false", []),
            (f"locality={id_of(CA_MAU)}&limit=3", ["Đầm Dơi"]),
            ("organisation=none&limit=1", ["An Biên"]),
        ],
    )
    async def test_sorts_and_filters(
        self, client: httpx.AsyncClient, keys: Keys, query: str, names: list[str]
    ) -> None:
        await keys.of("registrar", unit=CA_MAU, name="Đầm Dơi")
        key = await keys.of("administrator", name="An Biên")
        await keys.of("registrar", unit=AN_GIANG, name="Ấn Độ")
        answer = await client.get(f"{AGENCIES}?{query}", headers=key)
        assert [each["name"] for each in answer.json()["items"]] == names

    async def test_pages_counts_and_streams_what_is_seen(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("administrator", unit=CA_MAU, name="A")
        for name in ("B", "C"):
            await keys.of("registrar", unit=CA_MAU, name=name)
        await keys.of("registrar", unit=AN_GIANG, name="D")
        seen, url = [], f"{AGENCIES}?limit=2&count=true"
        while url:
            answer = await client.get(url, headers=key)
            assert answer.json()["total"] == 3
            seen += [each["name"] for each in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert seen == ["A", "B", "C"]
        for form, lines in (("csv", 4), ("ndjson", 3)):
            answer = await client.get(f"{AGENCIES}?format={form}", headers=key)
            assert len(answer.text.splitlines()) == lines
            assert answer.headers["cache-control"] == "private, no-cache"

    async def test_is_kept_by_nobody_else(self, client: httpx.AsyncClient, keys: Keys) -> None:
        answer = await client.get(AGENCIES, headers=await keys.of("administrator"))
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in answer.headers["vary"]


class TestGetAgency:
    async def test_is_for_administrators_of_its_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = f"{AGENCIES}/{await agency_of(client, await keys.of('registrar', unit=CA_MAU))}"
        statuses = [
            (await client.get(url, headers=key)).status_code
            for key in (
                {},
                await keys.of("registrar", unit=CA_MAU),
                await keys.of("administrator", unit=AN_GIANG),
                await keys.of("administrator", unit=CA_MAU, name="Tỉnh"),
                await keys.of("administrator", name="Trung ương"),
            )
        ]
        assert statuses == [401, 403, 403, 200, 200]

    async def test_tells_nothing_of_none(self, client: httpx.AsyncClient, keys: Keys) -> None:
        answer = await client.get(f"{AGENCIES}/{uuid4()}", headers=await keys.of("administrator"))
        assert answer.status_code == 404


class TestCreateAgency:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(AGENCIES, json=office())).status_code == 401

    async def test_needs_the_administrator_role(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        answer = await client.post(AGENCIES, json=office(), headers=await keys.of("registrar"))
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stays_inside_the_administrators_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("administrator", unit=AN_GIANG)
        answer = await client.post(AGENCIES, json=office(), headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_reaches_no_further_than_the_administrators_levels(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("administrator", name="Tỉnh")
        await session.exec(
            update(Agency).where(col(Agency.name) == "Tỉnh").values(levels=["grassroots"])
        )
        await session.commit()
        codes = [
            (await client.post(AGENCIES, json=office(levels=levels), headers=key)).status_code
            for levels in ([], ["province"], ["grassroots", "province"], ["grassroots"])
        ]
        assert codes == [403, 403, 403, 201]

    async def test_answers_the_whole_of_it(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("administrator")
        body = office(roles=["registrar", "appraiser", "registrar"], levels=["province"])
        answer = await client.post(AGENCIES, json=body, headers=key)
        assert answer.status_code == 201
        serialized = answer.json()
        assert serialized["roles"] == ["appraiser", "registrar"]
        assert (serialized["levels"], serialized["active"]) == (["province"], True)
        assert serialized["locality"]["path"] == "Tỉnh Cà Mau"
        again = await client.get(answer.headers["location"], headers=key)
        assert (again.json(), again.headers["etag"]) == (serialized, answer.headers["etag"])

    async def test_a_name_is_taken_once(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("administrator")
        first = await client.post(AGENCIES, json=office(), headers=key)
        again = await client.post(AGENCIES, json=office(), headers=key)
        assert (first.status_code, again.status_code) == (201, 409)
        assert again.json()["code"] == "already_exists"

    async def test_tells_all_that_is_wrong_at_once(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        body = office(roles=["king"], levels=["village"], active="yes", version=3)
        answer = await client.post(AGENCIES, json=body, headers=await keys.of("administrator"))
        assert {error["pointer"] for error in answer.json()["errors"]} == {
            "#/roles/0",
            "#/levels/0",
            "#/active",
            "#/version",
        }


class TestUpdateAgency:
    async def test_holds_for_its_keys_at_once(self, client: httpx.AsyncClient, keys: Keys) -> None:
        admin = await keys.of("administrator") | {"If-Match": "*"}
        key = await keys.of("registrar", "publisher", unit=CA_MAU)
        url = f"{AGENCIES}/{await agency_of(client, key)}"
        await client.patch(url, json={"roles": ["publisher"]}, headers=admin)
        assert (await client.get("/v1/me", headers=key)).json()["roles"] == ["publisher"]
        await client.patch(url, json={"active": False}, headers=admin)
        refused = await client.get("/v1/me", headers=key)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")

    async def test_needs_if_match_and_stays_in_the_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = f"{AGENCIES}/{await agency_of(client, await keys.of('registrar', unit=CA_MAU))}"
        near = await keys.of("administrator", unit=CA_MAU, name="Tỉnh")
        far = await keys.of("administrator", unit=AN_GIANG)
        match = {"If-Match": '"1"'}
        away = {"locality": str(id_of(AN_GIANG))}
        statuses = [
            (await client.patch(url, json=body, headers=headers)).status_code
            for body, headers in (
                ({"active": False}, far | match),
                ({"active": False}, near),
                (away, near | match),
                ({"active": False}, near | match),
                ({"active": True}, near | match),
            )
        ]
        assert statuses == [403, 428, 403, 200, 412]


class TestCreateAgencyKey:
    async def test_shows_the_secret_once(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        key = await keys.of("registrar", "key_manager", unit=CA_MAU)
        url = await keys_url(client, key)
        body = wanted(id=str(uuid4()), expires_on="2099-01-31")
        answer = await client.post(url, json=body, headers=key)
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        secret = answer.json()["secret"]
        assert secret.startswith(answer.json()["prefix"])
        assert answer.json()["expires_on"] == "2099-01-31"
        kept = await session.get_one(AgencyKey, UUID(answer.json()["id"]))
        assert kept.digest == digest(secret)
        again = await client.post(url, json=body, headers=key)
        assert (again.status_code, again.json()["secret"]) == (200, None)
        for address in (url, answer.headers["location"]):
            serialized = await client.get(address, headers=key)
            assert secret not in serialized.text
            assert serialized.headers["cache-control"] == "no-store"
        traces = (await session.exec(select(col(AuditEntry.after)))).all()
        assert answer.json()["id"] in str(traces)
        assert secret not in str(traces)

    async def test_the_new_key_works_at_once(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "key_manager", unit=CA_MAU)
        answer = await client.post(await keys_url(client, key), json=wanted(), headers=key)
        me = await client.get("/v1/me", headers=bearer(answer))
        assert me.json()["roles"] == ["registrar"]
        assert me.json()["key"]["id"] == answer.json()["id"]

    @pytest.mark.parametrize(("parent", "child", "fits"), MORE_AND_LESS)
    async def test_has_no_more_rights_than_the_key_that_makes_it(
        self,
        client: httpx.AsyncClient,
        keys: Keys,
        parent: dict[str, Any],
        child: dict[str, Any],
        fits: bool,
    ) -> None:
        whole = await keys.of("registrar", "publisher", "key_manager", unit=CA_MAU)
        url = await keys_url(client, whole)
        body = wanted(roles=["registrar", "key_manager"], **parent)
        made = await client.post(url, json=body, headers=whole)
        answer = await client.post(
            url, json={"name": "Con", "roles": ["registrar"]} | child, headers=bearer(made)
        )
        if not fits:
            assert (answer.status_code, answer.json()["code"]) == (403, "more_rights")
            return
        assert answer.status_code == 201, answer.text
        me = (await client.get("/v1/me", headers=bearer(answer))).json()
        assert me["levels"] == child.get("levels", parent.get("levels", []))
        assert me["key"]["expires_on"] == child.get("expires_on", parent.get("expires_on"))
        assert answer.json()["parent"]["id"] == made.json()["id"]

    @pytest.mark.parametrize("levels", [[], ["province"], ["grassroots", "province"]])
    async def test_a_limited_agency_makes_no_key_of_more_levels_for_another(
        self, client: httpx.AsyncClient, keys: Keys, levels: list[str]
    ) -> None:
        sister = await keys_url(client, await keys.of("registrar", unit=CA_MAU))
        limited = await keys.of("administrator", levels=["grassroots"])
        answer = await client.post(sister, json=wanted(levels=levels), headers=limited)
        assert (answer.status_code, answer.json()["code"]) == (403, "more_rights")
        fitting = await client.post(sister, json=wanted(), headers=limited)
        assert fitting.json()["levels"] == ["grassroots"]

    async def test_a_key_acts_only_at_levels_of_both_itself_and_its_agency(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        manager = await keys.of("registrar", "key_manager", unit=CA_MAU, name="Tỉnh")
        body = wanted(levels=["grassroots", "province"])
        child = bearer(
            await client.post(await keys_url(client, manager), json=body, headers=manager)
        )
        for of_agency, acts_at in (
            (["province", "central"], ["province"]),
            (["central"], None),
            ([], ["grassroots", "province"]),
        ):
            narrowed = update(Agency).where(col(Agency.name) == "Tỉnh").values(levels=of_agency)
            await session.exec(narrowed)
            await session.commit()
            me = await client.get("/v1/me", headers=child)
            assert me.json().get("levels") == acts_at
            assert me.status_code == (200 if acts_at else 401)

    async def test_has_only_roles_of_its_agency(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        url = await keys_url(client, await keys.of("registrar", unit=CA_MAU))
        admin = await keys.of("administrator")
        body = wanted(roles=["registrar", "awarder"], expires_on="2020-01-01")
        answer = await client.post(url, json=body, headers=admin)
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
            ("#/roles/1", "role_not_of_agency"),
            ("#/expires_on", "in_the_past"),
        ]
        assert (await client.post(url, json=wanted(), headers=admin)).status_code == 201

    async def test_an_agency_makes_keys_of_no_other(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        own = await keys.of("registrar", "key_manager", unit=CA_MAU)
        url = await keys_url(client, own)
        statuses = [
            (await client.post(url, json=wanted(), headers=key)).status_code
            for key in (
                {},
                await keys.of("registrar", "key_manager", unit=CA_MAU, name="Láng giềng"),
                await keys.of("administrator", unit=AN_GIANG),
                await keys.of("administrator", unit=CA_MAU, name="Tỉnh"),
                own,
            )
        ]
        assert statuses == [401, 403, 403, 201, 201]

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.administrator])
    async def test_making_listing_and_revoking_keys_is_a_right_of_its_own(
        self, client: httpx.AsyncClient, keys: Keys, role: Role
    ) -> None:
        key = await keys.of(role, unit=CA_MAU)
        me = (await client.get("/v1/me", headers=key)).json()
        url = await keys_url(client, key)
        statuses = [
            (await client.request(method, address, json=body, headers=key)).status_code
            for method, address, body in (
                ("GET", url, None),
                ("GET", f"{url}/{me['key']['id']}", None),
                ("POST", url, wanted(roles=[role])),
                ("DELETE", f"{url}/{me['key']['id']}", None),
            )
        ]
        assert statuses == ([200, 200, 201, 204] if role is Role.key_manager else [403] * 4)


class TestListAgencyKeys:
    async def test_tells_those_of_one_agency(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "key_manager", unit=CA_MAU)
        await keys.of("registrar", unit=AN_GIANG)
        url = await keys_url(client, key)
        made = [
            (await client.post(url, json=wanted(name=name, expires_on=day), headers=key)).json()
            for name, day in (("Ấ", "2098-01-01"), ("An", "2099-01-01"))
        ]
        await client.delete(f"{url}/{made[0]['id']}", headers=key)

        async def names(query: str) -> list[str]:
            items = (await client.get(f"{url}?{query}", headers=key)).json()["items"]
            return [each["name"] for each in items]

        assert await names("sort=name") == ["An", "Ấ", "command line"]
        assert await names("sort=-name") == ["command line", "Ấ", "An"]
        assert await names("sort=expires_on") == ["Ấ", "An", "command line"]
        assert await names("sort=-expires_on") == ["An", "Ấ", "command line"]
        assert await names("") == ["Ấ", "An", "command line"]
        assert await names("sort=updated_at") == ["command line", "An", "Ấ"]
        assert await names("revoked=true") == ["Ấ"]
        assert await names("revoked=false&limit=1") == ["An"]
        streamed = await client.get(f"{url}?format=ndjson", headers=key)
        assert len(streamed.text.splitlines()) == 3
        assert streamed.headers["cache-control"] == "no-store"

    async def test_last_used_is_when_it_last_wrote(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "key_manager", unit=CA_MAU)
        url = await keys_url(client, key)
        new = await client.post(url, json=wanted(), headers=key)
        assert new.json()["last_used_at"] is None
        await client.post(url, json=wanted(), headers=bearer(new))
        used = await client.get(new.headers["location"], headers=key)
        assert used.json()["last_used_at"] is not None
        assert used.json()["version"] == new.json()["version"]


class TestRevokeAgencyKey:
    async def test_holds_at_once_and_leaves_others(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        first = await keys.of("key_manager", unit=CA_MAU)
        url = await keys_url(client, first)
        made = await client.post(url, json=wanted(roles=["key_manager"]), headers=first)
        second = bearer(made)
        both = [(await client.get("/v1/me", headers=key)).json() for key in (first, second)]
        assert both[0]["agency"] == both[1]["agency"]
        old = both[0]["key"]["id"]
        revoked = await client.delete(f"{url}/{old}", headers=second)
        assert (revoked.status_code, revoked.content) == (204, b"")
        refused = await client.get("/v1/me", headers=first)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")
        listed = (await client.get(url, headers=second)).json()["items"]
        when = {each["id"]: each["revoked_at"] for each in listed}
        assert when[old] is not None
        assert when[made.json()["id"]] is None
        await client.delete(f"{url}/{old}", headers=second)
        again = await client.get(f"{url}/{old}", headers=second)
        assert again.json()["revoked_at"] == when[old]

    async def test_is_for_the_agency_itself_and_administrators(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU)
        me = (await client.get("/v1/me", headers=key)).json()
        url = f"{AGENCIES}/{me['agency']['id']}/keys/{me['key']['id']}"
        other = await keys.of("key_manager", unit=CA_MAU, name="Láng giềng")
        elsewhere = f"{AGENCIES}/{await agency_of(client, other)}/keys/{me['key']['id']}"
        statuses = [
            (await client.delete(address, headers=headers)).status_code
            for address, headers in (
                (url, {}),
                (url, other),
                (elsewhere, other),
                (url, await keys.of("administrator", unit=AN_GIANG)),
                (url, await keys.of("administrator", unit=CA_MAU, name="Tỉnh")),
            )
        ]
        assert statuses == [401, 403, 404, 403, 204]

    @pytest.mark.parametrize("with_children", [False, True])
    async def test_the_keys_it_made_end_with_it_on_request(
        self, client: httpx.AsyncClient, keys: Keys, with_children: bool
    ) -> None:
        manager = await keys.of("key_manager", unit=CA_MAU)
        url = await keys_url(client, manager)
        line = [manager]
        for _ in range(3):
            made = await client.post(url, json=wanted(roles=["key_manager"]), headers=line[-1])
            line.append(bearer(made))
        ids = [(await client.get("/v1/me", headers=key)).json()["key"]["id"] for key in line]
        parameters = {"with_children": with_children} if with_children else {}
        await client.delete(f"{url}/{ids[1]}", headers=manager, params=parameters)
        statuses = [(await client.get("/v1/me", headers=key)).status_code for key in line]
        assert statuses == ([200, 401, 401, 401] if with_children else [200, 401, 200, 200])
        entries = await client.get("/v1/audit-entries?type=keys", headers=manager)
        revoked = {
            entry["thing"]: (entry["before"]["revoked_at"], entry["after"]["parent"]["id"])
            for entry in entries.json()["items"]
            if entry["action"] == "revoke_agency_key" and entry["after"]["revoked_at"]
        }
        parents = dict(zip(ids[1:], ids, strict=False))
        ended = ids[1:] if with_children else ids[1:2]
        assert revoked == {id: (None, parents[id]) for id in ended}

    async def test_children_end_also_after_their_parent(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        manager = await keys.of("key_manager", unit=CA_MAU)
        url = await keys_url(client, manager)
        body = wanted(roles=["key_manager"])
        parent = await client.post(url, json=body, headers=manager)
        child = bearer(await client.post(url, json=body, headers=bearer(parent)))
        address = f"{url}/{parent.json()['id']}"
        await client.delete(address, headers=manager)
        assert (await client.get("/v1/me", headers=child)).status_code == 200
        await client.delete(f"{address}?with_children=true", headers=manager)
        assert (await client.get("/v1/me", headers=child)).status_code == 401


class TestReadingWithAKeyThatIsRevoked:
    async def test_what_it_waits_for_is_not_delivered(self, races: Races) -> None:
        client, manager = races.client, await races.keys.of("key_manager", "registrar")
        me = (await client.get("/v1/me", headers=manager)).json()
        url = f"{AGENCIES}/{me['agency']['id']}/keys"
        made = await client.post(url, json=wanted(), headers=manager)
        position = await client.get("/v1/changes?snapshot=true&limit=1000&types=events")
        parameters = {
            "after": position.json()["next_cursor"],
            "types": "events",
            "wait": "20",
        }
        waiting = asyncio.create_task(
            client.get("/v1/changes", params=parameters, headers=bearer(made))
        )
        await asyncio.sleep(0.5)
        await client.delete(f"{url}/{made.json()['id']}", headers=manager)
        event = {"kind": "conference", "name": "Hội nghị", "held_on": "2026-01-02"}
        await client.post(
            "/v1/events", json=event | {"locality": str(id_of(CA_MAU))}, headers=manager
        )
        answer = await waiting
        assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")

    async def test_a_stream_ends_without_another_line(
        self, app: FastAPI, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        manager = await keys.of("key_manager", "registrar")
        url = await keys_url(client, manager)
        made = await client.post(url, json=wanted(), headers=manager)
        sent: list[bytes] = []

        async def send(message: Message) -> None:
            if message.get("body"):
                sent.append(message["body"])
            if len(sent) == 1:
                await client.delete(f"{url}/{made.json()['id']}", headers=manager)

        async def receive() -> Message:
            return await asyncio.Future()

        authorization = bearer(made)["Authorization"].encode()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": "/v1/changes",
            "raw_path": b"/v1/changes",
            "query_string": b"format=ndjson",
            "headers": [(b"authorization", authorization), (b"host", b"kheo.test")],
            "client": ("127.0.0.1", 1),
            "server": ("kheo.test", 80),
            "scheme": "http",
        }
        with pytest.raises(RuntimeError, match="response already started"):
            await app(scope, receive, send)
        assert len(sent) == 1


class TestMe:
    async def test_tells_whose_key_it_is(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar", "awarder", unit=CA_MAU, name="Ban Dân vận")
        answer = await client.get("/v1/me", headers=key)
        serialized = answer.json()
        assert serialized["agency"]["name"] == "Ban Dân vận"
        assert serialized["locality"]["path"] == "Tỉnh Cà Mau"
        assert (serialized["organisation"], serialized["levels"]) == (None, [])
        assert serialized["roles"] == ["awarder", "registrar"]
        assert key["Authorization"].startswith(f"Bearer {serialized['key']['prefix']}")
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" in answer.headers


class TestBadCredentials:
    async def test_look_alike_but_for_their_code(
        self, client: httpx.AsyncClient, keys: Keys, session: AsyncSession
    ) -> None:
        """Whether a key is expired, revoked, made up or no key at all."""
        changes: dict[str, dict[str, Any]] = {
            "key_expired": {"expires_on": today() - timedelta(days=1)},
            "key_revoked": {"revoked_at": datetime.now(UTC)},
        }
        sent = {}
        for code, values in changes.items():
            sent[code] = await keys.of("registrar", name=code)
            of_it = col(AgencyKey.prefix) == sent[code]["Authorization"].split()[1][:12]
            await session.exec(update(AgencyKey).where(of_it).values(**values))
        await session.commit()
        known = sent["key_expired"]["Authorization"]
        unknown = (
            f"Bearer {new_secret().text}",
            known[:-1],
            known[:-1] + ("A" if known[-1] != "A" else "B"),
            known + "A",
            "Bearer kheo_",
            "Bearer ý",
            "Bearer x'; drop table agency; --",
        )
        answers = [("key_unknown", {"Authorization": text}) for text in unknown]
        seen = set()
        for code, headers in [*sent.items(), *answers]:
            for method, path in (("POST", "/v1/organisations"), ("GET", "/v1/me")):
                raw = {name.encode(): value.encode() for name, value in headers.items()}
                body: dict[str, str] | None = {} if method == "POST" else None
                answer = await client.request(method, path, json=body, headers=raw)
                assert (answer.status_code, answer.json()["code"]) == (401, code)
                serialized = {
                    name: value
                    for name, value in answer.headers.items()
                    if name not in {"x-request-id", "content-length", "ratelimit"}
                }
                seen.add((method, str(sorted(serialized.items())), str(sorted(answer.json()))))
        assert len(seen) == 2

    async def test_the_last_day_of_a_key_is_its_own(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", "key_manager")
        body = wanted(expires_on=today().isoformat())
        last = bearer(await client.post(await keys_url(client, key), json=body, headers=key))
        assert (await client.get("/v1/me", headers=last)).status_code == 200


def test_a_secret_has_256_random_bits_after_a_prefix_that_can_be_recognised() -> None:
    secrets = {new_secret().text for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(each) for each in secrets} == {len("kheo_") + 43}  # 43 · 6 bits > 256
    assert all(each.startswith("kheo_") for each in secrets)
