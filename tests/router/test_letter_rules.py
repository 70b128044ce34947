"""What becomes of a letter on the desk: events in any order, and what officers do."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.letters import (
    KEPT,
    PATIENCE,
    DeskLetter,
    LetterState,
    Recipient,
    deal_with,
    deal_with_own,
    replaced_by,
    send_again,
    told,
)
from services.router.cases.domain.routing import letter_failed as case_letter_failed
from services.router.cases.domain.routing import letter_sent as case_letter_sent
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from services.router.cases.domain.submitter import correct_contact
from services.router.cases.domain.undelivered import WrongAddress, correct_address, note_dealt_with
from shared.events import ContactCorrected, LetterFailed, LetterSent
from shared.refused import Refused
from tests import examples as example
from tests.router.letters import FAILED_AT, RECIPIENT, SENT_AT, letter_failed, letter_sent

CASE = example.case()
LATER = FAILED_AT + timedelta(hours=1)
BY: dict[str, Any] = {"by": example.officer(), "now": LATER}


def letter(*events: LetterSent | LetterFailed) -> DeskLetter:
    known: DeskLetter | None = None
    for event in events:
        known = told(known, event)
    assert known
    return known


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_events_come_the_newest_counts(order: tuple[int, ...]) -> None:
    events: list[LetterSent | LetterFailed] = [
        letter_failed(CASE, failed_at=example.NOW, recipient="eski@example.org", reason="452 4.2.2 full"),
        letter_sent(CASE, recipient="yeni@example.org", text="Yeni metin."),
        letter_failed(CASE, cause="returned", recipient=None, text=None),
    ]
    found = letter(*(events[at] for at in order))
    assert (found.state, found.recipient, found.text) == (LetterState.RETURNED, "yeni@example.org", "Yeni metin.")
    assert (found.reason, found.sent_at, found.failed_at) == ("550 5.1.1 no such user", SENT_AT, FAILED_AT)


def test_an_event_of_an_older_version_makes_a_letter_too() -> None:
    old = LetterFailed(message_id="m1", letter_id="l1", template="receipt", reason="550", failed_at=FAILED_AT)
    assert (letter(old).state, letter(old).to, letter(old).text) == (LetterState.FAILED, Recipient.SUBMITTER, "")


@pytest.mark.parametrize(
    ("template", "more", "to"),
    [
        ("answer", {}, Recipient.SUBMITTER),
        ("a_letter_of_tomorrow", {}, Recipient.SUBMITTER),
        ("invitation", {"unit": "kddb", "assignment_id": "a1"}, Recipient.UNIT),
        ("copy", {}, Recipient.UNIT),
        ("reminder", {"unit": "kddb"}, Recipient.UNIT),
        ("arrival", {"assignment_id": "a1"}, Recipient.DESK),
        ("desk_reminder", {}, Recipient.DESK),
        ("account_reset", {}, Recipient.ACCOUNT),
    ],
)
def test_a_letter_says_to_whom_it_goes(template: str, more: dict[str, Any], to: Recipient) -> None:
    assert letter(letter_sent(CASE, template, **more)).to is to


def test_what_a_letter_about_several_cases_says_is_not_kept() -> None:
    found = letter(letter_sent(CASE, "reminder", unit="kddb"))
    assert (found.subject, found.text, found.recipient) == ("", "", RECIPIENT)


def test_a_letter_that_failed_is_sent_again() -> None:
    again, (wish, record) = send_again(letter(letter_failed(CASE)), request_id="r1", contacts_version=3, **BY)
    assert again.state is LetterState.AGAIN
    assert wish.model_dump(include={"letter_id", "request_id", "email", "contacts_version"}) == {
        "letter_id": again.id,
        "request_id": "r1",
        "email": None,
        "contacts_version": 3,
    }
    assert (record.model_dump()["action"], record.actor) == ("letter_resent", wish.actor)
    assert told(again, letter_sent(CASE, sent_at=LATER + timedelta(minutes=1))).state is LetterState.SENT
    assert told(again, letter_failed(CASE, failed_at=LATER + timedelta(minutes=1))).state is LetterState.FAILED


def test_a_letter_that_failed_is_asked_for_once_until_something_comes_of_it() -> None:
    again, _ = send_again(letter(letter_failed(CASE)), request_id="r1", **BY)
    for at in (LATER, LATER + timedelta(days=3)):
        with pytest.raises(Refused, match="already"):
            send_again(again, request_id="r2", by=example.officer(), now=at)
    assert send_again(letter(letter_failed(CASE), letter_failed(CASE, failed_at=LATER)), request_id="r2", **BY)[1]


def test_a_letter_that_arrived_is_sent_once_more_while_its_content_is_there() -> None:
    sent = letter(letter_sent(CASE))
    again, _ = send_again(sent, request_id="r1", **BY)
    assert again.state is LetterState.SENT
    with pytest.raises(Refused, match="already"):
        send_again(again, request_id="r2", **BY)
    assert send_again(again, request_id="r2", by=example.officer(), now=LATER + PATIENCE)[1]
    with pytest.raises(Refused, match="deleted"):
        send_again(sent, request_id="r2", by=example.officer(), now=SENT_AT + KEPT)


@pytest.mark.parametrize("event", [letter_failed(CASE, cause="gone"), letter_failed(CASE, "reminder", unit="kddb")])
def test_what_was_deleted_or_belongs_to_no_case_is_not_sent_again(event: LetterFailed) -> None:
    with pytest.raises(Refused):
        send_again(letter(event), request_id="r1", **BY)


@pytest.mark.parametrize("came", [letter_sent, letter_failed])
def test_what_comes_of_the_letter_that_was_asked_for_takes_the_place_of_the_first(came: Any) -> None:
    again, _ = send_again(letter(letter_failed(CASE)), request_id="r1", **BY)
    assert replaced_by(again, came(CASE, letter_id=f"{again.id}.again.r1")).state is LetterState.REPLACED
    assert replaced_by(again, letter_failed(CASE, letter_id="l2")) is again


def test_a_letter_is_dealt_with_until_it_fails_again() -> None:
    dealt_with, (record,) = deal_with(
        letter(letter_failed(CASE)), "Telefonla arandı.", by=example.officer().actor, now=LATER
    )
    assert (dealt_with.state, record.model_dump()["action"]) == (LetterState.DEALT_WITH, "letter_dealt_with")
    assert deal_with(dealt_with, "Yine.", by=example.officer().actor, now=LATER) == (dealt_with, [])
    assert told(dealt_with, letter_failed(CASE, failed_at=LATER + timedelta(hours=1))).state is LetterState.FAILED
    with pytest.raises(Refused):
        deal_with(letter(letter_sent(CASE)), "Arandı.", by=example.officer().actor, now=LATER)


def test_a_later_letter_of_the_kind_takes_the_place_of_one_that_failed() -> None:
    failed = letter(letter_failed(CASE))
    assert replaced_by(failed, letter_sent(CASE, letter_id="l2", sent_at=LATER)).state is LetterState.REPLACED
    assert replaced_by(failed, letter_sent(CASE, letter_id="l2", sent_at=SENT_AT)) is failed
    assert replaced_by(failed, letter_sent(CASE, letter_id="l2", sent_at=LATER, unit="kddb")) is failed


def test_when_the_submitter_gives_another_address_what_failed_before_is_dealt_with() -> None:
    corrected = ContactCorrected(message_id=CASE.id, email="deniz@example.net", corrected_at=LATER)
    assert deal_with_own(letter(letter_failed(CASE)), corrected).state is LetterState.DEALT_WITH
    of_unit = letter(letter_failed(CASE, "invitation", unit="kddb", assignment_id="a1"))
    assert deal_with_own(of_unit, corrected) is of_unit
    newer = letter(letter_failed(CASE, failed_at=LATER + timedelta(minutes=1)))
    assert deal_with_own(newer, corrected) is newer


def failed(case: Case, template: str = "answer", **different: Any) -> Case:
    return example.saved(case_letter_failed(case, letter_failed(case, template, **different))[0])


def test_a_case_whose_letter_was_dealt_with_needs_nobody() -> None:
    case = failed(example.answered_case())
    assert attention(case) == ("letter_failed",)
    lost = letter(letter_failed(case))
    after = note_dealt_with(case, lost, "Telefonla arandı.", **BY)
    assert attention(after) == ()
    assert note_dealt_with(after, lost, "Yine.", **BY) is after
    assert attention(failed(after, failed_at=LATER + timedelta(hours=1))) == ("letter_failed",)


def test_a_letter_to_a_unit_is_dealt_with_in_the_case_too() -> None:
    case = example.routed_case()
    event = letter_failed(case, "invitation", unit="kutuphane", assignment_id=case.assignments[0].id)
    lost = example.saved(case_letter_failed(case, event)[0])
    assert "letter_failed" in attention(lost)
    assert "letter_failed" not in attention(note_dealt_with(lost, letter(event), "Telefonla arandı.", **BY))


def test_what_fails_after_a_case_was_closed_is_shown_too() -> None:
    closed = example.case(state=CaseState.CLOSED)
    assert needs_attention(failed(closed, "closure", failed_at=LATER))
    assert not needs_attention(
        failed(closed.model_copy(update={"closure_reason": ClosureReason.NOT_CONTACTABLE}), "closure", failed_at=LATER)
    )
    assert not needs_attention(failed(closed, "notice", failed_at=LATER))


def test_an_officer_corrects_the_address_of_the_submitter() -> None:
    lost = letter(letter_failed(CASE))
    after, (corrected, record) = correct_address(CASE, lost, "deniz@example.net", **BY)
    assert (after.submitter.email, after.submitter.name) == ("deniz@example.net", CASE.submitter.name)
    assert corrected.model_dump(include={"email", "corrected_at"}) == {
        "email": "deniz@example.net",
        "corrected_at": LATER,
    }
    assert record.model_dump(include={"action", "fields"}) == {"action": "address_corrected", "fields": ("email",)}
    assert RECIPIENT in after.timeline[-1].text
    assert correct_address(after, lost, "deniz@example.net", **BY) == (after, [])
    with pytest.raises(WrongAddress):
        correct_address(CASE, lost, RECIPIENT.upper(), **BY)


def test_an_older_correction_of_the_submitter_that_arrives_later_changes_nothing() -> None:
    after, _ = correct_address(CASE, letter(letter_failed(CASE)), "deniz@example.net", **BY)
    older = ContactCorrected(message_id=CASE.id, email="older@example.net", corrected_at=LATER - timedelta(minutes=1))
    assert correct_contact(after, older).submitter.email == "deniz@example.net"


@pytest.mark.parametrize("backwards", [False, True])
def test_an_invitation_that_was_sent_again_leaves_the_assignment_invited(backwards: bool) -> None:
    case = example.routed_case()
    about: dict[str, Any] = {"unit": "kutuphane", "assignment_id": case.assignments[0].id}
    lost = letter_failed(case, "invitation", **about)
    sent = letter_sent(case, "invitation", sent_at=LATER, **about)
    events: list[LetterSent | LetterFailed] = [sent, lost] if backwards else [lost, sent]
    for event in events:
        step = case_letter_sent(case, event) if isinstance(event, LetterSent) else case_letter_failed(case, event)
        case = example.saved(step[0])
    assert case.assignments[0].state is AssignmentState.INVITED
