"""Whatever the fields of an event say: it is refused by the decoder, or every page that shows it can still be drawn."""

import email
import email.policy
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scripts.browser import Browser
from services.intake.domain.codes import tracking_code
from services.intake.handlers import MessageHandlers, SnapshotHandlers
from services.intake.mails import MailHandlers as IntakeMailHandlers
from services.intake.mails import sentences
from services.intake.persons import PersonHandlers as IntakePersons
from services.intake.store import LostRequests, Messages
from services.intake.store import Snapshots as IntakeSnapshots
from services.notifier.domain.letter import LetterState
from services.notifier.domain.sending import UnknownDecision
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.handlers.institution import InstitutionHandlers as LettersInstitution
from services.notifier.handlers.persons import PersonHandlers as LetterPersons
from services.notifier.store import Letters, ReceiptCounts
from services.notifier.store import Snapshots as Addresses
from services.notifier.store.mails import Mails as LetterMails
from services.notifier.store.mails import Returns
from services.replies.domain.links import token
from services.replies.handlers import AssignmentHandlers, FiguresHandlers, ReminderHandlers
from services.replies.handlers import DirectoryHandlers as PortalDirectory
from services.replies.handlers import InstitutionHandlers as PortalInstitution
from services.replies.mails import MailHandlers as PortalMailHandlers
from services.replies.persons import PersonHandlers as PortalPersons
from services.replies.store import Assignments, Reminders, UnitFiguresStore
from services.router.access import Role
from services.router.cases.handlers import CaseHandlers, MergingHandlers, SubmitterHandlers, UnitHandlers
from services.router.cases.handlers import LetterHandlers as HeldLetterHandlers
from services.router.cases.handlers import ReminderHandlers as DeskReminderHandlers
from services.router.cases.mails import MailHandlers as DeskMailHandlers
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.related import Related
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.store import Snapshots
from services.router.operations.handlers import MailQueueHandlers
from services.router.operations.store.mail_queue import MailQueues
from services.router.records.handlers.audit import AuditHandlers
from services.router.records.handlers.erasing import ErasureHandlers
from services.router.records.handlers.requests import RequestHandlers
from services.router.records.store.chain import Chain
from services.router.records.store.orders import Orders
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from services.router.webhooks.handlers import WebhookHandlers
from services.router.webhooks.sender import Sender
from services.router.webhooks.store import Deliveries, Webhooks
from shared.broker.consuming import UnreadableEvent, _decoder, handlers_of
from shared.broker.topology import CONSUMERS, OWNERS
from shared.clock import utc_now
from shared.directory_snapshots import DirectorySnapshots
from shared.documents import AlreadyProcessed, Database, NotFound, NotYet
from shared.erasure import Eraser
from shared.events import CloudEvent, Event, carrying
from shared.files.store import Files
from shared.institution_snapshots import InstitutionSnapshots
from shared.person_answers import PersonAnswers
from shared.refused import Refused
from shared.state import without_values
from tests import examples as example
from tests.conftest import Make, Visit
from tests.notifier.letters import assignment_invited, receipt_requested
from tests.notifier.letters import handlers as notifier_handlers
from tests.notifier.mail import settings as notifier_settings
from tests.router.desk import log_in
from tests.router.receiver import hook
from tests.shared.test_events import EXAMPLES, OF_ASSIGNMENT, _sealed

MAIL_QUEUE = "/administration/mail-queue"
BY_TYPE = {event.type: event for event in EXAMPLES}
DATES = [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
]
DATES += ["1999-12-31T23:59:59Z", "2201-01-01T00:00:00Z"]
AT_THE_EDGE = ["2000-01-01T00:00:00+14:00", "2200-12-31T23:59:59-14:00", 946684800]
NUMBERS = [-1, -(2**63), 2**31, 2**63, 2**64, 10**400]
TEXTS = [
    "",
    "\0",
    "\r\nBcc: someone@example.org",
    "\u202e",
    "\u2028",
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "<script>",
    "{{ 7*7 }}",
]
TEXTS += [
    "%s %(x)s %d",
    "../..",
    "?",
    "#",
    "a/b",
    "\ufffe",
    "e" + "\u0300" * 90,
    "x" * 499,
    "tr_TR",
    "of_tomorrow",
    "$where",
]
OTHERS = [None, True, 1.5, [], {}, ["x"], {"$gt": ""}, *DATES, *AT_THE_EDGE, *NUMBERS]
values = st.one_of(
    st.sampled_from([*TEXTS, *OTHERS]),
    st.text(max_size=50),
    st.integers(),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
)
Path = tuple[str, ...]
each_event = pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)


def envelope(event: Event) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_sealed(event).model_dump_json(exclude_none=True))
    return read


def fields(part: dict[str, Any], before: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of an event, with where it stands."""
    for name, value in part.items():
        if isinstance(value, dict):
            yield from fields(value, (*before, name))
        else:
            yield (*before, name), value


def changed(read: dict[str, Any], at: Path, value: Any) -> dict[str, Any]:
    made = deepcopy(read)
    part = made
    for name in at[:-1]:
        part = part[name]
    part[at[-1]] = value
    return made


def is_date(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("Z") and value[4:5] == "-"


def of_kind(event: Event, wanted: Callable[[Any], bool]) -> list[Path]:
    return [path for path, value in fields(envelope(event)) if wanted(value)]


def refused(event: Event, path: Path, value: Any) -> bool:
    try:
        carrying(type(event)).model_validate_json(json.dumps(changed(envelope(event), path, value)))
    except ValidationError as error:
        assert len(without_values(error)) < 500
        return True
    return False


@each_event
def test_a_date_that_cannot_be_shown_everywhere_is_refused(event: Event) -> None:
    dates = of_kind(event, is_date)
    assert [(path, date) for path in dates for date in DATES if not refused(event, path, date)] == []
    assert [(path, date) for path in dates for date in AT_THE_EDGE if refused(event, path, date)] == []


@each_event
def test_a_number_that_cannot_be_stored_is_refused(event: Event) -> None:
    counts = of_kind(event, lambda value: type(value) is int)
    assert [(path, number) for path in counts for number in NUMBERS if not refused(event, path, number)] == []


@each_event
def test_a_text_without_end_or_with_half_a_character_is_refused(event: Event) -> None:
    texts = of_kind(event, lambda value: isinstance(value, str) and not is_date(value))
    bad = ("x" * 100_001, "\ud800", "a\udfffb")
    assert [(path, text[:9]) for path in texts for text in bad if not refused(event, path, text)] == []


@each_event
async def test_bytes_that_are_no_event_are_refused(event: Event) -> None:
    decode, signer = _decoder([type(event)], example.SIGNATURES), example.SIGNERS[OWNERS[event.type]]
    for body in ["{}", "[]", "null", '"x"', "[" * 100_000 + "}", '{"data":' * 5_000 + "1" + "}" * 5_000, "1e999}"]:
        message = type("Message", (), {"body": signer.sign(body).encode()})()
        with pytest.raises(UnreadableEvent):
            await decode(message)


@dataclass(repr=False)
class Reader:
    """One service: handles an event, and draws every page that may show what it kept."""

    handlers: dict[str, Callable[[Any], Awaitable[None]]]
    prepare: Callable[[str], Awaitable[dict[str, str]]]
    """Stores what an event of this type is about. Returns its ids."""
    draw: Callable[[dict[str, str]], Awaitable[None]]


async def opens(browser: Browser, path: str, *, found: bool = True) -> None:
    answer = await browser.client.get(path)
    assert answer.status_code in ({200} if found else {200, 303, 404, 409, 410}), (path, answer.status_code)


async def intake(make: Make, visit: Visit, database: Database) -> Reader:
    app = make("intake")
    stores = app.state.service.database.stores
    messages, snapshots = _store(stores, Messages), _store(stores, IntakeSnapshots)
    browser = visit(app)

    async def prepare(type_: str) -> dict[str, str]:
        await messages.add(message := example.message())
        return {"message_id": message.id}

    async def draw(ids: dict[str, str]) -> None:
        code = tracking_code(example.SECRET, ids["message_id"])
        await opens(browser, f"/t/{code}")
        await opens(browser, f"/api/v1/messages/{code}")

    mails = IntakeMailHandlers(messages, snapshots, app.state.service.settings, sentences)
    lost, files, answers = (_store(stores, kind) for kind in (LostRequests, Files, PersonAnswers))
    persons = IntakePersons(messages, lost, files, answers, utc_now)
    own = MessageHandlers(messages), SnapshotHandlers(snapshots), mails, persons
    handlers = handlers_of(*own, _store(stores, Eraser))
    return Reader({h.__name__: h for h in handlers}, prepare, draw)


async def router(make: Make, visit: Visit, database: Database) -> Reader:
    app = make("router")
    stores = app.state.service.database.stores
    cases, held, snapshots = (_store(stores, kind) for kind in (Cases, HeldLetters, Snapshots))
    letters, queues = (_store(stores, kind) for kind in (DeskLetters, MailQueues))
    mails, webhooks, deliveries = (_store(stores, kind) for kind in (Mails, Webhooks, Deliveries))
    receiver = await hook(database, "http://127.0.0.1:9/", personal=True)  # an address to which nothing is sent
    browser = await log_in(visit(app), database, role=Role.ADMIN)

    async def prepare(type_: str) -> dict[str, str]:
        case = example.routed_case()
        if type_ != "message.submitted":
            await cases.add(case)
        return {"message_id": case.id, "assignment_id": case.assignments[0].id, "letter_id": f"{case.id}.receipt"}

    async def draw(ids: dict[str, str]) -> None:
        for page in (
            "/",
            "/letters",
            "/letters?state=all",
            "/letters?state=held",
            "/administration/mail-queue",
            "/audit",
            "/mails",
            f"/administration/webhooks/{receiver.id}",
        ):
            await opens(browser, page)
        async for found in letters.collection.find({}, {"_id": 1}):
            await opens(browser, f"/letters/{quote(found['_id'], safe='')}", found=False)
        async for mail in mails.collection.find({}, {"_id": 1, "message_id": 1}):
            of_case = f"/cases/{quote(mail['message_id'], safe='')}" if mail["message_id"] else ""
            await opens(browser, f"{of_case}/mails/{quote(mail['_id'], safe='')}", found=False)
        for page in ("", "/review", "/routing", "/closure"):
            await opens(browser, f"/cases/{quote(ids['message_id'], safe='')}{page}", found=False)
        async for found in cases.collection.find({}, {"_id": 1}):
            await cases.get(found["_id"])

    handlers = handlers_of(
        CaseHandlers(cases, letters=letters),
        SubmitterHandlers(cases, letters=letters),
        UnitHandlers(cases),
        MergingHandlers(cases, Related(cases)),
        HeldLetterHandlers(held),
        MailQueueHandlers(queues),
        AuditHandlers(Chain(database, example.AUDIT_KEY)),
        DirectoryHandlers(snapshots),
        DeskReminderHandlers(cases, Deadlines),
        DeskMailHandlers(cases, mails),
        ErasureHandlers(_store(stores, Eraser), _store(stores, Orders)),
        WebhookHandlers(webhooks, deliveries, cases, Sender((), 1.0), source="test"),
        RequestHandlers(_store(stores, PersonRequests), app.state.provided[Persons]),
    )
    return Reader({h.__name__: h for h in handlers}, prepare, draw)


def _store(stores: list[Any], kind: type[Any]) -> Any:
    return next(store for store in stores if isinstance(store, kind))


async def replies(make: Make, visit: Visit, database: Database) -> Reader:
    app = make("replies")
    service = app.state.service
    assignments, reminders = (_store(service.database.stores, kind) for kind in (Assignments, Reminders))
    files, answers = (_store(service.database.stores, kind) for kind in (Files, PersonAnswers))
    browser = visit(app)

    async def prepare(type_: str) -> dict[str, str]:
        kept = example.replied_assignment() if type_.startswith("reply.") else example.units_assignment()
        if type_ != "assignment.requested":
            await assignments.add(kept)
        return {"message_id": kept.message_id, "assignment_id": kept.id}

    async def draw(ids: dict[str, str]) -> None:
        await opens(browser, f"/a/{token(example.SECRET, ids['assignment_id'])}", found=False)

    handlers = handlers_of(
        AssignmentHandlers(assignments, service.settings),
        ReminderHandlers(assignments, reminders, service.settings),
        PortalInstitution(_store(service.database.stores, InstitutionSnapshots)),
        PortalDirectory(_store(service.database.stores, DirectorySnapshots)),
        FiguresHandlers(_store(service.database.stores, UnitFiguresStore)),
        PortalMailHandlers(assignments),
        PortalPersons(assignments, files, answers, utc_now),
        _store(service.database.stores, Eraser),
    )
    return Reader({h.__name__: h for h in handlers}, prepare, draw)


async def notifier(make: Make, visit: Visit, database: Database) -> Reader:
    stores = make("notifier").state.service.database.stores
    letters, addresses = (_store(stores, kind) for kind in (Letters, Addresses))
    own = notifier_settings()

    async def prepare(type_: str) -> dict[str, str]:
        if type_ == "assignment.recalled":
            await handlers["on_assignment_invited"](example.sealed(invited := assignment_invited()))
            return {"assignment_id": invited.assignment_id}
        if type_.startswith("letter."):
            await handlers["on_receipt_requested"](example.sealed(asked := receipt_requested()))
            return {"letter_id": f"{asked.message_id}.receipt"}
        return {}

    async def draw(ids: dict[str, str]) -> None:
        async for found in letters.collection.find({}, {"_id": 1}):
            letter = await letters.get(found["_id"])
            if letter.state == LetterState.DISCARDED:
                continue
            mail = email.message_from_bytes(letters.raw(letter), policy=email.policy.default)
            assert (len(mail["To"].addresses), mail["Bcc"], mail.defects) == (1, None, [])
        await letters.collection.delete_many({})

    making = notifier_handlers(letters, addresses, ReceiptCounts(letters.database), own)
    others = ContactHandlers(addresses, letters, utc_now), LettersInstitution(_store(stores, InstitutionSnapshots))
    mails, files, answers = (_store(stores, kind) for kind in (LetterMails, Files, PersonAnswers))
    persons = LetterPersons(letters, mails, Returns(letters.database), files, answers, utc_now)
    handlers = {h.__name__: h for h in handlers_of(*making, *others, persons, _store(stores, Eraser))}
    return Reader(handlers, prepare, draw)


READERS = {"intake": intake, "router": router, "replies": replies, "notifier": notifier}


@pytest.fixture
async def reader(service: str, make: Make, visit: Visit, database: Database) -> Reader:
    """Of the service that the test is about."""
    return await READERS[service](make, visit, database)


HEARD = [(service, event.type) for service in CONSUMERS for event in CONSUMERS[service]]


@pytest.mark.parametrize(("service", "type_"), HEARD, ids=lambda value: value)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
async def test_what_is_accepted_can_be_read_and_drawn(
    service: str, type_: str, reader: Reader, data: st.DataObject
) -> None:
    """The drill takes 100 examples."""
    await read_and_drawn(reader, type_, data)


def _handler(reader: Reader, type_: str) -> Callable[[Any], Awaitable[None]]:
    """That of the event, or the one of all events that share its queue."""
    named = reader.handlers.get(f"on_{type_.replace('.', '_')}")
    return named or next(h for h in reader.handlers.values() if isinstance(BY_TYPE[type_], _class_of_events(h)))


def _class_of_events(handler: Callable[[Any], Awaitable[None]]) -> type[Event]:
    (parameter,) = inspect.signature(handler).parameters.values()
    event: type[Event] = parameter.annotation.model_fields["data"].annotation
    return event


async def read_and_drawn(reader: Reader, type_: str, data: st.DataObject) -> None:
    """Change an event in one to three places. If it is still one, its service handles it and draws its pages."""
    read = envelope(BY_TYPE[type_])
    ids = await reader.prepare(type_)
    for name, value in ids.items():
        if name in read["data"]:
            read["data"][name] = value
    if "assignment_ids" in read["data"] and "assignment_id" in ids:
        read["data"]["assignment_ids"] = [ids["assignment_id"]]
    for path in data.draw(st.lists(st.sampled_from([path for path, _ in fields(read)]), min_size=1, max_size=3)):
        read = changed(read, path, data.draw(values, label=".".join(path)))
    try:
        event: CloudEvent[Any] = carrying(type(BY_TYPE[type_])).model_validate_json(json.dumps(read))
    except ValidationError:
        return
    with suppress(NotFound, NotYet, AlreadyProcessed, Refused, UnknownDecision):
        await _handler(reader, type_)(event)
    await reader.draw({**OF_ASSIGNMENT, **ids})
