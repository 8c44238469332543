"""A write is recorded by its session, whatever its route looks like; or it is not done."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware import Middleware
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import Needs, Registrar, Role
from app.access.routing import Route, UnkeyedRoute, add_handlers
from app.db.database import driver_of
from app.http import error_handlers
from app.http.middlewares.errors import Errors
from app.querying.write_session import SessionDep, Unrecorded
from tests.conftest import Keys, OneTransaction
from tests.support.auditing import audit_entries

audited = APIRouter(prefix="/v1/bodies", route_class=Route)
unkeyed = APIRouter(prefix="/v1/unkeyed", route_class=UnkeyedRoute)
plain = APIRouter(prefix="/v1/plain")
MADE = "00000000-0000-7000-8000-00000000000a"


REGISTRAR = Depends(Needs(Role.registrar))


class Body(BaseModel):
    id: UUID
    name: str


async def insert(session: AsyncSession, id: str = MADE) -> None:
    connection = await driver_of(session)
    await connection.execute(
        "insert into organisation (id, name, kind, tier) values ($1, 'X', 'other', 'central')", id
    )


async def session_of_another_name(db: SessionDep) -> AsyncSession:
    return db


@audited.post("/dict", status_code=201)
async def create_dict(db: SessionDep, actor: Registrar) -> dict[str, str]:
    assert actor.may("registrar")
    await insert(db)
    return {"id": MADE, "name": "X"}


@audited.post("/model", status_code=201, dependencies=[REGISTRAR])
async def create_model(
    written_by: Annotated[AsyncSession, Depends(session_of_another_name)],
) -> Body:
    await insert(written_by)
    return Body(id=UUID(MADE), name="X")


@audited.put("/{id}", dependencies=[REGISTRAR])
async def replace_body(id: UUID, db: SessionDep) -> Response:
    await insert(db, str(id))
    return Response()


@audited.post("/anonymous")
async def create_anonymous(session: SessionDep) -> dict[str, str]:
    await insert(session)
    return {}


@unkeyed.post("", dependencies=[REGISTRAR])
async def create_unkeyed(session: SessionDep) -> dict[str, str]:
    await insert(session)
    return {"secret": "kheo_x", "id": MADE}


@plain.post("", dependencies=[REGISTRAR])
async def create_plain(session: SessionDep) -> dict[str, str]:
    await insert(session)
    return {}


@pytest.fixture
async def bodies(app: FastAPI, database: OneTransaction) -> AsyncIterator[httpx.AsyncClient]:
    """An API of these routes over the database of the test."""
    del database
    api = FastAPI(middleware=[Middleware(Errors)])
    api.state.read_sessions = app.state.read_sessions
    for router in (audited, unkeyed, plain):
        api.router.routes.extend(router.routes)
    error_handlers.add_handlers(api)
    add_handlers(api)

    async def with_id(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["request_id"] = "test"
        await api(scope, receive, send)

    transport = httpx.ASGITransport(with_id, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kheo.test") as client:
        yield client


async def written(database: OneTransaction) -> int:
    async with database.reader() as connection:
        return int(
            await connection.fetchval(f"select count(*) from organisation where id = '{MADE}'")
        )


class TestAWrite:
    @pytest.mark.parametrize(
        ("method", "path", "action"),
        [
            ("POST", "/v1/bodies/dict", "create_dict"),
            ("POST", "/v1/bodies/model", "create_model"),
            ("PUT", f"/v1/bodies/{MADE}", "replace_body"),
            ("POST", "/v1/unkeyed", "create_unkeyed"),
        ],
    )
    async def test_is_audited_whatever_its_parameters_are_called_and_whatever_it_returns(
        self,
        bodies: httpx.AsyncClient,
        keys: Keys,
        database: OneTransaction,
        method: str,
        path: str,
        action: str,
    ) -> None:
        answer = await bodies.request(method, path, headers=await keys.of("registrar"))
        assert answer.status_code in {200, 201}, answer.text
        assert await written(database) == 1
        (entry,) = await audit_entries(database)
        assert (entry["action"], entry["status"]) == (action, answer.status_code)
        assert str(entry["thing_id"]) == MADE
        assert "secret" not in (entry["after"] or "")

    @pytest.mark.parametrize("path", ["/v1/bodies/dict", "/v1/bodies/model"])
    async def test_is_done_once_under_its_key(
        self, bodies: httpx.AsyncClient, keys: Keys, database: OneTransaction, path: str
    ) -> None:
        key = await keys.of("registrar") | {"Idempotency-Key": "1"}
        first, again = [await bodies.post(path, headers=key) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert again.headers["idempotent-replayed"] == "true"
        assert len(await audit_entries(database)) == 1

    @pytest.mark.parametrize("path", ["/v1/plain", "/v1/bodies/anonymous"])
    async def test_that_would_leave_no_entry_or_has_no_actor_is_500_and_undone(
        self, bodies: httpx.AsyncClient, keys: Keys, database: OneTransaction, path: str
    ) -> None:
        answer = await bodies.post(path, headers=await keys.of("registrar"))
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert await written(database) == 0
        assert await audit_entries(database) == []

    @pytest.mark.parametrize(
        ("path", "remedy"),
        [
            ("/v1/plain", "create_plain writes and leaves no audit entry: give its router"),
            ("/v1/bodies/anonymous", "create_anonymous writes for nobody: give it `actor:"),
        ],
    )
    async def test_that_is_undone_logs_what_to_add(
        self,
        bodies: httpx.AsyncClient,
        keys: Keys,
        caplog: pytest.LogCaptureFixture,
        path: str,
        remedy: str,
    ) -> None:
        await bodies.post(path, headers=await keys.of("registrar"))
        (error,) = [record.exc_info for record in caplog.records if record.exc_info]
        assert isinstance(error[1], Unrecorded)
        assert str(error[1]).startswith(remedy)

    def test_is_no_get(self) -> None:
        async def get_written(session: SessionDep, request: Request) -> Response:
            return Response(str(session) + request.url.path)

        with pytest.raises(TypeError, match="get_written reads: use `read_sessions_of"):
            APIRouter(route_class=Route).get("/x")(get_written)
