"""Every answer of 600 bytes and more is compressed for everybody who accepts it."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
import zstandard
from starlette.types import Message

from app.http.content_coding import SMALLEST, accepted_coding
from app.http.middlewares.compression import Compression
from app.http.middlewares.request_context import RequestContexts
from tests.conftest import Keys

ORGANISATIONS = "/v1/organisations"


def plain(coding: str, body: bytes) -> bytes:
    if coding == "gzip":
        return gzip.decompress(body)
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


async def sent(
    client: httpx.AsyncClient, coding: str, method: str, path: str, **options: Any
) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it goes over the wire."""
    headers = options.pop("headers", {}) | {"Accept-Encoding": coding}
    async with client.stream(method, path, headers=headers, **options) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


def check(answer: httpx.Response, body: bytes, coding: str) -> None:
    """An answer is what it says, in this coding."""
    assert answer.headers["content-encoding"] == coding
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert answer.headers.get("content-length", str(len(body))) == str(len(body))
    content = plain(coding, body)
    assert len(content) >= SMALLEST
    if "json" in answer.headers["content-type"] and "nd" not in answer.headers["content-type"]:
        assert json.loads(content)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
class TestCompression:
    @pytest.mark.parametrize(
        "path",
        [
            f"{ORGANISATIONS}?limit=20",
            f"{ORGANISATIONS}?format=csv",
            f"{ORGANISATIONS}?format=ndjson",
            f"{ORGANISATIONS}?format=xlsx",
            f"{ORGANISATIONS}?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9",
            "/v1/changes?snapshot=true&format=ndjson&types=documents",
            "/v1/openapi.json",
            "/docs/swagger-ui.css",
            "/metrics",
        ],
    )
    @pytest.mark.parametrize("keyed", [False, True])
    async def test_is_of_every_kind_of_answer_the_first_time_and_again(
        self, client: httpx.AsyncClient, keys: Keys, coding: str, path: str, keyed: bool
    ) -> None:
        key = await keys.of("registrar") if keyed else {}
        for _ in range(2):
            check(*await sent(client, coding, "GET", path, headers=key), coding)

    @pytest.mark.parametrize(("kind", "status"), [("other", 201), ("?", 422)])
    async def test_is_of_answers_to_writes(
        self, client: httpx.AsyncClient, keys: Keys, coding: str, kind: str, status: int
    ) -> None:
        body = {"name": "x" * 499, "kind": kind, "tier": "central"}
        wrong = {} if kind == "other" else {"valid_from": "?", "valid_to": "?", "a": 1, "b": 2}
        answer, content = await sent(
            client,
            coding,
            "POST",
            ORGANISATIONS,
            json=body | wrong,
            headers=await keys.of("registrar"),
        )
        assert answer.status_code == status
        check(answer, content, coding)

    async def test_makes_the_entity_tag_weak_and_304_names_the_same(
        self, client: httpx.AsyncClient, coding: str
    ) -> None:
        path = f"{ORGANISATIONS}?limit=20"
        whole, _ = await sent(client, "identity", "GET", path)
        compressed, _ = await sent(client, coding, "GET", path)
        assert whole.headers["etag"].startswith('"')
        assert compressed.headers["etag"] == f"W/{whole.headers['etag']}"
        for known in (whole.headers["etag"], compressed.headers["etag"]):
            condition = {"If-None-Match": known}
            again, body = await sent(client, coding, "GET", path, headers=condition)
            assert (again.status_code, body) == (304, b"")
            assert again.headers["etag"] == compressed.headers["etag"]
            assert "content-encoding" not in again.headers

    async def test_leaves_a_short_answer_as_it_is(
        self, client: httpx.AsyncClient, coding: str
    ) -> None:
        answer, body = await sent(client, coding, "GET", f"{ORGANISATIONS}?limit=1&kind=other")
        assert len(body) < SMALLEST
        assert "content-encoding" not in answer.headers
        assert answer.headers["etag"].startswith('"')

    async def test_head_has_the_headers_of_the_compressed_answer(
        self, client: httpx.AsyncClient, coding: str
    ) -> None:
        path = f"{ORGANISATIONS}?limit=20"
        got, body = await sent(client, coding, "GET", path)
        head, nothing = await sent(client, coding, "HEAD", path)
        assert nothing == b""
        for name in ("content-length", "content-encoding", "etag", "vary"):
            assert head.headers[name] == got.headers[name]
        assert head.headers["content-length"] == str(len(body))

    async def test_a_stream_can_be_read_piece_by_piece(self, coding: str) -> None:
        """Its reader has each line as soon as the application sent it."""
        messages: list[Message] = []
        lines = [f'{{"line": {number}}}\n'.encode() for number in range(5)]
        read: list[bytes] = []
        reader = (
            zstandard.ZstdDecompressor().decompressobj()
            if coding == "zstd"
            else zlib.decompressobj(31)
        )

        async def streaming(_: Any, __: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for line in lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
                read.append(b"".join(reader.decompress(m["body"]) for m in messages[1:]))
                del messages[1:]
            await send({"type": "http.response.body", "body": b""})

        async def collect(message: Message) -> None:
            messages.append(message)

        scope = {"type": "http", "headers": [(b"accept-encoding", coding.encode())]}
        await RequestContexts(Compression(streaming))(scope, None, collect)  # type: ignore[arg-type]
        assert read == lines
        assert not messages[-1]["more_body"]


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.0, zstd;q=0", None),
        ("zstd;q=0, gzip", "gzip"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0, *", "zstd"),
        ("zstd;q=0, *;q=0.1", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=x", None),
        ("gzip;q=nan", None),
        ("gzip;q=-1", None),
        ("gzip ; q=0.5", "gzip"),
    ],
)
def test_weights_are_honoured(header: str | None, coding: str | None) -> None:
    assert accepted_coding(None if header is None else header.encode()) == coding


async def test_identity_depends_on_accept_encoding_too(client: httpx.AsyncClient) -> None:
    for accepted in ("identity", "gzip;q=0"):
        answer, body = await sent(client, accepted, "GET", f"{ORGANISATIONS}?limit=20")
        assert "content-encoding" not in answer.headers
        assert json.loads(body)
        assert "accept-encoding" in answer.headers["vary"].lower()
