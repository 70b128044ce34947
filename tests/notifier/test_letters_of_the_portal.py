"""Letters that a unit's people ask for or cause on the portal, and the question whether a promise was kept."""

from services.notifier.domain.letter import Letter
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.store import Letters, Snapshots
from shared.clock import utc_now
from shared.documents import Database
from shared.events import ContactsChanged, UnitContact
from tests import examples as example
from tests.notifier.letters import (
    ALONE,
    CITIZEN,
    EVENTS,
    LINK,
    OVERVIEW_LINK,
    STATUS_URL,
    assignment_invited,
    handle,
    promise_asked,
    receipt_requested,
)
from tests.notifier.mail import parsed, part

NEWEST, COPIED = "new.kddb@klu.example", "copy.kddb@klu.example"


async def letters_of(database: Database) -> list[Letter]:
    return await Letters(database).find({}, sort=[("_id", 1)], limit=10)


async def english_unit_with_copies(database: Database) -> None:
    contact = UnitContact(code=example.LIBRARY.code, email=NEWEST, copies=(COPIED,), language="en")
    contacts = ContactHandlers(Snapshots(database), Letters(database), utc_now)
    await contacts.on_contacts_changed(example.sealed(ContactsChanged(version=1, units=(contact,))))


async def test_a_link_that_was_asked_for_goes_to_the_registered_address_alone(database: Database) -> None:
    await english_unit_with_copies(database)
    await handle(database, assignment_invited(assignment_id="a1", cause="new_link", contacts_version=1))
    (letter,) = await letters_of(database)
    assert (letter.template, letter.recipient, letter.unit_code) == ("new_link", NEWEST, example.LIBRARY.code)
    assert parsed(letter.raw)["In-Reply-To"] == "<a1.invitation@klu.example>"
    assert LINK in part(parsed(letter.raw), "plain")
    assert LINK not in letter.record


async def test_news_of_a_case_go_to_all_who_get_the_letters_of_the_unit(database: Database) -> None:
    await english_unit_with_copies(database)
    await handle(database, assignment_invited(cause="informed", news="Third floor.", contacts_version=1))
    letters = await letters_of(database)
    assert {(letter.template, letter.recipient) for letter in letters} == {("news", NEWEST), ("news", COPIED)}
    assert all("Third floor." in part(parsed(letter.raw), "plain") for letter in letters)


async def test_each_cause_of_an_invitation_has_its_letter_and_an_unknown_one_the_old_one(database: Database) -> None:
    for cause in ("invited", "returned", None, "something newer"):
        await handle(database, assignment_invited(cause=cause, returned_because="Tarih de yazınız."))
    letters = await letters_of(database)
    assert sorted(letter.template for letter in letters) == ["invitation", "return", "return", "return"]


async def test_a_colleague_gets_the_link_in_the_language_of_the_unit_and_keeps_it(database: Database) -> None:
    await english_unit_with_copies(database)
    await handle(database, EVENTS["colleague"])
    (letter,) = await letters_of(database)
    assert (letter.recipient, letter.unit_code, letter.assignment_id) == ("ali.veli@klu.example", None, "a1")
    text = part(parsed(letter.raw), "plain")
    assert "Dear Ali Veli," in text
    assert "Note from Fatma Şahin:" in text
    assert LINK in text
    assert LINK not in letter.record


async def test_the_link_to_everything_goes_to_the_unit_alone_and_says_how_long_it_is_valid(database: Database) -> None:
    await english_unit_with_copies(database)
    await handle(database, ALONE["overview"].model_copy(update={"contacts_version": 0}))
    (letter,) = await letters_of(database)
    assert (letter.recipient, letter.unit_code) == (NEWEST, example.LIBRARY.code)
    text = " ".join(part(parsed(letter.raw), "plain").split())
    assert "It is valid until 23 November 2026" in text
    assert "you need not do anything" in text
    assert OVERVIEW_LINK not in letter.record


async def test_whoever_got_the_receipt_answers_a_promise_with_one_click(database: Database) -> None:
    asked = promise_asked(message_id="m1")
    await handle(database, receipt_requested(message_id="m1"))
    await handle(database, asked)
    letter = await Letters(database).get("m1.promise.p1")
    text = part(parsed(letter.raw), "plain")
    assert f"Evet, yapıldı: {STATUS_URL}/promises/p1?kept=yes\n" in text
    assert f"Hayır, yapılmadı: {STATUS_URL}/promises/p1?kept=no\n" in text
    assert (letter.recipient, parsed(letter.raw)["In-Reply-To"]) == (CITIZEN, "<m1.receipt@klu.example>")
    assert STATUS_URL not in letter.record


async def test_who_left_no_address_is_not_asked_about_a_promise(database: Database) -> None:
    await handle(database, promise_asked(submitter=example.submitter(email=None)))
    assert await letters_of(database) == []


async def test_letters_say_that_one_may_reply_where_mail_comes_in(database: Database) -> None:
    for domain, said in (("", False), ("hat.klu.example", True)):
        await handle(database, assignment_invited(), mail_inbound_domain=domain)
        letter = (await Letters(database).find({}, sort=[("made_at", -1)], limit=1))[0]
        assert ("Bu e-postayı yanıtlayabilirsiniz" in part(parsed(letter.raw), "plain")) is said
