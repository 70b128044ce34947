"""Builds the application of the router."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from services.router.accounts.pages import oidc, sign_in
from services.router.accounts.pages.break_glass import BreakGlass
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.provider import Provider
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.accounts.store.first import FirstLinks
from services.router.accounts.store.kept import KeptForms
from services.router.cases.handlers import (
    CaseHandlers,
    LetterHandlers,
    MergingHandlers,
    ReminderHandlers,
    SubmitterHandlers,
    UnitHandlers,
)
from services.router.cases.jobs import CALENDAR_SECONDS, EVERY, CalendarMoves, Claims, Releases
from services.router.cases.jobs import reminders as reminding
from services.router.cases.jobs.promises import PROMISE_SECONDS, PromiseJob
from services.router.cases.mails import MailHandlers
from services.router.cases.pages import live
from services.router.cases.store.bulks import Bulks
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import Inbox
from services.router.cases.store.learned import Learned
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.of_units import CasesOfUnits
from services.router.cases.store.presence import Whereabouts
from services.router.cases.store.related import Related
from services.router.cases.store.reminders import Reminders, WaitingCases
from services.router.cases.store.saved import SavedLists
from services.router.cases.store.search import Search
from services.router.cases.store.similar import Similar
from services.router.cases.store.words import Words
from services.router.config import Settings
from services.router.deadlines.domain.reminders import ReminderRules
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.desk import NotSignedIn, guard, head
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.jobs import InstitutionJob
from services.router.directory.store import Snapshots, Units
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.imports import UnitImports
from services.router.operations.handlers import MailQueueHandlers
from services.router.operations.jobs import ParkedMover
from services.router.operations.pages import parked as parked_events
from services.router.operations.pages.administration import FirstSteps
from services.router.operations.store import ParkedEvents
from services.router.operations.store.mail_queue import MailQueues
from services.router.records.domain.requests import forget
from services.router.records.handlers.audit import AuditHandlers
from services.router.records.handlers.erasing import ErasureHandlers
from services.router.records.handlers.request_erasing import SECONDS as ERASING_SECONDS
from services.router.records.handlers.request_erasing import Erasures
from services.router.records.handlers.request_exporting import SECONDS as EXPORTING_SECONDS
from services.router.records.handlers.request_exporting import Exports
from services.router.records.handlers.requests import RequestHandlers
from services.router.records.jobs.bundles import BundleJob
from services.router.records.jobs.chain import ANCHOR_SECONDS, WALK_SECONDS, ChainWatch
from services.router.records.jobs.retention import SECONDS as RETENTION_SECONDS
from services.router.records.jobs.retention import RetentionJob, retention_counts
from services.router.records.papers.making import BundleMaker, Collecting
from services.router.records.store import AuditLog
from services.router.records.store.anchors import Anchors
from services.router.records.store.bundles import Bundles
from services.router.records.store.chain import Chain
from services.router.records.store.destructions import Destructions
from services.router.records.store.earlier import EarlierRecords
from services.router.records.store.erasing import parts_of
from services.router.records.store.orders import Orders
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from services.router.records.store.retention import Batches, RetentionStore, Runs
from services.router.routes import PAGES
from services.router.statistics.store.keeping import CHECK_SECONDS, SECONDS, KeptFigures
from services.router.statistics.store.months import Months
from services.router.statistics.store.public import Entries, PublicAnswers, PublicPages, ToldPages
from services.router.statistics.store.rows import FigureRows, secrets_of
from services.router.statistics.store.unit_figures import UnitFiguresStore
from services.router.texts.domain.institution import InstitutionSettings, institution_of
from services.router.texts.store import InstitutionStore, Templates, Wordings
from services.router.webhooks.handlers import WebhookHandlers
from services.router.webhooks.sender import Sender
from services.router.webhooks.store import Deliveries, Webhooks
from shared.audit import COUNT_SECONDS, SWEEP_SECONDS, AuditRecords
from shared.broker.consuming import handlers_of
from shared.broker.parking import BrokerAway, ParkedQueues
from shared.destruction import DestructionLog
from shared.documents import Database
from shared.erasure import Eraser
from shared.events import RouterAudited
from shared.file_links import FileLinks
from shared.files.fetching import FileFetcher
from shared.files.opener import Opener
from shared.files.store import Files
from shared.institution import Institution, of_settings
from shared.printing import Printer
from shared.scheduled import act_on_due, deciding
from shared.service import Job, ServiceParts, assemble, daily, every, hourly
from shared.signing import Signer
from shared.telemetry import Telemetry
from shared.tickets import TicketOffice
from shared.tracing.collector import tracing
from shared.watch import Count
from shared.web.i18n import locales
from shared.web.pages import HERE as WEB
from shared.web.pages import mount_web
from shared.web.provided import provide

SETTINGS_SECONDS = 5.0
"""Between two looks at what another process has stored of the calendar."""


def create_app(settings: Settings) -> FastAPI:
    """Make the stores, handlers, pages and jobs of the desk."""
    telemetry = Telemetry(tracing("router", settings.otlp_endpoint))
    database = Database.of("router", settings, telemetry.tracing)
    rabbitmq_url = settings.rabbitmq_url.get_secret_value()
    institutions, environment = InstitutionStore(database), of_settings(settings)
    worded = Wordings(database, institutions.saved)

    def institution(*, every_kind: bool = False) -> Institution:
        known = institution_of(institutions.current, environment, every_kind=every_kind)
        return known.model_copy(update={"wordings": worded.current})

    snapshots = Snapshots(database, units := Units(database), institution)
    stores = cases, persons, sessions, parked_log, parked, _, held, _ = (
        Cases(database, snapshots, audit := AuditRecords(database, RouterAudited)),
        Accounts(database),
        Sessions(database),
        AuditLog(database),
        ParkedEvents(database, rabbitmq_url),
        audit,
        HeldLetters(database),
        Templates(database),
    )
    letters, mail_queues = DeskLetters(database), MailQueues(database)
    chain = Chain(database, settings.audit_key.get_secret_value())
    signer = Signer(settings.signing_key.get_secret_value())
    anchors = Anchors(settings.audit_anchors, settings.verify_keys) if settings.audit_anchors else None
    chain_watch = ChainWatch(chain, anchors, signer=signer, telemetry=telemetry, clock=database.clock)
    mails = Mails(database)
    webhooks, deliveries = Webhooks(database), Deliveries(database)
    sender = Sender(settings.webhook_private, settings.webhook_timeout)
    calendars = CalendarStore(database)
    public_pages, public_answers = PublicPages(database), PublicAnswers(database)
    told_pages = ToldPages(database, public_pages, public_answers)
    healths, of_units = UnitHealths(database), CasesOfUnits(cases, units)
    bulks, related = Bulks(database, cases), Related(cases)
    tries, zone = SignInTries(database), ZoneInfo(settings.timezone)
    lists, words, learned = Inbox(cases, zone), Words(cases, zone), Learned(cases, zone)
    deadlines, whereabouts = CurrentDeadlines(settings, institutions, calendars), Whereabouts(cases)
    streams = live.Streams(whereabouts, settings)
    destruction_log = DestructionLog(settings.destruction_log)
    orders = Orders(database, cases, destruction_log)
    destructions = Destructions(database, orders, years=settings.destruction_record_years)
    retention, runs, batches = RetentionStore(database), Runs(database), Batches(database, cases, zone)

    def reminder_rules() -> ReminderRules:
        return rules_of(settings, institutions.current)

    reminders = reminding.ReminderJob(
        *(Reminders(database), WaitingCases(cases), units, snapshots, persons),
        deadlines=deadlines,
        rules=reminder_rules,
    )
    months = Months(database, units)
    figure_rows = FigureRows(cases, months, deadlines, secrets_of(settings))
    unit_figures = UnitFiguresStore(database, months, zone)
    figures = KeptFigures(figure_rows, months, cases, units, zone)
    links = FileLinks(owners_of_files(settings), by="router", signer=signer)
    inside = FileLinks({**owners_of_files(settings), **settings.file_hosts}, by="router", signer=signer)
    fetcher, printer = FileFetcher(inside), Printer()
    bundles, keys_url = Bundles(database), f"{settings.intake_url.rstrip('/')}/keys.txt"
    bundle_job = BundleJob(
        bundles,
        Collecting(cases, letters, mails, related, persons, chain, deadlines),
        BundleMaker(fetcher, printer, signer, timezone=settings.timezone, keys_url=keys_url),
        partial(institution, every_kind=True),
    )
    authenticator = sign_in.Authenticator(persons, sessions, settings, BreakGlass(settings, audit, telemetry))
    files, requests = Files(database), PersonRequests(database)
    of_persons = Persons(cases, letters, mails, persons)
    gone = parts_of(
        *(database, cases, words, learned, parked),
        letters=letters,
        held=held,
        mails=mails,
        files=files,
        deliveries=deliveries,
    )
    eraser = Eraser(database, destruction_log, gone)
    exports = Exports(
        *(requests, of_persons, files, fetcher, signer),
        institution=partial(institution, every_kind=True),
        locale=locales((WEB, Path(__file__).parent), settings.timezone)["tr"],
        printer=printer,
    )
    parts = ServiceParts(
        "router",
        settings,
        database,
        telemetry,
        handlers=handlers_of(
            CaseHandlers(cases, deadlines=deadlines, healths=healths, letters=letters),
            SubmitterHandlers(cases, deadlines=deadlines, letters=letters),
            UnitHandlers(cases),
            LetterHandlers(held),
            DirectoryHandlers(snapshots, public_page=told_pages.renew, unit_figures=unit_figures.known),
            AuditHandlers(chain),
            MergingHandlers(cases, related),
            ReminderHandlers(cases, deadlines),
            MailQueueHandlers(mail_queues),
            MailHandlers(cases, mails),
            ErasureHandlers(eraser, orders),
            RequestHandlers(requests, of_persons),
            WebhookHandlers(webhooks, deliveries, cases, sender, source=settings.router_url),
        ),
        eraser=eraser,
        routes=PAGES,
        preparations=[
            tries.prepare,
            related.prepare,
            words.prepare,
            whereabouts.prepare,
            of_persons.prepare,
            months.prepare,
            figure_rows.prepare,
            chain.prepare,
        ],
        jobs=[
            ParkedMover(ParkedQueues(rabbitmq_url), parked).run,
            bulks.run,
            bundle_job.run,
            daily(parked, parked.sealed_before, parked.seal_anew),
            daily(persons, persons.sealed_before, persons.seal_anew),
            daily(webhooks, webhooks.sealed_before, webhooks.seal_anew),
            hourly(snapshots.run),
            every(60.0, told_pages.run),
            every(60.0, public_answers.forget_erased),
            InstitutionJob(institutions, worded, snapshots).run,
            every(SETTINGS_SECONDS, calendars.refresh),
            every(CALENDAR_SECONDS, CalendarMoves(cases, calendars, deadlines).run),
            every(EVERY, Claims(cases, persons).run),
            every(60.0, of_units.run),
            Releases(cases).run,
            every(PROMISE_SECONDS, PromiseJob(cases, deadlines, reminder_rules).run),
            *([every(settings.reminder_seconds, reminders.run)] if settings.reminder_seconds else []),
            words.run,
            every(60.0, words.catch_up),
            hourly(words.rebuild_if_due),
            hourly(learned.rebuild_if_due),
            every(RETENTION_SECONDS, RetentionJob(retention, runs, batches, orders, zone).run),
            every(RETENTION_SECONDS, destructions.record),
            *(hourly(job) for job in (destructions.record_all, destructions.forget, batches.forget)),
            every(SECONDS, figures.run),
            every(CHECK_SECONDS, figures.recount_if_due),
            *(every(COUNT_SECONDS, audit.end_minutes), every(SWEEP_SECONDS, audit.sweep)),
            every(SWEEP_SECONDS, EarlierRecords(audit, parked_log, chain).run),
            *(every(WALK_SECONDS, chain_watch.walk), every(ANCHOR_SECONDS, chain_watch.anchor)),
            *request_jobs(requests, orders, exports),
            hourly(orders.adopt),
            hourly(orders.ask_unanswered),
            hourly(unit_figures.renew_if_due),
        ],
        parked=parked.backlog,
        measures={"open_order": destructions.waiting_since},
        counts=[
            Count("open_cases", "state", lists.open_by_state),
            Count("assignments", "clock", partial(lists.by_clock, zone)),
            Count("retention_cases", "state", partial(retention_counts, runs, batches)),
        ],
    )
    app = assemble(parts)
    forms_to = [settings.oidc_issuer] if settings.oidc_issuer else []  # a log-out leads there
    mount_web(
        app,
        settings,
        Path(__file__).parent,
        settings.router_url,
        head=head,
        images_of=list(owners_of_files(settings).values()),
        institution=partial(institution, every_kind=True),
        forms_to=forms_to,
    )
    tickets = TicketOffice(settings.intake_url, settings.router_url, signer=signer)
    finding, similar = Search(cases, words, longest=settings.search_milliseconds), Similar(cases)
    directories = (units, healths, of_units, UnitImports(database, units), snapshots)
    found = (deadlines, whereabouts, streams, bulks, lists, SavedLists(database), related, similar, finding, learned)
    signing_in = (authenticator, tries, Provider(settings), oidc.Attempts(settings), SecondStep(persons, settings))
    kept_here = (KeptForms(database), FirstLinks(database), Opener(), letters, mail_queues, months, figure_rows)
    provide(
        app,
        *stores,
        *found,
        *signing_in,
        *kept_here,
        *directories,
        institutions,
        calendars,
        worded,
        mails,
        bundles,
        *(public_pages, public_answers, told_pages, Entries(database, units)),
        chain,
        orders,
        *(destructions, retention, runs, batches, printer),
        webhooks,
        deliveries,
        settings,
        links,
        tickets,
        *(requests, of_persons, files),
    )
    first_steps = FirstSteps(institutions, persons, units, calendars, cases, settings.intake_url)
    guard(app, authenticator.officer, audit, persons.names, first_steps)
    app.add_exception_handler(NotSignedIn, sign_in.not_signed_in)
    app.add_exception_handler(BrokerAway, parked_events.broker_away)
    return app


def owners_of_files(settings: Settings) -> dict[str, str]:
    """The public address of each service that has files."""
    return {"intake": settings.intake_url, "replies": settings.replies_url, "notifier": settings.notifier_url}


def request_jobs(requests: PersonRequests, orders: Orders, exports: Exports) -> list[Job]:
    """What the desk does by itself about requests of people about their data."""
    return [
        every(ERASING_SECONDS, partial(act_on_due, requests, requests.to_order, Erasures(requests, orders).place)),
        every(EXPORTING_SECONDS, partial(act_on_due, requests, requests.exports_to_make, exports.make)),
        daily(requests, requests.outlived, deciding(requests, forget)),
        daily(requests, requests.sealed_before, requests.seal_anew),
        hourly(exports.sweep),
    ]


def rules_of(settings: Settings, current: InstitutionSettings) -> ReminderRules:
    """When people are reminded: as the desk says, and where it says nothing, as the settings do."""
    given = {name: getattr(current, name) for name in ReminderRules.__dataclass_fields__}
    return ReminderRules(**{name: getattr(settings, name) if one is None else one for name, one in given.items()})
