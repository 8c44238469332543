"""Recording publications over HTTP, saying more of them, striking them out."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.entering import CA_MAU, YEAR_2022, Json, checks, enter, number, said, table
from tests.support.publishing import PUBLICATIONS, faults, url_of

BODY: Json = {"title": "Báo cáo thử", "datasets": [table(number(12))]}


def with_table(*observations: Json, **members: Any) -> Json:
    return {"title": "Báo cáo thử", "datasets": [table(*observations, **members)]}


@pytest.fixture
async def publisher(keys: Keys) -> dict[str, str]:
    return await keys.of("publisher", unit="province/96/-")


class TestCreatePublication:
    async def test_needs_a_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(PUBLICATIONS, json=BODY)).status_code == 401

    async def test_needs_the_role(self, client: httpx.AsyncClient, keys: Keys) -> None:
        answer = await client.post(PUBLICATIONS, json=BODY, headers=await keys.of("registrar"))
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    @pytest.mark.parametrize(
        ("subject", "unit", "status"),
        [
            (CA_MAU, "province/96/-", 201),
            (CA_MAU, "province/96/2025-07-01", 201),  # into which Cà Mau went
            (CA_MAU, "district/966/-", 403),
            (CA_MAU, "province/80/-", 403),
            (
                {"event": str(shipped("event", "ca-mau-2023/le-khen-thuong-2023-10-27"))},
                "province/96/-",
                201,
            ),
            (
                {"model": str(shipped("emulation_model", "ca-mau-2023/me-do-dau"))},
                "province/91/-",
                403,
            ),
            (
                {"organisation": str(shipped("organisation", "u-minh-thuong-2020/ubnd-huyen"))},
                "district/913/-",
                201,
            ),
            (
                {"organisation": str(shipped("organisation", "u-minh-thuong-2020/ubnd-huyen"))},
                "province/96/-",
                403,
            ),
        ],
    )
    async def test_stays_inside_the_agency_s_subtree(
        self, client: httpx.AsyncClient, keys: Keys, subject: Json, unit: str, status: int
    ) -> None:
        key = await keys.of("publisher", unit=unit)
        answer = await client.post(
            PUBLICATIONS, json=with_table(number(1), subject=subject), headers=key
        )
        assert answer.status_code == status, answer.text

    async def test_every_subject_counts(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        elsewhere = table(number(1), subject={"locality": str(id_of("province/80/-"))})
        body = {**BODY, "datasets": [*BODY["datasets"], elsewhere]}
        answer = await client.post(PUBLICATIONS, json=body, headers=publisher)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")

    async def test_tells_the_whole_of_it(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        printed = {
            "dimensions": {"field": "economy", "area": "Vùng ven biển"}, "amount": "1.796",
            "qualifier": "at_least", "unit": "hộ", "note": "Ghi chú", "quote": "trên 1.796 hộ",
            "comparison": {"kind": "ratio", "base_period": YEAR_2022, "amount": "1,5",
                           "qualifier": "about"},
        }  # fmt: skip
        body = {
            "title": "Báo cáo năm 2022", "url": "https://camau.gov.vn/bao-cao",
            "publisher": str(shipped("organisation", "ca-mau-2023/so-noi-vu")),
            "published_on": "2022-12", "date_precision": "month",
            "datasets": [
                table(
                    printed, label="Bảng 1", levels=["province", "grassroots"],
                    reported_by=str(shipped("organisation", "ca-mau-2023/so-noi-vu")),
                    observed_through="2022-11", observed_through_precision="month",
                    labels={"economy": "kinh tế"}, overlapping=["area"], note="Bảng thử",
                )
            ],
        }  # fmt: skip
        answer = await client.post(PUBLICATIONS, json=body, headers=publisher)
        assert answer.status_code == 201, answer.text
        whole = answer.json()
        assert answer.headers["location"] == f"/v1/publications/{whole['id']}"
        assert answer.headers["etag"].removeprefix("W/").startswith('"1.')
        assert (await client.get(answer.headers["location"])).json() == whole
        assert (whole["published_on"], whole["date_precision"]) == ("2022-12", "month")
        (dataset,) = whole["datasets"]
        assert dataset["levels"] == ["grassroots", "province"]
        assert dataset["subject"]["locality"]["path"] == "Tỉnh Cà Mau"
        assert dataset["period"] == {**YEAR_2022, "wording": None}
        assert dataset["reported_by"]["name"] == "Sở Nội vụ tỉnh Cà Mau"
        assert (dataset["observed_through_precision"], dataset["overlapping"]) == (
            "month",
            ["area"],
        )
        (serialized,) = dataset["observations"]
        serialized.pop("id")
        assert serialized == {
            **printed, "amount": 1796, "minimum": None, "maximum": None, "magnitude": None,
            "comparison": {
                "kind": "ratio", "base_period": {**YEAR_2022, "wording": None}, "amount": 1.5,
                "qualifier": "about",
            },
        }  # fmt: skip

    async def test_a_retry_with_its_own_ids_makes_nothing_new(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        body = {**BODY, "id": str(uuid4())}
        first = await client.post(PUBLICATIONS, json=body, headers=publisher)
        again = await client.post(PUBLICATIONS, json=body, headers=publisher)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        other = await client.post(PUBLICATIONS, json={**body, "title": "x"}, headers=publisher)
        assert (other.status_code, other.json()["code"]) == (409, "id_taken")

    async def test_ids_of_others_cannot_be_taken(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        taken = str(shipped("observation", "can-tho-2024/dang-ky/tong"))
        body = with_table({**number(1), "id": taken})
        answer = await client.post(PUBLICATIONS, json=body, headers=publisher)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")

    async def test_what_does_not_add_up_is_stored(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        printed = table(number(10), number(6, level="district"), number(5, level="province"))
        whole = await enter(client, publisher, printed)
        assert said(await checks(client, whole)) == [({}, "level", 10, 11, "discrepant")]

    async def test_two_thousand_numbers_are_one_table(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        printed = [number(1, commune=f"{each}") for each in range(1999)]
        whole = await enter(client, publisher, table(number("1.998"), *printed))
        assert said(await checks(client, whole)) == [({}, "commune", 1998, 1999, "discrepant")]

    async def test_refuses_what_may_be_meant_in_two_ways_with_both_readings(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        body = with_table(number("1,234"), number({"minimum": "1.5"}, a="b"), number("x", a="c"))
        answer = await client.post(
            PUBLICATIONS, json=body, headers=publisher | {"Accept-Language": "vi"}
        )
        at = "#/datasets/0/observations"
        assert faults(answer) == {
            f"{at}/0/amount": "ambiguous_number",
            f"{at}/1/minimum": "ambiguous_number",
            f"{at}/2/amount": "not_a_numeral",
        }
        ambiguous, decimal, _ = (each["detail"] for each in answer.json()["errors"])
        assert "1.234 hoặc là 1234" in ambiguous or "1.234 hoặc 1234" in ambiguous
        assert "1.5" in decimal
        assert "15" in decimal

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"title": "x"}, "#/datasets", "missing"),
            ({**BODY, "datasets": []}, "#/datasets", "too_few"),
            ({**BODY, "total": 1}, "#/total", "unknown_member"),
            ({**BODY, "version": 1}, "#/version", "read_only"),
            ({**BODY, "published_on": "2024", "date_precision": "day"}, "#/date_precision",
             "precision_differs"),
            (with_table(), "#/datasets/0/observations", "too_few"),
            (with_table(number(1), subject={}), "#/datasets/0/subject", "not_one_subject"),
            (
                with_table(number(1), subject={**CA_MAU, "event": str(uuid4())}),
                "#/datasets/0/subject",
                "not_one_subject",
            ),
            (
                with_table(number(1), subject={"locality": str(uuid4())}),
                "#/datasets/0/subject/locality",
                "unknown_reference",
            ),
            (
                with_table(number(1), subject={"event": str(uuid4())}),
                "#/datasets/0/subject/event",
                "unknown_reference",
            ),
            (
                with_table(number(1), period={"start_on": "2022-02-01", "end_on": "2022-01-01"}),
                "#/datasets/0/period",
                "ends_before_start",
            ),
            (with_table(number(1), number(2)), "#/datasets/0/observations", "dimensions_repeated"),
            (with_table(number(-1)), "#/datasets/0/observations", "negative_count"),
            (
                with_table({"dimensions": {f"a{each}": "x" for each in range(9)}, "amount": 1}),
                "#/datasets/0/observations",
                "too_many_dimensions",
            ),
            (with_table(number(1), levels=["commune"]), "#/datasets/0/levels/0",
             "not_in_vocabulary"),
            (with_table(number({})), "#/datasets/0/observations/0", "not_one_number"),
            (
                with_table(number({"amount": 1, "minimum": 0})),
                "#/datasets/0/observations/0",
                "not_one_number",
            ),
            (
                with_table(number({"minimum": 5, "maximum": 4})),
                "#/datasets/0/observations/0",
                "ends_before_start",
            ),
            (
                with_table(number({"amount": 1, "quote": " ".join(["từ"] * 16)})),
                "#/datasets/0/observations/0/quote",
                "too_many_words",
            ),
            (with_table(number(1e300)), "#/datasets/0/observations/0/amount", "too_precise"),
            (
                with_table(number(1, **{"Lĩnh vực": "x"})),
                "#/datasets/0/observations/0/dimensions/Lĩnh vực/[key]",
                "invalid_format",
            ),
        ],
    )  # fmt: skip
    async def test_refuses_what_is_no_publication(
        self, client: httpx.AsyncClient, keys: Keys, body: Json, pointer: str, code: str
    ) -> None:
        key = await keys.of("publisher")
        answer = await client.post(PUBLICATIONS, json=body, headers=key)
        assert faults(answer) == {pointer: code}


class TestUpdatePublication:
    async def test_needs_key_role_place_and_condition_in_this_order(
        self, client: httpx.AsyncClient, keys: Keys, publisher: dict[str, str]
    ) -> None:
        url, body = url_of("ca-mau-2023"), {"tittle": "x"}
        assert (await client.patch(url, json=body)).status_code == 401
        nothing = await client.patch(f"{PUBLICATIONS}/{uuid4()}", json=body, headers=publisher)
        assert nothing.status_code == 404
        registrar = await keys.of("registrar")
        assert (await client.patch(url, json=body, headers=registrar)).status_code == 403
        elsewhere = await keys.of("publisher", unit="province/80/-")
        assert (await client.patch(url, json=body, headers=elsewhere)).status_code == 403
        assert (await client.patch(url, json=body, headers=publisher)).status_code == 428
        stale = publisher | {"If-Match": '"7"'}
        assert (await client.patch(url, json=body, headers=stale)).status_code == 412
        now = publisher | {"If-Match": '"1"'}
        assert faults(await client.patch(url, json=body, headers=now)) == {
            "#/tittle": "unknown_member"
        }

    @pytest.mark.parametrize(
        "key", ["ca-mau-2023", "u-minh-thuong-2020", "ha-tinh-2023", "long-an-2024", "can-tho-2024"]
    )
    async def test_what_is_said_changes_and_every_number_stays(
        self, client: httpx.AsyncClient, keys: Keys, key: str
    ) -> None:
        headers = await keys.of("publisher") | {"If-Match": "*"}
        before = (await client.get(url_of(key))).json()
        tables = [{"id": each["id"]} for each in before["datasets"]]
        tables[0]["note"] = "Đã đối chiếu"
        body = {"url": "https://example.vn/", "datasets": tables}
        answer = await client.patch(url_of(key), json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        after = answer.json()
        assert (after["version"], after["url"]) == (2, "https://example.vn/")
        assert after["datasets"][0].pop("note") == "Đã đối chiếu"
        before["datasets"][0].pop("note")
        assert after["datasets"] == before["datasets"]

    async def test_more_of_it_can_be_entered_and_is_checked(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10), number(6, level="district")))
        (dataset,) = whole["datasets"]
        printed = [{"id": each["id"]} for each in dataset["observations"]]
        body = {
            "datasets": [
                {"id": dataset["id"], "observations": [*printed, number("04", level="province")]},
                table(number(3), measure="commended"),
            ]
        }
        answer = await client.patch(
            f"{PUBLICATIONS}/{whole['id']}", json=body, headers=publisher | {"If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text
        first, second = answer.json()["datasets"]
        assert [each["amount"] for each in first["observations"]] == [10, 6, 4]
        assert [each["id"] for each in first["observations"][:2]] == [e["id"] for e in printed]
        assert second["measure"] == "commended"
        assert said(await checks(client, whole)) == [({}, "level", 10, 10, "consistent")]

    async def test_what_is_said_of_a_table_changes_its_checks(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10), number(12, level="district")))
        assert said(await checks(client, whole)) == [({}, "level", 10, 12, "discrepant")]
        change = {"id": whole["datasets"][0]["id"], "overlapping": ["level"], "measure": "communes"}
        answer = await client.patch(
            f"{PUBLICATIONS}/{whole['id']}", json={"datasets": [change]},
            headers=publisher | {"If-Match": "*"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.json()["datasets"][0]["measure"] == "communes"
        assert await checks(client, whole) == []

    @pytest.mark.parametrize(
        ("change", "at"),
        [
            ({"amount": 11}, "/0/amount"),
            ({"amount": None, "magnitude": "hàng chục"}, "/0/amount"),
            ({"qualifier": "about"}, "/0/qualifier"),
            ({"unit": "hộ"}, "/0/unit"),
            ({"dimensions": {"level": "province"}}, "/0/dimensions"),
        ],
    )
    async def test_refuses_to_restate_what_is_printed(
        self, client: httpx.AsyncClient, publisher: dict[str, str], change: Json, at: str
    ) -> None:
        whole = await enter(client, publisher, table(number(10), number(6, level="district")))
        (dataset,) = whole["datasets"]
        one, other = dataset["observations"]
        printed = [{"id": one["id"], **change}, {"id": other["id"], "note": "x"}]
        answer = await client.patch(
            f"{PUBLICATIONS}/{whole['id']}",
            json={"datasets": [{"id": dataset["id"], "observations": printed}]},
            headers=publisher | {"If-Match": "*"},
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "printed_value")
        assert faults(answer)[f"#/datasets/0/observations{at}"] == "printed"

    async def test_refuses_to_remove_what_is_printed(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(
            client, publisher, table(number(10), number(6, level="district")), table(number(1))
        )
        first = whole["datasets"][0]
        left = {"id": first["id"], "observations": [{"id": first["observations"][0]["id"]}]}
        answer = await client.patch(
            f"{PUBLICATIONS}/{whole['id']}", json={"datasets": [left]},
            headers=publisher | {"If-Match": "*"},
        )  # fmt: skip
        assert faults(answer) == {"#/datasets/0/observations": "printed", "#/datasets": "printed"}

    async def test_a_subject_cannot_be_moved_outside_the_subtree(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(client, publisher, table(number(10)))
        moved = {
            "id": whole["datasets"][0]["id"],
            "subject": {"locality": str(id_of("province/80/-"))},
        }
        answer = await client.patch(
            f"{PUBLICATIONS}/{whole['id']}", json={"datasets": [moved]},
            headers=publisher | {"If-Match": "*"},
        )  # fmt: skip
        assert answer.status_code == 403


class TestDeletePublication:
    async def test_takes_its_checks_along_and_brings_them_back(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        one = await enter(client, publisher, table(number(10), number(12, level="district")))
        other = await enter(client, publisher, table(number(11)))
        url, match = f"{PUBLICATIONS}/{one['id']}", publisher | {"If-Match": "*"}
        listed = f"/v1/discrepancies?publication={one['id']}&count=true"
        assert (await client.get(listed)).json()["total"] == 2
        (between,) = await checks(client, other, "other_publication")
        found = {"status": "accepted", "note": "Hai cách tính."}
        resolution = f"/v1/discrepancies/{between['id']}/resolution"
        assert (await client.post(resolution, json=found, headers=publisher)).status_code == 201
        assert (await client.delete(url, headers=match)).status_code == 204
        assert (await client.get(f"{url}/reconciliation")).status_code == 404
        assert (await client.get(listed)).json()["total"] == 0
        assert await checks(client, other, "other_publication") == []
        back = await client.post(f"{url}/restoration", headers=publisher)
        assert back.status_code == 200, back.text
        assert back.json()["datasets"] == one["datasets"]
        (again,) = await checks(client, other, "other_publication")
        assert again["resolution"]["status"] == "accepted"
        assert (await client.get(listed)).json()["total"] == 2
