"""Repeated lines of a header are one list, the same for all who read them."""

import httpx
import pytest

VIETNAMESE = "Không có gì ở địa chỉ này"


@pytest.mark.parametrize(
    ("lines", "is_vietnamese"),
    [
        (["en", "vi"], False),  # as `en, vi`: both alike, so the default
        (["vi", "en;q=0.5"], True),
        (["en;q=0.5", "vi"], True),
        (["fr", "vi"], True),
    ],
)
async def test_languages(client: httpx.AsyncClient, lines: list[str], is_vietnamese: bool) -> None:
    headers = [("Accept-Language", line) for line in lines]
    title = (await client.get("/v1/nothing", headers=headers)).json()["title"]
    assert (title == VIETNAMESE) is is_vietnamese


async def test_formats(client: httpx.AsyncClient) -> None:
    headers = [("Accept", "application/json;q=0.5"), ("Accept", "text/csv")]
    answer = await client.get("/v1/organisations", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_two_keys_are_none(client: httpx.AsyncClient) -> None:
    headers = [("Authorization", "Bearer kheo_x"), ("Authorization", "Bearer kheo_y")]
    answer = await client.get("/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


async def test_tags(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/v1/campaign-periods")).headers["etag"]
    headers = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert (await client.get("/v1/campaign-periods", headers=headers)).status_code == 304
