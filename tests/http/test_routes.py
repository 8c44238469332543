"""Any FastAPI idiom works on a route of ours; what a fast read cannot serve stops the start."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, Cookie, Depends, FastAPI, Header, Query
from fastapi.dependencies.utils import request_params_to_args
from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from app.http import error_handlers
from app.http.fast_reads import FastRead, _Query, fast_get
from app.http.routing import Route, query_names
from app.main import ROUTERS


class Village(BaseModel):
    name: str
    households: int


class Filters(BaseModel):
    name: str | None = None
    kinds: list[str] = []


def language(lang: str = "vi") -> str:
    return lang


Language = Annotated[str, Depends(language)]
router = APIRouter(route_class=Route)


@router.get("/dict")
async def get_dict() -> dict[str, int]:
    return {"households": 12}


@router.get("/model")
def get_model() -> Village:
    return Village(name="Ấp 1", households=12)


@router.get("/header")
async def get_header(x_tram: Annotated[str, Header()]) -> str:
    return x_tram


@router.get("/cookie")
async def get_cookie(tram: Annotated[str, Cookie()]) -> str:
    return tram


@router.get("/dependency")
async def get_dependency(lang: Language, filters: Annotated[Filters, Query()]) -> list[str | None]:
    return [lang, filters.name]


@router.get("/optional")
async def get_optional(filters: Annotated[Filters | None, Query()] = None) -> bool:
    return filters is None


@router.get("/status")
async def get_status(response: Response, limit: int = 50) -> int:
    response.headers["Cache-Control"] = "no-store"
    return limit


@router.post("/model", status_code=201)
def post_model(village: Village, lang: Language) -> dict[str, str]:
    return {"name": village.name, "lang": lang}


@pytest.fixture
async def idioms() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.router.routes.extend(router.routes)
    error_handlers.add_handlers(app)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://kheo.test"
    ) as client:
        yield client


class TestAnyRoute:
    @pytest.mark.parametrize(
        ("address", "answer"),
        [
            ("/dict", {"households": 12}),
            ("/model", {"name": "Ấp 1", "households": 12}),
            ("/header", "tram-7"),
            ("/cookie", "tram-8"),
            ("/dependency", ["vi", None]),
            ("/dependency?lang=en&name=A", ["en", "A"]),
            ("/optional", True),
            ("/optional?name=A", False),
            ("/status?limit=7", 7),
        ],
    )
    async def test_may_return_what_fastapi_serializes_and_take_what_fastapi_gives(
        self, idioms: httpx.AsyncClient, address: str, answer: Any
    ) -> None:
        headers = {"X-Tram": "tram-7", "Cookie": "tram=tram-8"}
        got = await idioms.get(address, headers=headers)
        assert (got.status_code, got.json()) == (200, answer)

    async def test_may_take_a_body_and_dependencies_and_return_a_dict(
        self, idioms: httpx.AsyncClient
    ) -> None:
        village = {"name": "Ấp 1", "households": 12}
        got = await idioms.post("/model?lang=en", json=village)
        assert (got.status_code, got.json()) == (201, {"name": "Ấp 1", "lang": "en"})

    @pytest.mark.parametrize("address", ["/dict", "/model"])
    async def test_has_an_entity_tag_and_is_for_its_caller_unless_it_says_otherwise(
        self, idioms: httpx.AsyncClient, address: str
    ) -> None:
        headers = (await idioms.get(address)).headers
        assert headers["etag"].strip('"')
        assert headers["cache-control"] == "private, no-cache"
        assert (await idioms.get("/status")).headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("path", ["/dict", "/dependency", "/status", "/optional"])
    async def test_refuses_parameters_that_neither_it_nor_its_dependencies_know(
        self, idioms: httpx.AsyncClient, path: str
    ) -> None:
        refused = await idioms.get(f"{path}?colour=red&shape=round")
        assert [(each["parameter"], each["code"]) for each in refused.json()["errors"]] == [
            ("colour", "unknown_parameter"),
            ("shape", "unknown_parameter"),
        ]

    async def test_refuses_an_unknown_parameter_together_with_what_else_is_wrong(
        self, idioms: httpx.AsyncClient
    ) -> None:
        refused = await idioms.post("/model?colour=red", json={"name": "Ấp 1"})
        places = {each.get("parameter") or each["pointer"] for each in refused.json()["errors"]}
        assert places == {"colour", "#/households"}


async def with_dependency(lang: Language) -> Response:
    return JSONResponse(lang)


async def with_header(x_tram: Annotated[str, Header()]) -> Response:
    return JSONResponse(x_tram)


async def with_cookie(tram: Annotated[str, Cookie()]) -> Response:
    return JSONResponse(tram)


async def with_body(village: Village) -> Response:
    return JSONResponse(village.name)


async def with_tasks(tasks: BackgroundTasks) -> Response:
    return JSONResponse(len(tasks.tasks))


async def with_response(response: Response) -> Response:
    return response


async def with_connection(connection: HTTPConnection) -> Response:
    return JSONResponse(connection.url.path)


async def with_dict() -> dict[str, int]:
    return {}


async def without_annotation():  # type: ignore[no-untyped-def]  # noqa: ANN201
    return JSONResponse({})


def plain(request: Request) -> Response:
    return JSONResponse(request.url.path)


class TestFastRead:
    @pytest.mark.parametrize(
        ("endpoint", "reason"),
        [
            (with_dependency, "takes dependencies"),
            (with_header, "takes headers"),
            (with_cookie, "takes cookies"),
            (with_body, "takes a body"),
            (with_tasks, "takes background tasks"),
            (with_response, "takes the response to come"),
            (with_connection, "takes an HTTPConnection"),
            (with_dict, "does not return a Response"),
            (without_annotation, "does not return a Response"),
            (plain, "is no `async def`"),
        ],
    )
    def test_is_not_made_of_what_only_fastapi_can_serve(
        self, endpoint: Callable[..., Any], reason: str
    ) -> None:
        with pytest.raises(TypeError) as refused:
            fast_get(APIRouter(), "/x", response_model=None)(endpoint)
        assert str(refused.value) == (
            f"{endpoint.__name__} cannot be a @fast_get: it {reason}. Declare it with @router.get."
        )

    def test_is_not_made_where_its_router_has_dependencies(self) -> None:
        guarded = APIRouter(dependencies=[Depends(language)])
        with pytest.raises(TypeError, match="takes dependencies"):
            fast_get(guarded, "/x")(get_ready)


async def get_ready(request: Request) -> Response:
    return JSONResponse(request.url.path)


FAST = [
    route
    for part in ROUTERS
    for route in part.routes
    if isinstance(route, FastRead) and route.dependant.query_params
]
VALUES = ("", "none", "1", "-1", "true", "economy", "2023-10", "a,b", "x" * 300, "\x00",
          "00000000-0000-0000-0000-000000000000")  # fmt: skip


@pytest.mark.parametrize("route", FAST, ids=[route.name for route in FAST])
def test_a_fast_read_reads_queries_as_fastapi_does(route: FastRead) -> None:
    """Also a guard: what is used of FastAPI beside its public names may change with a release."""
    chance = random.Random(route.name)  # noqa: S311 - repeatable, not secret
    fields = route.dependant.query_params
    names = [*(query_names(route.dependant) or ["measure", "dimension.field", "under"])]
    read = _Query(route.dependant)
    for _ in range(200):
        pairs = chance.choices(names, k=3), chance.choices(VALUES, k=3)
        sent = QueryParams(list(zip(*pairs, strict=True)))
        expected, wrong = request_params_to_args(fields, sent)
        arguments, errors = read.to_args(sent)
        assert arguments == expected or wrong
        assert [(each["type"], each["loc"], each["input"]) for each in errors] == [
            (each["type"], each["loc"], each["input"]) for each in wrong
        ]
