"""Puts the application together: lifespan, middlewares, routers. Nothing else."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app import operations
from app.access import routes as access
from app.access import routing
from app.access.actors import key_of
from app.award_decisions import routes as award_decisions
from app.caching.metrics import CacheCollector
from app.caching.middleware import ResponseCaching
from app.caching.response_cache import ResponseCache
from app.caching.snapshots import Snapshots
from app.campaign_periods import routes as campaign_periods
from app.changes import routes as changes
from app.changes.waiting import Watch
from app.config import Settings
from app.criteria import routes as criteria
from app.db.database import Database
from app.documents import routes as documents
from app.emulation_models.models import history_routes as model_histories
from app.emulation_models.models import replication_routes as model_replications
from app.emulation_models.models import routes as emulation_models
from app.emulation_models.steps import event_routes as event_inspections
from app.emulation_models.steps import routes as model_steps
from app.emulation_models.steps import transition_routes as model_transitions
from app.events import routes as events
from app.export.slots import ExportSlots
from app.gaps import routes as gaps
from app.http import docs_page, error_handlers, openapi, problem_pages
from app.http.metrics import Answers, Metrics
from app.http.middlewares.access_log import AccessLog
from app.http.middlewares.client_address import ClientAddress
from app.http.middlewares.compression import Compression
from app.http.middlewares.conditional_reads import ConditionalReads
from app.http.middlewares.cors import Cors
from app.http.middlewares.errors import Errors
from app.http.middlewares.head import Head
from app.http.middlewares.rate_limit import RateLimit
from app.http.middlewares.request_context import RequestContexts
from app.http.middlewares.request_id import RequestId
from app.http.middlewares.security_headers import SecurityHeaders
from app.http.routing import separate
from app.imports import routes as imports
from app.localities import routes as localities
from app.organisations import routes as organisations
from app.publications import routes as publications
from app.querying.read_sessions import ReadSessions
from app.statistics import routes as statistics
from app.statistics.settling import Settling
from app.vocabularies import routes as vocabularies

ROUTERS = (  # searched in this order: the one that is asked most stands first
    emulation_models.router,
    model_steps.router,
    model_replications.router,
    model_transitions.router,
    model_histories.router,
    access.router,
    access.keys,
    award_decisions.router,
    campaign_periods.router,
    changes.router,
    criteria.router,
    documents.router,
    events.router,
    event_inspections.router,
    gaps.router,
    imports.nested,
    imports.tables,
    localities.router,
    organisations.router,
    publications.router,
    statistics.router,
    vocabularies.router,
    operations.router,
    problem_pages.router,
    docs_page.router,
)


class Application(FastAPI):
    """FastAPI inside middlewares that see every answer, its own to exceptions included."""

    def __init__(self, middlewares: Sequence[Middleware], **options: Any) -> None:
        super().__init__(**options)
        self._outermost: ASGIApp = super().__call__
        for middleware in reversed(middlewares):
            self._outermost = middleware.cls(self._outermost, *middleware.args, **middleware.kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._outermost(scope, receive, send)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The application over a database, which may not be reachable yet."""
    read_sessions = ReadSessions(database)
    cache = ResponseCache(settings.cache_bytes)
    snapshots = Snapshots(database.url, cache.clear)
    answers = Answers()
    settling = Settling(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await settling.start()
        yield
        await settling.stop()
        await snapshots.close()
        await database.close()

    app = Application(
        [  # the first one meets a request first, and its answer last
            Middleware(RequestContexts),
            Middleware(ClientAddress, settings),
            Middleware(RequestId),
            Middleware(AccessLog, answers, logs=settings.access_log),
            Middleware(SecurityHeaders),
            Middleware(Cors),
            Middleware(RateLimit, settings, partial(key_of, read_sessions)),
            Middleware(Head),
            Middleware(ConditionalReads),
            Middleware(Compression),
            *([Middleware(ResponseCaching, cache, snapshots)] if settings.cache_bytes else []),
        ],
        middleware=[Middleware(Errors)],
        **openapi.ABOUT,
        lifespan=lifespan,
    )
    app.state.read_sessions = read_sessions
    app.state.response_cache = cache
    app.state.snapshots = snapshots
    app.state.metrics = Metrics(answers, CacheCollector(cache, snapshots))
    app.state.export_slots = ExportSlots()
    app.state.watch = Watch(read_sessions)
    for router in ROUTERS:  # one flat list: a nested router would be searched at every request
        app.router.routes.extend(router.routes)
    separate(app.routes)
    error_handlers.add_handlers(app)
    routing.add_handlers(app)
    openapi.install(app)
    return app


def openapi_text() -> str:
    """The committed OpenAPI document."""
    app = create_app(Settings(), Database("postgresql://"))
    return json.dumps(openapi.document(app), ensure_ascii=False, indent=1) + "\n"
