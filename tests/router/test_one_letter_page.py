"""E-mails on the desk: their lists, one as it was sent, and what an officer does when it did not arrive."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import Why, restrict
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import PER_PAGE
from services.router.cases.store.letters import DeskLetters
from services.router.directory.store.units import Units
from shared.documents import Database
from tests import examples as example
from tests.router.desk import announced, directory, kept, send, shown, types, unpublished
from tests.router.letters import FAILED_AT, RECIPIENT, letter_failed, letter_sent, told

UNIT: dict[str, Any] = {"unit": "kddb", "recipient": "kutuphane@klu.example"}


async def lost(database: Database, template: str = "answer", **different: Any) -> tuple[Case, str]:
    """A case with a letter that was refused. Returns it, and the address of the letter's page."""
    case = await kept(database, example.answered_case())
    event = letter_failed(case, template, **different)
    await told(database, event)
    return case, f"/letters/{event.letter_id}"


async def test_a_letter_is_shown_as_it_was_sent_with_why_it_failed(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    page = await officer.open("/letters")
    assert "Could not be delivered 1" in page
    assert case.reference in page
    assert "The mail server does not know this address." in page
    page = await officer.open(url)
    assert "550 5.1.1 no such user" in page
    assert "Lambalar değiştirildi." in page
    assert RECIPIENT in page


async def test_each_state_has_its_list(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await told(
        database,
        letter_sent(case),
        letter_failed(case, "receipt", letter_id="l1", reason="552 5.2.2 full"),
        letter_sent(case, "closure", letter_id="l2"),
        letter_failed(case, "closure", letter_id="l2", cause="returned", reason="550 5.1.1 unknown"),
    )
    for state, name in (("failed", "Receipt to the submitter"), ("sent", "Answer to the submitter")):
        page = await officer.open(f"/letters?state={state}")
        assert page.count(name) == 1
        assert "Came back 1" in page
    assert "Notice of closure" in await officer.open("/letters?state=returned")
    await officer.open("/letters?state=all")
    assert officer.html.count("row-link") == 3


async def test_letters_are_found_by_number_and_by_recipient(officer: Browser, database: Database) -> None:
    case, _ = await lost(database)
    other = await kept(database, example.routed_case(id="another", reference="26-0ABC-XY"))
    await told(database, letter_failed(other, "invitation", assignment_id=other.assignments[0].id, **UNIT))
    page = await officer.open(f"/letters?q={case.reference.lower().replace('-', ' ')}")
    assert (case.reference in page, other.reference in page) == (True, False)
    page = await officer.open("/letters?to=unit")
    assert (case.reference in page, other.reference in page) == (False, True)
    assert "Nothing found" in await officer.open("/letters?q=26-9999-ZZ")


async def test_lists_are_shown_page_by_page(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    for number in range(PER_PAGE + 2):
        at = FAILED_AT + timedelta(minutes=number // 2)
        await DeskLetters(database).told(
            letter_failed(case, letter_id=f"l{number:02}", subject=f"No {number:02}.", failed_at=at)
        )
    first = await officer.open("/letters")
    assert ("No 26." in first, "No 02." in first, "No 01." in first) == (True, True, False)
    second = (
        await officer.follow("next") if hasattr(officer, "follow") else await officer.open(_beside(officer, "next"))
    )
    assert ("No 02." in second, "No 01." in second, "No 00." in second) == (False, True, True)
    assert "No 26." in await officer.open(_beside(officer, "prev"))


def _beside(browser: Browser, rel: str) -> str:
    link = browser.html.split(f'rel="{rel}"')[1].split('href="')[1].split('"')[0]
    return link.replace("&amp;", "&")


async def test_an_officer_has_a_letter_sent_again(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    await officer.open(f"/cases/{case.id}")
    answer = await send(officer, f"{url}/resend")
    assert "The e-mail is being sent again." in shown(answer)
    wish, record = await unpublished(database, "letters")
    assert (wish["letter_id"], wish["message_id"], "email" in wish) == (f"{case.id}.answer", case.id, False)
    assert (record["action"], record["object_id"]) == ("letter_resent", wish["letter_id"])
    assert wish["actor"]["id"] == example.account().id
    assert "Being sent again" in await officer.open(url)
    assert (await send(officer, f"{url}/address", url=f"{url}/resend")).status_code == 409


async def test_an_officer_corrects_the_address_and_all_that_was_lost_goes_there(
    officer: Browser, database: Database
) -> None:
    case, url = await lost(database)
    await told(database, letter_failed(case, "receipt"))
    await officer.open(url)
    answer = await send(officer, f"{url}/address", email="deniz@example.net")
    assert "The address was corrected" in shown(answer)
    assert (await Cases(database).get(case.id)).submitter.email == "deniz@example.net"
    events = await announced(database, case.id)
    assert types(events)[-2:] == ["address.corrected", "router.audited"]
    assert (events[-2]["email"], events[-2]["message_id"]) == ("deniz@example.net", case.id)
    wishes = [event for event in await unpublished(database, "letters") if "request_id" in event]
    assert {wish["letter_id"]: wish["email"] for wish in wishes} == {
        f"{case.id}.answer": "deniz@example.net",
        f"{case.id}.receipt": "deniz@example.net",
    }


@pytest.mark.parametrize(
    ("email", "status", "said"),
    [
        ("deniz", 422, "deniz"),
        ("", 422, "Please enter the e-mail address."),
        (RECIPIENT, 409, "To this address the e-mail could not be delivered."),
    ],
)
async def test_an_address_that_cannot_be_right_changes_nothing(
    officer: Browser, database: Database, email: str, status: int, said: str
) -> None:
    case, url = await lost(database)
    await officer.open(url)
    answer = await send(officer, f"{url}/address", email=email)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert (await Cases(database).get(case.id)).submitter.email == RECIPIENT
    assert not await unpublished(database, "letters")


async def test_what_an_officer_has_dealt_with_is_undelivered_no_more(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    assert case.reference in await officer.open("/?view=letter_failed")
    await officer.open(url)
    await send(officer, f"{url}/dealt-with", said="Telefonla ulaşıldı.")
    assert "Telefonla ulaşıldı." in await officer.open(url)
    assert case.reference not in await officer.open("/?view=letter_failed")
    assert "Dealt with 1" in await officer.open("/letters")
    assert "Telefonla ulaşıldı." in await officer.open(f"/cases/{case.id}")
    (record,) = await unpublished(database, "letters")
    assert record["action"] == "letter_dealt_with"


async def test_the_address_of_a_unit_is_corrected_in_the_directory(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.routed_case())
    event = letter_failed(case, "invitation", assignment_id=case.assignments[0].id, passed_to="head", **UNIT)
    await told(database, event)
    page = await officer.open(f"/letters/{event.letter_id}")
    assert "It went to the head of the unit instead." in page
    assert "/units/kddb" in officer.html
    assert f"/letters/{event.letter_id}/address" not in officer.html
    await send(officer, f"/letters/{event.letter_id}/resend")
    wish = next(event for event in await unpublished(database, "letters") if "request_id" in event)
    assert wish["contacts_version"] >= 1
    assert await Units(database).get("kddb")


async def test_a_bounced_reminder_is_told_to_the_directory_and_stands_among_the_letters(
    officer: Browser, database: Database
) -> None:
    await directory(database)
    about: dict[str, Any] = {"message_id": "reminder-1", "letter_id": "reminder-1.reminder", **UNIT}
    event = letter_failed(example.case(), "reminder", **about)
    await told(database, event)
    assert "did not arrive" in await officer.open("/units/kddb")
    page = await officer.open(f"/letters/{event.letter_id}")
    assert "Reminder to the unit" in page
    assert "Lambalar" not in page, "it may name cases of other readers"
    assert f"/letters/{event.letter_id}/resend" not in officer.html


async def test_letters_of_a_restricted_case_are_for_its_readers(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    reader = example.officer(id="somebody-else")
    stored = await Cases(database).get(case.id)
    await Cases(database).save(restrict(stored, Why.HEALTH, to=["somebody-else"], by=reader, now=example.NOW)[0])
    page = await officer.open("/letters")
    assert (case.reference in page, "Could not be delivered 0" in page) == (False, True)
    assert (await officer.client.get(url)).status_code == 404
    me = example.account().id
    stored = await Cases(database).get(case.id)
    await Cases(database).save(restrict(stored, Why.HEALTH, to=[me], by=reader, now=example.NOW)[0])
    assert "Lambalar" in await officer.open(url)
    read = await database["audit"].find_one({"action": "restricted_letter_read"})
    assert read and (read["object_id"], read["actor"]["id"]) == (url.removeprefix("/letters/"), me)


async def test_a_letter_that_was_sent_again_leads_on_to_what_came_of_it(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    await officer.open(url)
    await send(officer, f"{url}/resend")
    request_id = next(e["request_id"] for e in await unpublished(database, "letters") if "request_id" in e)
    at = FAILED_AT + timedelta(hours=1)
    again = f"{case.id}.answer.again.{request_id}"
    await told(database, letter_failed(case, letter_id=again, reason="552 5.2.2 full", failed_at=at))
    page = await officer.open("/letters")
    assert ("Could not be delivered 1" in page, "Being sent again 0" in page) == (True, True)
    assert "The mailbox is full." in page
    assert case.reference in await officer.open("/?view=letter_failed")
    await told(database, letter_sent(case, letter_id=f"{again}2", sent_at=at + timedelta(hours=1)))
    assert "Could not be delivered 0" in await officer.open("/letters")
    assert case.reference not in await officer.open("/?view=letter_failed")


async def test_an_address_is_corrected_also_when_nothing_can_be_sent_again(
    officer: Browser, database: Database
) -> None:
    case, url = await lost(database, cause="gone", reason="the content of the letter has been deleted")
    page = await officer.open(url)
    assert "Its content had been deleted by then." in page
    assert f"{url}/resend" not in officer.html
    await send(officer, f"{url}/address", email="deniz@example.net")
    assert (await Cases(database).get(case.id)).submitter.email == "deniz@example.net"
    assert not await unpublished(database, "letters")


async def test_the_page_of_a_case_says_that_its_answer_did_not_arrive(officer: Browser, database: Database) -> None:
    case, url = await lost(database)
    page = await officer.open(f"/cases/{case.id}")
    assert "An e-mail to the submitter did not arrive." in page
    assert "The mail server does not know this address." in page
    assert f"{url}#address" in officer.html
    await send(officer, f"{url}/resend", back="case")
    assert "Being sent again" in await officer.open(f"/cases/{case.id}")


async def test_who_may_only_read_sees_letters_and_no_buttons(officer: Browser, database: Database) -> None:
    _, url = await lost(database)
    await database["accounts"].update_one({}, {"$set": {"role": "auditor"}})
    assert "Lambalar" in await officer.open(url)
    assert f"{url}/resend" not in officer.html
