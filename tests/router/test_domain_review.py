"""The check of the replies, the answer, and closing a case."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.cases.domain.case import Case
from services.router.cases.domain.review import approve, close, composed, pending_versions, receive_reply, return_reply
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from shared.events import AssignmentRecalled, CaseAnswered, CaseClosed, Event
from shared.refused import Refused
from tests import examples as example

A = AssignmentState
LATER = example.NOW + timedelta(hours=2)


def approved(case: Case, **different: Any) -> tuple[Case, list[Event]]:
    given: dict[str, Any] = {
        "answer": "Cevap metni.",
        "versions": pending_versions(case),
        "waived_because": "",
        "by": example.officer(),
        "now": LATER,
    }
    return approve(case, **given | different)


def returned(case: Case, version: int = 1) -> tuple[Case, list[Event]]:
    given: dict[str, Any] = {"reason": "Eksik.", "due_at": LATER, "by": example.officer(), "now": LATER}
    return return_reply(case, case.assignments[0].id, version=version, **given)


def closed(case: Case, reason: ClosureReason, explanation: str = "Açıklama.") -> tuple[Case, list[Event]]:
    given: dict[str, Any] = {"told_units": "Mükerrer başvuru", "by": example.officer(), "now": LATER}
    return close(case, reason=reason, explanation=explanation, **given)


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def test_a_reply_waits_for_the_officers_check() -> None:
    case = example.routed_case()
    waiting, events = receive_reply(case, example.reply_submitted(case), LATER)
    assert (waiting.state, waiting.assignments[0].state) == (CaseState.REPLY_PENDING_REVIEW, A.REPLIED)
    assert (types(events), len(waiting.assignments[0].replies)) == (["case.progressed"], 1)


@pytest.mark.parametrize("state", [A.REPLIED, A.ACCEPTED, A.DECLINED, A.RECALLED])
def test_a_reply_that_comes_too_late_is_kept_in_the_timeline_alone(state: AssignmentState) -> None:
    case = example.routed_case()
    over = case.model_copy(update={"assignments": (case.assignments[0].model_copy(update={"state": state}),)})
    after, events = receive_reply(over, example.reply_submitted(case, text="Geç kalan cevap."), LATER)
    assert (after.assignments, after.state, events) == (over.assignments, over.state, [])
    assert (after.timeline[-1].what, after.timeline[-1].text) == ("replied_late", "Geç kalan cevap.")


def test_a_returned_reply_keeps_its_version_and_the_reason() -> None:
    back, events = returned(example.replied_case())
    assignment = back.assignments[0]
    assert (back.state, assignment.state, assignment.due_at) == (CaseState.ROUTED, A.RETURNED, LATER)
    assert assignment.reply
    assert assignment.reply.returned_because == "Eksik."
    assert types(events) == ["reply.returned", "case.progressed"]


@pytest.mark.parametrize("case", [example.routed_case(), example.answered_case(), returned(example.replied_case())[0]])
def test_a_reply_that_does_not_wait_is_not_returned(case: Case) -> None:
    with pytest.raises(Refused, match="dealt with already"):
        returned(case)


def test_only_the_version_that_was_seen_is_returned() -> None:
    with pytest.raises(Refused, match="sent another"):
        returned(example.replied_case(), version=2)


def test_the_one_reply_is_proposed_as_it_is_and_several_under_their_units_names() -> None:
    text = "Isıtma sistemi onarılmıştır, bilginize sunarız."
    assert composed(example.replied_case()) == text
    both = (example.LIBRARY, example.WORKS)
    assert composed(example.replied_case(*both)) == "\n\n".join(f"{unit.name_tr}:\n{text}" for unit in both)
    assert composed(example.replied_case(*both, language="en")).startswith(example.LIBRARY.name_en)
    assert composed(example.case()) == ""


def test_the_answer_goes_to_the_citizen_in_their_language_and_the_units_are_released() -> None:
    case = example.replied_case(example.LIBRARY, example.WORKS, language="en")
    resolved, events = approved(case)
    answered = events[0]
    assert isinstance(answered, CaseAnswered)
    assert (answered.answer, answered.language, answered.submitter) == ("Cevap metni.", "en", example.submitter())
    assert types(events) == ["case.answered", "reply.accepted", "reply.accepted", "case.progressed"]
    assert (resolved.state, {a.state for a in resolved.assignments}) == (CaseState.RESOLVED, {A.ACCEPTED})
    assert resolved.timeline[-1].by == "Ayşe Yılmaz"


@pytest.mark.parametrize("case", [example.answered_case(), example.case(state=CaseState.CLOSED)])
def test_nobody_is_answered_twice(case: Case) -> None:
    with pytest.raises(Refused, match="A colleague was faster"):
        approved(case)


@pytest.mark.parametrize("versions", [set(), {"x:1"}])
def test_an_answer_is_released_only_for_the_replies_that_were_seen(versions: set[str]) -> None:
    with pytest.raises(Refused, match="have changed meanwhile"):
        approved(example.replied_case(), versions=versions)


def test_an_awaited_unit_is_waived_with_a_reason_and_recalled() -> None:
    case = example.half_replied_case()
    with pytest.raises(Refused, match="has not replied yet"):
        approved(case)
    resolved, events = approved(case, waived_because="Konu çözüldü.")
    assert [a.state for a in resolved.assignments] == [A.ACCEPTED, A.RECALLED]
    assert types(events) == ["case.answered", "reply.accepted", "assignment.recalled", "case.progressed"]


def test_a_unit_that_was_only_informed_holds_nothing_up() -> None:
    case = example.routed_case(kind="compliment")
    resolved, events = approved(case)
    assert (resolved.state, types(events)[1]) == (CaseState.RESOLVED, "assignment.recalled")


@pytest.mark.parametrize("reason", [r for r in ClosureReason if r is not ClosureReason.ANSWERED])
def test_a_case_is_closed_for_every_reason_and_its_links_die(reason: ClosureReason) -> None:
    case = example.half_replied_case()
    after, events = closed(case, reason)
    news = events[0]
    assert isinstance(news, CaseClosed)
    assert (after.state, after.closure_reason) == (CaseState.CLOSED, reason)
    assert [a.state for a in after.assignments] == [A.REPLIED, A.RECALLED]
    assert news.assignment_ids == tuple(a.id for a in case.assignments)
    assert (news.submitter is None) == (reason is ClosureReason.SPAM)
    assert types(events) == ["case.closed", "assignment.recalled", "case.progressed"]
    told = events[1]
    assert isinstance(told, AssignmentRecalled)
    assert (told.assignment_id, told.cause, told.reason) == (case.assignments[1].id, "closed", "Mükerrer başvuru")


def test_without_an_explanation_there_is_no_letter() -> None:
    news = closed(example.case(), ClosureReason.DUPLICATE, "")[1][0]
    assert isinstance(news, CaseClosed)
    assert (news.submitter, news.explanation) == (None, "")


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (example.case(), ClosureReason.ANSWERED),
        (example.replied_case(), ClosureReason.ANSWERED),
        (example.answered_case(), ClosureReason.SPAM),
        (example.answered_case(), ClosureReason.WITHDRAWN),
    ],
)
def test_answered_means_answered(case: Case, reason: ClosureReason) -> None:
    with pytest.raises(Refused, match="Only an answered case can be closed as answered"):
        closed(case, reason)


def test_a_case_is_closed_once() -> None:
    with pytest.raises(Refused, match="closed already"):
        closed(example.case(state=CaseState.CLOSED), ClosureReason.SPAM)
