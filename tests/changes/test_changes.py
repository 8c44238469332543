"""The change feed over HTTP: what is told, to whom, and how long an answer waits."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.access.actors import Role
from app.access.service import issue_key
from app.db.database import Database
from app.localities.load import id_of
from tests.support.following import FEED, Copy, own_server, place, worker

PLACED = (
    "models",
    "award-decisions",
    "organisations",
    "events",
    "campaign-periods",
    "publications",
)
LISTS = (
    *("models", "award-decisions", "organisations", "documents", "events", "campaign-periods"),
    *("publications", "criteria-sets"),
)


class TestListChanges:
    """GET /v1/changes"""

    async def test_tells_every_loaded_thing_as_a_get_of_it_does(
        self, client: httpx.AsyncClient
    ) -> None:
        for type in LISTS:
            page = (await client.get(FEED, params={"types": type, "limit": 1000})).json()
            listed = (await client.get(f"/v1/{type}?count=true&limit=1")).json()
            assert len(page["items"]) == listed["total"], type
            assert {item["operation"] for item in page["items"]} <= {"upsert"}
            for item in page["items"][:5]:
                serialized = (await client.get(f"/v1/{type}/{item['id']}")).json()
                serialized.pop("allowed_actions", None)
                assert item["data"] == serialized
                assert item["version"] == serialized["version"]

    async def test_tells_units_that_ended_and_units_in_force_as_a_get_does(
        self, client: httpx.AsyncClient
    ) -> None:
        for unit in ("province/96/2025-07-01", "province/95/1997-01-01", "country/VN/-"):
            parameters = {"types": "localities", "under": str(id_of(unit)), "limit": "1000"}
            page = (await client.get(FEED, params=parameters)).json()
            found = {item["id"]: item["data"] for item in page["items"]}
            if str(id_of(unit)) in found:
                serialized = await client.get(f"/v1/localities/{id_of(unit)}")
                assert found[str(id_of(unit))] == serialized.json()

    async def test_tells_of_a_place_what_lists_under_it_show(
        self, client: httpx.AsyncClient
    ) -> None:
        unit = id_of("province/96/2025-07-01")
        parameters = {
            "under": str(unit),
            "limit": "1000",
            "types": ",".join(PLACED),
        }
        page = (await client.get(FEED, params=parameters)).json()
        counts = Counter(item["type"] for item in page["items"])
        assert counts["models"] > 0
        for type in PLACED:
            listed = await client.get(f"/v1/{type}?under={unit}&count=true&limit=1")
            assert counts[type] == listed.json()["total"], type

    async def test_pages_lose_and_repeat_nothing(self, client: httpx.AsyncClient) -> None:
        copy = Copy(client, types="models,documents,organisations")
        serialized = 0
        while await copy.step(limit=7):
            serialized += 7
            assert len(copy.things) == serialized
        whole = await client.get(FEED, params=copy.follows | {"limit": 1000})
        assert len(copy.things) == len(whole.json()["items"])
        assert not await copy.step()

    async def test_a_bad_key_is_401(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(FEED, headers={"Authorization": "Bearer kheo_" + "a" * 43})
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")

    async def test_streams_all_as_ndjson_and_ends_with_where_to_go_on(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get(FEED, headers={"Accept": "application/x-ndjson"})
        assert answer.headers["content-type"] == "application/x-ndjson"
        *items, last = map(json.loads, answer.text.splitlines())
        assert last.keys() == {"next_cursor"}
        assert len({(item["type"], item["id"]) for item in items}) == len(items) > 14_000
        rest = await client.get(FEED, params={"after": last["next_cursor"]})
        assert (rest.json()["items"], rest.json()["has_more"]) == ([], False)
        assert rest.json()["next_cursor"] == last["next_cursor"]

    @pytest.mark.parametrize(
        ("parameters", "parameter", "code"),
        [
            ({"limit": 0}, "limit", "out_of_range"),
            ({"limit": 1001}, "limit", "out_of_range"),
            ({"wait": 31}, "wait", "out_of_range"),
            ({"wait": -1}, "wait", "out_of_range"),
            ({"types": "awards"}, "types.0", "not_in_vocabulary"),
            ({"under": "96"}, "under", "invalid_id"),
            ({"snapshot": "often"}, "snapshot", "not_a_boolean"),
            ({"after": ""}, "after", "invalid_cursor"),
            ({"after": "x" * 40}, "after", "invalid_cursor"),
            ({"after": "é.é"}, "after", "invalid_cursor"),
            ({"after": "x" * 1001}, "after", "too_long"),
            ({"format": "csv"}, "format", "not_in_vocabulary"),
            ({"format": "ndjson", "limit": 5}, "limit", "not_with_files"),
            ({"format": "ndjson", "wait": 5}, "wait", "not_with_files"),
            ({"since": "2020"}, "since", "unknown_parameter"),
        ],
    )
    async def test_bad_input_is_422(
        self, client: httpx.AsyncClient, parameters: dict[str, str], parameter: str, code: str
    ) -> None:
        answer = await client.get(FEED, params=parameters)
        assert answer.status_code == 422, answer.text
        (fault,) = answer.json()["errors"]
        assert (fault["parameter"], fault["code"]) == (parameter, code)

    async def test_a_cursor_is_of_what_it_was_made_for(self, client: httpx.AsyncClient) -> None:
        made = (await client.get(FEED, params={"types": "models", "limit": 1})).json()
        cursor = made["next_cursor"]
        good = {"types": "models", "after": cursor}
        assert (await client.get(FEED, params=good)).status_code == 200
        for bad in (
            {"after": cursor},
            {"types": "documents", "after": cursor},
            {"types": "models", "under": uuid4(), "after": cursor},
            {"types": "models", "after": cursor[:-3] + "abc"},
        ):
            answer = await client.get(FEED, params=bad)
            assert answer.status_code == 422, bad
            assert answer.json()["errors"][0]["code"] == "invalid_cursor"

    async def test_a_cursor_of_another_database_is_gone(self, client: httpx.AsyncClient) -> None:
        cursor = (await client.get(FEED, params={"limit": 1})).json()["next_cursor"]
        _, _, sealed = cursor.partition(".")
        answer = await client.get(FEED, params={"after": f"{uuid4().hex}.{sealed}"})
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor_gone")

    async def test_csv_is_not_offered(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(FEED, headers={"Accept": "text/csv"})
        assert answer.status_code == 406


@pytest.fixture(scope="module")
def own() -> Iterator[tuple[Path, str]]:
    with own_server() as started:
        yield started


MODEL = "insert into emulation_model (id, title, aliases, locality_id) values ($1, 'M', '{}', $2)"


class TestFollowing:
    """What is committed, step by step."""

    async def test_a_thing_that_changed_often_is_told_once_as_it_is_at_last(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (_, client):
            copy = Copy(client, types="models")
            await copy.catch_up()
            id = await enter(own[1], "north-1")
            for title in "ABC":
                await change(
                    own[1], "update emulation_model set title = $2 where id = $1", id, title
                )
            answer = await client.get(FEED, params={"types": "models", "after": copy.cursor})
            (item,) = answer.json()["items"]
            assert (item["data"]["title"], item["version"]) == ("C", 4)

    async def test_who_follows_a_place_hears_of_what_left_it_and_of_deletions(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (_, client):
            north, south, everywhere = (
                Copy(client, types="models", under=place("north")),
                Copy(client, types="models", under=place("south")),
                Copy(client, types="models"),
            )
            id = await enter(own[1], "north-1")
            copies = (north, south, everywhere)

            async def who_has_it() -> list[bool]:
                for copy in copies:
                    await copy.catch_up()
                return [("models", id) in copy.things for copy in copies]

            assert await who_has_it() == [True, False, True]
            move = "update emulation_model set locality_id = $2 where id = $1"
            await change(own[1], move, id, place("south-2"))
            assert await who_has_it() == [False, True, True]
            await change(own[1], move, id, place("north-2"))
            assert await who_has_it() == [True, False, True]
            await change(own[1], "delete from emulation_model where id = $1", id)
            assert await who_has_it() == [False, False, False]
            await change(own[1], MODEL, id, place("south-1"))  # restored, say
            assert await who_has_it() == [False, True, True]

    async def test_documents_follow_a_correction_of_where_their_issuer_is(
        self, own: tuple[Path, str]
    ) -> None:
        issuer, document = uuid4(), uuid4()
        await change(
            own[1],
            "insert into organisation (id, name, kind, tier, locality_id)"
            " values ($1, 'O', 'other', 'commune', $2)",
            issuer,
            place("north-1"),
        )
        insert = "insert into document (id, title, kind, issuer_id) values ($1, 'D', 'plan', $2)"
        await change(own[1], insert, document, issuer)
        async with worker(own[1]) as (_, client):
            copy = Copy(client, under=place("north"))
            await copy.catch_up()
            assert ("documents", document) in copy.things
            move = "update organisation set locality_id = $2 where id = $1"
            await change(own[1], move, issuer, place("south"))
            await copy.catch_up()
            assert ("documents", document) not in copy.things
            assert ("organisations", issuer) not in copy.things

    async def test_a_publication_lies_where_its_subjects_do(self, own: tuple[Path, str]) -> None:
        publication = uuid4()
        await change(own[1], "insert into publication (id, title) values ($1, 'P')", publication)
        for unit in ("north-1", "south-1"):
            await change(
                own[1],
                "insert into dataset (id, publication_id, position, measure, claim_status, levels,"
                " subject_locality_id, labels, overlapping)"
                " values ($1, $2, 0, 'registered', 'result', '{}', $3, '{}', '{}')",
                uuid4(),
                publication,
                place(unit),
            )
        async with worker(own[1]) as (_, client):
            copies = [
                Copy(client, types="publications", under=place(unit))
                for unit in ("north", "south", "north-2")
            ]
            for copy in copies:
                await copy.catch_up()
            assert [("publications", publication) in copy.things for copy in copies] == [
                True,
                True,
                False,
            ]
            await change(
                own[1], "delete from dataset where subject_locality_id = $1", place("south-1")
            )
            for copy in copies:
                await copy.catch_up()
            assert [("publications", publication) in copy.things for copy in copies] == [
                True,
                False,
                False,
            ]

    async def test_what_is_deleted_and_restored_over_http_is_told_so(
        self, own: tuple[Path, str]
    ) -> None:
        database = Database(own[1])
        async with database.writer() as session:
            secret = await issue_key(
                session, agency="D", roles=[Role.registrar], place=place("country")
            )
        await database.close()
        key = {"Authorization": f"Bearer {secret}"}
        async with worker(own[1]) as (_, client):
            body = {
                "name": "O",
                "kind": "other",
                "tier": "commune",
                "locality": str(place("north")),
            }
            made = await client.post("/v1/organisations", json=body, headers=key)
            url = made.headers["location"]
            thing = ("organisations", UUID(made.json()["id"]))
            copies = [Copy(client), Copy(client, under=place("north"))]
            for act, there in (("none", True), ("delete", False), ("restore", True)):
                if act == "delete":
                    gone = await client.delete(url, headers=key | {"If-Match": "*"})
                    assert gone.status_code == 204
                elif act == "restore":
                    back = await client.post(f"{url}/restoration", headers=key)
                    assert back.is_success, back.text
                for copy in copies:
                    await copy.catch_up()
                    assert (thing in copy.things) is there, act

    async def test_a_new_hamlet_is_told_with_what_it_lies_in(self, own: tuple[Path, str]) -> None:
        database = Database(own[1])
        async with database.writer() as session:
            key = await issue_key(
                session, agency="H", roles=[Role.registrar], place=place("country")
            )
        await database.close()
        async with worker(own[1]) as (_, client):
            north, south = (
                Copy(client, types="localities", under=place(unit)) for unit in ("north", "south")
            )
            made = await client.post(
                "/v1/localities",
                json={"name": "Ấp 1", "kind": "ap", "parent": str(place("north-1"))},
                headers={"Authorization": f"Bearer {key}"},
            )
            assert made.status_code == 201, made.text
            await north.catch_up()
            await south.catch_up()
            hamlet = ("localities", UUID(made.json()["id"]))
            assert north.things[hamlet] == made.json()
            assert hamlet not in south.things

    async def test_a_snapshot_leaves_out_what_was_deleted_before_it(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (_, client):
            gone, kept, later = [await enter(own[1], "north-1") for _ in range(3)]
            await change(own[1], "delete from emulation_model where id = $1", gone)
            parameters = {"types": "models", "limit": "1000"}
            plain = (await client.get(FEED, params=parameters)).json()["items"]
            serialized = {UUID(item["id"]): item["operation"] for item in plain}
            assert (serialized[gone], serialized[kept]) == ("delete", "upsert")

            first = (await client.get(FEED, params=parameters | {"snapshot": "true"})).json()
            ids = {UUID(item["id"]) for item in first["items"]}
            assert kept in ids
            assert gone not in ids
            await change(own[1], "delete from emulation_model where id = $1", later)
            after = {"types": "models", "snapshot": "true", "after": str(first["next_cursor"])}
            (item,) = (await client.get(FEED, params=after)).json()["items"]
            assert (UUID(item["id"]), item["operation"]) == (later, "delete")

    async def test_what_one_transaction_wrote_is_told_together_and_in_order_of_commits(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (_, client):
            copy = Copy(client)
            await copy.catch_up()
            ids = [await enter(own[1], "north-1") for _ in range(5)]
            page = (await client.get(FEED, params={"after": copy.cursor})).json()
            assert [UUID(item["id"]) for item in page["items"]] == ids
            times = [item["changed_at"] for item in page["items"]]
            assert all(one < other for one, other in pairwise(times))

    async def test_a_key_is_told_what_it_may_see(self, own: tuple[Path, str]) -> None:
        database = Database(own[1])
        async with database.writer() as session:
            key = await issue_key(session, agency="A", roles=[Role.awarder], place=place("country"))
        await database.close()
        authority, decision = uuid4(), uuid4()
        await change(
            own[1],
            "insert into organisation (id, name, kind, tier) values ($1, 'O', 'other', 'central')",
            authority,
        )
        await change(
            own[1],
            "insert into award_decision"
            " (id, authority_id, capacity, level, status, verification_code, agency_id)"
            " select $1, $2, 'as_body', 'central', 'issued', 'CODE', id"
            " from agency where name = 'A'",
            decision,
            authority,
        )
        async with worker(own[1]) as (_, client):
            query = {"types": "award-decisions"}
            for headers, code, kept in (
                ({}, None, "public, no-cache"),
                ({"Authorization": f"Bearer {key}"}, "CODE", "private, no-cache"),
            ):
                for form in ("json", "ndjson"):
                    answer = await client.get(
                        FEED, params=query | {"format": form}, headers=headers
                    )
                    serialized = answer.json()["items"][0] if form == "json" else first_line(answer)
                    assert serialized["data"]["verification_code"] == code
                    assert answer.headers["cache-control"] == kept
                    assert "Authorization" in answer.headers["vary"]


def first_line(answer: httpx.Response) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(answer.text.splitlines()[0])
    return line


class TestWaiting:
    async def test_an_answer_comes_as_soon_as_there_is_something(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (_, client):
            copy = Copy(client, under=place("north"))
            await copy.catch_up()
            waiting = asyncio.create_task(copy.step(wait=20))
            await asyncio.sleep(0.3)
            await enter(own[1], "south-1")  # which this reader does not follow
            await asyncio.sleep(0.6)
            assert not waiting.done()
            id = await enter(own[1], "north-1")
            await asyncio.wait_for(waiting, 3)
            assert ("models", id) in copy.things

    async def test_an_empty_answer_comes_when_the_time_is_over_and_is_not_kept(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1]) as (app, client):
            copy = Copy(client)
            await copy.catch_up()
            for _ in range(2):  # a kept one would come at once
                began = time.monotonic()
                answer = await client.get(FEED, params={"after": copy.cursor, "wait": 1})
                assert answer.json()["items"] == []
                assert time.monotonic() - began >= 0.9
            hits = app.state.response_cache.hits
            at_once = [await client.get(FEED, params={"after": copy.cursor}) for _ in range(2)]
            assert at_once[0].content == at_once[1].content
            assert app.state.response_cache.hits == hits + 1

    async def test_nobody_waits_for_the_answer_of_another(self, own: tuple[Path, str]) -> None:
        async with worker(own[1]) as (_, client):
            copy = Copy(client)
            await copy.catch_up()
            query = {"after": copy.cursor, "wait": 2}
            first = asyncio.create_task(client.get(FEED, params=query))
            await asyncio.sleep(1)
            began = time.monotonic()
            await client.get(FEED, params=query)
            assert 1.8 <= time.monotonic() - began < 3
            await first

    async def test_a_hundred_who_wait_hold_no_connection_and_ask_one_question(
        self, own: tuple[Path, str]
    ) -> None:
        async with worker(own[1], read_connections=1) as (_, client):
            copy = Copy(client, types="models")
            await copy.catch_up()
            query = {**copy.follows, "after": copy.cursor, "wait": 20}
            waiting = [asyncio.create_task(client.get(FEED, params=query)) for _ in range(100)]
            await asyncio.sleep(1)
            assert (await client.get("/v1/organisations?limit=1")).status_code == 200
            assert not any(each.done() for each in waiting)
            id = await enter(own[1], "north-1")
            answers = await asyncio.wait_for(asyncio.gather(*waiting), 15)
            for answer in answers:
                assert [UUID(item["id"]) for item in answer.json()["items"]] == [id]

    async def test_a_process_that_stops_lets_nobody_wait(self, own: tuple[Path, str]) -> None:
        async with worker(own[1]) as (app, client):
            copy = Copy(client)
            await copy.catch_up()
            waiting = asyncio.create_task(copy.step(wait=20))
            await asyncio.sleep(0.3)
            app.state.watch.stop()
            await asyncio.wait_for(waiting, 2)


async def change(url: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def enter(url: str, unit: str) -> UUID:
    id = uuid4()
    await change(url, MODEL, id, place(unit))
    return id
