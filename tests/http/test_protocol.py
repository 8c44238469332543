"""What a connection may cost, tried on a real uvicorn."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http.client import HTTPResponse
from io import BytesIO
from socket import SO_RCVBUF, SOL_SOCKET, socket
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from app.config import Settings
from app.db.database import Database
from app.http.protocol import BoundedProtocol
from app.main import create_app
from tests.conftest import Keys, OneTransaction
from tests.support.auditing import audit_entries
from tests.support.examples import example_of

PATH = "/v1/campaign-periods"
PATIENT = 60  # seconds for what should take far less


@asynccontextmanager
async def serving(app: Any, **settings: Any) -> AsyncIterator[int]:
    """The port of an application behind uvicorn with these limits."""

    class Limited(BoundedProtocol):
        @staticmethod
        def limits() -> Settings:
            return Settings(**settings)

    known = Settings(**settings)
    config = uvicorn.Config(
        app, http=Limited, lifespan="off", log_config=None, timeout_keep_alive=known.idle_timeout
    )
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


@asynccontextmanager
async def registry(url: str, **settings: Any) -> AsyncIterator[int]:
    """The port of the registry itself."""
    database = Database(url)
    app = create_app(Settings(access_log=False, rate_limit_reads="1000000/second"), database)
    async with serving(app, **settings) as port:
        yield port
    await app.state.snapshots.close()
    await database.close()


class Answered(BytesIO):
    """Bytes that `http.client` reads answers from."""

    def makefile(self, *_: object) -> "Answered":
        return self

    def close(self) -> None:
        """Further answers follow."""


def answers_in(data: bytes, *methods: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of each answer; nothing is left over."""
    answered, answers = Answered(data), []
    for method in methods:
        response = HTTPResponse(answered, method=method)  # type: ignore[arg-type]
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        assert len(headers) == len(response.getheaders()), "a header is sent twice"
        answers.append((response.status, headers, response.read()))
    assert not answered.read()
    return answers


async def exchange(port: int, *sent: bytes, methods: tuple[str, ...] = ("GET",)) -> list[Any]:
    """What comes back for bytes sent over one connection, until the server ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for piece in sent:
            writer.write(piece)
            await writer.drain()
    data = await asyncio.wait_for(reader.read(), PATIENT)
    writer.close()
    return answers_in(data, *methods) if data else []


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: kheo.test", *headers, "", ""]).encode()


CLOSE = get("/healthz", "Connection: close")


class TestAnswers:
    async def test_come_in_the_order_of_the_requests(self, server: str) -> None:
        async with registry(server) as port:
            ((_, headers, whole), _) = await exchange(port, get(PATH), CLOSE, methods=("GET",) * 2)
            requests = [
                get(PATH),
                get(PATH).replace(b"GET", b"HEAD"),
                get(PATH, f"If-None-Match: {headers['etag']}"),
                get("/v1/nothing"),
                get(PATH),
                CLOSE,
            ]
            methods = ("GET", "HEAD", "GET", "GET", "GET", "GET")
            answers = await exchange(port, b"".join(requests), methods=methods)
        assert [status for status, _, _ in answers] == [200, 200, 304, 404, 200, 200]
        assert [body for _, _, body in answers][:3] == [whole, b"", b""]
        assert answers[1][1]["content-length"] == headers["content-length"]

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    async def test_say_that_a_connection_ends(self, server: str, version: str) -> None:
        ending = f"GET {PATH} HTTP/{version}\r\nHost: kheo.test\r\nConnection: close\r\n\r\n"
        async with registry(server) as port:
            ((status, headers, body),) = await exchange(port, ending.encode())
        assert (status, headers["connection"]) == (200, "close")
        assert json.loads(body)["items"]


def check_problem(answer: Any, status: int, code: str) -> None:
    """It has the shape of every problem."""
    got, headers, body = answer
    problem = json.loads(body)
    assert (got, problem["status"], problem["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert problem["type"] == f"/problems/{code}"
    assert problem["request_id"] == headers["x-request-id"]


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            [f"X-{number}: a" for number in range(98)],
            ["X-A: " + "a" * 16_000],
            [f"X-{number}: " + "a" * 150 for number in range(98)],
        ],
        ids=["99 lines", "a long line", "99 long lines"],
    )
    async def test_up_to_the_limits_pass(self, server: str, headers: list[str]) -> None:
        async with registry(server) as port:
            ((status, _, _),) = await exchange(port, get(PATH, *headers, "Connection: close"))
        assert status == 200

    @pytest.mark.parametrize(
        "request_",
        [
            get(PATH, *[f"X-{number}: a" for number in range(101)]),
            get(PATH, "X-A: " + "a" * 16_385),
            get(PATH, *[f"X-{number}: " + "a" * 400 for number in range(60)]),
            get(f"{PATH}?q=" + "a" * 16_385),
            get(PATH, "X-A: " + "a" * 1_000_000),
            b"GET " + PATH.encode() + b" HTTP/1.1\r\nX-A: " + b"a" * 3_000_000,  # without an end
            b"GET /" + b"a" * 3_000_000,
        ],
        ids=["lines", "a line", "all lines", "address", "1 MB", "endless line", "endless address"],
    )
    async def test_beyond_the_limits_are_431(self, server: str, request_: bytes) -> None:
        async with registry(server) as port:
            (answer,) = await exchange(port, request_)
            check_problem(answer, 431, "headers_too_large")
            ((status, _, _),) = await exchange(port, CLOSE)
        assert status == 200

    async def test_beyond_the_limits_after_a_good_request_are_431_as_well(
        self, server: str
    ) -> None:
        large = get(PATH, "X-A: " + "a" * 20_000)
        reader, writer = b"", None
        async with registry(server) as port:
            reader_, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(get(PATH))
            head = await asyncio.wait_for(reader_.readuntil(b"\r\n\r\n"), PATIENT)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            reader = head + await reader_.readexactly(length)
            writer.write(large)
            rest = await asyncio.wait_for(reader_.read(), PATIENT)
            writer.close()
        ((status, _, _),) = answers_in(reader, "GET")
        assert status == 200
        check_problem(answers_in(rest, "GET")[0], 431, "headers_too_large")

    @pytest.mark.parametrize("language", ["vi", "en"])
    async def test_what_is_no_http_is_told_so(self, server: str, language: str) -> None:
        async with registry(server) as port:
            (answer,) = await exchange(port, b"\x16\x03\x01\x02\x00garbage\r\n\r\n")
            check_problem(answer, 400, "malformed_request")
            bad = f"GET / HTTP/1.1\r\nAccept-Language: {language}\r\nX: \x01\r\n\r\n".encode()
            (answer,) = await exchange(port, bad)
        check_problem(answer, 400, "malformed_request")
        assert ("yêu cầu" in json.loads(answer[2])["title"]) is (language == "vi")


async def stopped(port: int, *sent: bytes) -> bytes:
    """What has come when the server ends a connection over which nothing more is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in sent:
        writer.write(piece)
    data = await asyncio.wait_for(reader.read(), PATIENT)
    writer.close()
    return data


POST = (
    b"POST /v1/organisations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n"
)


def connections() -> int:
    return sum(BoundedProtocol.connections_of.values())


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(PATIENT * 20):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"it did not come to hold within {PATIENT} seconds")


class TestTimeouts:
    @pytest.mark.parametrize(
        "sent", [b"GET /v1/models HTTP/1.1\r\nHost: a\r\n", b"G", b"\r\n", b"GET /v1/mod"]
    )
    async def test_half_sent_headers_are_408(self, server: str, sent: bytes) -> None:
        async with registry(server, header_timeout=0.2) as port:
            check_problem(answers_in(await stopped(port, sent), "GET")[0], 408, "request_timeout")

    async def test_headers_that_drip_are_408(self, server: str) -> None:
        """Each byte comes in time; all of them do not."""
        async with registry(server, header_timeout=0.5) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            reading = asyncio.create_task(reader.read())
            async with asyncio.timeout(PATIENT):
                with suppress(ConnectionError):
                    for byte in get(PATH, "X-A: " + "a" * 10_000):
                        writer.write(bytes([byte]))
                        await asyncio.sleep(0.05)
                        if reading.done():
                            break
            check_problem(answers_in(await reading, "GET")[0], 408, "request_timeout")
            writer.close()

    async def test_a_connection_over_which_nothing_comes_ends(self, server: str) -> None:
        async with registry(server, header_timeout=0.2) as port:
            assert await stopped(port) == b""

    async def test_a_connection_that_is_idle_after_an_answer_ends(self, server: str) -> None:
        async with registry(server, idle_timeout=1) as port:
            ((status, _, _),) = answers_in(await stopped(port, get(PATH)), "GET")
        assert status == 200

    @pytest.mark.parametrize("part", [b"", b'{"name": "'])
    async def test_half_sent_bodies_are_408_and_write_nothing(
        self, server: str, part: bytes
    ) -> None:
        async with registry(server, body_timeout=0.2) as port:
            data = await stopped(port, POST, part)
        check_problem(answers_in(data, "POST")[0], 408, "request_timeout")

    async def test_an_answer_that_nobody_takes_ends_its_connection(self) -> None:
        """Also its application, which would hold what it streams from."""
        ended = asyncio.Event()

        async def endless(scope: Any, receive: Any, send: Any) -> None:
            del scope
            disconnected = asyncio.create_task(self._disconnected(receive))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while not disconnected.done():
                await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            ended.set()

        async with serving(endless, write_timeout=0.3) as port:
            with socket() as client:
                client.setsockopt(SOL_SOCKET, SO_RCVBUF, 4_096)
                client.connect(("127.0.0.1", port))
                client.sendall(get("/"))
                await asyncio.wait_for(ended.wait(), PATIENT)

    async def _disconnected(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def test_a_client_that_takes_little_by_little_gets_all(self) -> None:
        body = b"x" * 3_000_000

        async def large(scope: Any, receive: Any, send: Any) -> None:
            del scope, receive
            length = (b"content-length", b"%d" % len(body))
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": body})

        async with serving(large, write_timeout=5) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65_536)
            writer.write(get("/", "Connection: close"))
            got = 0
            while piece := await asyncio.wait_for(reader.read(100_000), PATIENT):
                got += len(piece)
                await asyncio.sleep(0.01)
            writer.close()
        assert got > len(body)

    @pytest.mark.parametrize("ending", ["", "Connection: close"])
    async def test_an_ended_connection_waits_for_no_client(self, ending: str) -> None:
        """What lies in buffers for a client that does not read is given up as well."""

        async def small(scope: Any, receive: Any, send: Any) -> None:
            del scope, receive
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x" * 60_000})

        async with serving(small, write_timeout=0.3, idle_timeout=1) as port:
            before = connections()
            with socket() as client:
                client.setsockopt(SOL_SOCKET, SO_RCVBUF, 2_048)
                client.connect(("127.0.0.1", port))
                client.sendall(get("/") * 40 + get("/", ending))
                await until(lambda: connections() > before)
                await until(lambda: connections() == before)


class TestConnections:
    async def test_of_one_address_are_bounded(self, server: str) -> None:
        async with registry(server, connections_per_address=3) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            for _, writer in held:
                writer.write(get(PATH))
            for reader, _ in held:
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            (answer,) = await exchange(port, get(PATH))
            check_problem(answer, 429, "too_many_requests")
            assert answer[1]["retry-after"]
            before = connections()
            held.pop()[1].close()
            await until(lambda: connections() < before)
            ((status, _, _),) = await exchange(port, CLOSE)
            assert status == 200
            for _, writer in held:
                writer.close()

    async def test_of_a_trusted_proxy_are_not(self, server: str) -> None:
        settings = {"connections_per_address": 1, "trusted_proxies": ("127.0.0.0/8",)}
        async with registry(server, **settings) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            for reader, writer in held:
                writer.write(get(PATH))
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
                writer.close()


async def test_a_body_that_breaks_off_is_no_whole_body(
    app: FastAPI, keys: Keys, database: OneTransaction
) -> None:
    """An import whose client went away takes none of the rows that had come."""
    file = example_of("import_models")["file"]
    key = await keys.of("registrar")
    messages = [
        {"type": "http.request", "body": file["text"].encode(), "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/v1/imports/models", "raw_path": b"/v1/imports/models",
        "root_path": "", "query_string": b"", "client": ("127.0.0.1", 1), "server": ("a", 80),
        "headers": [
            (b"authorization", key["Authorization"].encode()),
            (b"content-type", file["type"].encode()),
        ],
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent == []
    assert await audit_entries(database) == []
