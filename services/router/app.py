"""Where the router's rooms meet."""

from pathlib import Path

from fastapi import FastAPI

from services.router import handlers, pages
from services.router.config import Settings
from services.router.pages.parked import broker_away
from services.router.pages.session import NotLoggedIn, not_logged_in
from services.router.store import AuditLog, Cases, Sessions, Units, Users
from shared.broker.parking import BrokerAway, ParkingLot
from shared.documents import connect
from shared.service import assemble
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.watch import Count
from shared.web.pages import mount_web


def create_app(settings: Settings) -> FastAPI:
    """The hotline officers' desk."""
    telemetry = Telemetry(tracing("router", settings.otlp_endpoint))
    database = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, telemetry.tracing)
    cases, directory, users, sessions = Cases(database), Units(database), Users(database), Sessions(database)
    audit_log, lot = AuditLog(database), ParkingLot(settings.rabbitmq_url.get_secret_value())
    app = assemble(
        "router",
        settings,
        database,
        telemetry,
        documents=[cases],
        handlers=handlers.subscriptions(cases),
        routes=[pages.routes(cases, directory, users, sessions, audit_log, lot, settings)],
        preparations=[sessions.prepare, audit_log.prepare],
        counts=[Count("open_cases", "state", cases.open_by_state), Count("assignments", "clock", cases.by_clock)],
    )
    mount_web(app, settings, Path(__file__).parent, settings.router_url)
    app.add_exception_handler(NotLoggedIn, not_logged_in)
    app.add_exception_handler(BrokerAway, broker_away)
    return app
