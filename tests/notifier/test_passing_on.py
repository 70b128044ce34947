"""A letter that a unit's address refuses for good goes on to the deputy or the head, once."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.contacts import Contact
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.sending import can_be_passed_on, hastened
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.notifier.letters import LINK, announced, assignment_invited, handle
from tests.notifier.mail import MailServer, parsed, part, posting, until
from tests.notifier.test_deputies import CODE, COPY, DEPUTY, HEAD, deputy, told

EMAIL = example.LIBRARY.email
NEW = "yeni@klu.example"
SLOW = {"letter_retry_delays": (3600.0,)}
"""What was refused for now does not go again by itself."""
REFUSED = "550 5.1.1 no such user"


def contact(**different: Any) -> Contact:
    return Contact.model_validate({"code": CODE, "email": EMAIL} | different)


def instead(role: str, failed: str, **different: Any) -> tuple[str, str] | None:
    return contact(**different).instead(role, failed, utc_now())


def test_another_deputy_of_these_days_comes_first_and_then_the_head() -> None:
    other = deputy(email="yeni@klu.example")
    assert instead("responsible", EMAIL, deputies=(deputy(),), head_email=HEAD) == ("deputy", DEPUTY)
    assert instead("responsible", DEPUTY, deputies=(deputy(), other)) == ("deputy", "yeni@klu.example")
    assert instead("responsible", DEPUTY, deputies=(deputy(),), head_email=HEAD) == ("head", HEAD)
    assert instead("responsible", EMAIL, head_email=HEAD, deputies=(deputy("head"),)) == ("head", DEPUTY)


def test_nobody_stands_in_where_there_is_nobody_else() -> None:
    past = deputy(until=utc_now() - timedelta(hours=1))
    assert instead("responsible", EMAIL, deputies=(past,)) is None
    assert instead("responsible", EMAIL, head_email=EMAIL.upper()) is None
    assert instead("head", HEAD, head_email=HEAD) is None


@pytest.mark.parametrize(
    "different", [{"is_copy": True}, {"fixed": True}, {"template": "test"}, {"unit_code": None}], ids=str
)
def test_copies_trials_and_letters_with_a_chosen_address_are_not_passed_on(different: dict[str, Any]) -> None:
    assert can_be_passed_on(example.letter(unit_code=CODE))
    assert not can_be_passed_on(example.letter(**{"unit_code": CODE} | different))


async def test_a_refused_letter_goes_to_the_head_with_its_link_and_the_desk_is_told(database: Database) -> None:
    letters, letter_id = await _invited(database, head_email=HEAD)
    async with MailServer(at_rcpt=[REFUSED]) as server, posting(letters, server.url):
        gone = await until(letters, letter_id)
    assert [letter.recipients for letter in server.accepted] == [(HEAD,)]
    assert (parsed(server.accepted[0].raw)["To"], gone.passed_to) == (HEAD, "head")
    assert LINK in part(parsed(server.accepted[0].raw), "plain")
    lost, sent = await announced(letters, letter_id)
    assert (lost["cause"], lost["passed_to"], lost["recipient"]) == ("refused", "head", EMAIL)
    assert sent["recipient"] == HEAD
    assert LINK not in lost["text"]


async def test_a_letter_is_passed_on_once_and_fails_then(database: Database) -> None:
    letters, letter_id = await _invited(database, head_email=HEAD, deputies=(deputy("head"),))
    async with MailServer(at_rcpt=[REFUSED] * 9) as server, posting(letters, server.url):
        lost = await until(letters, letter_id, LetterState.FAILED)
    assert (lost.recipient, lost.attempts) == (DEPUTY, 2)
    assert [event.get("passed_to") for event in await announced(letters, letter_id)] == ["head", None]


@pytest.mark.parametrize(
    ("before", "now", "role"),
    [
        ({"head_email": HEAD}, {"head_email": NEW}, "head"),
        ({"head_email": HEAD}, {"head_email": HEAD, "deputies": (deputy("head", NEW),)}, "head"),
        ({"deputies": (deputy(email=EMAIL), deputy())}, {"deputies": (deputy(email=NEW),)}, "deputy"),
        ({"deputies": (deputy(email=EMAIL), deputy())}, {"head_email": NEW}, "deputy"),
    ],
)
async def test_a_letter_that_was_passed_on_follows_whoever_is_in_that_role_now(
    database: Database, before: dict[str, Any], now: dict[str, Any], role: str
) -> None:
    letters, letter_id = await _invited(database, **before)
    async with MailServer(at_rcpt=[REFUSED, "451 later"]) as server, posting(letters, server.url, **SLOW):
        await until(letters, letter_id, LetterState.QUEUED, reason="451 later", passed_to=role)
        await told(database, 2, **now)
        gone = await until(letters, letter_id)
    assert ([letter.recipients for letter in server.accepted], gone.passed_to) == ([(NEW,)], role)


async def test_a_letter_that_was_passed_on_stays_where_an_officer_sent_it(database: Database) -> None:
    letters, letter_id = await _invited(database, head_email=HEAD)
    async with MailServer(at_rcpt=[REFUSED, "451 later"]) as server, posting(letters, server.url, **SLOW):
        waits = await until(letters, letter_id, LetterState.QUEUED, reason="451 later", passed_to="head")
        await letters.save(hastened(waits, "sekreterlik@klu.example", utc_now()))
        await until(letters, letter_id)
    assert [letter.recipients for letter in server.accepted] == [("sekreterlik@klu.example",)]


async def test_a_letter_to_a_head_goes_to_the_unit_once_it_has_none(database: Database) -> None:
    letters = await told(database, head_email=HEAD)
    await letters.add(example.letter(id="reminder", unit_code=CODE, role="head", recipient=HEAD))
    await told(database, 2)
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, "reminder")
    assert [letter.recipients for letter in server.accepted] == [(EMAIL,)]


async def test_a_copy_that_is_refused_goes_to_nobody_else(database: Database) -> None:
    letters, letter_id = await _invited(database, head_email=HEAD, copies=(COPY,))
    (copy,) = [letter for letter in await _all(letters) if letter.is_copy]
    async with RefusingCopies() as server, posting(letters, server.url):
        await until(letters, letter_id)
        await until(letters, copy.id, LetterState.FAILED)
    assert [letter.recipients for letter in server.accepted] == [(EMAIL,)]


class RefusingCopies(MailServer):
    """It knows everybody but who gets copies."""

    def reply(self, stage: str, address: str) -> str:
        return REFUSED if address == COPY else "250 OK"


async def _invited(database: Database, **contact: Any) -> tuple[Letters, str]:
    await told(database, **contact)
    event = assignment_invited(contacts_version=1)
    return await handle(database, event), f"{event.assignment_id}.invitation"


async def _all(letters: Letters) -> list[Letter]:
    return await letters.find({}, sort=[("_id", 1)], limit=9)
