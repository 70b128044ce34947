"""The desk's pages in a real browser, without a server: nothing is wider than the window, and a case prints whole."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, Route

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.case import Case
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.questions import ask, receive_answer
from services.router.cases.domain.review import close, receive_reply, return_reply
from services.router.cases.domain.routing import letter_failed
from services.router.cases.domain.submitter import follow_up, rate
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.operations.store.mail_queue import MailQueues
from shared.documents import Database
from shared.events import LetterFailed, LettersReported
from shared.state import UnitRef
from tests import examples as example
from tests.axe import found_in_both_schemes
from tests.router.desk import directory, kept, log_in, park, parked_events
from tests.router.letters import letter_failed as lost_letter
from tests.router.letters import letter_sent
from tests.router.submitting import LATER, answered, followed_up, objected_case, rated
from tests.stack import Stack

WORD = "Ğ" * 150
UNIT = UnitRef(code="uzun-adli-birim-" + "x" * 20, name_tr=WORD, name_en=WORD, email=f"{'m' * 60}@{'d' * 60}.example")
SIZES = (320, 390, 1280) if os.environ.get("KLU_TEST_SCREENSHOTS") else (320, 1280)
VIEWS = ("new", "in_review", "routed", "attention", "doubtful", "closed")


@pytest.fixture
async def window(officer: Browser, chromium: Chromium) -> Page:
    """A window of a real Chromium, whose requests go to the application inside this process as the officer's."""
    unchanging: dict[str, httpx2.Response] = {}

    async def answer(route: Route) -> None:
        asked = route.request
        headers = {name: value for name, value in asked.headers.items() if name in ("content-type", "accept")}
        response = unchanging.get(asked.url) or await officer.client.request(
            asked.method, asked.url, content=asked.post_data_buffer or b"", headers=headers
        )
        if "/static/" in asked.url:
            unchanging[asked.url] = response
        kind = response.headers.get("content-type", "")
        await route.fulfill(status=response.status_code, body=response.content, content_type=kind)

    made = await chromium.new_page(base_url="http://127.0.0.1", reduced_motion="reduce")
    made.set_default_timeout(60_000)
    await made.route("**/*", answer)
    return made


def long_case() -> Case:
    """A case at three units, with everything in it: a returned reply, a second one, a decline, a failed letter."""
    person = example.person(name="Ğ" * 100, email=f"{'m' * 60}@{'d' * 60}.example", phone="0" * 25)
    given: dict[str, Any] = {"submitter": person, "hide_identity": True, "language": "en"}
    case = example.replied_case(UNIT, example.WORKS, subject=WORD, text=f"{WORD}\n\n{WORD}", **given)
    later, first = example.NOW + timedelta(hours=2), case.assignments[0]
    by = example.officer(name="Ğ" * 100)
    case, _ = return_reply(case, first.id, version=1, reason=f"{WORD}\nİkinci satır", due_at=later, by=by, now=later)
    again = example.reply_submitted(case, version=2, text=WORD, by="Ğ" * 100, submitted_at=later)
    case, _ = receive_reply(case, again, later)
    lost = LetterFailed(message_id=case.id, letter_id="l", template="receipt", reason=f"550 {WORD}", failed_at=later)
    return letter_failed(_by_its_submitter(case), lost)[0]


def _by_its_submitter(case: Case) -> Case:
    """The case with files, a question, its answer, a follow-up and a rating, all of long words."""
    states = ("clean", "unscanned", "held", "infected")
    files = tuple(example.file_ref(id=f"f{n}", name=WORD, state=state) for n, state in enumerate(states))
    case, _ = ask(case, question_id="q1", text=WORD, by=example.officer(name="Ğ" * 100), now=LATER)
    case, _ = receive_answer(case, answered(case).model_copy(update={"text": WORD}), LATER)
    case = follow_up(case, followed_up(case).model_copy(update={"text": WORD, "files": files}))
    case = rate(case, rated(case).model_copy(update={"comment": WORD}))
    said = {"role": WORD, "suggested_unit": WORD, "concerns": WORD}
    return case.model_copy(update=said)


async def letters_of(database: Database, case: Case) -> tuple[LetterFailed, LetterFailed]:
    """Letters with long words: one that was sent, one that came back, one that a unit did not get."""
    said = {"subject": WORD, "text": f"{WORD}\n\n{WORD}", "recipient": f"{'m' * 60}@{'d' * 60}.example"}
    lost = lost_letter(case, "answer", **said, reason=f"550 5.1.1 {WORD}", cause="returned")
    about = {"unit": UNIT.code, "assignment_id": case.assignments[0].id, "passed_to": "head"}
    to_unit = lost_letter(case, "invitation", **said, **about, reason=WORD)
    for event in (letter_sent(case, "receipt", **said), lost, to_unit):
        await DeskLetters(database).told(event)
    return lost, to_unit


def letters_reported(case: Case) -> LettersReported:
    """A queue with long words."""
    about = {"letter_id": "l1", "message_id": case.id, "template": "answer", "domain": f"{'d' * 60}.example"}
    waiting = {**about, "reason": f"450 {WORD}", "made_at": example.NOW, "due_at": LATER, "refusals": 1234}
    domain = {"domain": f"{'d' * 60}.example", "letters": 1234, "reason": f"451 4.7.1 {WORD}", "next_at": LATER}
    mail = {"mail_id": "x1", "held": True, "to": "reply", "message_id": case.id, "domain": domain["domain"]}
    mail |= {"received_at": example.NOW, "due_at": LATER}
    return LettersReported.model_validate(
        {
            "mails_waiting": 1234,
            "mails": [mail, {**mail, "held": False, "to": "hotline", "domain": "", "attempts": 1234}],
            "machine_mails": 1234,
            "waiting": 1234,
            "oldest_at": example.NOW,
            "domains": [domain],
            "letters": [waiting],
            "reported_at": example.NOW,
        }
    )


def declined() -> Case:
    """A case that its unit handed back with long words."""
    case = example.declined_case(subject=WORD)
    changed = {"declined_because": WORD, "suggested_unit": WORD, "unit": UNIT, "note": WORD}
    return case.model_copy(update={"assignments": (case.assignments[0].model_copy(update=changed),)})


async def everything(database: Database, stack: Stack) -> dict[str, str]:
    """A desk with long words in every field; its pages by name."""
    await directory(database, UNIT, example.WORKS)
    waiting, routed = await kept(database, long_case()), await kept(database, example.routed_case(UNIT, subject=WORD))
    handed_back = await kept(database, declined())
    given: dict[str, Any] = {"reason": "duplicate", "explanation": WORD, "by": example.officer(), "now": example.NOW}
    closed = await kept(database, close(example.routed_case(UNIT, subject=WORD), **given)[0])
    resolved = await kept(database, example.answered_case(UNIT, subject=WORD))
    objected = await kept(database, objected_case(example.answered_case(UNIT, subject=WORD)))
    doubtful = await kept(database, example.case(subject=WORD, doubts=("link", "rate", WORD)))
    await kept(database, example.case(subject=WORD))
    await HeldLetters(database).add(HeldLetter(id="held", message_id=waiting.id, held_at=example.NOW))
    lost, to_unit = await letters_of(database, waiting)
    await MailQueues(database).keep(letters_reported(waiting))
    parked = parked_events(database, stack)
    (event,) = await park(parked, reason=WORD)
    case, assignment = f"/cases/{waiting.id}", waiting.assignments[0].id
    return {
        **{
            f"inbox-{state}": f"/?state={state}"
            for state in ("new", "in_review", "routed", "attention", "doubtful", "closed")
        },
        "case-waiting": case,
        "case-declined": f"/cases/{handed_back.id}",
        "case-closed": f"/cases/{closed.id}",
        "case-answered": f"/cases/{resolved.id}",
        "case-objected": f"/cases/{objected.id}",
        "case-doubtful": f"/cases/{doubtful.id}",
        "objection": f"/cases/{objected.id}/objection",
        "claim": f"{case}/claim",
        "copy": f"{case}/copy",
        "case-file": f"{case}/print",
        "reopening": f"/cases/{resolved.id}/reopening",
        "question": f"{case}/questions",
        "review": f"{case}/review",
        "return": f"{case}/assignments/{assignment}/return",
        "recall": f"/cases/{routed.id}/assignments/{routed.assignments[0].id}/recall",
        "closure": f"{case}/closure",
        "closure-answered": f"/cases/{resolved.id}/closure",
        "related": f"{case}/related",
        "together": f"{case}/together",
        "telling": f"{case}/telling",
        "entering": "/entering",
        "letters": "/letters",
        "letters-all": "/letters?state=all",
        "letters-held": "/letters?state=held",
        "letter": f"/letters/{lost.letter_id}",
        "letter-to-unit": f"/letters/{to_unit.letter_id}",
        "administration": "/administration",
        "mail-queue": "/administration/mail-queue",
        "units": "/units",
        "unit": f"/units/{UNIT.code}",
        "unit-edit": f"/units/{UNIT.code}/edit",
        "unit-deputies": f"/units/{UNIT.code}/deputies",
        "unit-closing": f"/units/{UNIT.code}/closing",
        "unit-new": "/units/new",
        "import": "/units/import",
        "parked": "/parked",
        "parked-event": f"/parked/router/{event.id}",
        "redrive": f"/parked/redrive?service=router&reason={WORD}",
        "not-found": f"/cases/{WORD}",
    }


async def picture(window: Page, name: str) -> None:
    """Keep what the window shows, where somebody wants to look at it."""
    if folder := os.environ.get("KLU_TEST_SCREENSHOTS"):
        await window.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_no_page_of_the_desk_is_wider_than_its_window(
    window: Page, officer: Browser, database: Database, stack: Stack
) -> None:
    await log_in(officer, database, name="Ğ" * 100, role=Role.ADMIN)
    too_wide: dict[str, Any] = {}
    for name, path in (await everything(database, stack)).items():
        await window.goto(path)
        for width in SIZES:
            await window.set_viewport_size({"width": width, "height": 800})
            await window.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
            if wider := await window.evaluate(WIDER):
                too_wide[f"{name}, {width} px"] = wider
            await picture(window, f"long-{name}-{width}")
    assert too_wide == {}


WIDER = """() => [...document.querySelectorAll("body *")].filter((it) => {
    const within = it.closest("tr") || document.documentElement;
    const scrolled = it.parentElement.closest(".views");
    const right = (one) => one.getBoundingClientRect().right;
    return !scrolled && !it.closest("thead") && right(it) > right(within) + 0.5;
}).map((it) => it.tagName + "." + it.className).slice(0, 9)"""
"""What stands out of the window, or of its row in a table, on the right. In a narrow one the head of a table is hidden,
and the views of the inbox are scrolled."""


async def test_a_case_is_printed_with_everything_and_without_empty_headings(window: Page, database: Database) -> None:
    case = await kept(database, long_case())
    await directory(database)
    await window.goto(f"/cases/{case.id}?lang=en")
    await window.emulate_media(media="print")
    await picture(window, "print-case")
    printed = await window.locator("main").inner_text()
    replies = [reply for assignment in case.assignments for reply in assignment.replies]
    for said in (case.text, case.subject, "\nİkinci satır", *(reply.text for reply in replies)):
        assert said in printed
    headings = await window.locator("main h2:visible").all_inner_texts()
    beside = ["Answer by law", "Work on the case", "Rating of the answer", "Submitter"]
    wanted = ["Message", "Questions to the submitter", "Assignments", *beside, "History"]
    assert headings == wanted


async def test_units_are_chosen_with_the_keyboard_and_stay_in_sight(window: Page, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case())
    await window.goto(f"/cases/{case.id}?lang=en")
    search, chosen = window.locator("[data-narrow]"), window.locator("[data-chosen]")
    await search.fill("DEPARTMENT")
    left = window.locator("[data-narrow-left]")
    assert "In the list: 2" in await left.inner_text()
    await search.press("Enter")
    assert await chosen.locator("li").all_inner_texts() == []
    await search.fill("lıbrary")
    assert "In the list: 1" in await left.inner_text()
    await search.press("Enter")
    assert await chosen.locator("li").all_inner_texts() == [example.LIBRARY.name_en]
    number = "getComputedStyle(document.querySelector('.chosen-number'), '::before').content"
    assert (await window.evaluate(number), await search.input_value()) == ("counter(chosen)", "")
    await picture(window, "chosen")
    await window.locator("#main-form .btn-primary").click()
    await window.get_by_role("status").filter(has_text="The case was routed").wait_for()
    assert [a.unit.code for a in (await Cases(database).get(case.id)).assignments] == ["kddb"]


async def test_the_time_of_a_draft_has_its_turkish_ending(window: Page) -> None:
    await window.goto("/?lang=tr")
    endings = {"21.52": "de", "09.40": "ta", "13.30": "da", "08.00": "de", "00.00": "da", "10.06": "da", "23.13": "te"}
    for time, ending in endings.items():
        hours, minutes = time.split(".")
        said = await window.evaluate(f"timeInWords(new Date(2026, 0, 1, {int(hours)}, {int(minutes)}))")
        assert said == f"{time}'{ending}"


async def test_choosing_a_reason_writes_its_sentence_unless_something_else_was_typed(
    window: Page, database: Database
) -> None:
    case = await kept(database, example.case(language="en"))
    await window.goto(f"/cases/{case.id}/closure?lang=en")
    area = window.locator("#explanation")
    await window.get_by_label("Withdrawn by the submitter").check()
    assert "because you have withdrawn it" in await area.input_value()
    await window.get_by_label("Inadmissible").check()
    assert "does not meet the conditions" in await area.input_value()
    await area.fill("My own words.")
    await window.get_by_label("Unwanted message").check()
    assert await area.input_value() == "My own words."


async def test_keys_lead_through_the_letters_and_axe_finds_nothing(
    window: Page, officer: Browser, database: Database
) -> None:
    await log_in(officer, database, role=Role.ADMIN)
    case = await kept(database, example.answered_case())
    for event in (letter_sent(case, "receipt"), lost_letter(case), lost_letter(case, "closure")):
        await DeskLetters(database).told(event)
    await MailQueues(database).keep(letters_reported(case))
    await window.goto("/letters?lang=en")
    assert await found_in_both_schemes(window) == []
    for key in ("j", "j", "r"):  # in a list of letters there is nothing to route
        await window.keyboard.press(key)
    chosen = await window.evaluate("document.activeElement.getAttribute('href')")
    await window.keyboard.press("o")
    await window.wait_for_url(f"**{chosen}")
    assert await found_in_both_schemes(window) == []
    for path in ("/administration/mail-queue", f"/cases/{case.id}"):
        await window.goto(path)
        assert await found_in_both_schemes(window) == []
