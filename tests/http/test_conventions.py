"""What holds at every address: problems, media types, conditions, headers, hostile input."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from ipaddress import IPv4Network
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.config import Settings, rate_limit
from app.db.database import Database
from app.http.problems import known_problems
from app.main import create_app, openapi_text
from tests.conftest import Keys

ORGANISATIONS = "/v1/organisations"
LOOPBACK = IPv4Network("127.0.0.0/8")


def api_routes(app: FastAPI) -> list[APIRoute]:
    routes = app.routes
    return [route for route in routes if isinstance(route, APIRoute) and route.include_in_schema]


def methods_of(route: APIRoute) -> set[str]:
    return route.methods or set()


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404),
            ("GET", "/v1/nothing", 404),
            ("GET", "/v1/models/", 404),
            ("DELETE", "/v1/reference", 405),
            ("PUT", ORGANISATIONS, 405),
            ("GET", "/v1/organisations?limit=0", 422),
            ("GET", "/docs/../secret", 404),
        ],
    )
    async def test_have_one_shape(
        self, client: httpx.AsyncClient, method: str, path: str, status: int
    ) -> None:
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["type"] == f"/problems/{problem['code']}"
        assert problem["request_id"] == answer.headers["x-request-id"]
        assert (await client.get(problem["type"])).status_code == 200

    async def test_405_names_the_methods_there_are(self, client: httpx.AsyncClient) -> None:
        answer = await client.put(ORGANISATIONS)
        assert answer.headers["allow"] == "GET, HEAD, POST"

    async def test_405_is_for_every_method_that_a_path_does_not_take(
        self, client: httpx.AsyncClient, app: FastAPI
    ) -> None:
        """Also where the path of another route would match it, as `/models/{id}` does."""
        routes = api_routes(app)
        for path in sorted({route.path for route in routes if "{" not in route.path}):
            taken = {method for each in routes if each.path == path for method in methods_of(each)}
            taken |= {"HEAD"} if "GET" in taken else set()
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - taken:
                answer = await client.request(method, path)
                assert answer.status_code == 405, f"{method} {path}: {answer.text}"
                assert answer.headers["allow"] == ", ".join(sorted(taken))

    @pytest.mark.parametrize(
        ("languages", "title"),
        [
            (None, "There is nothing at this address"),
            ("vi", "Không có gì ở địa chỉ này"),
            ("vi-VN,en;q=0.8", "Không có gì ở địa chỉ này"),
            ("en,vi;q=0.9", "There is nothing at this address"),
            ("fr, vi;q=x", "There is nothing at this address"),
        ],
    )
    async def test_speak_vietnamese_and_english(
        self, client: httpx.AsyncClient, languages: str | None, title: str
    ) -> None:
        headers = {} if languages is None else {"Accept-Language": languages}
        assert (await client.get("/v1/nothing", headers=headers)).json()["title"] == title

    async def test_what_nobody_expected_is_500_and_tells_nothing(
        self, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr("app.http.problem_pages.known_problems", fail)
        answer = await client.get("/problems/not_found")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "internal_error"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["ratelimit"]
        assert "secret" not in answer.text

    async def test_every_kind_has_a_page(self, client: httpx.AsyncClient) -> None:
        for code in known_problems():
            assert (await client.get(f"/problems/{code}")).status_code == 200, code
        assert (await client.get("/problems/none")).status_code == 404


class TestOrderOfProblems:
    """Of several, the first of 413, 415, 401, 404, 403, 428, 412, 422, 409 is told."""

    @pytest.mark.parametrize("path", [ORGANISATIONS, "/v1/models", "/v1/documents", "/v1/events"])
    async def test_size_and_type_come_before_everything(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        large = b'"' + b"x" * (1024 * 1024) + b'"'
        text = {"Content-Type": "text/plain"}
        assert (await client.post(path, content=large, headers=text)).status_code == 413
        assert (await client.post(path, content=b"{}", headers=text)).status_code == 415
        json_type = {"Content-Type": "application/json"}
        assert (await client.post(path, content=b"{", headers=json_type)).status_code == 401

    async def test_a_body_of_undeclared_size_is_cut_off(self, client: httpx.AsyncClient) -> None:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b" " * 65_536

        headers = {"Content-Type": "application/json"}
        answer = await client.post(ORGANISATIONS, content=endless(), headers=headers)
        assert answer.status_code == 413

    async def test_an_unknown_parameter_waits_for_its_turn(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        url = f"{ORGANISATIONS}/{uuid4()}?colour=red"
        assert (await client.patch(url, json={}, headers=key)).status_code == 404
        answer = await client.post(f"{ORGANISATIONS}?colour=red", json={}, headers=key)
        places = {error.get("parameter") or error["pointer"] for error in answer.json()["errors"]}
        assert places == {"colour", "#/name", "#/kind", "#/tier"}


class TestMediaTypes:
    @pytest.mark.parametrize(
        ("accept", "status", "media_type"),
        [
            ("*/*", 200, "application/json"),
            ("application/*", 200, "application/json"),
            ("text/html, application/json;q=0.5", 200, "application/json"),
            ("text/csv", 200, "text/csv; charset=utf-8"),
            ("text/csv;q=0.2, application/x-ndjson", 200, "application/x-ndjson"),
            ("application/json;q=0, text/csv", 200, "text/csv; charset=utf-8"),
            ("text/html", 406, "application/problem+json"),
            ("image/*;q=x", 406, "application/problem+json"),
        ],
    )
    async def test_are_negotiated(
        self, client: httpx.AsyncClient, accept: str, status: int, media_type: str
    ) -> None:
        answer = await client.get(ORGANISATIONS, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (status, media_type)

    async def test_the_parameter_wins_over_the_header(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{ORGANISATIONS}?format=ndjson", headers={"Accept": "text/csv"})
        assert answer.headers["content-type"] == "application/x-ndjson"


class TestHeaders:
    async def test_a_request_id_is_taken_or_made(self, client: httpx.AsyncClient) -> None:
        given = await client.get("/healthz", headers={"X-Request-ID": "tram-7:abc"})
        assert given.headers["x-request-id"] == "tram-7:abc"
        for bad in ("a b", "x" * 101, 'a"b'):
            made = (await client.get("/healthz", headers={"X-Request-ID": bad})).headers
            assert made["x-request-id"] != bad

    async def test_reads_are_open_to_every_origin_and_writes_to_none(
        self, client: httpx.AsyncClient
    ) -> None:
        read = await client.get("/v1/reference", headers={"Origin": "https://a.example"})
        assert read.headers["access-control-allow-origin"] == "*"
        assert "ETag" in read.headers["access-control-expose-headers"]
        write = await client.post(ORGANISATIONS, json={}, headers={"Origin": "https://a.example"})
        assert "access-control-allow-origin" not in write.headers
        preflight = await client.options(
            ORGANISATIONS,
            headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"},
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-methods"] == "GET, HEAD"

    async def test_every_answer_is_guarded(self, client: httpx.AsyncClient) -> None:
        for path in ("/v1/models", "/v1/nothing", "/healthz"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]

    async def test_head_is_get_without_the_body(
        self, client: httpx.AsyncClient, app: FastAPI, keys: Keys
    ) -> None:
        client.headers.update(await keys.of("administrator"))
        for route in api_routes(app):
            if "GET" not in methods_of(route) or "{" in route.path:
                continue
            got = await client.get(route.path)
            head = await client.head(route.path)
            assert (head.status_code, head.content) == (got.status_code, b""), route.path
            assert head.headers.get("etag") == got.headers.get("etag")  # none of a refusal

    async def test_public_reads_are_kept_but_always_revalidated(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/v1/models")
        assert answer.headers["cache-control"] == "public, no-cache"
        again = await client.get("/v1/models", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


class TestOperations:
    async def test_health_and_readiness(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).json() == {"status": "ready"}

    async def test_metrics(self, client: httpx.AsyncClient) -> None:
        await client.get("/v1/models")
        text = (await client.get("/metrics")).text
        assert 'kheo_answers_total{status="200"}' in text
        assert "kheo_cache_hits_total" in text

    async def test_without_a_database_everything_is_503_but_health(self) -> None:
        database = Database("postgresql://postgres@127.0.0.1:1/kheo")
        app = create_app(Settings(access_log=False), database)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
            assert (await client.get("/healthz")).status_code == 200
            for path in ("/readyz", "/v1/models", "/v1/localities"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
                assert answer.headers["retry-after"]
            write = await client.post(
                ORGANISATIONS, json={}, headers={"Authorization": "Bearer kheo_" + "a" * 43}
            )
            assert write.status_code == 503


class TestEveryRoute:
    async def test_is_documented(self, app: FastAPI) -> None:
        for route in api_routes(app):
            text = route.endpoint.__doc__
            assert text, route.name
            assert text.strip()[0].isupper(), route.name
            assert route.status_code == 204 or route.response_model is not None, route.name

    async def test_that_writes_needs_an_actor(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        for route in api_routes(app):
            if route.path == "/v1/models/similar":  # a question too long for an address
                continue
            for method in methods_of(route) - {"GET"}:
                path = route.path.replace("{id}", str(uuid4()))
                media_type = {"Content-Type": min(getattr(route, "body_types", {"text/plain"}))}
                answer = await client.request(method, path, content=b"{}", headers=media_type)
                assert answer.status_code == 401, f"{method} {route.path}"

    async def test_refuses_unknown_parameters(
        self, app: FastAPI, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        client.headers.update(await keys.of("administrator"))
        for route in api_routes(app):
            if "GET" not in methods_of(route) or "{" in route.path:
                continue
            answer = await client.get(f"{route.path}?colour=red")
            assert answer.status_code == 422, route.path
            codes = {each["parameter"]: each["code"] for each in answer.json()["errors"]}
            assert codes["colour"] == "unknown_parameter"


class TestCredentials:
    @pytest.mark.parametrize(
        "value",
        [
            "",
            "Bearer",
            "Bearer x",
            "Basic a2hlbw==",
            "Bearer kheo_" + "a" * 43,
            "Bearer kheo_" + "é" * 43,
            "Bearer " + "x" * 5000,
        ],
    )
    async def test_that_are_bad_are_401(self, client: httpx.AsyncClient, value: str) -> None:
        headers = {b"Authorization": value.encode()}
        answer = await client.post(ORGANISATIONS, json={}, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


BODIES = (
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"\xff\xfe",
    b"\x00",
    b'{"name": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"name": "a\\u0000b"}',
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b'{"version": ' + b"9" * 1_000_000 + b"}",
    b'{"a": 1, "a": 2}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"locality": {"id": 7}, "successors": [[]], "kind": {}, "valid_from": -1}',
    b'{"valid_from": "0000-01-01", "valid_to": "2023-02-30", "name": "' + b"x" * 600 + b'"}',
)


VALUES = (
    *(
        "",
        "0",
        "-1",
        "9" * 400,
        "none",
        "none,none",
        ",",
        "%00",
        "%ed%a0%80",
        "%ff",
        "'",
        '"',
        "\\",
    ),
    *("2023-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2023", "any", "null", "true"),
    *(
        "*",
        "' or 1=1--",
        "a" * 3000,
        str(UUID(int=4)),
        f"{UUID(int=4)},{UUID(int=4)}",
        "economy",
        "-name",
    ),
    *("(", "&|!", "'", '"', "\\", "..", "kheo", "1e9", "+1", "\u0111"),
)
NAMES = (
    *("q", "limit", "cursor", "count", "sort", "format", "under", "as_of", "level", "code", "kind"),
    *("field", "issued_from", "active_on", "measure", "dimension.field", "parent", "host"),
)


class TestHostileBodies:
    @pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
    @pytest.mark.parametrize(
        "path",
        [
            ORGANISATIONS,
            "/v1/models",
            "/v1/localities",
            "/v1/documents",
            "/v1/campaign-periods",
            "/v1/events",
            "/v1/award-decisions",
        ],
    )
    async def test_are_422_and_change_nothing(
        self, client: httpx.AsyncClient, keys: Keys, path: str, body: bytes
    ) -> None:
        key = await keys.of("registrar", "awarder") | {"Content-Type": "application/json"}
        before = (await client.get(f"{path}?count=true&limit=1")).json()["total"]
        answer = await client.post(path, content=body, headers=key)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]
        assert (await client.get(f"{path}?count=true&limit=1")).json()["total"] == before

    @pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"name": NaN}', b"7"])
    async def test_change_nothing_as_patches_either(
        self, client: httpx.AsyncClient, keys: Keys, body: bytes
    ) -> None:
        (item,) = (await client.get(f"{ORGANISATIONS}?limit=1")).json()["items"]
        key = await keys.of("registrar")
        headers = key | {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        url = f"{ORGANISATIONS}/{item['id']}"
        answer = await client.patch(url, content=body, headers=headers)
        assert answer.status_code == 422, answer.text
        assert len(answer.json()["errors"]) == 1
        assert (await client.get(url)).json() == item

    async def test_a_thousand_random_queries_are_never_500(
        self, client: httpx.AsyncClient, app: FastAPI, keys: Keys
    ) -> None:
        client.headers.update(await keys.of("administrator"))
        chance = random.Random(20_231_027)  # noqa: S311 - repeatable, not secret
        lists = [r for r in api_routes(app) if "GET" in methods_of(r) and "{" not in r.path]
        for _ in range(1000):
            path = chance.choice(lists).path
            query = "&".join(
                f"{chance.choice(NAMES)}={chance.choice(VALUES)}"
                for _ in range(chance.randint(1, 3))
            )
            answer = await client.get(f"{path}?{query}")
            assert answer.status_code in {200, 422}, f"{path}?{query}: {answer.text}"


def test_the_committed_openapi_document_is_the_served_one() -> None:
    committed = Path(__file__).parents[2] / "openapi" / "v1.json"
    assert committed.read_text(encoding="utf-8") == openapi_text(), "run: ./kheo openapi"


async def test_openapi_is_served(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
    await asyncio.sleep(0)
    names = [
        operation["operationId"]
        for path in answer.json()["paths"].values()
        for operation in path.values()
    ]
    assert len(names) == len(set(names))
    assert json.dumps(answer.json()["info"]["title"]).isascii()


@pytest.mark.parametrize(
    ("notation", "amount", "seconds"),
    [
        ("100/second", 100, 1),
        ("30/minute", 30, 60),
        ("1 per hour", 1, 3_600),
        ("30 per 10 minutes", 30, 600),
        ("5/2day", 5, 172_800),
        ("7/MONTH", 7, 2_592_000),
    ],
)
def test_a_rate_limit_is_read_in_the_usual_notation(
    notation: str, amount: int, seconds: int
) -> None:
    assert rate_limit(notation) == (amount, seconds)


@pytest.mark.parametrize(
    "notation", ["often", "100", "0/second", "1/0 seconds", "-1/second", "1/week", "1/second x"]
)
def test_what_is_no_rate_limit_is_refused(notation: str) -> None:
    with pytest.raises(ValueError, match="must"):
        rate_limit(notation)
