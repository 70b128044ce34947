"""Where the router's rooms meet."""

from pathlib import Path

from fastapi import APIRouter, FastAPI

from services.router.accounts import pages as accounts
from services.router.accounts.store import Sessions, Users
from services.router.cases import handlers
from services.router.cases.pages import case, review, routing
from services.router.cases.store import Cases
from services.router.config import Settings
from services.router.directory import pages as units
from services.router.directory.store import Units
from services.router.operations import pages as parked
from services.router.records.store import AuditLog
from shared.broker.parking import BrokerAway, ParkingLot
from shared.documents import connect
from shared.service import assemble
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.watch import Count
from shared.web.pages import Page, mount_web


def create_app(settings: Settings) -> FastAPI:
    """The hotline officers' desk."""
    telemetry = Telemetry(tracing("router", settings.otlp_endpoint))
    database = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, telemetry.tracing)
    cases, directory, users, sessions = Cases(database), Units(database), Users(database), Sessions(database)
    audit_log, lot = AuditLog(database), ParkingLot(settings.rabbitmq_url.get_secret_value())
    page = APIRouter(route_class=Page, tags=["pages"])
    authenticator = accounts.authenticator(users, sessions, settings)
    accounts.add(page, authenticator)
    case.add(page, authenticator, cases, directory)
    routing.add(page, authenticator, cases, directory, settings)
    review.add(page, authenticator, cases, settings)
    units.add(page, authenticator, directory)
    parked.add(page, authenticator, lot, audit_log)
    app = assemble(
        "router",
        settings,
        database,
        telemetry,
        documents=[cases],
        handlers=handlers.subscriptions(cases),
        routes=[page],
        preparations=[sessions.prepare, audit_log.prepare],
        counts=[Count("open_cases", "state", cases.open_by_state), Count("assignments", "clock", cases.by_clock)],
    )
    mount_web(app, settings, Path(__file__).parent, settings.router_url)
    app.add_exception_handler(accounts.NotLoggedIn, accounts.not_logged_in)
    app.add_exception_handler(BrokerAway, parked.broker_away)
    return app
