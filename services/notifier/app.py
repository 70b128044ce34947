"""Makes the application of the notifier from its parts."""

from fastapi import FastAPI

from services.notifier.config import Settings
from services.notifier.handlers.accounts import AccountHandlers
from services.notifier.handlers.citizens import CitizenHandlers
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.handlers.desk import DeskHandlers
from services.notifier.handlers.institution import InstitutionHandlers
from services.notifier.handlers.posting import PostOffice
from services.notifier.handlers.receiving import Receiving, listening
from services.notifier.handlers.units import UnitHandlers
from services.notifier.handlers.writing import Writer
from services.notifier.inbound.listener import Listener
from services.notifier.mailer import Mailer
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from services.notifier.store.mails import Mails
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database
from shared.events import NotifierKnown
from shared.institution_snapshots import LOOK_SECONDS, InstitutionSnapshots
from shared.service import ServiceParts, assemble, daily, every, hourly
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """Writes and sends the letters; its public port has no pages."""
    telemetry = Telemetry(tracing("notifier", settings.otlp_endpoint))
    database = Database.of("notifier", settings, telemetry.tracing, clock)
    letters = Letters(database, returning=bool(settings.mail_inbound_domain))
    snapshots, receipts = Snapshots(database), ReceiptCounts(database)
    institutions = InstitutionSnapshots(database, settings, NotifierKnown)
    writer = Writer(settings, lambda: institutions.institution)
    correspondence = Correspondence(letters, writer, settings, clock)
    mails = Mails(database)
    receiving = Receiving(mails, letters, settings, clock)
    listener = Listener(listening(settings), receiving.accepts, receiving.keep)
    mailer = Mailer(
        settings.smtp_url.get_secret_value(),
        sender=settings.mail_from,
        timeout=settings.smtp_timeout,
        encryption=settings.smtp_tls,
        verify=settings.smtp_verify,
        ca_file=settings.smtp_ca_file,
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
        ),
        jobs=[
            PostOffice(letters, snapshots, mailer, settings, telemetry, clock).run,
            daily(letters, letters.sealed_before, letters.seal_anew),
            hourly(letters.delete_old_bytes),
            hourly(snapshots.tell),
            hourly(institutions.tell),
            every(LOOK_SECONDS, institutions.refresh),
            *((listener.run,) if settings.mail_inbound_port else ()),
            daily(mails, mails.outlived, mails.forget_content),
            hourly(mails.sweep),
        ],
        preparations=[receipts.prepare],
        measures={"unsent_letter": letters.oldest_unsent, "unread_mail": mails.oldest_unread},
        needed=("mongodb", "rabbitmq"),
    )
    return assemble(parts)
