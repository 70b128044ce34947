"""Builds the application of the router."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from services.router.accounts import pages as accounts
from services.router.accounts.store import Accounts, Sessions
from services.router.cases.handlers import CaseHandlers
from services.router.cases.pages import case, closure, inbox, review, routing
from services.router.cases.store import Cases
from services.router.config import Settings
from services.router.desk import NotSignedIn, guard, head
from services.router.directory import pages as directory
from services.router.directory.store import Units
from services.router.operations import pages as operations
from services.router.operations.jobs import ParkedMover
from services.router.operations.store import ParkedEvents
from services.router.records.store import AuditLog
from shared.broker.consuming import handlers_of
from shared.broker.parking import BrokerAway, ParkedQueues
from shared.documents import Database
from shared.service import ServiceParts, assemble
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.watch import Count
from shared.web.pages import mount_web
from shared.web.provided import provide


def create_app(settings: Settings) -> FastAPI:
    """Make the stores, handlers, pages and jobs of the desk."""
    telemetry = Telemetry(tracing("router", settings.otlp_endpoint))
    database = Database.of("router", settings, telemetry.tracing)
    rabbitmq_url = settings.rabbitmq_url.get_secret_value()
    stores = cases, _, people, sessions, _, parked = (
        Cases(database),
        Units(database),
        Accounts(database),
        Sessions(database),
        AuditLog(database),
        ParkedEvents(database, rabbitmq_url),
    )
    authenticator = accounts.Authenticator(people, sessions, settings)
    parts = ServiceParts(
        "router",
        settings,
        database,
        telemetry,
        handlers=handlers_of(CaseHandlers(cases)),
        routes=[module.page for module in (accounts, inbox, case, routing, review, closure, directory, operations)],
        jobs=[ParkedMover(ParkedQueues(rabbitmq_url), parked).run],
        parked=parked.backlog,
        counts=[
            Count("open_cases", "state", cases.open_by_state),
            Count("assignments", "clock", partial(cases.by_clock, ZoneInfo(settings.timezone))),
        ],
    )
    app = assemble(parts)
    mount_web(app, settings, Path(__file__).parent, settings.router_url, head=head)
    provide(app, *stores, settings, authenticator)
    guard(app, authenticator.officer)
    app.add_exception_handler(NotSignedIn, accounts.not_signed_in)
    app.add_exception_handler(BrokerAway, operations.broker_away)
    return app
