"""Observations over HTTP."""

import csv
import io
import json
from decimal import Decimal

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.support.publishing import publish

HA_TINH = shipped("publication", "ha-tinh-2023")
LONG_AN = shipped("publication", "long-an-2024")


class TestListObservations:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 57),
            (f"under={id_of('country/VN/-')}", 57),
            (f"under={id_of('province/96/2025-07-01')}", 13),
            (f"under={id_of('province/91/2025-07-01')}", 6),
            (f"under={id_of('province/80/2025-07-01')}", 10),
            (f"under={id_of('district/446/-')}", 8),
            (f"publication={HA_TINH}", 22),
            (f"publication={HA_TINH},{LONG_AN}", 32),
            ("measure=commended", 12),
            ("measure=registered", 4),
            ("measure=income_per_head,average_growth_rate", 3),
            ("claim_status=result", 57),
            ("claim_status=target,proposed", 0),
            ("from=2009-01-01", 36),
            ("to=2020-12-31", 6),
            ("from=2019-01-01&to=2020-12-31", 2),
            ("from=2019-01-02&to=2020-12-31", 0),
            ("dimension.field=economy", 4),
            ("dimension.field=economy,defence_security", 8),
            ("dimension.field=none", 41),
            ("dimension.field=none&dimension.participant_kind=none", 27),
            ("dimension.field=none,economy&dimension.participant_kind=none", 31),
            ("dimension.participant_kind=individual&dimension.award_form=none", 3),
            ("dimension.award_form=merit_certificate", 2),
            ("dimension.level=province", 0),
            ("dimension.religion=none", 57),
            ("dimension.religion=x", 0),
            (
                "measure=commended&dimension.participant_kind=individual&dimension.award_form=none",
                2,
            ),
        ],
    )
    async def test_filters(self, client: httpx.AsyncClient, query: str, count: int) -> None:
        answer = await client.get(f"/v1/observations?{query}&count=true&limit=200")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["total"], len(answer.json()["items"])) == (count, count)

    async def test_each_tells_what_its_dataset_says(self, client: httpx.AsyncClient) -> None:
        dataset = "ca-mau-2023/khen-thuong-tai-hoi-nghi"
        answer = await client.get(
            "/v1/observations?measure=commended&dimension.award_form=commemorative_medal"
        )
        (medals,) = answer.json()["items"]
        assert medals.pop("version") == 1
        assert medals.pop("updated_at").endswith("Z")
        assert medals.pop("note") == "Cơ quan tặng được in là “Ban Dận Trung ương”."
        assert medals.pop("quote").startswith("37 cá nhân")
        assert list(medals.pop("publication")) == ["id", "title"]
        assert medals == {
            "id": str(shipped("observation", f"{dataset}/ky-niem-chuong-ca-nhan")),
            "dataset": {
                "id": str(shipped("dataset", dataset)),
                "label": "Tập thể, cá nhân được trao khen thưởng tại Hội nghị",
            },
            "subject": {
                "locality": None,
                "organisation": None,
                "event": {
                    "id": str(shipped("event", "ca-mau-2023/le-khen-thuong-2023-10-27")),
                    "name": medals["subject"]["event"]["name"],
                },
                "model": None,
            },
            "reported_by": None,
            "measure": "commended",
            "claim_status": "result",
            "levels": ["province", "central"],
            "period": {
                "start_on": "2020-01-01",
                "end_on": "2023-12-31",
                "precision": "year",
                "wording": "giai đoạn 2020 - 2023",
            },
            "observed_through": "2023-10-27",
            "observed_through_precision": "day",
            "dimensions": {"participant_kind": "individual", "award_form": "commemorative_medal"},
            "amount": 37,
            "minimum": None,
            "maximum": None,
            "magnitude": None,
            "qualifier": "exact",
            "unit": "tập thể, cá nhân",
            "comparison": None,
        }

    async def test_has_the_unit_of_its_own_or_of_its_dataset(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await publish(session)
        answer = await client.get("/v1/observations?claim_status=target")
        items = json.loads(answer.text, parse_float=Decimal)["items"]
        found = {each["dimensions"].get("field"): each for each in items}
        assert {field: each["unit"] for field, each in found.items()} == {
            "new_rural": "thẻ", "religious_areas": "người", None: "người"
        }  # fmt: skip
        assert found["new_rural"]["amount"] == Decimal("12345678901234567.1234567891")
        assert found["religious_areas"]["minimum"] == Decimal("-2.5")
        assert found[None]["comparison"]["amount"] == 276
        other = await client.get("/v1/observations?dimension.religion=Ph%E1%BA%ADt%20gi%C3%A1o,x")
        assert [each["unit"] for each in other.json()["items"]] == ["thẻ"]

    @pytest.mark.parametrize(
        "sort", ["published_on", "-published_on", "period_end", "-period_end", "updated_at",
                 "-updated_at"]
    )  # fmt: skip
    async def test_sorts_and_pages_without_gaps(self, client: httpx.AsyncClient, sort: str) -> None:
        seen = []
        url = f"/v1/observations?limit=10&sort={sort}&dimension.level=none"
        while url:
            answer = await client.get(url)
            assert answer.status_code == 200, answer.text
            seen += answer.json()["items"]
            url = answer.links.get("next", {}).get("url", "")
        assert len({each["id"] for each in seen}) == len(seen) == 57
        if sort.endswith("period_end"):
            ends = [each["period"] and each["period"]["end_on"] for each in seen]
            known = [end for end in ends if end is not None]
            assert ends[: len(known)] == sorted(known, reverse=sort.startswith("-"))

    async def test_a_cursor_goes_with_its_filters_only(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/v1/observations?limit=1&dimension.field=economy")
        cursor = page.json()["next_cursor"]
        good = await client.get(f"/v1/observations?dimension.field=economy&cursor={cursor}")
        assert len(good.json()["items"]) == 3
        foreign = await client.get(f"/v1/observations?dimension.field=none&cursor={cursor}")
        assert foreign.json()["errors"][0]["code"] == "invalid_cursor"

    async def test_csv_has_a_column_for_each_usual_dimension(
        self, client: httpx.AsyncClient
    ) -> None:
        url = f"/v1/observations?format=csv&publication={LONG_AN}&measure=existing"
        rows = list(csv.DictReader(io.StringIO((await client.get(url)).text)))
        assert {
            (row["dimensions.field"], row["dimensions.participant_kind"], row["amount"])
            for row in rows
        } == {
            ("", "", "990"), ("", "collective", "949"), ("", "individual", "41"),
            ("economy", "", "139"), ("culture_society", "", "599"),
            ("defence_security", "", "84"), ("political_system", "", "168"),
        }  # fmt: skip
        assert {row["subject.locality.path"] for row in rows} == {"Tỉnh Long An"}
        assert {row["period.end_on"] for row in rows} == {"2025-12-31"}

    async def test_ndjson_has_all_of_them(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/observations?format=ndjson&dimension.field=none")
        things = [json.loads(line) for line in answer.text.splitlines()]
        listed = await client.get("/v1/observations?dimension.field=none")
        assert things == listed.json()["items"]

    async def test_tells_every_bad_parameter(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(
            "/v1/observations?field=economy&dimension=x&dimension.Field=x&dimension.=x"
            "&dimension.field=&from_=2020-01-01&from=2023-02-30&q=x&claim_status=hope"
        )
        assert answer.status_code == 422
        assert {error["parameter"]: error["code"] for error in answer.json()["errors"]} == {
            "field": "unknown_parameter",
            "dimension": "unknown_parameter",
            "dimension.Field": "unknown_parameter",
            "dimension.": "unknown_parameter",
            "dimension.field.0": "too_short",
            "from_": "unknown_parameter",
            "from": "invalid_date",
            "q": "unknown_parameter",
            "claim_status.0": "not_in_vocabulary",
        }

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("dimension.field=%00", 422),
            ("dimension.field=%ED%A0%80", 200),  # read as replacement characters
            (f"dimension.field={'x' * 501}", 422),
            (f"dimension.{'a' * 41}=x", 422),
            ("dimension.%C4%91=x", 422),
            ("&".join(f"dimension.a{number}=none" for number in range(300)), 200),
        ],
    )
    async def test_bears_with_any_text(
        self, client: httpx.AsyncClient, query: str, status: int
    ) -> None:
        assert (await client.get(f"/v1/observations?{query}")).status_code == status
