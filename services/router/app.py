"""Builds the application of the router from the parts of its subjects."""

from functools import partial

from fastapi import FastAPI

from services.router.accounts.pages.sign_in import not_signed_in
from services.router.accounts.parts import accounts_parts
from services.router.cases.parts import cases_parts
from services.router.config import Settings
from services.router.deadlines.parts import deadlines_parts
from services.router.desk import NotSignedIn, guard, head
from services.router.directory.parts import directory_parts
from services.router.operations.pages.parked import broker_away
from services.router.operations.parts import operations_parts
from services.router.parts import HERE, common_parts, joined
from services.router.records.parts import records_parts
from services.router.routes import PAGES
from services.router.statistics.parts import statistics_parts
from services.router.texts.parts import texts_parts
from services.router.webhooks.parts import webhooks_parts
from shared.broker.consuming import handlers_of
from shared.broker.parking import BrokerAway
from shared.service import ServiceParts, assemble
from shared.web.pages import mount_web
from shared.web.provided import provide


def create_app(settings: Settings) -> FastAPI:
    """The desk. A subject is made with those before it."""
    common = common_parts(settings)
    texts = texts_parts(common)
    deadlines = deadlines_parts(common, texts)
    directory = directory_parts(common, texts)
    accounts = accounts_parts(common)
    cases = cases_parts(common, deadlines, directory, accounts)
    statistics = statistics_parts(common, deadlines, directory, cases)
    webhooks = webhooks_parts(common, cases)
    operations = operations_parts(common, texts, deadlines, directory, accounts, cases)
    parked, deliveries = operations.parked, webhooks.deliveries
    records = records_parts(common, texts, deadlines, accounts, cases, parked=parked, deliveries=deliveries)
    desk = joined(
        [common, texts, deadlines, directory, accounts, cases, statistics, webhooks, operations, records],
    )
    app = assemble(
        ServiceParts(
            *("router", settings, common.database, common.telemetry),
            handlers=handlers_of(*desk.handlers),
            routes=PAGES,
            preparations=desk.preparations,
            jobs=desk.jobs,
            measures=desk.measures,
            counts=desk.counts,
            parked=parked.backlog,
            eraser=records.eraser,
        )
    )
    mount_web(
        *(app, settings, HERE, settings.router_url),
        head=head,
        images_of=list(settings.owners_of_files.values()),
        institution=partial(texts.institution, every_kind=True),
        forms_to=[settings.oidc_issuer] if settings.oidc_issuer else [],  # a log-out leads there
    )
    provide(app, *desk.provided)
    guard(app, accounts.authenticator.officer, common.audit, accounts.accounts.names, operations.first_steps)
    app.add_exception_handler(NotSignedIn, not_signed_in)
    app.add_exception_handler(BrokerAway, broker_away)
    return app
