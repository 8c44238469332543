"""Reports of the kinds that the five are not: entered as they are, told apart as they should be."""

from typing import Any

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.entering import BY_FIELD, YEAR_2022, Json, checks, enter, number, said, table

BOARD = {"organisation": str(shipped("organisation", "u-minh-thuong-2020/ban-thuong-vu-huyen-uy"))}
CEREMONY = {"event": str(shipped("event", "ca-mau-2023/le-khen-thuong-2023-10-27"))}
MODEL = {"model": str(shipped("emulation_model", "ca-mau-2023/me-do-dau"))}


@pytest.fixture
async def publisher(keys: Keys) -> dict[str, str]:
    return await keys.of("publisher")


class TestTenHardReports:
    async def test_a_fifth_field_and_a_bucket_of_areas(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        fields = zip(
            (*BY_FIELD, "new_rural", "religious_areas"), (10, 20, 5, 5, 40, 7), strict=True
        )
        printed = [number(amount, field=name) for name, amount in fields]
        whole = await enter(client, publisher, table(number("87"), *printed))
        assert said(await checks(client, whole)) == [({}, "field", 87, 87, "consistent")]
        listed = await client.get("/v1/observations?dimension.field=new_rural,religious_areas")
        assert sorted(each["amount"] for each in listed.json()["items"]) == [7, 40]

    async def test_nested_grades_are_never_added(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        grades = [
            number(120), number(100, grade="good"), number(60, grade="very_good"),
            number(20, grade="excellent"), number(12, grade="excellent", field="economy"),
            number(9, grade="excellent", field="other"),
        ]  # fmt: skip
        whole = await enter(client, publisher, table(*grades, overlapping=["grade"]))
        assert said(await checks(client, whole)) == [
            ({"grade": "excellent"}, "field", 20, 21, "discrepant")
        ]

    async def test_quarters_beside_what_they_come_to(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        def quarter(first: int, amount: int) -> Json:
            last = "31" if first in {1, 10} else "30"
            period = {
                "start_on": f"2022-{first:02}-01", "end_on": f"2022-{first + 2:02}-{last}",
                "precision": "month", "wording": f"quý {first // 3 + 1}",
            }  # fmt: skip
            return table(number(amount), period=period)

        quarters = [quarter(first, amount) for first, amount in ((1, 5), (4, 7), (7, 9), (10, 11))]
        whole = await enter(client, publisher, *quarters, table(number(30)))
        assert await checks(client, whole) == []  # 5 + 7 + 9 + 11 is nobody's claim

    async def test_targets_and_proposals_beside_results(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(
            client, publisher,
            table(number(100), number(60, participant_kind="collective")),
            table(number(40, participant_kind="individual"), claim_status="target"),
            table(number(500), claim_status="proposed"),
        )  # fmt: skip
        ((at, *found),) = said(await checks(client, whole))
        assert (at, found) == ({}, ["participant_kind", 100, 60, "incomplete"])
        register = await checks(client, whole, "register")
        assert [each["status"] for each in register] == [
            "incomplete", "incomplete", "not_comparable", "not_comparable"
        ]  # fmt: skip

    async def test_ranges_magnitudes_and_almost(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        whole = await enter(
            client, publisher,
            table(
                number({"amount": "1.000", "qualifier": "at_most"}),  # “gần 1.000”
                number({"minimum": "400", "maximum": "450"}, area="coast"),
                number({"amount": 560, "qualifier": "about"}, area="inland"),
            ),
            table(number(1500), number({"magnitude": "hàng nghìn"}, area="coast"),
                  number(300, area="inland"), claim_status="proposed"),
        )  # fmt: skip
        assert said(await checks(client, whole)) == [
            ({}, "area", 1000, 960, "consistent"),
            ({}, "area", 1500, None, "not_comparable"),
        ]

    async def test_money_in_its_own_words(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        money = table(
            number("3,5 tỷ"), number("1,4 tỷ", source="budget"),
            number("1 tỷ 900 triệu", source="people"),
            number("200.000.000", source="firms"), measure="funds_raised", unit="đồng",
        )  # fmt: skip
        change = table(number("-2,5"), measure="poverty_rate_change", unit="điểm phần trăm")
        whole = await enter(client, publisher, money, change)
        assert said(await checks(client, whole)) == [
            ({}, "source", 3_500_000_000, 3_500_000_000, "consistent")
        ]
        assert whole["datasets"][1]["observations"][0]["amount"] == -2.5

    async def test_subjects_that_are_no_places(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        comparison = {"kind": "change", "amount": 276, "base_period": YEAR_2022}
        whole = await enter(
            client, publisher,
            table(number(12), subject=BOARD),
            table(number(9), subject=CEREMONY, measure="communes_represented", unit="xã"),
            table(number({"comparison": comparison}), subject=MODEL, measure="members"),
        )  # fmt: skip
        subjects = [each["subject"] for each in whole["datasets"]]
        assert [next(k for k, v in each.items() if v) for each in subjects] == [
            "organisation", "event", "model"
        ]  # fmt: skip
        serialized = whole["datasets"][2]["observations"][0]
        assert (serialized["amount"], serialized["comparison"]["amount"]) == (None, 276)
        assert serialized["comparison"]["base_period"]["start_on"] == "2022-01-01"
        register = await checks(client, whole, "register")
        assert [(each["computed"], each["status"]) for each in register] == [
            (0, "incomplete"), (None, "not_comparable")
        ]  # fmt: skip
        assert register[0]["rows"].startswith("/v1/models?host=")

    async def test_only_finer_cells(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        cells = [
            number(amount, field=field, participant_kind=kind, level="district")
            for field in BY_FIELD
            for kind, amount in (("collective", 10), ("individual", 2))
        ]
        whole = await enter(client, publisher, table(number(50), *cells))
        assert said(await checks(client, whole)) == [
            ({}, "field,level,participant_kind", 50, 48, "discrepant")
        ]

    async def test_a_partial_breakdown(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        some = [number(20, field="economy"), number(30, field="culture_society")]
        whole = await enter(client, publisher, table(number(90), *some))
        assert said(await checks(client, whole)) == [({}, "field", 90, 50, "incomplete")]
        found = await client.get(f"/v1/discrepancies?publication={whole['id']}")
        assert found.json()["items"] == []
        found = await client.get(f"/v1/discrepancies?publication={whole['id']}&status=incomplete")
        assert len(found.json()["items"]) == 1

    async def test_two_sources_date_the_same_recognitions_differently(
        self, client: httpx.AsyncClient, publisher: dict[str, str]
    ) -> None:
        subject = {"locality": str(id_of("district/913/-"))}
        period = {"start_on": "2019-01-01", "end_on": "2019-12-31", "precision": "year"}
        again = table(
            number(266), subject=subject, measure="recognised", levels=["grassroots"], period=period
        )
        whole = await enter(client, publisher, again, title="Báo cáo khác về 266 mô hình")
        (found,) = await checks(client, whole, "other_publication")
        assert (found["stated"], found["computed"], found["status"]) == (266, 266, "discrepant")
        assert found["publication"]["id"] == whole["id"]
        shipped_id = str(shipped("publication", "u-minh-thuong-2020"))
        assert found["other"]["publication"]["id"] == shipped_id
        assert found["other"]["period"]["end_on"] == "2020-12-31"
        (seen,) = await checks(client, {"id": shipped_id}, "other_publication")
        assert (seen["id"], seen["publication"]["id"]) == (found["id"], shipped_id)
        assert seen["other"]["period"]["end_on"] == "2019-12-31"
        assert (seen["stated_by"], seen["computed_from"]) == (
            found["computed_from"], found["stated_by"]
        )  # fmt: skip
        for id in (whole["id"], shipped_id):
            listed = await client.get(
                f"/v1/discrepancies?publication={id}&check=other_publication&count=true"
            )
            assert listed.json()["total"] == 1


class TestNothingIsEverAdded:
    """Each of these would find 100 = 60 + 40, or 100 against 160, if something were added."""

    @pytest.mark.parametrize(
        "second",
        [
            {"subject": {"locality": str(id_of("district/966/-"))}},  # U Minh, in Cà Mau
            {"measure": "recognised"},
            {"claim_status": "target"},
            {"levels": ["district"]},
            {"period": {"start_on": "2021-01-01", "end_on": "2021-12-31", "precision": "year"}},
        ],
    )
    async def test_across_tables(
        self, client: httpx.AsyncClient, publisher: dict[str, str], second: dict[str, Any]
    ) -> None:
        whole = await enter(
            client, publisher,
            table(number(100), number(60, level="province")),
            table(number(40, level="district"), number(40), **second),
        )  # fmt: skip
        found = said(await checks(client, whole))
        assert found == [
            ({}, "level", 100, 60, "discrepant"), ({}, "level", 40, 40, "consistent")
        ]  # fmt: skip
        assert await checks(client, whole, "other_publication") == []
        other = await enter(client, publisher, table(number(40), **second))
        assert await checks(client, other, "other_publication") == await same_as(
            client, other, whole
        )


async def same_as(client: httpx.AsyncClient, other: Json, whole: Json) -> list[Json]:
    """The one check there is between two tables that say they count the same."""
    found = await checks(client, other, "other_publication")
    assert [
        (each["stated"], each["computed"], each["other"]["dataset"]["id"], each["status"])
        for each in found
    ] == [(40, 40, whole["datasets"][1]["id"], "consistent")]
    return found
