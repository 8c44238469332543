"""Every figure of the five reports, read back over HTTP as it was printed."""

from decimal import Decimal
from typing import NamedTuple

import httpx
import pytest

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.support.publishing import read_dataset

TOTAL: dict[str, str] = {}
COLLECTIVE = {"participant_kind": "collective"}
INDIVIDUAL = {"participant_kind": "individual"}
CERTIFICATE = {"award_form": "commendation_certificate"}
MERIT = {"award_form": "merit_certificate"}
MEDAL = {"award_form": "commemorative_medal"}

Printed = list[tuple[dict[str, str], int, str]]


def exactly(*printed: tuple[dict[str, str], int]) -> Printed:
    return [(dimensions, amount, "exact") for dimensions, amount in printed]


def by_field(*amounts: int) -> list[tuple[dict[str, str], int]]:
    names = ("economy", "culture_society", "defence_security", "political_system")
    return [({"field": name}, amount) for name, amount in zip(names, amounts, strict=True)]


class Figure(NamedTuple):
    """A row of the table of published figures, and the dataset that holds it."""

    dataset: str
    subject: tuple[str, str]
    measure: str
    levels: list[str]
    period: tuple[str, str]
    observed_through: str | None
    printed: Printed


CA_MAU = ("locality", "province/96/-")
CA_MAU_PERIOD = ("2020-01-01", "2023-12-31")
U_MINH_THUONG = ("locality", "district/913/-")
CAN_THO = ("locality", "province/92/-")
BOARD = ("organisation", "u-minh-thuong-2020/ban-thuong-vu-huyen-uy")
COMMITTEE = ("organisation", "u-minh-thuong-2020/ubnd-huyen")
YEAR_2023 = ("2023-01-01", "2023-12-31")
YEARS_2016_2020 = ("2016-01-01", "2020-12-31")
YEARS_2019_2020 = ("2019-01-01", "2020-12-31")
YEARS_2008_2023 = ("2008-01-01", "2023-12-31")

FIGURES = {
    "F1": Figure(
        "ca-mau-2023/dang-ky-co-so-va-huyen", CA_MAU, "registered", ["grassroots", "district"],
        CA_MAU_PERIOD, "2023-10-27", exactly((TOTAL, 3427)),
    ),
    "F2": Figure(
        "ca-mau-2023/dang-ky-tinh", CA_MAU, "registered", ["province"],
        CA_MAU_PERIOD, "2023-10-27", exactly((TOTAL, 1007)),
    ),
    "F3, F4": Figure(
        "ca-mau-2023/khen-thuong-cac-cap", CA_MAU, "commended",
        ["grassroots", "district", "province"], CA_MAU_PERIOD, "2023-10-27",
        [(COLLECTIVE, 340, "at_least"), (INDIVIDUAL, 643, "exact")],
    ),
    "F5": Figure(
        "ca-mau-2023/khen-thuong-tai-hoi-nghi", ("event", "ca-mau-2023/le-khen-thuong-2023-10-27"),
        "commended", ["province", "central"], CA_MAU_PERIOD, "2023-10-27",
        exactly(
            (COLLECTIVE, 17), (INDIVIDUAL, 74),
            (INDIVIDUAL | MEDAL, 37),
            (COLLECTIVE | MERIT, 5), (INDIVIDUAL | MERIT, 15),
            (INDIVIDUAL | CERTIFICATE, 12), (COLLECTIVE | CERTIFICATE, 22),
        ),
    ),
    "F6": Figure(
        "ca-mau-2023/xa-du-hoi-nghi", ("event", "ca-mau-2023/hoi-nghi-so-ket-2023-10-27"),
        "communes_represented", [], ("2023-10-27", "2023-10-27"), "2023-10-27",
        exactly((TOTAL, 9)),
    ),
    "F6, of": Figure(
        "ca-mau-2023/so-xa", CA_MAU, "communes", [], ("2023-10-27", "2023-10-27"), "2023-10-27",
        exactly((TOTAL, 101)),
    ),
    "F7": Figure(
        "u-minh-thuong-2020/dang-ky", U_MINH_THUONG, "registered", [],
        YEARS_2016_2020, "2020-08", exactly((TOTAL, 635)),
    ),
    "F8": Figure(
        "u-minh-thuong-2020/cong-nhan-co-so", U_MINH_THUONG, "recognised", ["grassroots"],
        YEARS_2019_2020, None, exactly((TOTAL, 266)),
    ),
    "F9": Figure(
        "u-minh-thuong-2020/cong-nhan-huyen", U_MINH_THUONG, "recognised", ["district"],
        YEARS_2019_2020, None, exactly((TOTAL, 61)),
    ),
    "F10": Figure(
        "u-minh-thuong-2020/giay-khen-ban-thuong-vu-huyen-uy", BOARD, "commended", ["district"],
        YEARS_2016_2020, None,
        exactly((COLLECTIVE | CERTIFICATE, 4), (INDIVIDUAL | CERTIFICATE, 6)),
    ),
    "F11": Figure(
        "u-minh-thuong-2020/giay-khen-ubnd-huyen", COMMITTEE, "commended", ["district"],
        YEARS_2016_2020, None, exactly((COLLECTIVE | CERTIFICATE, 20)),
    ),
    "F12": Figure(
        "ha-tinh-2023/cam-xuyen/xay-dung", ("locality", "district/446/-"), "built", [],
        YEARS_2008_2023, None, exactly((TOTAL, 3372), *by_field(1205, 1427, 425, 315)),
    ),
    "F13": Figure(
        "ha-tinh-2023/tp-ha-tinh/xay-dung", ("locality", "district/436/-"), "built", [],
        YEARS_2008_2023, None, exactly((TOTAL, 794), *by_field(263, 420, 62, 49)),
    ),
    "F14, F15": Figure(
        "long-an-2024/hien-co", ("locality", "province/80/-"), "existing", [],
        ("2021-01-01", "2025-12-31"), "2024",
        exactly(
            (TOTAL, 990), (COLLECTIVE, 949), (INDIVIDUAL, 41), *by_field(139, 599, 84, 168)
        ),
    ),
    "F16": Figure(
        "can-tho-2024/dang-ky", CAN_THO, "registered", [], YEAR_2023, None,
        exactly((TOTAL, 2642)),
    ),
    "F17": Figure(
        "can-tho-2024/cong-nhan", CAN_THO, "recognised", [], YEAR_2023, None,
        exactly((TOTAL, 2391), *by_field(697, 1434, 151, 109)),
    ),
}  # fmt: skip


class TestPublishedFigures:
    @pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
    async def test_read_back_as_printed(self, client: httpx.AsyncClient, figure: Figure) -> None:
        dataset = await read_dataset(client, figure.dataset)
        kind, key = figure.subject
        about = id_of(key) if kind == "locality" else shipped(kind, key)
        assert {name: ref and ref["id"] for name, ref in dataset["subject"].items()} == {
            **dict.fromkeys(("locality", "organisation", "event", "model")),
            kind: str(about),
        }
        assert (dataset["measure"], dataset["claim_status"]) == (figure.measure, "result")
        assert dataset["levels"] == figure.levels
        assert (dataset["period"]["start_on"], dataset["period"]["end_on"]) == figure.period
        assert dataset["observed_through"] == figure.observed_through
        assert [
            (each["dimensions"], each["amount"], each["qualifier"])
            for each in dataset["observations"]
        ] == figure.printed

    async def test_f4_notes_that_over_may_govern_it_too(self, client: httpx.AsyncClient) -> None:
        dataset = await read_dataset(client, FIGURES["F3, F4"].dataset)
        collectives, individuals = dataset["observations"]
        assert "“trên”" in individuals["note"]
        assert collectives["quote"] == "đã có trên 340 tập thể, 643 cá nhân có thành tích xuất sắc"

    async def test_f5_stays_wrong_as_it_was_printed(self, client: httpx.AsyncClient) -> None:
        dataset = await read_dataset(client, FIGURES["F5"].dataset)
        headline, cells = dataset["observations"][:2], dataset["observations"][2:]
        assert sum(each["amount"] for each in headline) == 91
        assert sum(each["amount"] for each in cells) == 91
        for kind, printed, added in (("collective", 17, 27), ("individual", 74, 64)):
            (stated,) = [
                each for each in headline if each["dimensions"] == {"participant_kind": kind}
            ]
            parts = [each for each in cells if each["dimensions"]["participant_kind"] == kind]
            assert (stated["amount"], sum(each["amount"] for each in parts)) == (printed, added)

    @pytest.mark.parametrize("name", ["F12", "F13", "F14, F15", "F17"])
    async def test_breakdowns_by_field_add_up(self, client: httpx.AsyncClient, name: str) -> None:
        observations = (await read_dataset(client, FIGURES[name].dataset))["observations"]
        fields = [each["amount"] for each in observations if "field" in each["dimensions"]]
        assert sum(fields) == observations[0]["amount"]

    @pytest.mark.parametrize(
        ("dataset", "amount", "qualifier", "unit"),
        [
            ("ha-tinh-2023/cam-xuyen/thu-ngan-sach", "400", "at_least", "tỷ đồng"),
            ("ha-tinh-2023/cam-xuyen/thu-nhap-binh-quan", "50.5", "exact", "triệu đồng/người/năm"),
            ("ha-tinh-2023/cam-xuyen/ho-ngheo-da-chieu", "2.8", "exact", "%"),
            ("ha-tinh-2023/tp-ha-tinh/tang-truong-binh-quan", "9.86", "exact", "%"),
            ("ha-tinh-2023/tp-ha-tinh/thu-nhap-binh-quan", "64", "exact", "triệu đồng/người/năm"),
            ("ha-tinh-2023/tp-ha-tinh/phuong-van-minh-do-thi", "10", "exact", "phường"),
            ("ha-tinh-2023/tp-ha-tinh/xa-nong-thon-moi-nang-cao", "4", "exact", "xã"),
            ("ha-tinh-2023/tp-ha-tinh/so-xa", "5", "exact", "xã"),
            ("long-an-2024/the-bhyt-trao-tang", "3462", "exact", "thẻ"),
            ("long-an-2024/gia-tri-the-bhyt-trao-tang", "1.2", "exact", "tỷ đồng"),
        ],
    )
    async def test_figures_of_the_context_have_units_of_their_own(
        self, client: httpx.AsyncClient, dataset: str, amount: str, qualifier: str, unit: str
    ) -> None:
        found = await read_dataset(client, dataset)
        (observation,) = found["observations"]
        assert (observation["amount"], observation["qualifier"]) == (Decimal(amount), qualifier)
        assert (found["unit"], observation["unit"]) == (unit, None)
