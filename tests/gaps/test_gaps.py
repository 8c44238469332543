"""What was neglected, as of any day and under units of any era."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.localities.load import id_of
from tests.conftest import OneTransaction
from tests.emulation_models.test_models import CA_MAU_NOW, KHANH_HOI

CA_MAU = "province/96/-"
U_MINH = "district/966/-"
ELSEWHERE = "province/92/2025-07-01"
LISTS = ("uninspected", "uncommended", "stale-localities", "overdue-follow-ups")


async def add(database: OneTransaction, table: str, **values: object) -> UUID:
    id = values.setdefault("id", uuid4())
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with database.reader() as connection:
        await connection.execute(
            f"insert into {table} ({names}) values ({places})", *values.values()
        )
    assert isinstance(id, UUID)
    return id


async def add_model(
    database: OneTransaction, title: str, unit: str = KHANH_HOI, **values: object
) -> UUID:
    values = {"registered_level": "grassroots", "registered_on": "2020-01-15"} | values
    return await add(
        database,
        "emulation_model",
        title=title,
        aliases=[],
        locality_id=id_of(unit),
        **{"state": "registered"} | values,
    )


async def inspect(database: OneTransaction, model: UUID, on: str, **values: object) -> UUID:
    return await add(
        database, "model_inspection", model_id=model, inspected_on=on, inspectors=[], **values
    )


async def visit(database: OneTransaction, model: UUID, on: str, kind: str = "survey_visit") -> None:
    event = await add(
        database, "event", name="Khảo sát", kind=kind, held_on=on, locality_id=id_of(KHANH_HOI)
    )
    async with database.reader() as connection:
        await connection.execute(
            "insert into event_visit (event_id, model_id) values ($1, $2)", event, model
        )


async def commend(database: OneTransaction, model: UUID, on: str | None, **values: object) -> None:
    async with database.reader() as connection:
        authority = await connection.fetchval("select authority_id from award_decision limit 1")
    decision = await add(
        database,
        "award_decision",
        issued_on=on,
        authority_id=authority,
        capacity="as_body",
        level="province",
        verification_code=str(uuid4()),
        **{"status": "issued"} | values,
    )
    award = await add(
        database,
        "award",
        decision_id=decision,
        position=0,
        form="merit_certificate",
        participant_kind="collective",
        count=1,
    )
    await add(
        database,
        "award_recipient",
        award_id=award,
        award_count=1,
        position=1,
        name="x",
        model_id=model,
    )


async def close(database: OneTransaction, model: UUID, on: str) -> None:
    async with database.reader() as connection:
        await connection.execute(
            "insert into model_transition (id, model_id, step, made_on, reason)"
            " values (gen_random_uuid(), $1, 'end', $2::text::date, 'x')",
            model,
            on,
        )
        await connection.execute(
            "update emulation_model set transition = 'ended', state = 'ended' where id = $1", model
        )


async def found(client: httpx.AsyncClient, gap: str, **query: object) -> list[dict[str, Any]]:
    """The gaps of the models that a test has made, under the old Cà Mau unless told otherwise."""
    asked = {"under": id_of(CA_MAU), "limit": 200} | query
    parameters = {name: str(value) for name, value in asked.items() if value is not None}
    answer = await client.get(f"/v1/gaps/{gap}", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return [item for item in items if item.get("model", {"title": "Made"})["title"][:4] == "Made"]


def serialized(items: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (item["model"]["title"], item["last_on"], item["days"], item["due_on"]) for item in items
    ]


class TestUninspected:
    async def test_tells_since_when_and_since_when_it_is_due(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await add_model(database, "Made never")
        once = await add_model(database, "Made once", registered_on="2020-02-01")
        await inspect(database, once, "2021-03-31")
        await inspect(database, once, "2020-06")
        seen = await add_model(database, "Made seen", registered_on="2020-03-01")
        await visit(database, seen, "2021-05-01")
        of_a_year = await add_model(database, "Made of a year", registered_on="2020-04-01")
        await inspect(database, of_a_year, "2021")
        on = {"on": "2022-04-30", "months": 12}
        assert serialized(await found(client, "uninspected", **on)) == [
            ("Made never", None, 836, "2021-01-15"),
            ("Made once", "2021-03-31", 395, "2022-03-31"),
        ]
        longer = await found(client, "uninspected", on="2022-12-31")
        assert serialized(longer)[2:] == [
            ("Made seen", "2021-05-01", 609, "2022-05-01"),
            ("Made of a year", "2021", 365, "2022-12-31"),
        ]
        back = await found(client, "uninspected", on="2022-12-31", sort="-registered_on")
        assert back == longer[::-1]
        assert serialized(await found(client, "uninspected", on="2022-04-30", months=24)) == [
            ("Made never", None, 836, "2022-01-15")
        ]

    async def test_counts_only_what_had_happened_by_the_day(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        model = await add_model(database, "Made")
        await inspect(database, model, "2022-06-01")
        await visit(database, model, "2021-01-01", kind="meeting")
        await close(database, model, "2024-01-01")
        for on, listed in (
            ("2021-01-14", 0),  # registered less than twelve months ago
            ("2021-01-15", 1),
            ("2022-05-31", 1),  # inspected only later
            ("2022-06-01", 0),
            ("2023-05-31", 0),
            ("2023-06-01", 1),
            ("2023-12-31", 1),
            ("2024-01-01", 0),  # ended
        ):
            assert len(await found(client, "uninspected", on=on)) == listed, on

    async def test_leaves_out_drafts_and_what_was_closed_nobody_knows_when(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await add_model(
            database, "Made draft", state="draft", registered_on=None, started_on="2019"
        )
        await add_model(database, "Made withdrawn", state="withdrawn", transition="withdrawn")
        assert await found(client, "uninspected", on="2022-01-01") == []

    async def test_knows_units_of_any_era(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await add_model(database, "Made old")
        await add_model(database, "Made new", CA_MAU_NOW, registered_on="2025-08-01")
        await add_model(database, "Made elsewhere", ELSEWHERE, registered_on="2025-08-01")

        async def under(unit: str, **query: object) -> list[str]:
            items = await found(client, "uninspected", on="2027-01-01", under=id_of(unit), **query)
            return [item["model"]["title"] for item in items]

        assert await under(U_MINH) == ["Made old"]
        assert await under(CA_MAU) == ["Made old"]
        assert await under(CA_MAU_NOW) == ["Made old", "Made new"]
        assert await under(CA_MAU_NOW, map="recorded") == ["Made old", "Made new"]
        assert len(await under("country/VN/-")) == 3


class TestUncommended:
    async def test_tells_how_long_ago_a_model_was_recognised(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        known = {"recognised_level": "province", "state": "recognised"}
        await add_model(database, "Made later", recognised_on="2021-03", **known)
        await add_model(database, "Made first", recognised_on="2021-01-01", **known)
        await add_model(database, "Made never recognised")
        assert serialized(await found(client, "uncommended", on="2022-04-01", days=366)) == [
            ("Made first", "2021-01-01", 455, "2022-01-02"),
            ("Made later", "2021-03", 366, "2022-04-01"),
        ]
        assert serialized(await found(client, "uncommended", on="2022-03-01")) == [
            ("Made first", "2021-01-01", 424, "2022-01-01")
        ]
        newest = await found(client, "uncommended", on="2023-01-01", sort="-recognised_on")
        assert [item["model"]["title"] for item in newest] == ["Made later", "Made first"]

    async def test_an_award_ends_it_from_its_day_on_until_it_is_revoked(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        known = {"recognised_level": "province", "state": "recognised", "recognised_on": "2020-06"}
        awarded = await add_model(database, "Made", **known)
        await commend(
            database,
            awarded,
            "2022-01-01",
            status="revoked",
            status_on=date(2023, 1, 1),
            status_reason="x",
        )
        undated = await add_model(database, "Made undated", **known)
        await commend(database, undated, None)
        for on, listed in (("2021-12-31", 1), ("2022-01-01", 0), ("2023-01-01", 1)):
            items = await found(client, "uncommended", on=on)
            assert [item["model"]["title"] for item in items] == ["Made"] * listed, on


class TestStaleLocalities:
    async def test_tells_the_latest_registration_of_each_commune(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await add_model(database, "Made", registered_on="2021-05-02")
        await add_model(database, "Made", registered_on="2020-01-01")

        async def here(on: str, **query: object) -> list[tuple[object, ...]]:
            items = await found(client, "stale-localities", on=on, under=id_of(U_MINH), **query)
            return [
                (item["last_on"], item["days"], item["due_on"])
                for item in items
                if item["locality"]["id"] == str(id_of(KHANH_HOI))
            ]

        assert await here("2019-12-31") == [(None, None, None)]
        assert await here("2021-05-01") == [("2020-01-01", 486, "2021-01-01")]
        assert await here("2021-05-02") == []
        assert await here("2022-05-01") == []
        assert await here("2022-05-02") == [("2021-05-02", 365, "2022-05-02")]
        assert await here("2022-05-02", months=13) == []
        assert await here("2025-07-01") == []  # the commune has ended

    async def test_counts_for_a_commune_what_has_wholly_become_part_of_it(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        asked = {"on": "2026-01-01", "months": 1, "under": id_of(CA_MAU_NOW)}
        before = await found(client, "stale-localities", **asked)
        assert {item["last_on"] for item in before} == {None}
        names = [item["locality"]["name"] for item in before]
        assert len(names) == len(set(names)) > 50
        assert names[0].startswith(("A", "Ă", "Â", "B"))
        back = await found(client, "stale-localities", **asked, sort="-name")
        assert back == before[::-1]
        await add_model(database, "Made", registered_on="2024-05-02")
        after = await found(client, "stale-localities", **asked)
        changed = [item for item in after if item["last_on"] is not None]
        assert [(item["last_on"], item["days"]) for item in changed] == [("2024-05-02", 609)]
        assert changed[0]["locality"]["id"] != str(id_of(KHANH_HOI))


class TestOverdueFollowUps:
    async def test_tells_the_inspection_and_how_late_it_is(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        model = await add_model(database, "Made")
        await inspect(database, model, "2021-03-10", follow_up_due_on=date(2021, 6, 30))
        other = await add_model(database, "Made other")
        await inspect(database, other, "2021-03", follow_up_due_on=date(2021, 5, 31))
        await inspect(database, other, "2021-02-01")
        assert serialized(await found(client, "overdue-follow-ups", on="2021-07-02")) == [
            ("Made other", "2021-03", 32, "2021-05-31"),
            ("Made", "2021-03-10", 2, "2021-06-30"),
        ]
        back = await found(client, "overdue-follow-ups", on="2021-07-02", sort="-due_on")
        assert [item["model"]["title"] for item in back] == ["Made", "Made other"]
        assert len(await found(client, "overdue-follow-ups", on="2021-06-30")) == 1
        await inspect(database, model, "2021-08-01")
        await visit(database, other, "2021-09-01", kind="inspection")
        for on, listed in (("2021-07-31", 2), ("2021-08-01", 1), ("2021-09-01", 0)):
            assert len(await found(client, "overdue-follow-ups", on=on)) == listed, on
        await close(database, other, "2021-06-15")
        items = await found(client, "overdue-follow-ups", on="2021-07-31")
        assert [item["model"]["title"] for item in items] == ["Made"]


class TestAllGaps:
    @pytest.mark.parametrize("gap", LISTS)
    async def test_are_lists_like_any_other(
        self, client: httpx.AsyncClient, database: OneTransaction, gap: str
    ) -> None:
        for number in range(5):
            model = await add_model(
                database,
                f"Made {number}",
                state="recognised",
                recognised_level="province",
                recognised_on="2020-06-01",
            )
            await inspect(database, model, "2020-05-01", follow_up_due_on=date(2020, 8, 1 + number))
        asked = f"/v1/gaps/{gap}?under={id_of(U_MINH)}&on=2022-01-01"
        whole = (await client.get(f"{asked}&count=true")).json()
        assert whole["total"] == len(whole["items"]) > 1
        seen: list[dict[str, Any]] = []
        url = f"{asked}&limit=2"
        while url:
            page = await client.get(url)
            assert page.status_code == 200, page.text
            seen += page.json()["items"]
            url = page.links.get("next", {}).get("url", "")
        assert seen == whole["items"]
        csv = await client.get(f"{asked}&format=csv")
        assert csv.headers["content-disposition"] == f'attachment; filename="{gap}.csv"'
        columns, *rows = csv.text.strip().split("\r\n")
        assert columns.endswith("last_on,days,due_on")
        assert len(rows) == whole["total"]
        ndjson = (await client.get(f"{asked}&format=ndjson")).text
        assert len(ndjson.splitlines()) == whole["total"]

    @pytest.mark.parametrize("gap", LISTS)
    async def test_are_of_today_unless_told(self, client: httpx.AsyncClient, gap: str) -> None:
        answer = await client.get(f"/v1/gaps/{gap}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "public, no-cache"

    @pytest.mark.parametrize(
        "query",
        [
            "uninspected?months=0", "uninspected?months=241", "uninspected?months=x",
            "uninspected?days=1", "uncommended?months=1", "uncommended?days=0",
            "stale-localities?sort=due_on", "overdue-follow-ups?months=1", "uninspected?on=2022",
            "uninspected?on=0000-01-01", "uncommended?under=7", "uninspected?q=x",
            "uninspected?on=9999-12-31",
        ],
    )  # fmt: skip
    async def test_refuse_bad_parameters(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.get(f"/v1/gaps/{query}")
        assert answer.status_code == 422, query
        assert answer.json()["errors"]

    @pytest.mark.parametrize("on", ["0001-01-01", "9998-12-31"])
    @pytest.mark.parametrize("gap", LISTS)
    async def test_answer_for_the_edges_of_time(
        self, client: httpx.AsyncClient, gap: str, on: str
    ) -> None:
        answer = await client.get(f"/v1/gaps/{gap}?on={on}&limit=200")
        assert answer.status_code == 200, answer.text
