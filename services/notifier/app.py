"""Makes the application of the notifier from its parts."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from services.notifier.config import Settings
from services.notifier.domain.letter import mail_domain
from services.notifier.domain.signature import DkimKey
from services.notifier.domain.taking import check_file
from services.notifier.handlers.accounts import AccountHandlers
from services.notifier.handlers.citizens import CitizenHandlers
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.handlers.desk import DeskHandlers
from services.notifier.handlers.institution import InstitutionHandlers
from services.notifier.handlers.mailroom import MailRoom
from services.notifier.handlers.persons import PersonHandlers
from services.notifier.handlers.posting import PostOffice
from services.notifier.handlers.receiving import Receiving, listening
from services.notifier.handlers.resending import ResendHandlers
from services.notifier.handlers.units import UnitHandlers
from services.notifier.handlers.writing import Writer
from services.notifier.inbound.listener import Listener
from services.notifier.mailer import Mailer
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from services.notifier.store.erasing import parts_of
from services.notifier.store.lanes import Lanes
from services.notifier.store.mails import Mails, Returns
from services.notifier.store.reports import LOOK_SECONDS as REPORT_SECONDS
from services.notifier.store.reports import LetterReports
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.destruction import DestructionLog
from shared.documents import Database
from shared.erasure import Eraser
from shared.events import NotifierErased, NotifierKnown
from shared.file_links import Grants
from shared.files import granted
from shared.files.jobs import FileJobs
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.institution_snapshots import LOOK_SECONDS, InstitutionSnapshots
from shared.person_answers import PersonAnswers
from shared.service import DAY, ServiceParts, assemble, daily, every, hourly
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.provided import provide


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """Writes and sends the letters, and takes mail; on its public port are the files of that mail."""
    telemetry = Telemetry(tracing("notifier", settings.otlp_endpoint))
    database = Database.of("notifier", settings, telemetry.tracing, clock)
    letters = Letters(database, returning=bool(settings.mail_inbound_domain))
    snapshots, receipts = Snapshots(database), ReceiptCounts(database)
    institutions = InstitutionSnapshots(database, settings, NotifierKnown)
    writer = Writer(settings, lambda: institutions.institution)
    correspondence = Correspondence(letters, writer, settings, clock)
    mails, returns, files = Mails(database), Returns(database), Files(database)
    uploads = Uploads(files, settings)
    file_jobs = FileJobs(uploads, mails, check_file)
    gone = parts_of(letters, mails, files, receipts, returns)
    eraser = Eraser(database, DestructionLog(settings.destruction_log), gone, NotifierErased)
    receiving = Receiving(mails, letters, settings, clock)
    listener = Listener(listening(settings), receiving.accepts, receiving.keep)
    lanes = Lanes(database, concurrent=settings.letters_per_domain, per_minute=settings.letters_per_domain_minute)
    mailer = Mailer(
        settings.smtp_url.get_secret_value(),
        sender=settings.mail_from,
        timeout=settings.smtp_timeout,
        encryption=settings.smtp_tls,
        verify=settings.smtp_verify,
        ca_file=settings.smtp_ca_file,
        sign=_signature(settings),
    )
    parts = ServiceParts(
        "notifier",
        settings,
        database,
        telemetry,
        handlers=handlers_of(
            CitizenHandlers(correspondence, receipts),
            DeskHandlers(correspondence),
            UnitHandlers(correspondence, snapshots),
            ContactHandlers(snapshots, letters, clock),
            InstitutionHandlers(institutions),
            AccountHandlers(correspondence),
            ResendHandlers(letters, snapshots, clock),
            PersonHandlers(letters, mails, returns, files, PersonAnswers(database), clock),
            eraser,
        ),
        jobs=[
            PostOffice(letters, snapshots, lanes, mailer, settings, telemetry, clock).run,
            daily(letters, letters.sealed_before, letters.seal_anew),
            hourly(letters.delete_old_bytes),
            hourly(snapshots.tell),
            hourly(institutions.tell),
            every(LOOK_SECONDS, institutions.refresh),
            *((listener.run,) if settings.mail_inbound_port else ()),
            MailRoom(mails, letters, snapshots, receipts, returns, uploads, settings, telemetry, clock).run,
            daily(mails, mails.outlived, mails.forget_content),
            every(DAY, mails.seal_anew),
            *(hourly(mails.sweep), file_jobs.scan, hourly(file_jobs.sweep)),
            every(REPORT_SECONDS, LetterReports(database, letters, mails).report),
        ],
        routes=[granted.page],
        preparations=[receipts.prepare, returns.prepare, lanes.prepare],
        measures={
            "unsent_letter": letters.oldest_unsent,
            "untaken_letter": letters.oldest_untaken,
            "unread_mail": mails.oldest_unread,
        },
        needed=("mongodb", "rabbitmq"),
        eraser=eraser,
    )
    app = assemble(parts)
    provide(app, files, Grants(settings.verify_keys), clock=clock)
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.notifier_url,
        institution=lambda: institutions.institution,
    )
    return app


def _signature(settings: Settings) -> Callable[[bytes], bytes] | None:
    if settings.dkim_key_file is None:
        return None
    domain = settings.dkim_domain or mail_domain(settings.mail_from)
    return DkimKey(settings.dkim_key_file.read_bytes(), selector=settings.dkim_selector, domain=domain).signed
