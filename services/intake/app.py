"""Makes the application of the intake from its parts."""

from pathlib import Path

from fastapi import FastAPI

from services.intake.admission import Admission
from services.intake.api import messages as api
from services.intake.config import Settings
from services.intake.handlers import MessageHandlers, SnapshotHandlers
from services.intake.jobs import FileJobs
from services.intake.pages import after, embedding, form, proof, status
from services.intake.pages import files as file_pages
from services.intake.pages.frame import head_of
from services.intake.pages.guessing import WrongCodes
from services.intake.store import Messages, Snapshots
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database
from shared.file_links import Grants
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.service import ServiceParts, assemble, every, hourly
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.embedding import AllowedOrigins
from shared.web.pages import mount_web
from shared.web.problems import problems_under
from shared.web.provided import provide

SNAPSHOT_AGE = 5.0
"""Seconds after which a process looks whether another has stored a newer snapshot."""


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The public form, the status page and the JSON API."""
    telemetry = Telemetry(tracing("intake", settings.otlp_endpoint))
    database = Database.of("intake", settings, telemetry.tracing, clock)
    messages, snapshots, files = Messages(database), Snapshots(database, settings.institution), Files(database)
    uploads = Uploads(files, settings)
    file_jobs = FileJobs(uploads, messages)
    parts = ServiceParts(
        "intake",
        settings,
        database,
        telemetry,
        handlers=handlers_of(MessageHandlers(messages), SnapshotHandlers(snapshots)),
        routes=[module.page for module in (form, proof, embedding, status, after, file_pages)] + [api.api],
        jobs=[file_jobs.scan, hourly(file_jobs.sweep), hourly(snapshots.tell), every(SNAPSHOT_AGE, snapshots.refresh)],
        openapi_url="/api/v1/openapi.json",
    )
    app = assemble(parts)
    known = (settings, messages, snapshots, files, uploads, Grants(settings.verify_keys), Admission(settings))
    provide(app, *known, clock=clock)
    app.add_middleware(WrongCodes, most=settings.wrong_codes)
    if settings.embed_origins:
        app.add_middleware(AllowedOrigins, origins=settings.embed_origins, prefixes=("/api/v1/", "/proof"))
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.intake_url,
        head=head_of(snapshots, settings),
        public=True,
        framed_by=settings.embed_origins,
        languages=settings.languages,
    )
    problems_under(app, "/api/")
    return app
