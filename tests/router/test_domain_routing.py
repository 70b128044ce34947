"""Handing a case to units, and what comes back before they reply."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.cases.domain.case import Case
from services.router.cases.domain.routing import (
    decline,
    letter_failed,
    letter_sent,
    recall,
    route,
    view,
)
from services.router.cases.domain.states import AssignmentState, CaseState
from shared.events import (
    AssignmentDeclined,
    AssignmentRequested,
    AssignmentViewed,
    CaseProgressed,
    Event,
    LetterFailed,
    LetterSent,
)
from shared.refused import Refused
from tests import examples as example

A = AssignmentState
LATER = example.NOW + timedelta(hours=1)


def routed(case: Case, *units: Any, **different: Any) -> tuple[Case, list[Event]]:
    to = units or (example.LIBRARY,)
    given: dict[str, Any] = {
        "ids": [f"a{n}" for n, _ in enumerate(to)],
        "text": "Metin.",
        "note": "Not.",
        "share_identity": True,
        "due_at": LATER,
        "by": example.officer(),
        "now": example.NOW,
    }
    return route(case, to, **given | different)


def in_state(state: AssignmentState) -> Case:
    """A case whose one assignment is in this state."""
    case = example.routed_case()
    return case.model_copy(update={"assignments": (case.assignments[0].model_copy(update={"state": state}),)})


def about(case: Case, **more: Any) -> dict[str, Any]:
    return {"message_id": case.id, "assignment_id": case.assignments[0].id, **more}


def sent(case: Case, template: str = "invitation") -> LetterSent:
    return LetterSent(**about(case, letter_id="l1", template=template, sent_at=LATER))


def lost(case: Case, template: str = "invitation") -> LetterFailed:
    return LetterFailed(**about(case, letter_id="l1", template=template, reason="550", failed_at=LATER))


def declined(case: Case) -> AssignmentDeclined:
    return AssignmentDeclined(**about(case, reason="Bizim değil.", by="Fatma Şahin", declined_at=LATER))


def test_each_unit_gets_an_assignment_and_the_citizen_one_piece_of_news() -> None:
    case, events = routed(example.case(), example.LIBRARY, example.WORKS)
    assert (case.state, [a.unit.code for a in case.assignments]) == (CaseState.ROUTED, ["kddb", "yitdb"])
    assert [type(event) for event in events] == [AssignmentRequested, AssignmentRequested, CaseProgressed]
    assert [(entry.what, entry.unit) for entry in case.timeline[1:]] == [("routed", "kddb"), ("routed", "yitdb")]


@pytest.mark.parametrize(
    ("hide", "share", "shared"), [(False, True, True), (False, False, False), (True, True, False), (True, False, False)]
)
def test_the_identity_is_shared_only_when_nobody_objects(hide: bool, share: bool, shared: bool) -> None:
    case, events = routed(example.case(hide_identity=hide), share_identity=share)
    request = events[0]
    assert isinstance(request, AssignmentRequested)
    assert (case.assignments[0].identity_shared, request.submitter is not None) == (shared, shared)


def test_thanks_go_to_the_unit_without_a_duty_to_reply() -> None:
    case, _ = routed(example.case(kind="compliment"))
    assignment = case.assignments[0]
    assert (assignment.reply_expected, assignment.due_at, assignment.open, case.awaited) == (False, None, True, ())


@pytest.mark.parametrize("state", [CaseState.RESOLVED, CaseState.CLOSED])
def test_a_finished_case_is_not_routed(state: CaseState) -> None:
    with pytest.raises(Refused, match="answered or closed already"):
        routed(example.case(state=state))


@pytest.mark.parametrize("state", [A.REQUESTED, A.INVITED, A.UNDELIVERABLE, A.VIEWED, A.RETURNED, A.REPLIED])
def test_a_unit_that_works_on_the_case_does_not_get_it_again(state: AssignmentState) -> None:
    with pytest.raises(Refused, match="already working on the case"):
        routed(in_state(state), example.WORKS, example.LIBRARY)


@pytest.mark.parametrize("state", [A.DECLINED, A.RECALLED])
def test_a_unit_that_gave_the_case_back_may_get_it_again(state: AssignmentState) -> None:
    case, _ = routed(in_state(state))
    assert [a.state for a in case.assignments] == [state, A.REQUESTED]


@pytest.mark.parametrize("state", [A.REQUESTED, A.INVITED, A.UNDELIVERABLE, A.VIEWED, A.RETURNED])
def test_an_open_assignment_can_be_recalled(state: AssignmentState) -> None:
    case = in_state(state)
    back, events = recall(case, case.assignments[0].id, reason="Yanlış.", by=example.officer(), now=LATER)
    assert (back.state, back.assignments[0].state) == (CaseState.IN_REVIEW, A.RECALLED)
    assert [event.type for event in events] == ["assignment.recalled", "case.progressed"]


@pytest.mark.parametrize("state", [A.REPLIED, A.ACCEPTED, A.DECLINED, A.RECALLED])
def test_an_assignment_that_is_over_cannot_be_recalled(state: AssignmentState) -> None:
    case = in_state(state)
    with pytest.raises(Refused, match="cannot be recalled any more"):
        recall(case, case.assignments[0].id, reason="Yanlış.", by=example.officer(), now=LATER)


@pytest.mark.parametrize("state", list(AssignmentState))
def test_a_view_is_noted_and_takes_nothing_back(state: AssignmentState) -> None:
    case = in_state(state)
    observed, events = view(case, AssignmentViewed(**about(case, viewed_at=LATER)))
    fresh = state in (A.REQUESTED, A.INVITED, A.UNDELIVERABLE)
    assert (observed.assignments[0].state, observed.assignments[0].viewed_at) == (A.VIEWED if fresh else state, LATER)
    assert (events, observed.timeline[-1].what) == ([], "viewed")


def test_a_person_who_read_the_message_is_told_from_a_link_that_was_opened() -> None:
    case = example.routed_case()
    opened, _ = view(case, AssignmentViewed(**about(case, viewed_at=example.NOW)))
    read, _ = view(opened, AssignmentViewed(**about(case, viewed_at=LATER, by_person=True)))
    assert [(a.state, a.viewed_at, a.read_at) for a in read.assignments] == [(A.VIEWED, example.NOW, LATER)]
    assert [entry.what for entry in read.timeline[-2:]] == ["viewed", "read"]


@pytest.mark.parametrize("state", list(AssignmentState))
def test_a_sent_letter_is_noted_and_takes_nothing_back(state: AssignmentState) -> None:
    case = in_state(state)
    after, events = letter_sent(case, sent(case))
    assert after.assignments[0].state is (A.INVITED if state in (A.REQUESTED, A.UNDELIVERABLE) else state)
    assert (events, after.timeline[-1].what, after.timeline[-1].unit) == ([], "letter_sent", "kddb")


@pytest.mark.parametrize("state", list(AssignmentState))
def test_a_lost_letter_is_noted_and_takes_nothing_back(state: AssignmentState) -> None:
    case = in_state(state)
    after, events = letter_failed(case, lost(case))
    assert after.assignments[0].state is (A.UNDELIVERABLE if state in (A.REQUESTED, A.INVITED) else state)
    assert (events, after.timeline[-1].what) == ([], "letter_failed")


@pytest.mark.parametrize("template", ["return", "arrival"])
def test_only_an_invitation_moves_an_assignment(template: str) -> None:
    case = in_state(A.REQUESTED)
    assert letter_sent(case, sent(case, template))[0].assignments == case.assignments
    assert letter_failed(case, lost(case, template))[0].assignments == case.assignments


def test_what_a_unit_hands_back_returns_to_the_officer_with_the_reason() -> None:
    case = in_state(A.VIEWED)
    back, events = decline(case, declined(case), LATER)
    assert (back.state, back.assignments[0].declined_because) == (CaseState.IN_REVIEW, "Bizim değil.")
    assert [event.type for event in events] == ["case.progressed"]


@pytest.mark.parametrize("state", [A.REPLIED, A.ACCEPTED, A.RECALLED, A.DECLINED])
def test_a_refusal_that_comes_too_late_is_noted_and_changes_nothing_else(state: AssignmentState) -> None:
    case = in_state(state)
    back, events = decline(case, declined(case), LATER)
    assert (back.assignments, back.state, events) == (case.assignments, case.state, [])
    assert back.timeline[-1].text == "Bizim değil."
