"""Imports of models: what they take, what they refuse, row by row."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.actors import Actor
from app.access.reach import Reach
from app.db.calendar import today
from app.db.database import driver_of
from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys, OneTransaction
from tests.emulation_models.test_models import CA_MAU_NOW, KHANH_HOI, model
from tests.support.importing import (
    DECISIONS,
    HEADER,
    MODELS,
    counts,
    csv_of,
    errors,
    row,
    send,
    total,
    xlsx_of,
)

CSV = {"Content-Type": "text/csv"}


async def exported(client: httpx.AsyncClient, form: str, query: str = "") -> bytes:
    answer = await client.get(f"/v1/models?format={form}{query}")
    assert answer.status_code == 200
    return answer.content


class TestWhoMayImport:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(MODELS, content=b"", headers=CSV)).status_code == 401

    async def test_needs_the_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("awarder") | CSV
        answer = await client.post(MODELS, content=b"", headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_tells_size_and_type_first(self, client: httpx.AsyncClient) -> None:
        large = b"x" * (32 * 1024 * 1024 + 1)
        assert (await client.post(MODELS, content=large, headers=CSV)).status_code == 413
        for path, media_type in ((MODELS, "application/json"), (DECISIONS, "text/csv")):
            headers = {"Content-Type": media_type}
            assert (await client.post(path, content=b"{}", headers=headers)).status_code == 415

    async def test_cuts_off_a_body_of_undeclared_size(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        async def endless() -> Any:
            for _ in range(40):
                yield b" " * 1024 * 1024

        key = await keys.of("registrar") | CSV
        assert (await client.post(MODELS, content=endless(), headers=key)).status_code == 413
        bad = {"Authorization": "Bearer kheo_" + "a" * 43}
        for nobody in ({}, bad):  # whose file is not read
            answer = await client.post(MODELS, content=endless(), headers=nobody | CSV)
            assert answer.status_code == 401

    async def test_refuses_rows_outside_the_agency_s_subtree(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit="province/92/2025-07-01")
        report = await send(client, key, csv_of(HEADER, row()), status=422)
        assert errors(report) == [(2, "locality.id", "outside_scope")]

    async def test_refuses_a_change_of_a_foreign_model(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit="province/92/2025-07-01")
        foreign = str(shipped("emulation_model", "ca-mau-2023/me-do-dau"))
        file = csv_of(["id", "version", "title"], [foreign, "1", "Của tôi"])
        report = await send(client, key, file, status=422)
        assert errors(report) == [(2, "locality", "outside_scope")]


class TestNewModels:
    @pytest.mark.parametrize("form", ["csv", "xlsx", "ndjson"])
    async def test_come_in_any_form(self, client: httpx.AsyncClient, keys: Keys, form: str) -> None:
        key = await keys.of("registrar")
        rows = [row(title=f"Mô hình thứ {number}") for number in range(3)]
        file = {
            "csv": csv_of(HEADER, *rows),
            "xlsx": xlsx_of(HEADER, *rows),
            "ndjson": b"\n".join(
                json.dumps(model(title=f"Mô hình thứ {number}")).encode() for number in range(3)
            ),
        }[form]
        before = await total(client)
        report = await send(client, key, file, form)
        assert counts(report) == (3, 3, 0, 0, 0)
        assert report["errors"] == []
        assert await total(client) == before + 3

    async def test_are_told_like_those_entered_one_by_one(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        facts = {
            **model(KHANH_HOI),
            "aliases": ["Tên khác"],
            "outcomes": [{"what": "Rác thu gom", "amount": 12.5, "unit": "tấn"}],
            "sources": [{"url": "https://a.example/b", "note": "Đọc ngày 5/6"}],
            "campaign_period": str(shipped("campaign_period", "ca-mau-2023/2020-2023")),
            "derived_from": str(shipped("emulation_model", "ca-mau-2023/me-do-dau")),
            "registration": {"level": "grassroots", "registered_on": "2023-06"},
        }
        one = {**facts, "id": str(uuid4()), "distinct_because": "Khác"}
        other = {**facts, "id": str(uuid4())}
        assert (await client.post("/v1/models", json=one, headers=key)).status_code == 201
        await send(client, key, json.dumps(other).encode(), "ndjson")
        serialized = [
            (await client.get(f"/v1/models/{each['id']}")).json() for each in (one, other)
        ]
        for each in serialized:
            each.pop("updated_at")
            each.pop("id")
            for part in each["outcomes"] + each["sources"]:
                part.pop("id")
        assert serialized[0] == serialized[1]

    async def test_may_cite_a_place_by_its_code_on_their_date(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        header = [
            *("id", "title", "field", "participant_kind", "objective", "target"),
            *("locality.code", "locality.level", "started_on", "registration.level"),
            "registration.registered_on",
        ]
        facts = ["Mô hình", "economy", "collective", "Để làm", "Đạt được"]
        places = {
            ("32062", "", "", "grassroots", "2023-05-01"): id_of(KHANH_HOI),
            ("32062", "commune", "2019", "", ""): id_of(KHANH_HOI),
            ("80", "province", "2024", "", ""): id_of("province/80/-"),
            ("80", "province", "2026", "", ""): id_of("province/80/2025-07-01"),
            ("80", "province", "", "", ""): id_of("province/80/2025-07-01"),
        }
        ids = [str(uuid4()) for _ in places]
        rows = [[id, *facts, *place] for id, place in zip(ids, places, strict=True)]
        await send(client, key, csv_of(header, *rows))
        for id, unit in zip(ids, places.values(), strict=True):
            serialized = (await client.get(f"/v1/models/{id}")).json()
            assert serialized["locality"]["id"] == str(unit)

    async def test_may_derive_from_a_model_of_an_earlier_row(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        origin, adopter = str(uuid4()), str(uuid4())
        rows = [model(id=origin), model(id=adopter, derived_from=origin)]
        await send(client, key, "\n".join(map(json.dumps, rows)).encode(), "ndjson")
        serialized = (await client.get(f"/v1/models/{adopter}")).json()
        assert serialized["derived_from"]["id"] == origin
        assert (await client.get(f"/v1/models/{origin}")).json()["state"] == "replicating"
        file = csv_of(["id", "version", "derived_from.id"], [adopter, "1", ""])
        assert counts(await send(client, key, file)) == (1, 0, 1, 0, 0)
        assert (await client.get(f"/v1/models/{origin}")).json()["state"] == "draft"
        rows = [model(derived_from=str(uuid4())), model(id=origin, derived_from=origin)]
        file = "\n".join(map(json.dumps, rows)).encode()
        report = await send(client, key, file, "ndjson", status=422)
        assert [(each[0], each[2]) for each in errors(report)] == [
            (1, "unknown_reference"),
            (2, "missing"),
        ]

    async def test_are_taken_once_under_an_idempotency_key(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": "tep-1"}
        before = await total(client)
        first = await send(client, key, csv_of(HEADER, row()))
        assert await send(client, key, csv_of(HEADER, row())) == first
        assert await total(client) == before + 1
        await send(client, key, csv_of(HEADER, row(), row()), status=422)

    async def test_enter_the_search_and_the_audit(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        await send(client, key, csv_of(HEADER, row(title="Vườn ươm xyzzyva")))
        found = (await client.get("/v1/models?q=xyzzyva")).json()["items"]
        assert [item["title"] for item in found] == ["Vườn ươm xyzzyva"]


class TestDryRun:
    async def test_reports_and_changes_nothing(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        before = await total(client)
        report = await send(client, key, csv_of(HEADER, row()), status=200, dry_run="true")
        assert counts(report) == (1, 1, 0, 0, 0)
        assert await total(client) == before

    async def test_makes_the_same_checks(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        file = csv_of(HEADER, row(), row(field="sport", locality=str(uuid4())))
        reports = [
            await send(client, key, file, status=422, **query)
            for query in ({}, {"dry_run": "true"})
        ]
        for report in reports:
            report.pop("request_id")
        assert reports[0] == reports[1]


class TestRefusedRows:
    async def test_are_told_with_row_column_code_and_value_and_nothing_is_taken(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        header = [*HEADER, "registration.level", "registration.registered_on", "started_on"]
        unknown = str(uuid4())
        tomorrow = (today() + timedelta(days=1)).isoformat()
        rows = [
            [*row(), "", "", ""],
            [*row(title=""), "", "", ""],
            [*row(field="sport"), "", "", "2023-02-30"],
            [*row(locality=unknown), "", "", ""],
            [*row(locality=str(id_of(KHANH_HOI))), "grassroots", "2025-08-01", ""],
            [*row(), "district", "2025-08-01", ""],
            [*row(), "grassroots", tomorrow, ""],
            [*row(), "", "2025-08-01", ""],
            [*row(title="x" * 501), "", "", ""],
        ]
        before = await total(client)
        answer = await client.post(MODELS, content=csv_of(header, *rows), headers=key | CSV)
        assert answer.status_code == 422
        report = answer.json()
        assert (report["code"], report["type"]) == ("import_refused", "/problems/import_refused")
        assert errors(report) == [
            (3, "title", "missing"),
            (4, "field", "not_in_vocabulary"),
            (4, "started_on", "invalid_date"),
            (5, "locality.id", "unknown_reference"),
            (6, "locality.id", "locality_not_in_force"),
            (7, "registration.level", "level_abolished"),
            (8, "registration.registered_on", "in_the_future"),
            (9, "registration.level", "missing"),
            (10, "title", "too_long"),
        ]
        values = [error["value"] for error in report["errors"]]
        assert values[:4] == [None, "sport", "2023-02-30", unknown]
        assert len(values[-1]) == 200
        assert await total(client) == before

    async def test_of_an_agency_that_does_not_act_at_the_level(
        self, client: httpx.AsyncClient, keys: Keys, database: OneTransaction
    ) -> None:
        key = await keys.of("registrar", name="chỉ cấp tỉnh")
        async with database.writer() as session:
            connection = await driver_of(session)
            await connection.execute(
                "update agency set levels = '{province}' where name = 'chỉ cấp tỉnh'"
            )
        header = [*HEADER, "registration.level"]
        report = await send(client, key, csv_of(header, [*row(), "grassroots"]), status=422)
        assert errors(report) == [(2, "registration.level", "level_not_covered")]

    async def test_are_told_in_vietnamese(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar") | {"Accept-Language": "vi"}
        report = await send(client, key, csv_of(HEADER, row(title="")), status=422)
        assert report["errors"][0]["detail"] == "là bắt buộc"

    async def test_with_codes_that_name_nothing(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        header = [*HEADER, "locality.code", "locality.level"]
        place = str(id_of(KHANH_HOI))
        rows = [
            [*row(locality=""), "99999", ""],
            [*row(locality=""), "32062", "planet"],
            [*row(locality=place), "32062", ""],
            [*row(locality=place), "32063", ""],
            [*row(locality=""), "", "commune"],
        ]
        report = await send(client, key, csv_of(header, *rows), status=422)
        assert errors(report) == [
            (2, "locality.code", "unknown_reference"),
            (3, "locality.level", "not_in_vocabulary"),
            (5, "locality.code", "differs_from_id"),
            (6, "locality.id", "missing"),
        ]

    async def test_with_names_in_place_of_ids(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        file = csv_of([*HEADER, "host.id", "host.name"], [*row(), "", "Hội Phụ nữ xã"])
        report = await send(client, key, file, status=422)
        assert errors(report) == [(2, "host.id", "missing")]

    async def test_whose_ids_are_taken(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        taken, own = str(uuid4()), str(uuid4())
        body = {"id": taken, "name": "Tổ", "kind": "community_group", "tier": "branch"}
        place = {"locality": str(id_of(CA_MAU_NOW))}
        made = await client.post("/v1/organisations", json=body | place, headers=key)
        assert made.status_code == 201, made.text
        rows = [[id, *row()] for id in (taken, own, own, "7")]
        report = await send(client, key, csv_of(["id", *HEADER], *rows), status=422)
        assert errors(report) == [
            (2, "id", "id_taken"),
            (4, "id", "repeated_id"),
            (5, "id", "invalid_id"),
        ]

    async def test_that_only_a_constraint_refuses_are_found(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        same = str(uuid4())
        outcome = {"id": same, "what": "Rác"}
        rows = [
            model(outcomes=[outcome]),
            model(outcomes=[{"what": "Rác", "minimum": 5, "maximum": 3}]),
            model(),
            model(outcomes=[outcome]),
        ]
        file = "\n".join(map(json.dumps, rows)).encode()
        report = await send(client, key, file, "ndjson", status=422)
        assert [(each[0], each[2]) for each in errors(report)] == [
            (2, "rule_broken"),
            (4, "id_taken"),
        ]

    async def test_are_told_up_to_a_thousand(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        rows = [row(field="sport") for _ in range(2_500)]
        report = await send(client, key, csv_of(HEADER, *rows), status=422)
        assert (report["rows"], report["error_count"], len(report["errors"])) == (
            2_500,
            2_500,
            1_000,
        )
        assert report["errors"][-1]["row"] == 1_001


class TestExistingModels:
    @pytest.mark.parametrize("form", ["csv", "xlsx", "ndjson"])
    async def test_as_exported_are_unchanged(
        self, client: httpx.AsyncClient, keys: Keys, form: str
    ) -> None:
        key = await keys.of("registrar")
        file = await exported(client, form)
        report = await send(client, key, file, form)
        assert counts(report) == (59, 0, 0, 59, 0)
        assert await exported(client, form="ndjson") == await exported(client, form="ndjson")

    async def test_change_in_the_columns_there_are(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        id = str(shipped("emulation_model", "ca-mau-2023/me-do-dau"))
        before = (await client.get(f"/v1/models/{id}")).json()
        file = csv_of(
            ["version", "id", "objective", "summary"],
            [str(before["version"]), id, "'=Đỡ đầu trẻ mồ côi", ""],
        )
        assert counts(await send(client, key, file)) == (1, 0, 1, 0, 0)
        after = (await client.get(f"/v1/models/{id}")).json()
        assert after["version"] == before["version"] + 1
        expected = {"objective": "=Đỡ đầu trẻ mồ côi", "summary": None}
        for name in before.keys() - {"version", "updated_at"}:
            assert after[name] == expected.get(name, before[name]), name

    async def test_replace_their_parts_and_keep_the_ids_of_those_that_stay(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        made = await client.post(
            "/v1/models",
            json=model(outcomes=[{"what": "Một"}, {"what": "Hai"}], aliases=["Cũ"]),
            headers=key,
        )
        serialized = made.json()
        serialized["outcomes"] = [{"what": "Ba"}, serialized["outcomes"][1] | {"amount": 2}]
        serialized["aliases"] = ["Mới"]
        await send(client, key, json.dumps(serialized).encode(), "ndjson")
        after = (await client.get(f"/v1/models/{serialized['id']}")).json()
        assert [each["what"] for each in after["outcomes"]] == ["Ba", "Hai"]
        assert after["outcomes"][1] == serialized["outcomes"][1]
        assert after["aliases"] == ["Mới"]

    async def test_need_their_present_version(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        ids = [
            str(shipped("emulation_model", f"ca-mau-2023/{name}"))
            for name in ("me-do-dau", "tet-quan-dan")
        ]
        rows = [[ids[0], "7", "Mới"], [ids[1], "", "Mới"], [str(uuid4()), "1", "Mới"],
                ["", "1", "Mới"]]  # fmt: skip
        report = await send(client, key, csv_of(["id", "version", "title"], *rows), status=422)
        assert errors(report) == [
            (2, "version", "precondition_failed"),
            (3, "version", "missing"),
            (4, "id", "not_found"),
            (5, "id", "missing"),
        ]

    async def test_refuse_what_is_read_only_unless_it_is_the_same(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        id = str(shipped("emulation_model", "ca-mau-2023/me-do-dau"))
        header = ["id", "version", "state", "registered_on", "registration.level", "title"]
        rows = [[id, "1", "recognised", "2023", "province", "Tên mới"]]
        report = await send(client, key, csv_of(header, *rows), status=422)
        assert errors(report) == [
            (2, "state", "read_only"),
            (2, "registered_on", "read_only"),
            (2, "registration", "only_new"),
        ]
        serialized = (await client.get(f"/v1/models/{id}")).json()
        for members, code in (
            ({"tracks": [{"level": "province"}]}, "read_only"),
            ({"colour": "red"}, "unknown_member"),
        ):
            file = json.dumps(serialized | members).encode()
            report = await send(client, key, file, "ndjson", status=422)
            assert [each[2] for each in errors(report)] == [code]

    async def test_keep_what_is_required(self, client: httpx.AsyncClient, keys: Keys) -> None:
        key = await keys.of("registrar")
        made = (await client.post("/v1/models", json=model(), headers=key)).json()
        file = csv_of(["id", "version", "target", "title"], [made["id"], "1", "", ""])
        report = await send(client, key, file, status=422)
        assert errors(report) == [(2, "title", "not_a_string")]
        file = csv_of(["id", "version", "target"], [made["id"], "1", ""])
        report = await send(client, key, file, status=422)
        assert errors(report) == [(2, "target", "missing")]

    async def test_sent_again_as_new_are_unchanged(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        registration = {"level": "grassroots", "registered_on": "2025-08-01"}
        file = json.dumps(model(id=str(uuid4()), registration=registration)).encode()
        assert counts(await send(client, key, file, "ndjson")) == (1, 1, 0, 0, 0)
        assert counts(await send(client, key, file, "ndjson")) == (1, 0, 0, 1, 0)


async def test_reach_is_the_rule_of_scope_on_every_placement(database: OneTransaction) -> None:
    async with database.writer() as session:
        connection = await driver_of(session)
        for unit in (CA_MAU_NOW, "province/96/-", "district/969/-", "country/VN/-"):
            actor = Actor(uuid4(), uuid4(), frozenset(), frozenset(), id_of(unit), None)
            rows = await connection.fetch(
                """
                select locality_id as place, day,
                    (select within @> array[$1::uuid] from locality_placement
                     where id = placement_on(l.locality_id, day)) as covered
                from (select locality_id from locality_placement
                      where within @> array[$2::uuid] or random() < 0.02) l
                    cross join unnest(array['1990-01-01', '2010-03-05', '2025-06-30',
                        '2025-07-01', null]::date[]) day
                """,
                actor.locality_id,
                id_of(CA_MAU_NOW),
            )
            assert len(rows) > 1_000
            reach = Reach(actor)
            await reach.look_up(connection, {each["place"] for each in rows})
            for each in rows:
                try:
                    reach.check(each["place"], each["day"])
                    covered = True
                except Exception:  # noqa: BLE001 - OutsideScope, of which there is one kind
                    covered = False
                assert covered == each["covered"], each
