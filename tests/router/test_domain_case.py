"""A case with its assignments, and the state that follows from them."""

from datetime import timedelta

import pytest

from services.router.cases.domain.case import open_case, progressed, with_assignment, with_derived_state, with_timeline
from services.router.cases.domain.parts import Assignment, TimelineEntry
from services.router.cases.domain.states import PUBLIC_STEP, AssignmentState, CaseState
from shared.refused import Refused
from tests import examples as example

A = AssignmentState


def assignments(*states: AssignmentState) -> tuple[Assignment, ...]:
    """An assignment in each of these states."""
    given = {"unit": example.LIBRARY, "text": "Metin.", "requested_at": example.NOW}
    return tuple(Assignment.model_validate({"id": f"a{n}", "state": s, **given}) for n, s in enumerate(states))


def test_a_message_becomes_a_new_case_with_the_messages_id() -> None:
    submitted = example.message_submitted(hide_identity=True, language="en")
    case, (news,) = open_case(submitted)
    assert (case.id, case.state, case.text) == (submitted.message_id, CaseState.NEW, submitted.text)
    assert (case.hide_identity, case.language, case.submitter) == (True, "en", example.person())
    assert [(entry.what, entry.at) for entry in case.timeline] == [("submitted", example.NOW)]
    told = {"message_id": case.id, "step": "received", "revision": 0, "at": example.NOW}
    assert news.model_dump(exclude_defaults=True) == told


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([], CaseState.NEW),
        ([A.REQUESTED], CaseState.ROUTED),
        ([A.INVITED], CaseState.ROUTED),
        ([A.UNDELIVERABLE], CaseState.ROUTED),
        ([A.VIEWED], CaseState.ROUTED),
        ([A.RETURNED], CaseState.ROUTED),
        ([A.REPLIED], CaseState.REPLY_PENDING_REVIEW),
        ([A.DECLINED], CaseState.IN_REVIEW),
        ([A.RECALLED, A.DECLINED], CaseState.IN_REVIEW),
        ([A.DECLINED, A.INVITED], CaseState.ROUTED),
        ([A.INVITED, A.REPLIED, A.DECLINED], CaseState.REPLY_PENDING_REVIEW),
    ],
)
def test_the_state_of_a_case_follows_from_its_assignments(states: list[AssignmentState], state: CaseState) -> None:
    assert with_derived_state(example.case(assignments=assignments(*states))).state is state


@pytest.mark.parametrize("state", [CaseState.RESOLVED, CaseState.CLOSED])
def test_a_finished_case_stays_finished_whatever_its_units_do(state: CaseState) -> None:
    case = example.case(state=state, assignments=assignments(A.REPLIED))
    assert (case.finished, with_derived_state(case).state) == (True, state)


def test_news_for_the_citizen_are_made_only_when_the_public_step_changes() -> None:
    new = example.case()
    routed = new.model_copy(update={"state": CaseState.ROUTED})
    (news,) = progressed(new, routed, example.NOW)
    told = {"message_id": new.id, "step": "at_unit", "revision": 1, "at": example.NOW}
    assert news.model_dump(exclude_defaults=True) == told
    assert progressed(new, new.model_copy(update={"state": CaseState.IN_REVIEW}), example.NOW) == []


def test_a_state_of_a_newer_version_stays_and_means_no_news() -> None:
    before = example.case(state="of_tomorrow", assignments=assignments(A.INVITED))
    after = with_derived_state(before)
    assert (after, after.finished, progressed(before, after, example.NOW)) == (before, False, [])


def test_a_unit_may_still_reply_in_a_state_of_a_newer_version() -> None:
    drafting = assignments(A.INVITED)[0].model_copy(update={"state": "drafting"})
    assert (drafting.open, with_derived_state(example.case(assignments=(drafting,))).state) == (True, CaseState.ROUTED)


def test_every_state_has_a_public_step() -> None:
    assert set(PUBLIC_STEP) == set(CaseState)


def test_the_timeline_stands_in_the_order_in_which_things_happened() -> None:
    late = TimelineEntry(at=example.NOW + timedelta(hours=2), what="viewed")
    early = TimelineEntry(at=example.NOW + timedelta(hours=1), what="letter_sent")
    assert [entry.what for entry in with_timeline(with_timeline(example.case(), late), early).timeline] == [
        *("submitted", "letter_sent", "viewed")
    ]


def test_changing_one_assignment_leaves_the_others_and_the_case_alone() -> None:
    case = example.case(assignments=assignments(A.INVITED, A.INVITED))
    changed = with_assignment(case, case.assignments[1], state=A.VIEWED)
    assert [a.state for a in changed] == [A.INVITED, A.VIEWED]
    assert [a.state for a in case.assignments] == [A.INVITED, A.INVITED]


def test_an_assignment_of_another_case_is_refused() -> None:
    with pytest.raises(Refused, match="does not belong to the case"):
        example.routed_case().assignment(example.routed_case().assignments[0].id)


def test_a_case_is_due_when_the_first_of_the_awaited_units_is() -> None:
    days = [timedelta(days=n) for n in (5, 3, 1, 2)]
    made = assignments(A.INVITED, A.VIEWED, A.REPLIED, A.INVITED)
    dated = [a.model_copy(update={"due_at": example.NOW + day}) for a, day in zip(made, days, strict=True)]
    informed = dated[3].model_copy(update={"reply_expected": False})
    case = example.case(assignments=(*dated[:3], informed))
    assert case.due_at == example.NOW + timedelta(days=3)
    assert [a.id for a in case.awaited] == ["a0", "a1"]
    assert [a.id for a in case.pending] == ["a2"]
    assert example.case().due_at is None
