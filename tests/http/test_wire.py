"""A kept answer that is written at one go is the answer that ASGI would have given."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPResponse
from io import BytesIO
from socket import socket
from typing import Any

import pytest
import uvicorn

from app.config import Settings
from app.db.database import Database
from app.http import wire
from app.main import create_app

SETTINGS = Settings(access_log=False, rate_limit_reads="1000000/second")
PATH = "/v1/campaign-periods"
OF_ONE_REQUEST = {"date", "x-request-id", "ratelimit"}


class Answered(BytesIO):
    """Bytes that `http.client` reads answers from."""

    def makefile(self, *_: object) -> "Answered":
        return self

    def close(self) -> None:
        """Further answers follow."""


@asynccontextmanager
async def serving(url: str, http: str = "httptools") -> AsyncIterator[int]:
    """The port of the application behind a real uvicorn."""
    database = Database(url)
    app: Any = create_app(SETTINGS, database)
    config = uvicorn.Config(app, http=http, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        serve = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serve
            await app.snapshots.close()
            await database.close()


async def sent(port: int, *requests: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Requests sent at once over one connection: status, headers and body of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("".join(requests).encode())
    close = request("GET", "/healthz", "Connection: close")
    writer.write(close.encode())
    answered, answers = Answered(await reader.read()), []
    writer.close()
    for each in (*requests, close):
        response = HTTPResponse(answered, method=each.split(" ")[0])  # type: ignore[arg-type]
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        assert len(headers) == len(response.getheaders()), "a header is sent twice"
        answers.append((response.status, headers, response.read()))
    assert not answered.read()
    return answers[:-1]


def request(method: str, path: str, *headers: str) -> str:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: kheo.test", *headers, "", ""])


def lasting(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OF_ONE_REQUEST}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each kept answer was written at one go."""
    outcomes: list[bool] = []
    write_whole = wire.write_whole

    def noted(*arguments: Any) -> bool:
        outcomes.append(write_whole(*arguments))
        return outcomes[-1]

    monkeypatch.setattr("app.http.gateway.write_whole", noted)
    return outcomes


async def test_it_has_the_headers_and_the_body_of_the_first_answer(
    server: str, written: list[bool]
) -> None:
    async with serving(server) as port:
        first, second, third = await sent(port, *[request("GET", PATH)] * 3)
    assert written == [True, True]
    assert [first[0], second[0], third[0]] == [200, 200, 200]
    assert lasting(first[1]) == lasting(second[1]) == lasting(third[1])
    assert first[1].keys() == second[1].keys() >= OF_ONE_REQUEST
    assert second[1]["x-request-id"] != third[1]["x-request-id"]
    assert first[2] == second[2] == third[2] != b""


async def test_it_is_compressed_as_well_and_keeps_the_id_of_the_request(
    server: str, written: list[bool]
) -> None:
    zipped = request("GET", PATH, "Accept-Encoding: gzip", "X-Request-ID: của-tôi", "X-A: b")
    named = request("GET", PATH, "X-Request-ID: mine-1")
    async with serving(server) as port:
        (_, _, plain), (_, compressed, body), (_, own, _) = await sent(
            port, request("GET", PATH), zipped, named
        )
    assert written == [True, True]
    assert compressed["content-encoding"] == "gzip"
    assert compressed["content-length"] == str(len(body))
    assert gzip.decompress(body) == plain
    assert own["x-request-id"] == "mine-1"


async def test_head_and_conditions_and_requests_in_between_are_answered_in_order(
    server: str, written: list[bool]
) -> None:
    async with serving(server) as port:
        ((_, headers, whole),) = await sent(port, request("GET", PATH))
        answers = await sent(
            port,
            request("GET", PATH),
            request("HEAD", PATH),
            request("GET", PATH, f"If-None-Match: {headers['etag']}"),
            request("GET", "/v1/nothing"),
            request("GET", PATH),
        )
    assert [status for status, _, _ in answers] == [200, 200, 304, 404, 200]
    assert [body for _, _, body in answers][:3] == [whole, b"", b""]
    assert lasting(answers[1][1]) == lasting(headers)
    assert answers[-1][2] == whole
    assert written == [True, True]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_connection_that_ends_is_told_so(
    server: str, written: list[bool], version: str
) -> None:
    ending = f"GET {PATH} HTTP/{version}\r\nHost: kheo.test\r\nConnection: close\r\n\r\n"
    async with serving(server) as port:
        ((_, _, whole),) = await sent(port, request("GET", PATH))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ending.encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert b"connection: close" in head.lower()
    assert body == whole
    assert written == [False]


async def test_another_server_is_sent_asgi_messages(server: str, written: list[bool]) -> None:
    async with serving(server, http="h11") as port:
        first, second = await sent(port, *[request("GET", PATH)] * 2)
    assert written == [False]
    assert (first[0], lasting(first[1]), first[2]) == (second[0], lasting(second[1]), second[2])
