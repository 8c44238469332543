"""Publications over HTTP."""

import csv
import io
import json
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.support.publishing import publish, read_dataset, url_of


class TestGetPublication:
    async def test_has_every_member_of_the_contract(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(url_of("u-minh-thuong-2020"))
        whole = answer.json()
        assert list(whole) == [
            "id", "version", "updated_at", "title", "publisher", "url", "published_on",
            "date_precision", "datasets",
        ]  # fmt: skip
        assert list(whole["datasets"][0]) == [
            "id", "label", "subject", "reported_by", "measure", "claim_status", "levels", "period",
            "observed_through", "observed_through_precision", "unit", "labels", "overlapping",
            "note", "observations",
        ]  # fmt: skip
        assert list(whole["datasets"][0]["observations"][0]) == [
            "id", "dimensions", "amount", "minimum", "maximum", "magnitude", "qualifier", "unit",
            "comparison", "note", "quote",
        ]  # fmt: skip
        assert whole["publisher"]["name"] == "Cổng thông tin điện tử huyện U Minh Thượng"
        assert (whole["published_on"], whole["date_precision"]) == ("2020-08-10", "day")
        assert answer.headers["etag"].removeprefix("W/").startswith('"1.')

    async def test_places_and_bodies_read_as_they_were(self, client: httpx.AsyncClient) -> None:
        district = await read_dataset(client, "u-minh-thuong-2020/dang-ky")
        assert district["subject"]["locality"]["path"] == "Huyện U Minh Thượng, Tỉnh Kiên Giang"
        assert district["period"]["wording"] == "giai đoạn 2016-2020"
        assert district["observed_through_precision"] == "month"
        province = await read_dataset(client, "long-an-2024/hien-co")
        assert province["subject"]["locality"]["path"] == "Tỉnh Long An"
        board = await read_dataset(client, "u-minh-thuong-2020/giay-khen-ban-thuong-vu-huyen-uy")
        assert "Ban Thường vụ" in board["subject"]["organisation"]["name"]
        together = await read_dataset(client, "ca-mau-2023/dang-ky-co-so-va-huyen")
        assert together["reported_by"]["name"] == "Sở Nội vụ tỉnh Cà Mau"

    async def test_an_open_end_and_an_unknown_period_are_null(
        self, client: httpx.AsyncClient
    ) -> None:
        open_period = await read_dataset(client, "long-an-2024/the-bhyt-trao-tang")
        assert open_period["period"]["start_on"] == "2009-01-01"
        assert open_period["period"]["end_on"] is None
        unknown = await read_dataset(client, "ha-tinh-2023/cam-xuyen/thu-ngan-sach")
        assert unknown["period"] is None
        assert unknown["observed_through"] == "2023"

    async def test_what_no_report_has_is_told_exactly_too(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        id = await publish(session)
        answer = await client.get(f"/v1/publications/{id}")
        assert "12345678901234567.1234567891," in answer.text
        (dataset,) = answer.json()["datasets"]
        assert dataset["subject"]["model"]["title"] == "Mẹ đỡ đầu"
        assert dataset["overlapping"] == ["religion"]
        exact, ranged, worded = dataset["observations"]
        assert exact["dimensions"] == {"field": "new_rural", "religion": "Phật giáo"}
        assert (exact["unit"], ranged["unit"]) == ("thẻ", None)
        assert (ranged["amount"], ranged["minimum"], ranged["maximum"]) == (None, -2.5, 3)
        assert (worded["amount"], worded["magnitude"]) == (None, "hàng nghìn")
        assert worded["comparison"]["kind"] == "change"

    async def test_is_404_for_what_is_none(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/publications/{uuid4()}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_refuses_parameters_and_bad_ids(self, client: httpx.AsyncClient) -> None:
        for url in (f"{url_of('can-tho-2024')}?as_of=2024-01-01", "/v1/publications/1"):
            assert (await client.get(url)).status_code == 422


NEWEST_FIRST = ["can-tho-2024", "long-an-2024", "u-minh-thuong-2020"]
UNDATED = ["ca-mau-2023", "ha-tinh-2023"]


def keys_of(answer: httpx.Response) -> list[str]:
    """The shipped publications of a list, by their keys."""
    assert answer.status_code == 200, answer.text
    names = {str(shipped("publication", key)): key for key in (*NEWEST_FIRST, *UNDATED)}
    return [names[item["id"]] for item in answer.json()["items"]]


class TestListPublications:
    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            (f"under={id_of('country/VN/-')}", {*NEWEST_FIRST, *UNDATED}),
            (f"under={id_of('province/96/-')}", {"ca-mau-2023"}),
            (f"under={id_of('province/96/2025-07-01')}", {"ca-mau-2023"}),
            (f"under={id_of('province/80/2025-07-01')}", {"long-an-2024"}),
            (f"under={id_of('province/91/2025-07-01')}", {"u-minh-thuong-2020"}),
            (f"under={id_of('district/913/-')}", {"u-minh-thuong-2020"}),
            (f"under={id_of('province/42/-')}", {"ha-tinh-2023"}),
            (f"under={id_of('district/446/-')}", {"ha-tinh-2023"}),
            (f"under={UUID(int=4)}", set()),
            (f"publisher={shipped('organisation', 'ha-tinh-2023/baohatinh-vn')}", {"ha-tinh-2023"}),
            ("publisher=none", {"ca-mau-2023", "long-an-2024", "can-tho-2024"}),
            ("published_from=2024-01-01", {"long-an-2024", "can-tho-2024"}),
            ("published_from=2024-01-02", {"can-tho-2024"}),
            ("published_to=2024-06-30", {"u-minh-thuong-2020", "can-tho-2024"}),
            ("measure=registered", {"ca-mau-2023", "u-minh-thuong-2020", "can-tho-2024"}),
            ("measure=built,existing", {"ha-tinh-2023", "long-an-2024"}),
            ("measure=none", set()),
            ("measure=commended&published_to=2020-12-31", {"u-minh-thuong-2020"}),
            ("q=u minh thuong", {"u-minh-thuong-2020"}),
            ("q=Long%20An%20bai%20viet", {"long-an-2024"}),
        ],
    )
    async def test_filters(self, client: httpx.AsyncClient, query: str, keys: set[str]) -> None:
        answer = await client.get(f"/v1/publications?{query}&count=true")
        assert set(keys_of(answer)) == keys
        assert answer.json()["total"] == len(keys)

    async def test_is_newest_first_and_leaves_datasets_out(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/publications")
        assert keys_of(answer)[:3] == NEWEST_FIRST
        assert "datasets" not in answer.json()["items"][0]

    @pytest.mark.parametrize(
        ("sort", "first"),
        [("published_on", NEWEST_FIRST[::-1]), ("-published_on", NEWEST_FIRST),
         ("updated_at", []), ("-updated_at", [])],
    )  # fmt: skip
    async def test_sorts_and_pages_without_gaps(
        self, client: httpx.AsyncClient, sort: str, first: list[str]
    ) -> None:
        seen: list[str] = []
        url = f"/v1/publications?limit=2&sort={sort}"
        while url:
            answer = await client.get(url)
            seen += keys_of(answer)
            url = answer.links.get("next", {}).get("url", "")
        assert seen[: len(first)] == first
        assert sorted(seen) == sorted([*NEWEST_FIRST, *UNDATED])

    async def test_csv_has_the_flat_members(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/publications?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert list(rows[0]) == [
            "id", "version", "updated_at", "title", "publisher.id", "publisher.name", "url",
            "published_on", "date_precision",
        ]  # fmt: skip
        assert [row["published_on"] for row in rows] == ["2024-06-13", "2024", "2020-08-10", "", ""]

    async def test_ndjson_has_the_whole_things(self, client: httpx.AsyncClient) -> None:
        headers = {"Accept": "application/x-ndjson"}
        answer = await client.get("/v1/publications", headers=headers)
        things = [json.loads(line) for line in answer.text.splitlines()]
        assert len(things) == 5
        one = await client.get(url_of("can-tho-2024"))
        assert things[0] == one.json()

    @pytest.mark.parametrize(
        "query",
        ["sort=title", "q=an&sort=published_on", "cursor=x", "published_from=2023-02-30",
         "under=VN", "publisher=x", "limit=0", "datasets=true", "format=csv&limit=5", "measure="],
    )  # fmt: skip
    async def test_refuses_bad_parameters(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.get(f"/v1/publications?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable")
