"""What is easily forgotten of a new operation; each test says what to add."""

import importlib
import pkgutil

import httpx
import pytest
from fastapi import APIRouter

import app
from app.access.actors import Role, writing_actor
from app.access.routing import Route
from app.http.routing import dependencies_of
from app.main import ROUTERS
from app.querying.write_session import write_session
from tests.conftest import Keys
from tests.support.contract import OPERATIONS
from tests.support.examples import ask, send_earlier
from tests.support.routes import ROUTES

WRITING = sorted(
    name for name, route in ROUTES.items() if write_session in dependencies_of(route.dependant)
)
CHANGES = sorted(name for name, each in OPERATIONS.items() if each.method in {"patch", "delete"})
WITHOUT_IF_MATCH = {"revoke_agency_key"}  # nothing may stand in its way
QUESTIONS = {"find_similar_models"}  # too long for an address, so they are asked by POST


@pytest.mark.parametrize("name", WRITING)
def test_every_write_is_audited_and_has_an_actor(name: str) -> None:
    route = ROUTES[name]
    assert isinstance(route, Route), (
        f"{name} writes and leaves no audit entry: give its router `route_class=Route` from"
        " app/access/routing.py."
    )
    assert writing_actor in dependencies_of(route.dependant), (
        f"{name} writes for nobody: give it `actor: Registrar`, or another of the actors in"
        " app/access/actors.py."
    )


@pytest.mark.parametrize("name", sorted(ROUTES.keys() - QUESTIONS))
def test_only_a_get_does_without_a_session(name: str) -> None:
    assert ROUTES[name].methods == {"GET"} or name in WRITING, (
        f"{name} does not write: make it a GET, give it `session: SessionDep`, or name it in"
        " QUESTIONS here."
    )


@pytest.mark.parametrize("name", CHANGES)
async def test_every_change_needs_if_match(
    client: httpx.AsyncClient, keys: Keys, name: str
) -> None:
    key = await keys.of(*Role, name="Ban Tuyên giáo và Dân vận Trung ương")
    await send_earlier(client, name, key)
    answer = await ask(client, name, key)
    assert (answer.status_code == 428) is (name not in WITHOUT_IF_MATCH), (
        f"{name} changes a thing without If-Match: let it depend on the stored thing, which checks"
        " that (app/access/writing.py), or name it in WITHOUT_IF_MATCH here."
    )


def test_every_router_is_served() -> None:
    served = {id(route) for router in ROUTERS for route in router.routes}
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name == "app.__main__":
            continue
        for router in vars(importlib.import_module(module.name)).values():
            if isinstance(router, APIRouter):
                assert {id(route) for route in router.routes} <= served, (
                    f"{module.name} is not served: add its router to ROUTERS in app/main.py."
                )


@pytest.mark.parametrize(
    "name", sorted(name for name, each in OPERATIONS.items() if each.method == "get")
)
async def test_every_read_has_an_entity_tag(
    client: httpx.AsyncClient, keys: Keys, name: str
) -> None:
    key = await keys.of(*Role, name="Ban Tuyên giáo và Dân vận Trung ương")
    await send_earlier(client, name, key)
    answer = await ask(client, name, key)
    assert answer.headers.get("etag"), f"{name}: make its answer with app/http/json_responses.py."
    again = await ask(client, name, key | {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
