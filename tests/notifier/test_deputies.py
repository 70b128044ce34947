"""Letters to a unit go to whoever stands in, copies go with them, and the unit's language is theirs."""

from datetime import timedelta
from typing import Any

from services.notifier.domain.contacts import Contact, DeputyContact
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.sending import failed, sent
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.store import Letters, Snapshots
from shared.clock import utc_now
from shared.documents import Database
from shared.events import AssignmentRecalled, ContactsChanged, UnitContact
from tests import examples as example
from tests.notifier.letters import TRIED, assignment_invited, handle
from tests.notifier.mail import MailServer, parsed, posting, until
from tests.notifier.test_domain import made

CODE = example.LIBRARY.code
DAY = timedelta(days=1)
DEPUTY, HEAD, COPY = "vekil@klu.example", "amir@klu.example", "sekreter@klu.example"


def deputy(role: str = "responsible", email: str = DEPUTY, **different: Any) -> dict[str, Any]:
    return {"email": email, "role": role, "since": utc_now() - DAY, "until": utc_now() + DAY} | different


async def told(database: Database, version: int = 1, **contact: Any) -> Letters:
    """The router told this contact of the library."""
    unit = UnitContact.model_validate({"code": CODE, "email": example.LIBRARY.email} | contact)
    letters = Letters(database)
    handlers = ContactHandlers(Snapshots(database), letters, utc_now)
    await handlers.on_contacts_changed(example.sealed(ContactsChanged(version=version, units=(unit,))))
    return letters


async def all_of(letters: Letters) -> list[Letter]:
    return await letters.find({}, sort=[("_id", 1)], limit=20)


def test_a_deputys_first_and_last_time_count_and_the_newest_deputy_is_the_one() -> None:
    since, until = example.NOW, example.NOW + 3 * DAY
    first = DeputyContact(email=DEPUTY, since=since, until=until)
    newest = DeputyContact(email="yeni@klu.example", since=since + DAY, until=since + 2 * DAY)
    contact = Contact(code="a", email="a@klu.example", deputies=(newest, first))
    moments = [since - timedelta(seconds=1), since, since + DAY, since + 2 * DAY, until]
    to = [contact.recipient("responsible", at) for at in moments]
    assert to == ["a@klu.example", DEPUTY, "yeni@klu.example", DEPUTY, "a@klu.example"]


def test_a_head_has_an_address_and_a_deputy_of_their_own() -> None:
    contact = Contact(code="a", email="a@klu.example", deputies=(DeputyContact(**deputy("head")),))
    assert contact.recipient("head", utc_now()) == DEPUTY
    assert contact.recipient("responsible", utc_now()) == "a@klu.example"
    assert Contact(code="a", email="a@klu.example").recipient("head", utc_now()) is None


async def test_the_address_of_a_role_is_that_of_today(database: Database) -> None:
    await told(database, deputies=(deputy(),), head_email=HEAD)
    snapshots = Snapshots(database)
    assert await snapshots.email_of(CODE, version=1) == DEPUTY
    assert await snapshots.email_of(CODE, role="head") == HEAD
    assert await snapshots.email_of(CODE, now=utc_now() + 2 * DAY) == example.LIBRARY.email
    assert await snapshots.email_of("unknown") is None


async def test_an_invitation_goes_to_the_deputy_and_to_each_who_gets_copies_once(database: Database) -> None:
    await told(database, deputies=(deputy(),), copies=(COPY, DEPUTY, COPY))
    event = assignment_invited(contacts_version=1)
    letters = await handle(database, event)
    copy, first = sorted(await all_of(letters), key=lambda letter: not letter.is_copy)
    assert (first.id, first.recipient, first.unit_code) == (f"{event.assignment_id}.invitation", DEPUTY, CODE)
    assert (copy.recipient, parsed(copy.raw)["To"], parsed(copy.raw)["Cc"]) == (COPY, COPY, None)
    assert parsed(copy.raw)["Message-ID"] == parsed(first.raw)["Message-ID"]


async def test_a_return_and_a_recall_have_copies_too(database: Database) -> None:
    await told(database, copies=(COPY,))
    event = assignment_invited(contacts_version=1)
    ids = {"message_id": event.message_id, "assignment_id": event.assignment_id}
    returned = event.model_copy(update={"returned_because": "Eksik."})
    recalled = AssignmentRecalled(**ids, reason="x", recalled_at=example.NOW, contacts_version=1)
    for one in (event, returned, recalled):
        letters = await handle(database, one)
    copied = sorted(letter.template for letter in await all_of(letters) if letter.recipient == COPY)
    assert copied == ["invitation", "recall", "return"]


async def test_the_language_of_the_unit_is_that_of_its_letters(database: Database) -> None:
    await told(database, language="en")
    event = assignment_invited(contacts_version=1)
    letter = await (await handle(database, event)).get(f"{event.assignment_id}.invitation")
    assert "A message awaits your reply" in letter.subject


async def test_a_queued_letter_goes_to_a_deputy_who_is_named_meanwhile(database: Database) -> None:
    await told(database)
    event = assignment_invited(contacts_version=1)
    letters = await handle(database, event)
    letter = await letters.get(f"{event.assignment_id}.invitation")
    await letters.save(letter.model_copy(update={"due_at": utc_now() + DAY, "refusals": 2}))
    async with MailServer() as server, posting(letters, server.url):
        await told(database, 2, deputies=(deputy(),))
        gone = await until(letters, letter.id)
    assert ([accepted.recipients for accepted in server.accepted], gone.recipient) == ([(DEPUTY,)], DEPUTY)


async def test_a_queued_copy_that_nobody_wants_any_more_is_not_sent(database: Database) -> None:
    await told(database, copies=(COPY,))
    event = assignment_invited(contacts_version=1)
    await handle(database, event)
    letters = await told(database, 2)
    (copy,) = [letter for letter in await all_of(letters) if letter.is_copy]
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, f"{event.assignment_id}.invitation")
        gone = await until(letters, copy.id, LetterState.DISCARDED)
    assert ([accepted.recipients for accepted in server.accepted], gone.raw) == ([(example.LIBRARY.email,)], b"")


def test_the_desk_is_told_which_unit_a_letter_went_to_and_that_a_copy_is_one() -> None:
    letter = made(unit_code=CODE)
    copy = letter.model_copy(update={"is_copy": True})
    (event,) = sent(letter, example.NOW)[1]
    (lost,) = failed(letter, "550 no", example.NOW)[1]
    assert (event.model_dump()["unit"], lost.model_dump()["unit"]) == (CODE, CODE)
    (lost_copy,) = failed(copy, "550 no", example.NOW)[1]
    (sent_copy,) = sent(copy, example.NOW)[1]
    assert [told.model_dump()["template"] for told in (sent_copy, lost_copy)] == ["copy", "copy"]
    assert sent_copy.model_dump()["is_copy"] is True
    assert lost_copy.model_dump()["unit"] is None


async def test_a_test_letter_goes_to_the_unit_in_its_language_or_to_an_address_of_ones_own(database: Database) -> None:
    await told(database, language="en", deputies=(deputy(),))
    event = TRIED["test"].model_copy(update={"contacts_version": 1})
    letters = await handle(database, event)
    letter = await letters.get("t1.test")
    assert (letter.recipient, letter.unit_code, letter.message_id) == (DEPUTY, CODE, "t1")
    assert "do letters arrive?" in letter.subject
    own = event.model_copy(update={"test_id": "t2", "unit": None, "email": "ayse@klu.example", "language": "tr"})
    letter = await (await handle(database, own)).get("t2.test")
    assert (letter.recipient, letter.unit_code, "ulaşıyor mu" in letter.subject) == ("ayse@klu.example", None, True)
