"""Makes the application of the intake from its parts."""

from pathlib import Path

from fastapi import FastAPI

from services.intake.api import messages as api
from services.intake.config import Settings
from services.intake.handlers import MessageHandlers, SnapshotHandlers
from services.intake.pages import form, status
from services.intake.pages.frame import head_of
from services.intake.store import Messages, Snapshots
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database
from shared.service import ServiceParts, assemble, every, hourly
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.problems import problems_under
from shared.web.provided import provide

SNAPSHOT_AGE = 5.0
"""Seconds after which a process looks whether another has stored a newer snapshot."""


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The public form, the status page and the JSON API."""
    telemetry = Telemetry(tracing("intake", settings.otlp_endpoint))
    database = Database.of("intake", settings, telemetry.tracing, clock)
    messages, snapshots = Messages(database), Snapshots(database, settings.institution)
    parts = ServiceParts(
        "intake",
        settings,
        database,
        telemetry,
        handlers=handlers_of(MessageHandlers(messages), SnapshotHandlers(snapshots)),
        routes=[module.page for module in (form, status)] + [api.api],
        jobs=[hourly(snapshots.tell), every(SNAPSHOT_AGE, snapshots.refresh)],
        openapi_url="/api/v1/openapi.json",
    )
    app = assemble(parts)
    provide(app, settings, messages, snapshots, clock=clock)
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.intake_url,
        head=head_of(snapshots, settings),
        public=True,
        languages=settings.languages,
    )
    problems_under(app, "/api/")
    return app
