"""Makes the application of the intake from its parts."""

from functools import partial
from pathlib import Path

from fastapi import FastAPI

from services.intake.admission import Admission, LostClients
from services.intake.api import after as api_after
from services.intake.api import figures as api_figures
from services.intake.api import messages as api
from services.intake.api import status as api_status
from services.intake.config import Settings
from services.intake.domain.files import check_file
from services.intake.handlers import MessageHandlers, SnapshotHandlers
from services.intake.jobs import LostCodesJob
from services.intake.mails import MailHandlers, sentences
from services.intake.pages import after, embedding, figures, form, keys, lost, papers, proof, status, verification
from services.intake.pages import files as file_pages
from services.intake.pages.guessing import WrongCodes
from services.intake.persons import PersonHandlers
from services.intake.store import LostRequests, Messages, Snapshots
from services.intake.store.erasing import parts_of
from shared.audit import COUNT_SECONDS, SWEEP_SECONDS, AuditRecords
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.destruction import DestructionLog
from shared.documents import Database
from shared.erasure import Eraser
from shared.events import IntakeAudited, IntakeErased
from shared.file_links import FileLinks, Grants
from shared.files import granted
from shared.files.jobs import FileJobs
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.person_answers import PersonAnswers
from shared.printing import Printer
from shared.service import ServiceParts, assemble, every, hourly
from shared.signing import Signer
from shared.telemetry import Telemetry
from shared.tickets import Tickets
from shared.tracing.collector import tracing
from shared.web.embedding import AllowedOrigins
from shared.web.pages import mount_web
from shared.web.problems import problems_under
from shared.web.provided import provide

SNAPSHOT_AGE = 5.0
"""Seconds after which a process looks whether another has stored a newer snapshot."""

PAGES = (form, proof, embedding, lost, status, after, file_pages, granted, papers, verification, figures, keys)
"""``/t/lost`` comes before ``/t/{code}``."""
APIS = (api, api_status, api_after, api_figures)


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The public form, the status page and the JSON API."""
    telemetry = Telemetry(tracing("intake", settings.otlp_endpoint))
    database = Database.of("intake", settings, telemetry.tracing, clock)
    audit = AuditRecords(database, IntakeAudited)
    messages, snapshots, files = Messages(database, audit), Snapshots(database, settings.institution), Files(database)
    uploads, lost_requests = Uploads(files, settings), LostRequests(database)
    file_jobs = FileJobs(uploads, messages, check_file)
    secrets = [key.get_secret_value() for key in (settings.secret_key, *settings.old_secret_keys)]
    gone = parts_of(messages, lost_requests, files, secrets=secrets)
    eraser = Eraser(database, DestructionLog(settings.destruction_log), gone, IntakeErased)
    parts = ServiceParts(
        "intake",
        settings,
        database,
        telemetry,
        handlers=handlers_of(
            MessageHandlers(messages),
            SnapshotHandlers(snapshots),
            MailHandlers(messages, snapshots, settings, sentences, clock),
            PersonHandlers(messages, lost_requests, files, PersonAnswers(database), clock),
            eraser,
        ),
        routes=[module.page for module in PAGES] + [module.api for module in APIS],
        jobs=[
            *(file_jobs.scan, hourly(file_jobs.sweep), LostCodesJob(lost_requests, messages, settings).run),
            *(hourly(snapshots.tell), every(SNAPSHOT_AGE, snapshots.refresh)),
            *(every(COUNT_SECONDS, audit.end_minutes), every(SWEEP_SECONDS, audit.sweep)),
        ],
        eraser=eraser,
        openapi_url="/api/v1/openapi.json",
    )
    app = assemble(parts)
    stores = messages, snapshots, files, uploads, lost_requests, audit
    limits = Admission(settings), LostClients(settings)
    owners = {"intake": settings.intake_url, "notifier": settings.notifier_url, "replies": settings.replies_url}
    links = FileLinks(owners, by="intake", signer=Signer(settings.signing_key.get_secret_value()))
    provide(
        app,
        settings,
        *stores,
        *limits,
        links,
        Grants(settings.verify_keys),
        Tickets(settings.verify_keys),
        Printer(),
        clock=clock,
    )
    app.add_middleware(WrongCodes, most=settings.wrong_codes)
    if settings.embed_origins:
        app.add_middleware(AllowedOrigins, origins=settings.embed_origins, prefixes=("/api/v1/", "/proof"))
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.intake_url,
        head=partial(figures.head, snapshots),
        institution=lambda: snapshots.institution,
        public=True,
        framed_by=settings.embed_origins,
        images_of=[settings.notifier_url, settings.replies_url],
        languages=settings.languages,
    )
    problems_under(app, "/api/")
    return app
