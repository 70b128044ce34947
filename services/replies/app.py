"""Makes the application of the portal from its parts."""

from pathlib import Path

from fastapi import FastAPI

from services.replies.config import Settings
from services.replies.domain.files import check_file, needs_attached
from services.replies.handlers import AssignmentHandlers, InstitutionHandlers, ReminderHandlers
from services.replies.pages import assignment, reply, sent, writing
from services.replies.pages import files as file_pages
from services.replies.store import Assignments, Reminders
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database, NotFound
from shared.events import RepliesKnown
from shared.file_links import FileLinks, Grants
from shared.files import granted
from shared.files.jobs import FileJobs
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.institution_snapshots import LOOK_SECONDS, InstitutionSnapshots
from shared.service import ServiceParts, assemble, every, hourly
from shared.signing import Signer
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.provided import provide

PAGES = (assignment, reply, writing, sent, file_pages, granted)


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The page behind the link in a unit's e-mail."""
    telemetry = Telemetry(tracing("replies", settings.otlp_endpoint))
    database = Database.of("replies", settings, telemetry.tracing, clock)
    assignments, snapshots = Assignments(database), InstitutionSnapshots(database, settings, RepliesKnown)
    files = Files(database)
    uploads = Uploads(files, settings, sent_again=True)
    file_jobs = FileJobs(uploads, assignments, check_file, drafted=needs_attached)
    parts = ServiceParts(
        "replies",
        settings,
        database,
        telemetry,
        handlers=handlers_of(
            AssignmentHandlers(assignments, settings),
            InstitutionHandlers(snapshots),
            ReminderHandlers(assignments, Reminders(database), settings, clock),
        ),
        routes=[module.page for module in PAGES],
        jobs=[file_jobs.scan, hourly(file_jobs.sweep), hourly(snapshots.tell), every(LOOK_SECONDS, snapshots.refresh)],
    )
    app = assemble(parts)
    owners = {"intake": settings.intake_url, "notifier": settings.notifier_url, "replies": settings.replies_url}
    links = FileLinks(owners, by="replies", signer=Signer(settings.signing_key.get_secret_value()))
    provide(app, assignments, files, uploads, links, Grants(settings.verify_keys), clock=clock)
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.replies_url,
        images_of=[settings.intake_url, settings.notifier_url],
        institution=lambda: snapshots.institution,
    )
    app.add_exception_handler(NotFound, assignment.no_such_link)
    return app
