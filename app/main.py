"""Puts the application together: settings, floors, routers. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.config import Settings
from app.db.database import Database
from app.http import docs_page, errors, openapi, operations, problem_pages
from app.http.gateway import Gateway
from app.http.readings import Readings
from app.localities import routes as localities
from app.organisations import routes as organisations

ROUTERS = (
    localities.router,
    organisations.router,
    operations.router,
    problem_pages.router,
    docs_page.router,
)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The API over a database; `database` may not be reachable yet."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan, **openapi.ABOUT)
    app.state.readings = Readings(database)
    for router in ROUTERS:  # one flat list: a nested router would be searched at every request
        app.router.routes.extend(router.routes)
    errors.add_handlers(app)
    openapi.install(app)
    app.add_middleware(Gateway, access_log=settings.access_log)
    return app
