"""Cases that an officer should look at now: their mark in the inbox, and their view."""

import re
from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.routing import letter_failed, letter_sent, recall, route
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import PER_PAGE
from shared.documents import Database
from shared.events import LetterFailed, LetterSent
from tests import examples as example
from tests.router.desk import kept
from tests.router.test_desk import beside

LATER = example.NOW + timedelta(hours=3)


def failed(case: Case, template: str, **different: Any) -> Case:
    given = {"message_id": case.id, "letter_id": "l", "template": template, "reason": "550 5.1.1 no such user"}
    return letter_failed(case, LetterFailed.model_validate(given | {"failed_at": LATER} | different))[0]


def invitation_failed(case: Case) -> Case:
    return failed(case, "invitation", assignment_id=case.assignments[0].id)


def recalled(case: Case) -> Case:
    return recall(case, case.assignments[0].id, reason="Yanlış.", by=example.officer(), now=LATER)[0]


def routed_again(case: Case) -> Case:
    given: dict[str, Any] = {"ids": ["a2"], "text": "Metin.", "note": "", "share_identity": False, "due_at": LATER}
    return route(case, [example.WORKS], **given, by=example.officer(), now=LATER)[0]


def sent(case: Case, template: str, **different: Any) -> Case:
    later = LATER + timedelta(hours=1)
    given = {"message_id": case.id, "letter_id": "l", "template": template, "sent_at": later} | different
    return letter_sent(case, LetterSent.model_validate(given))[0]


@pytest.mark.parametrize(
    ("case", "marks"),
    [
        (example.case(), ()),
        (example.routed_case(), ()),
        (example.declined_case(), ("declined",)),
        (routed_again(example.declined_case()), ()),
        (recalled(example.routed_case()), ("recalled",)),
        (recalled(example.routed_case(example.LIBRARY, example.WORKS)), ()),
        (invitation_failed(example.routed_case()), ("letter_failed",)),
        (recalled(invitation_failed(example.routed_case())), ("recalled",)),
        (failed(example.answered_case(), "answer"), ("letter_failed",)),
        (failed(example.case(), "receipt"), ("letter_failed",)),
        (failed(example.case(), "notice"), ()),
        (sent(failed(example.answered_case(), "answer"), "answer"), ()),
        (example.case(state=CaseState.CLOSED), ()),
        (failed(example.case(state=CaseState.CLOSED), "closure"), ("letter_failed",)),
        (recalled(example.routed_case()).model_copy(update={"state": CaseState.CLOSED}), ()),
        (example.case(state="of_tomorrow"), ()),
    ],
)
def test_a_case_says_why_it_needs_attention(case: Case, marks: tuple[str, ...]) -> None:
    assert attention(case) == marks


async def test_a_case_that_needs_attention_has_a_mark_in_every_view_it_is_in(
    officer: Browser, database: Database
) -> None:
    marks = {
        "Handed back by the unit": await kept(database, example.declined_case()),
        "Assignment recalled": await kept(database, recalled(example.routed_case())),
        "E-mail could not be delivered": await kept(database, invitation_failed(example.routed_case())),
    }
    await kept(database, example.routed_case(subject="Birimde olan"))
    unwanted = {"state": CaseState.CLOSED, "closure_reason": ClosureReason.NOT_CONTACTABLE, "subject": "Biten"}
    closed = await kept(database, failed(example.case(**unwanted), "closure"))
    view = await officer.open("/?state=attention")
    assert "Needs attention 3" in view
    assert "Birimde olan" not in view
    assert closed.reference not in view, "nothing can be done: its submitter cannot be reached"
    assert "E-mail could not be delivered" in await officer.open("/?state=closed")
    for mark, case in marks.items():
        assert mark in view
        assert case.reference in view
        assert mark in await officer.open(f"/?state={case.state}")


async def test_no_case_that_needs_attention_is_lost_between_two_pages(officer: Browser, database: Database) -> None:
    cases, found = Cases(database), set[str]()
    for number in range(2 * PER_PAGE + 3):
        await kept(database, example.declined_case(reference=f"26-{number:04}-AA"))
    await officer.open("/?state=attention")
    while True:
        found |= (references := {r for r in (f"26-{n:04}-AA" for n in range(99)) if r in officer.html})
        for gone in list(references)[::2]:  # they leave the list before the next page is asked for
            case = await cases.find({"reference": gone}, sort=[("_id", 1)], limit=1)
            await cases.save(case[0].model_copy(update={"state": "closed"}))
        if 'rel="next"' not in officer.html:
            break
        await officer.open(beside(officer, "next"))
    assert len(found) == 2 * PER_PAGE + 3


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("550 5.1.1 no such user", "The mail server does not know this address. (550 5.1.1 no such user)"),
        ("(552, 5.2.2 Over quota)", "The mailbox is full."),
        ("554 5.7.1 rejected as spam", "The mail server refused the e-mail."),
        ("something new", "something new"),
        ("", "Invitation to the unit"),
    ],
)
async def test_a_case_says_why_a_letter_failed(officer: Browser, database: Database, reason: str, said: str) -> None:
    case = example.routed_case()
    await kept(database, failed(case, "invitation", assignment_id=case.assignments[0].id, reason=reason))
    page = await officer.open(f"/cases/{case.id}")
    assert said in page[page.index("History") :]


@pytest.mark.parametrize(
    ("state", "columns"),
    [
        ("new", []),
        ("in_review", []),
        ("routed", ["Unit", "Last day"]),
        ("resolved", ["Unit"]),
        ("attention", ["State"]),
    ],
)
async def test_a_view_has_no_column_that_is_always_empty(
    officer: Browser, database: Database, state: str, columns: list[str]
) -> None:
    for case in (example.case(), example.declined_case(), example.routed_case(), example.answered_case()):
        await kept(database, case)
    await officer.open(f"/?state={state}")
    assert re.findall(r'scope="col">([^<]+)</th>', officer.html) == ["Number", "Subject", "Kind", *columns]
