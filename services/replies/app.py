"""Makes the application of the portal from its parts."""

from functools import partial
from pathlib import Path

from fastapi import FastAPI

from services.replies.config import Settings
from services.replies.domain.files import check_file, needs_attached
from services.replies.domain.handing_on import LinkTakenBack
from services.replies.handlers import (
    AssignmentHandlers,
    DirectoryHandlers,
    FiguresHandlers,
    InstitutionHandlers,
    ReminderHandlers,
)
from services.replies.jobs import NewLinksJob
from services.replies.mails import MailHandlers
from services.replies.pages import asking, assignment, handing_on, new_link, overview, reply, sent, writing
from services.replies.pages import files as file_pages
from services.replies.persons import PersonHandlers
from services.replies.store import Assignments, LinkRequests, Overviews, Reminders, UnitFiguresStore
from services.replies.store.erasing import parts_of
from shared.audit import COUNT_SECONDS, SWEEP_SECONDS, AuditRecords
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.destruction import DestructionLog
from shared.directory_snapshots import DirectorySnapshots
from shared.documents import Database, NotFound
from shared.erasure import Eraser
from shared.events import RepliesAudited, RepliesErased, RepliesKnown
from shared.file_links import FileLinks, Grants
from shared.files import granted
from shared.files.jobs import FileJobs
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.institution_snapshots import LOOK_SECONDS, InstitutionSnapshots
from shared.person_answers import PersonAnswers
from shared.service import ServiceParts, assemble, every, hourly
from shared.signing import Signer
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.provided import provide

PAGES = (assignment, reply, writing, sent, file_pages, granted, handing_on, asking, new_link, overview)


def known(directory: DirectorySnapshots, figures: UnitFiguresStore, institution: int) -> RepliesKnown:
    """The versions that the portal has."""
    versions = {"directory": directory.current.version, "unit_figures": figures.current.version}
    return RepliesKnown(institution=institution, **versions)


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The page behind the link in a unit's e-mail."""
    telemetry = Telemetry(tracing("replies", settings.otlp_endpoint))
    database = Database.of("replies", settings, telemetry.tracing, clock)
    audit = AuditRecords(database, RepliesAudited)
    assignments, requests, overviews = Assignments(database, audit), LinkRequests(database), Overviews(database, audit)
    directory, figures = DirectorySnapshots(database), UnitFiguresStore(database)
    snapshots = InstitutionSnapshots(database, settings, partial(known, directory, figures))
    files = Files(database)
    uploads = Uploads(files, settings, sent_again=True)
    file_jobs = FileJobs(uploads, assignments, check_file, drafted=needs_attached)
    gone = parts_of(assignments, requests, files)
    eraser = Eraser(database, DestructionLog(settings.destruction_log), gone, RepliesErased)
    parts = ServiceParts(
        "replies",
        settings,
        database,
        telemetry,
        handlers=handlers_of(
            AssignmentHandlers(assignments, settings),
            MailHandlers(assignments, clock),
            InstitutionHandlers(snapshots),
            ReminderHandlers(assignments, Reminders(database), settings, clock),
            DirectoryHandlers(directory),
            PersonHandlers(assignments, files, PersonAnswers(database), clock),
            eraser,
            FiguresHandlers(figures),
        ),
        routes=[module.page for module in PAGES],
        jobs=[
            *(file_jobs.scan, hourly(file_jobs.sweep)),
            *(hourly(snapshots.tell), every(LOOK_SECONDS, snapshots.refresh), every(LOOK_SECONDS, directory.refresh)),
            every(LOOK_SECONDS, figures.refresh),
            NewLinksJob(requests, assignments, overviews, settings).run,
            *(every(COUNT_SECONDS, audit.end_minutes), every(SWEEP_SECONDS, audit.sweep)),
        ],
        eraser=eraser,
    )
    app = assemble(parts)
    owners = {"intake": settings.intake_url, "notifier": settings.notifier_url, "replies": settings.replies_url}
    links = FileLinks(owners, by="replies", signer=Signer(settings.signing_key.get_secret_value()))
    stores = assignments, requests, overviews, directory, figures, files, uploads, audit
    provide(app, settings, *stores, links, Grants(settings.verify_keys), new_link.LinkClients(), clock=clock)
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.replies_url,
        images_of=[settings.intake_url, settings.notifier_url],
        institution=lambda: snapshots.institution,
    )
    app.add_exception_handler(NotFound, assignment.no_such_link)
    app.add_exception_handler(LinkTakenBack, handing_on.link_taken_back)
    return app
