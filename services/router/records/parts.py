"""The parts of records: audit chain, case bundle, retention and erasure, requests of people about their data."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from services.router.accounts.parts import AccountsParts
from services.router.cases.parts import CasesParts
from services.router.deadlines.parts import DeadlinesParts
from services.router.parts import HERE, Common, Parts, joined
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
from services.router.texts.parts import TextsParts
from shared.audit import SWEEP_SECONDS
from shared.destruction import DestructionLog
from shared.documents import Documents
from shared.erasure import Eraser
from shared.file_links import FileLinks
from shared.files.fetching import FileFetcher
from shared.files.store import Files
from shared.parked import Parked
from shared.scheduled import act_on_due, deciding
from shared.service import daily, every, hourly
from shared.watch import Count
from shared.web.i18n import locales
from shared.web.pages import HERE as WEB


@dataclass(frozen=True, kw_only=True)
class RecordsParts(Parts):
    """``eraser`` obeys the destruction log before anything else begins."""

    eraser: Eraser


def records_parts(
    common: Common,
    texts: TextsParts,
    deadlines: DeadlinesParts,
    accounts: AccountsParts,
    cases: CasesParts,
    *,
    parked: Documents[Parked],
    deliveries: Documents[Any],
) -> RecordsParts:
    """Make them. ``parked`` events and ``deliveries`` of webhooks are erased with a case."""
    settings, database = common.settings, common.database
    log, files = DestructionLog(settings.destruction_log), Files(database)
    chain, orders = Chain(database, *settings.audit_keys), Orders(database, cases.cases, log)
    inside = FileLinks({**settings.owners_of_files, **settings.file_hosts}, by="router", signer=common.signer)
    fetcher = FileFetcher(inside)
    gone = parts_of(
        *(database, cases.cases, cases.words, cases.learned, parked),
        letters=cases.letters,
        held=cases.held,
        mails=cases.mails,
        files=files,
        deliveries=deliveries,
    )
    eraser = Eraser(database, log, gone)
    subjects = [
        chain_parts(common, chain),
        bundle_parts(common, texts, deadlines, accounts, cases, chain, fetcher),
        erasure_parts(common, orders, eraser),
        retention_parts(common, cases, orders),
        request_parts(common, texts, accounts, cases, orders, files, fetcher),
    ]
    return RecordsParts(eraser=eraser, **vars(joined(subjects)))


def chain_parts(common: Common, chain: Chain) -> Parts:
    """The audit chain, its anchors, and who watches both."""
    settings, log = common.settings, AuditLog(common.database)
    anchors = Anchors(settings.audit_anchors, settings.verify_keys) if settings.audit_anchors else None
    watch = ChainWatch(chain, anchors, signer=common.signer, telemetry=common.telemetry, clock=common.database.clock)
    return Parts(
        provided=[log, chain],
        handlers=[AuditHandlers(chain)],
        preparations=[chain.prepare],
        jobs=[
            every(SWEEP_SECONDS, EarlierRecords(common.audit, log, chain).run),
            *(every(WALK_SECONDS, watch.walk), every(ANCHOR_SECONDS, watch.anchor)),
        ],
    )


def bundle_parts(
    common: Common,
    texts: TextsParts,
    deadlines: DeadlinesParts,
    accounts: AccountsParts,
    cases: CasesParts,
    chain: Chain,
    fetcher: FileFetcher,
) -> Parts:
    """The case bundle."""
    settings, bundles = common.settings, Bundles(common.database)
    keys_url = f"{settings.intake_url.rstrip('/')}/keys.txt"
    job = BundleJob(
        bundles,
        Collecting(
            *(cases.cases, cases.letters, cases.mails, cases.related),
            *(accounts.accounts, chain, deadlines.current),
        ),
        BundleMaker(fetcher, common.printer, common.signer, timezone=settings.timezone, keys_url=keys_url),
        partial(texts.institution, every_kind=True),
    )
    return Parts(provided=[bundles], jobs=[job.run])


def erasure_parts(common: Common, orders: Orders, eraser: Eraser) -> Parts:
    """Orders to destroy, and the record of what was destroyed."""
    destructions = Destructions(common.database, orders, years=common.settings.destruction_record_years)
    return Parts(
        provided=[orders, destructions],
        handlers=[ErasureHandlers(eraser, orders)],
        jobs=[
            every(RETENTION_SECONDS, destructions.record),
            *(hourly(job) for job in (destructions.record_all, destructions.forget)),
            *(hourly(orders.adopt), hourly(orders.ask_unanswered)),
        ],
        measures={"open_order": destructions.waiting_since},
    )


def retention_parts(common: Common, cases: CasesParts, orders: Orders) -> Parts:
    """The terms after which records are destroyed, and the runs that do it."""
    rules, runs = RetentionStore(common.database), Runs(common.database)
    batches = Batches(common.database, cases.cases, common.zone)
    job = RetentionJob(rules, runs, batches, orders, common.zone)
    return Parts(
        provided=[rules, runs, batches],
        jobs=[every(RETENTION_SECONDS, job.run), hourly(batches.forget)],
        counts=[Count("retention_cases", "state", partial(retention_counts, runs, batches))],
    )


def request_parts(
    common: Common,
    texts: TextsParts,
    accounts: AccountsParts,
    cases: CasesParts,
    orders: Orders,
    files: Files,
    fetcher: FileFetcher,
) -> Parts:
    """Requests of people about their data (KVKK, article 11), and what the desk does by itself about them."""
    requests = PersonRequests(common.database)
    persons = Persons(cases.cases, cases.letters, cases.mails, accounts.accounts)
    exports = Exports(
        *(requests, persons, files, fetcher, common.signer),
        institution=partial(texts.institution, every_kind=True),
        locale=locales((WEB, HERE), common.settings.timezone)["tr"],
        printer=common.printer,
    )
    erasures = Erasures(requests, orders)
    return Parts(
        provided=[requests, persons, files],
        handlers=[RequestHandlers(requests, persons)],
        preparations=[persons.prepare],
        jobs=[
            every(ERASING_SECONDS, partial(act_on_due, requests, requests.to_order, erasures.place)),
            every(EXPORTING_SECONDS, partial(act_on_due, requests, requests.exports_to_make, exports.make)),
            daily(requests, requests.outlived, deciding(requests, forget)),
            daily(requests, requests.sealed_before, requests.seal_anew),
            hourly(exports.sweep),
        ],
    )
