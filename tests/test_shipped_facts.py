"""The shipped facts: the data files are whole, and the map through time reads as it was."""

import csv
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.localities.load import id_of
from app.shipped_facts import REPORTS
from app.vocabularies import terms

COUNTS = {
    "organisations": 32,
    "documents": 16,
    "campaign_periods": 9,
    "events": 8,
    "emulation_models": 59,
    "award_decisions": 5,
    "publications": 5,
}
KEYED = {  # where the things of a kind are
    "organisation": "organisations",
    "document": "documents",
    "campaign_period": "campaign_periods",
    "event": "events",
    "model": "emulation_models",
    "award_decision": "award_decisions",
    "award": "award_decisions.awards",
    "publication": "publications",
    "dataset": "publications.datasets",
    "observation": "publications.datasets.observations",
}
MEMBERS: dict[str, dict[str, str | type[StrEnum]]] = {  # what they refer to
    "organisations": {
        "kind": terms.OrganisationKind, "tier": terms.OrganisationTier, "locality": "locality",
        "parent": "organisation", "successors": "organisation",
    },
    "documents": {
        "kind": terms.DocumentKind, "family": terms.DocumentFamily, "issuer": "organisation",
    },
    "campaign_periods": {
        "kind": terms.CampaignKind, "precision": terms.DatePrecision, "locality": "locality",
        "organisation": "organisation", "parent": "campaign_period",
    },
    "campaign_periods.documents": {"document": "document", "role": terms.DocumentRole},
    "events": {
        "kind": terms.EventKind, "locality": "locality", "campaign_period": "campaign_period",
        "organiser": "organisation", "models_visited": "model",
    },
    "events.delegations": {"organisation": "organisation"},
    "emulation_models": {
        "field": terms.MovementField, "participant_kind": terms.ParticipantKind,
        "locality": "locality", "host": "organisation", "campaign_period": "campaign_period",
    },
    "emulation_models.outcomes": {"qualifier": terms.Qualifier},
    "emulation_models.sources": {"document": "document"},
    "award_decisions": {
        "authority": "organisation", "capacity": terms.AuthorityCapacity, "level": terms.Level,
        "event": "event", "campaign_period": "campaign_period", "status": terms.AwardStatus,
    },
    "award_decisions.awards": {
        "form": terms.AwardForm, "participant_kind": terms.ParticipantKind,
    },
    "publications": {"publisher": "organisation"},
    "publications.datasets": {
        "reported_by": "organisation", "claim_status": terms.ClaimStatus, "levels": terms.Level,
    },
    "publications.datasets.subject": {
        "locality": "locality", "organisation": "organisation", "event": "event", "model": "model",
    },
    "publications.datasets.period": {"precision": terms.DatePrecision},
    "publications.datasets.observations": {"qualifier": terms.Qualifier},
    "publications.datasets.observations.dimensions": {
        "field": terms.MovementField, "participant_kind": terms.ParticipantKind,
        "level": terms.Level, "award_form": terms.AwardForm,
    },
}  # fmt: skip
_TEXTS = {
    name: (files("app.data") / "reports" / f"{name}.json").read_text(encoding="utf-8")
    for name in REPORTS
}
_REPORTS: list[Any] = [json.loads(content) for content in _TEXTS.values()]


def every(path: str) -> list[Any]:
    """All things at a path such as `publications.datasets`, of all the reports."""
    things = _REPORTS
    for member in path.split("."):
        things = [part for thing in things for part in listed(thing.get(member))]
    return things


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def quotes(value: Any) -> Iterator[str]:
    """Every quote at any depth."""
    if isinstance(value, dict):
        yield from listed(value.get("quote"))
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from quotes(each)


def known(what: str) -> set[str]:
    """The keys of a kind."""
    if what == "locality":
        with (files("app.data") / "localities.csv").open(encoding="utf-8") as file:
            return {row["unit"] for row in csv.DictReader(file)} | {"country/VN/-"}
    return {thing["key"] for thing in every(KEYED[what])}


class TestDataFiles:
    @pytest.mark.parametrize(("section", "count"), COUNTS.items())
    async def test_hold_and_load_all_there_is(
        self, session: AsyncSession, section: str, count: int
    ) -> None:
        assert len(every(section)) == count
        table = sa.table(section.removesuffix("s"))
        assert await session.scalar(sa.select(sa.func.count()).select_from(table)) == count

    @pytest.mark.parametrize("name", REPORTS)
    def test_are_normalised_text(self, name: str) -> None:
        assert unicodedata.is_normalized("NFC", _TEXTS[name])

    def test_quotes_have_15_words_at_most(self) -> None:
        found = list(quotes(_REPORTS))
        assert len(found) > 200
        assert [quote for quote in found if len(quote.split()) > 15] == []

    def test_everything_is_quoted_but_the_body_that_followed_the_reports(self) -> None:
        things = [
            thing
            for path in (*COUNTS, "publications.datasets.observations")
            for thing in every(path)
        ]
        assert [thing["key"] for thing in things if not thing["quote"]] == [
            "viet-nam/ban-tuyen-giao-va-dan-van-trung-uong"
        ]

    @pytest.mark.parametrize("path", KEYED.values())
    def test_keys_are_unique(self, path: str) -> None:
        keys = Counter(thing["key"] for thing in every(path))
        assert [key for key, times in keys.items() if times > 1] == []

    @pytest.mark.parametrize(
        ("path", "member", "what"),
        [(path, *pair) for path, members in MEMBERS.items() for pair in members.items()],
    )
    def test_refer_to_what_is_known(
        self, path: str, member: str, what: str | type[StrEnum]
    ) -> None:
        named = {each for thing in every(path) for each in listed(thing.get(member))}
        assert named <= (known(what) if isinstance(what, str) else set(what))

    def test_labels_are_those_of_values_that_occur(self) -> None:
        for dataset in every("publications.datasets"):
            values = {v for each in dataset["observations"] for v in each["dimensions"].values()}
            assert set(dataset["labels"]) == values

    def test_awards_are_those_printed(self) -> None:
        printed = [
            [(award["form"], award["participant_kind"], award["count"])
             for award in decision["awards"]]
            for decision in every("award_decisions")
        ]  # fmt: skip
        certificate = "commendation_certificate"
        assert printed == [
            [("commemorative_medal", "individual", 37)],
            [("merit_certificate", "collective", 5), ("merit_certificate", "individual", 15)],
            [(certificate, "individual", 12), (certificate, "collective", 22)],
            [(certificate, "collective", 4), (certificate, "individual", 6)],
            [(certificate, "collective", 20)],
        ]

    def test_days_without_a_year_stay_so(self) -> None:
        visits = [event for event in every("events") if event["kind"] == "survey_visit"]
        assert [visit["held_on"] for visit in visits] == ["--06-05", None, "--06-05", None]


async def read(client: httpx.AsyncClient, url: str) -> Any:
    answer = await client.get(f"/v1/localities{url}")
    assert answer.status_code == 200, answer.text
    return answer.json()


TRAN_HOI = id_of("commune/32107/-")
CAM_BINH = id_of("commune/18685/-")
U_MINH_THUONG = id_of("district/913/-")


class TestMapThroughTime:
    @pytest.mark.parametrize(
        ("day", "provinces", "districts", "communes"),
        [
            ("as_of=2020-08-04", 63, 705, 10_599),
            ("as_of=2023-10-27", 63, 705, 10_599),
            ("as_of=2025-06-30", 63, 696, 10_035),
            ("as_of=2025-07-01", 34, 0, 3_321),
            ("", 34, 0, 3_321),
        ],
    )
    async def test_counts_the_units_of_a_day(
        self, client: httpx.AsyncClient, day: str, provinces: int, districts: int, communes: int
    ) -> None:
        counted = [
            (await read(client, f"?{day}&level={level}&count=true&limit=1"))["total"]
            for level in ("province", "district", "commune")
        ]
        assert counted == [provinces, districts, communes]

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ("code=91&as_of=2020-08-04", "Tỉnh Kiên Giang"),
            ("code=91", "Tỉnh An Giang"),
            ("code=80&as_of=2024-06-13", "Tỉnh Long An"),
            ("code=80", "Tỉnh Tây Ninh"),
        ],
    )
    async def test_a_code_means_another_unit_on_another_day(
        self, client: httpx.AsyncClient, query: str, name: str
    ) -> None:
        (province,) = (await read(client, f"?{query}&level=province"))["items"]
        assert province["full_name"] == name

    async def test_tran_hoi_was_divided_in_two(self, client: httpx.AsyncClient) -> None:
        whole = await read(client, f"/{TRAN_HOI}")
        assert whole["path"] == "Xã Trần Hợi, Huyện Trần Văn Thời, Tỉnh Cà Mau"
        assert whole["abolished_on"] == "2025-07-01"
        walk = await read(client, f"/{TRAN_HOI}/successors")
        for steps in (whole["successors"], walk["items"]):
            assert sorted((each["locality"]["code"], each["extent"]) for each in steps) == [
                ("32095", "part"), ("32104", "part")
            ]  # fmt: skip
        assert walk["complete"] is True

    async def test_cam_binh_lay_in_a_district_and_then_in_a_city(
        self, client: httpx.AsyncClient
    ) -> None:
        then = await read(client, f"/{CAM_BINH}?as_of=2023-06-05")
        assert then["parent"]["id"] == str(id_of("district/446/-"))
        later = await read(client, f"/{CAM_BINH}?as_of=2025-03-01")
        assert [each["full_name"] for each in later["ancestors"]] == [
            "Việt Nam", "Tỉnh Hà Tĩnh", "Thành phố Hà Tĩnh"
        ]  # fmt: skip

        async def under(unit: str, day: str) -> bool:
            url = f"?under={id_of(unit)}&as_of={day}&level=commune&limit=200"
            return str(CAM_BINH) in {each["id"] for each in (await read(client, url))["items"]}

        assert await under("district/446/-", "2023-06-05")
        assert not await under("district/446/-", "2025-03-01")
        assert await under("district/436/-", "2025-03-01")

    async def test_a_districts_successors_are_those_of_its_communes(
        self, client: httpx.AsyncClient
    ) -> None:
        assert (await read(client, f"/{U_MINH_THUONG}"))["successors"] == []
        walk = await read(client, f"/{U_MINH_THUONG}/successors")
        assert {(each["locality"]["path"], each["extent"]) for each in walk["items"]} == {
            ("Xã Vĩnh Hòa, Tỉnh An Giang", "part"),
            ("Xã U Minh Thượng, Tỉnh An Giang", "part"),
        }
        assert walk["complete"] is True
        before = await read(
            client, f"/{id_of('commune/31027/2025-07-01')}/predecessors?on=2020-08-04"
        )
        assert {each["locality"]["name"] for each in before["items"]} == {
            "An Minh Bắc", "Minh Thuận"
        }  # fmt: skip
