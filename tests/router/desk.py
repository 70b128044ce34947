"""Helpers for tests of the desk: store a case, log in, send a form, read the announced events."""

import html
import json
from datetime import timedelta
from typing import Any

import aio_pika
import httpx2
from argon2 import PasswordHasher
from fastapi import Request, Response

from scripts.browser import Browser, text_of
from scripts.eventually import eventually
from services.router.accounts.domain import Account
from services.router.accounts.pages.authenticator import Authenticator
from services.router.accounts.pages.sign_in import let_in
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from services.router.directory.store import Units
from services.router.operations.store import ParkedEvents
from shared.audit import AuditRecords
from shared.documents import Database
from shared.events import CloudEvent, MessageSubmitted
from shared.seal import Seal
from shared.state import UnitRef
from tests import examples as example
from tests.conftest import Broker
from tests.stack import Stack

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(example.PASSWORD)
"""The password's hash with parameters that cost no time; the real ones are for test_accounts.py."""


async def kept(database: Database, case: Case) -> Case:
    """A case that is on the desk."""
    await Cases(database).add(case)
    return case


async def directory(database: Database, *units: UnitRef) -> None:
    """The directory holds the library and the works department, or these units."""
    for unit in units or (example.LIBRARY, example.WORKS):
        await Units(database).add(example.unit(**unit.model_dump(exclude={"code"}), id=unit.code))


def parked_events(database: Database, stack: Stack) -> ParkedEvents:
    """Those that the desk shows, sealed with its key."""
    return ParkedEvents(Database(database.mongodb, source="router", seal=Seal(example.SECRET)), stack.rabbitmq_url)


async def park(
    store: ParkedEvents, count: int = 1, reason: str = "RuntimeError: example", **different: Any
) -> list[CloudEvent[MessageSubmitted]]:
    """Events that the router could not process and that were taken from its queue, the oldest first."""
    events = [example.sealed(example.message_submitted()) for _ in range(count)]
    for number, event in enumerate(events):
        since = example.NOW + timedelta(seconds=number)
        await store.keep(example.parked(event, reason=reason, since=since, **different))
    return events


async def log_in(browser: Browser, database: Database, **different: Any) -> Browser:
    """Make an account, and begin a session, on a desk whose lists have their indexes."""
    await Cases(database).prepare_lists()
    accounts = Accounts(database)
    wanted = example.account(**{"password_hash": QUICK} | different)
    known = await accounts.by_email(wanted.email)
    account = wanted.model_copy(update={"id": known.id, "revision": known.revision} if known else {})
    await accounts.put(account)
    if not await _let_in(browser, account):
        await browser.open("/login")
        await browser.submit("/login", email=wanted.email, password=example.PASSWORD)
    return browser


async def _let_in(browser: Browser, account: Account) -> bool:
    """Begin the session as the page does that checked the password. False: more than a password is asked for."""
    transport = browser.client._transport
    if not isinstance(transport, httpx2.ASGITransport):
        return False
    app: Any = transport.app
    authenticator, audit, second = (app.state.provided[part] for part in (Authenticator, AuditRecords, SecondStep))
    if not authenticator.opens(account) or second.wanted(account):
        return False
    asked = browser.client.build_request("GET", "/login")
    headers = [(name.lower(), value) for name, value in asked.headers.raw]
    request = Request({"type": "http", "app": app, "client": transport.client, "headers": headers})
    answer = await let_in(request, account, Response(), authenticator, audit, app.state.clock())
    browser.client.cookies.extract_cookies(httpx2.Response(200, headers=answer.raw_headers, request=asked))
    return True


async def send(browser: Browser, action: str, *, url: str = "", **fields: Any) -> httpx2.Response:
    """Send the form of this page that goes to ``action`` (to ``url``), and return the answer, whatever it is."""
    form = browser.form(action)
    sent = form.fields | {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return await browser.client.post(url or action, data=sent)


def shown(response: httpx2.Response) -> str:
    """What a page says, without its markup."""
    return text_of(response.text)


def keeps(response: httpx2.Response, submitted: str) -> bool:
    """Whether the page has the submitted text, so that it can be corrected."""
    return submitted in html.unescape(response.text)


async def announced(database: Database, case_id: str) -> list[dict[str, Any]]:
    """The data of the events in the outbox of a case, each with its type; without those that the store adds by itself:
    for the record of each act, and for webhooks (test_webhooks.py).
    """
    found = await database["cases"].find_one({"_id": case_id})
    assert found
    told = [entry for entry in found["outbox"] if entry["type"] != "case.happened"]
    said = [{"type": entry["type"], **example.unpublished_data(entry)} for entry in told]
    return [one for one in said if not str(one.get("action", "")).startswith("case.")]


def types(events: list[dict[str, Any]]) -> list[str]:
    """The types of the events."""
    return [event["type"] for event in events]


async def published(database: Database, broker: Broker, collection: str, queue: str) -> list[dict[str, Any]]:
    """The data of the events in a queue, once every outbox is empty."""

    async def outbox_empty() -> bool:
        return not await database[collection].count_documents({"outbox.0": {"$exists": True}})

    await eventually(outbox_empty)
    waiting = await broker.channel.get_queue(queue, ensure=False)
    found: list[aio_pika.abc.AbstractIncomingMessage] = []
    while message := await waiting.get(fail=False, no_ack=True):
        found.append(message)
    return [json.loads(message.body)["data"] for message in found]


async def unpublished(database: Database, collection: str = "snapshots") -> list[dict[str, Any]]:
    """The data of the events that a collection owes."""
    found = [document async for document in database[collection].find({})]
    entries = [entry for document in found for entry in document.get("outbox", ())]
    return [
        example.unpublished_data(entry) if entry.get("sealed") else json.loads(entry["body"])["data"]
        for entry in entries
    ]
