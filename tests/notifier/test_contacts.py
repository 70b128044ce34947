"""Letters to a unit go to its newest address, also those that were made before it was corrected."""

import json
from datetime import timedelta
from typing import Any

import pytest

from scripts.eventually import eventually
from services.notifier.domain.composing import readdressed
from services.notifier.domain.contacts import Contacts, newer
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.store import Letters, Snapshots
from shared.clock import utc_now
from shared.documents import Database, NotYet
from shared.events import AssignmentRecalled, ContactsChanged, UnitContact
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.notifier.letters import assignment_invited, handle
from tests.notifier.mail import MailServer, parsed, posting, until
from tests.notifier.test_domain import made, writing

FORMER, NEWEST = example.LIBRARY.email, "new.kddb@klu.example"


def told(version: int, email: str = NEWEST, code: str = example.LIBRARY.code) -> ContactsChanged:
    return ContactsChanged(version=version, units=(UnitContact(code=code, email=email),))


async def known(database: Database, version: int, email: str = NEWEST) -> Letters:
    """The notifier has this version of the addresses."""
    letters = Letters(database)
    handlers = ContactHandlers(Snapshots(database), letters, utc_now)
    await handlers.on_contacts_changed(example.sealed(told(version, email)))
    return letters


async def recipient(database: Database, **different: Any) -> str:
    """To whom an invitation goes."""
    event = assignment_invited(**different)
    letters = await handle(database, event)
    return (await letters.get(f"{event.assignment_id}.invitation")).recipient


def test_the_newest_version_counts_in_any_order() -> None:
    first, changed = newer(Contacts(id="contacts"), told(2))
    assert (first.version, changed) == (2, {example.LIBRARY.code})
    again, changed = newer(first, told(2))
    assert (again, changed) == (first, set())
    late, changed = newer(first, told(1, FORMER))
    assert (late, changed) == (first, set())
    same, changed = newer(first, told(3))
    assert (same.version, changed) == (3, set())


async def test_a_letter_goes_to_the_address_that_the_router_told(database: Database) -> None:
    await known(database, 3)
    assert await recipient(database, contacts_version=3) == NEWEST
    assert await recipient(database, contacts_version=2) == NEWEST


async def test_an_event_of_an_older_version_goes_to_the_address_in_it(database: Database) -> None:
    await known(database, 3)
    assert await recipient(database) == FORMER


async def test_a_unit_that_is_in_no_snapshot_is_written_to_as_the_event_says(database: Database) -> None:
    await known(database, 3)
    assert await recipient(database, contacts_version=3, unit=example.WORKS) == example.WORKS.email


async def test_a_letter_is_not_made_before_the_addresses_are_there(database: Database) -> None:
    await known(database, 2, FORMER)
    with pytest.raises(NotYet):
        await recipient(database, contacts_version=3)
    assert await Letters(database).find({}, sort=[("_id", 1)], limit=9) == []


async def test_an_event_waits_for_the_addresses_without_a_counted_attempt(
    make: Make, broker: Broker, database: Database
) -> None:
    event = assignment_invited(contacts_version=1)
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)) as service:
        await broker.publish(example.sealed(event))
        done = await outcomes(service, "notifier.assignment.invited", of=5)
        assert done == {"retried": 5}
        await broker.publish(example.sealed(told(1)))
        await broker.take("router.letter.sent")
    assert await broker.count("notifier.parked") == 0
    assert [letter.recipients for letter in server.accepted] == [(NEWEST,)]


async def test_a_return_and_a_recall_go_to_the_corrected_address(database: Database) -> None:
    await known(database, 1, FORMER)
    event = assignment_invited(contacts_version=1)
    await handle(database, event)
    await known(database, 2)
    returned = event.model_copy(update={"returned_because": "Eksik.", "contacts_version": 2})
    ids = {"message_id": event.message_id, "assignment_id": event.assignment_id}
    recalled = AssignmentRecalled(**ids, reason="x", recalled_at=example.NOW, contacts_version=2)
    for one in (returned, recalled):
        letters = await handle(database, one)
    to = {letter.template: letter.recipient for letter in await letters.find({}, sort=[("made_at", 1)], limit=9)}
    assert to == {"invitation": FORMER, "return": NEWEST, "recall": NEWEST}


async def test_a_queued_letter_goes_to_the_corrected_address_at_once(database: Database) -> None:
    await known(database, 1, FORMER)
    event = assignment_invited(contacts_version=1)
    letters = await handle(database, event)
    letter = await letters.get(f"{event.assignment_id}.invitation")
    await letters.save(letter.model_copy(update={"due_at": utc_now() + timedelta(hours=16), "refusals": 2}))
    async with MailServer() as server, posting(letters, server.url):
        await known(database, 2)
        gone = await until(letters, letter.id)
    (accepted,) = server.accepted
    assert (accepted.recipients, accepted.mail["To"], gone.recipient) == ((NEWEST,), NEWEST, NEWEST)


async def test_a_letter_that_was_made_while_the_address_changed_goes_to_the_newest(database: Database) -> None:
    await known(database, 2)
    letters = Letters(database)
    letter = made(recipient=FORMER, unit_code=example.LIBRARY.code, now=utc_now())
    await letters.add(letter)
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, letter.id)
    assert [accepted.recipients for accepted in server.accepted] == [(NEWEST,)]


async def test_the_same_address_and_letters_to_others_wait_for_their_next_attempt(database: Database) -> None:
    later = utc_now() + timedelta(hours=16)
    letters = await known(database, 1)
    for letter_id, code in (("a", example.LIBRARY.code), ("b", None)):
        await letters.add(made(letter_id=letter_id, unit_code=code).model_copy(update={"due_at": later}))
    await known(database, 2)
    assert {letter.due_at > utc_now() for letter in await letters.find({}, sort=[("_id", 1)], limit=9)} == {True}


@pytest.mark.parametrize("to", [NEWEST, "x@y.example", f"{'u' * 60}@{'v' * 60}.{'w' * 60}.example", "ali@üni.example"])
def test_only_the_recipient_of_a_readdressed_letter_changes(to: str) -> None:
    before = made(writing(text="To: nobody\n", html="<p>To: nobody</p>"), recipient="a@b.example")
    after = readdressed(before, to)
    mail, was = parsed(after.raw), parsed(before.raw)
    assert mail["To"] == after.recipient
    del mail["To"], was["To"]
    assert mail.as_bytes() == was.as_bytes()
    assert max(map(len, after.raw.split(b"\r\n"))) <= 998
    assert readdressed(after, "a@b.example").raw == before.raw


async def test_the_notifier_tells_which_addresses_it_has(make: Make, broker: Broker, database: Database) -> None:
    await known(database, 7)
    async with listening(make("notifier")):
        body = json.loads((await broker.take("router.contacts.known")).body)
    assert body["data"] == {"version": 7}


async def test_an_hour_without_a_broker_owes_one_telling(database: Database) -> None:
    snapshots = Snapshots(database)
    for _ in range(3):
        await snapshots.tell()
    stored = await snapshots.collection.find_one({})
    assert stored
    assert [entry["type"] for entry in example.told(stored)] == ["contacts.known"]


async def test_the_addresses_twice_are_kept_once(make: Make, broker: Broker, database: Database) -> None:
    async with listening(make("notifier")) as service:
        await broker.publish(example.sealed(told(4)), times=5)
        assert await outcomes(service, "notifier.contacts.changed", of=5) == {"obeyed": 5}
        await broker.publish(example.sealed(told(3, FORMER)))
        await outcomes(service, "notifier.contacts.changed", of=6)

    async def kept() -> Contacts | None:
        found = await Snapshots(database).contacts()
        return found if found.version == 4 else None

    assert (await eventually(kept)).units[0].email == NEWEST


def test_an_older_letter_has_no_unit_and_stays_as_it_is() -> None:
    stored = made().model_dump()
    del stored["unit_code"]
    letter = Letter.model_validate(stored)
    assert (letter.unit_code, letter.state) == (None, LetterState.QUEUED)
