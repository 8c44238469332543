"""Puts the application together: settings, floors, routers. Nothing else."""

import json

from fastapi import FastAPI

from app import operations
from app.access import routes as access
from app.access import routing
from app.award_decisions import routes as award_decisions
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
from app.http.gateway import Gateway
from app.http.metrics import Metrics
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


def create_app(settings: Settings, database: Database) -> Gateway:
    """The ASGI application over a database, which may not be reachable yet."""
    api = create_api(database)
    gateway = Gateway(api, settings, database.url)
    api.state.metrics = Metrics(gateway)
    settling = Settling(database)
    api.router.on_startup.append(settling.start)
    api.router.on_shutdown[:0] = [settling.stop]
    api.router.on_shutdown.append(gateway.snapshots.close)
    return gateway


def create_api(database: Database) -> FastAPI:
    """The API behind the gateway."""
    api = FastAPI(**openapi.ABOUT)
    api.state.read_sessions = ReadSessions(database)
    api.state.export_slots = ExportSlots()
    api.state.watch = Watch(api.state.read_sessions)
    api.router.on_shutdown.append(database.close)
    for router in ROUTERS:  # one flat list: a nested router would be searched at every request
        api.router.routes.extend(router.routes)
    error_handlers.add_handlers(api)
    routing.add_handlers(api)
    openapi.install(api)
    return api


def openapi_text() -> str:
    """The committed OpenAPI document."""
    api = create_api(Database("postgresql://"))
    return json.dumps(openapi.document(api), ensure_ascii=False, indent=1) + "\n"
