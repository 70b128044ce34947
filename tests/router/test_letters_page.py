"""Held e-mails on the desk: who looks sees them, an officer decides once."""

import asyncio

from scripts.browser import Browser
from services.router.cases.domain.held import held
from services.router.cases.store.letters import HeldLetters
from shared.documents import Database
from shared.events import LetterHeld
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import kept, send, shown


async def waiting(database: Database) -> str:
    """A case whose receipt is held. Returns the id of the letter."""
    case = await kept(database, example.case())
    event = LetterHeld(message_id=case.id, letter_id=f"{case.id}.receipt", template="receipt", held_at=example.NOW)
    await HeldLetters(database).add(held(event))
    return event.letter_id


async def test_a_held_letter_waits_on_the_desk(make: Make, broker: Broker, database: Database) -> None:
    event = LetterHeld(message_id="m1", letter_id="m1.receipt", template="receipt", held_at=example.NOW)
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(event), times=3)
        assert await outcomes(service, "router.letter.held", of=3) == {"obeyed": 1, "duplicate": 2}
    assert [letter.id for letter in await HeldLetters(database).waiting(limit=9)] == ["m1.receipt"]


async def test_an_officer_has_a_held_letter_sent(officer: Browser, database: Database) -> None:
    letter_id = await waiting(database)
    page = await officer.open("/letters?state=held")
    assert "deniz.kaya@example.org" in page
    await officer.submit(f"/letters/{letter_id}", decision="release")
    assert "No e-mail is held" in await officer.open("/letters?state=held")
    stored = await database["held_letters"].find_one({"_id": letter_id})
    assert stored
    decided, recorded = (example.unpublished_data(entry) for entry in stored["outbox"])
    assert (decided["decision"], recorded["action"]) == ("release", "letter_released")
    assert decided["actor"]["id"] == recorded["actor"]["id"] == example.account().id


async def test_without_a_list_the_first_one_with_work_is_shown(officer: Browser, database: Database) -> None:
    assert "Every e-mail was delivered" in await officer.open("/letters")
    await waiting(database)
    assert "deniz.kaya@example.org" in await officer.open("/letters")
    assert "Every e-mail was delivered" in await officer.open("/letters?state=failed")
    assert "Every e-mail was delivered" in await officer.open("/letters?state=unknown")


async def test_two_officers_do_not_decide_about_the_same_letter(officer: Browser, database: Database) -> None:
    letter_id = await waiting(database)
    await officer.open("/letters?state=held")
    action = f"/letters/{letter_id}"
    answers = await asyncio.gather(*(send(officer, action, decision=wanted) for wanted in ("release", "discard")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    told = next(answer for answer in answers if answer.status_code == 409)
    assert "A colleague has already decided about this e-mail." in shown(told)


async def test_another_decision_is_refused(officer: Browser, database: Database) -> None:
    letter_id = await waiting(database)
    await officer.open("/letters?state=held")
    answer = await send(officer, f"/letters/{letter_id}", decision="burn")
    assert answer.status_code == 422
    assert len(await HeldLetters(database).waiting(limit=9)) == 1
