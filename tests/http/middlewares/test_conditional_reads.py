"""A reader that has the present state gets 304, however a proxy spells its tag."""

import httpx
import pytest

PATH = "/v1/campaign-periods?limit=1"


@pytest.mark.parametrize(
    "spelled",
    [
        '"{}"', 'W/"{}"', '"{}-gzip"', 'W/"{}-gzip"', '"{}--gzip"', '"{};gzip"', '"{}-br"',
        '"{}-zstd"', '"other", "{}"', '"other",W/"{}-gzip"', "*",
    ],
)  # fmt: skip
async def test_what_is_known_is_304(client: httpx.AsyncClient, spelled: str) -> None:
    tag = (await client.get(PATH)).headers["etag"].removeprefix("W/").strip('"')
    known = {"If-None-Match": spelled.format(tag)}
    for method in ("GET", "HEAD"):
        answer = await client.request(method, PATH, headers=known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"].removeprefix("W/") == f'"{tag}"'
        assert "content-type" not in answer.headers
        assert answer.headers["vary"]


@pytest.mark.parametrize("spelled", ['"x{}"', '"{}x"', "{}", '"{}-other"', '""', "W/", '"-gzip"'])
async def test_anything_else_is_answered(client: httpx.AsyncClient, spelled: str) -> None:
    tag = (await client.get(PATH)).headers["etag"].removeprefix("W/").strip('"')
    answer = await client.get(PATH, headers={"If-None-Match": spelled.format(tag)})
    assert answer.status_code == 200
    assert answer.json()["items"]
