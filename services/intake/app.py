"""Makes the application of the intake from its parts."""

from pathlib import Path

from fastapi import FastAPI

from services.intake.admission import Admission, LostClients
from services.intake.api import after as api_after
from services.intake.api import messages as api
from services.intake.api import status as api_status
from services.intake.config import Settings
from services.intake.handlers import MessageHandlers
from services.intake.jobs import FileJobs, LostCodesJob
from services.intake.pages import after, form, lost, proof, status
from services.intake.pages import files as file_pages
from services.intake.pages.guessing import WrongCodes
from services.intake.store import LostRequests, Messages
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database
from shared.file_links import Grants
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.service import ServiceParts, assemble, hourly
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.problems import problems_under
from shared.web.provided import provide

PAGES = (form, proof, lost, status, after, file_pages)
"""``/t/lost`` comes before ``/t/{code}``."""


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The public form, the status page and the JSON API."""
    telemetry = Telemetry(tracing("intake", settings.otlp_endpoint))
    database = Database.of("intake", settings, telemetry.tracing, clock)
    messages, files = Messages(database), Files(database)
    uploads, lost_requests = Uploads(files, settings), LostRequests(database)
    file_jobs = FileJobs(uploads, messages)
    parts = ServiceParts(
        "intake",
        settings,
        database,
        telemetry,
        handlers=handlers_of(MessageHandlers(messages)),
        routes=[module.page for module in (form, proof, lost, status, after, file_pages)]
        + [module.api for module in (api, api_status, api_after)],
        jobs=[file_jobs.scan, hourly(file_jobs.sweep), LostCodesJob(lost_requests, messages, settings).run],
        openapi_url="/api/v1/openapi.json",
    )
    app = assemble(parts)
    limits = Admission(settings), LostClients(settings)
    provide(app, settings, messages, files, uploads, lost_requests, Grants(settings.verify_keys), *limits, clock=clock)
    app.add_middleware(WrongCodes, most=settings.wrong_codes)
    mount_web(app, settings, Path(__file__).parent, settings.intake_url, public=True)
    problems_under(app, "/api/")
    return app
