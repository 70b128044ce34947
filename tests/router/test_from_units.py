"""What units do beside replying: take a reply back, say something first, ask, hand on, send files."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets
from services.router.cases.domain.from_units import (
    ask_for_unit,
    check_unit_file,
    end_holding,
    hand_on,
    propose_question,
    receive_interim,
    refuse_question,
    withdraw_reply,
)
from services.router.cases.domain.holds import ANSWER
from services.router.cases.domain.informing import inform_of_answer, inform_of_follow_up, without_writer
from services.router.cases.domain.interim import inform
from services.router.cases.domain.questions import receive_answer
from services.router.cases.domain.release import hold, released
from services.router.cases.domain.review import approve, pending_versions, receive_reply, return_reply
from services.router.cases.domain.routing import decline, view
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.domain.terms import terms
from shared import events
from shared.refused import Refused
from tests import examples as example
from tests.router import from_units as unit
from tests.router.submitting import answered, followed_up

BY = example.officer()
LATER = unit.LATER
AT = LATER + timedelta(hours=1)


def replied(version: int = 1, case: Case | None = None, **different: Any) -> Case:
    of_case = case or example.routed_case()
    told = example.reply_submitted(of_case, version=version, **different)
    return example.saved(receive_reply(of_case, told, LATER)[0])


def asking(case: Case | None = None) -> Case:
    of_case = case or example.routed_case()
    return example.saved(propose_question(of_case, unit.proposed(of_case)))


# --- a reply is taken back -------------------------------------------------------------------------------------------


def test_a_reply_that_is_taken_back_leaves_the_review() -> None:
    before = replied()
    case, told = withdraw_reply(before, unit.withdrawn_reply(before), LATER)
    (assignment,) = case.assignments
    assert (case.state, assignment.state) == (CaseState.ROUTED, AssignmentState.VIEWED)
    assert (assignment.reply, [one.version for one in assignment.taken_back]) == (None, [1])
    assert [(event.type, getattr(event, "step", "")) for event in told] == [("case.progressed", "at_unit")]
    assert (case.timeline[-1].what, case.timeline[-1].text) == ("reply_withdrawn", "Tarih yanlıştı.")


def test_a_held_answer_does_not_go_out_when_its_reply_is_taken_back_and_the_officer_is_told() -> None:
    before = replied()
    payload = {"answer": "Onarıldı.", "versions": sorted(pending_versions(before)), "waived_because": ""}
    held = example.saved(hold(before, ANSWER, payload, AT, BY))
    case = example.saved(withdraw_reply(held, unit.withdrawn_reply(held), LATER)[0])
    assert (case.held, released(case, AT), case.state) == (None, None, CaseState.ROUTED)
    assert "release_cancelled" in attention(case)


def test_after_the_answer_went_out_taking_back_is_an_entry_alone() -> None:
    before = example.answered_case()
    case, told = withdraw_reply(before, unit.withdrawn_reply(before), LATER)
    assert (case.state, case.answer, told) == (before.state, before.answer, [])
    assert [a.replies for a in case.assignments] == [a.replies for a in before.assignments]
    assert "reply_withdrawn" in [entry.what for entry in case.timeline]


def test_a_revised_reply_that_is_taken_back_is_to_be_revised_again() -> None:
    first = replied()
    given: dict[str, Any] = {"version": 1, "reason": "Tarih?", "due_at": LATER + timedelta(days=3)}
    returned = example.saved(return_reply(first, first.assignments[0].id, **given, by=BY, now=LATER)[0])
    second = replied(2, returned)
    case, _ = withdraw_reply(second, unit.withdrawn_reply(second, version=2), LATER)
    assert case.assignments[0].state is AssignmentState.RETURNED
    entry, told = withdraw_reply(returned, unit.withdrawn_reply(returned), LATER)
    assert (entry.assignments[0].state, told) == (AssignmentState.RETURNED, [])


@given(some.permutations(["first", "taken back", "second"]))
def test_in_whatever_order_they_arrive_the_newest_reply_waits(order: list[str]) -> None:
    case = example.routed_case()
    for what in order:
        if what == "taken back":
            case = example.saved(withdraw_reply(case, unit.withdrawn_reply(case), LATER)[0])
        else:
            case = replied(1 if what == "first" else 2, case)
    assert case.state is CaseState.REPLY_PENDING_REVIEW
    assert [version.rpartition(":")[2] for version in pending_versions(case)] == ["2"]


@given(some.permutations(["reply 1", "back 1", "reply 2", "back 2"]))
def test_in_whatever_order_they_arrive_of_two_replies_that_were_taken_back_none_is_left(order: list[str]) -> None:
    case = example.routed_case()
    for what in order:
        version = int(what[-1])
        if what.startswith("back"):
            case = example.saved(withdraw_reply(case, unit.withdrawn_reply(case, version), LATER)[0])
        else:
            case = replied(version, case)
    (assignment,) = case.assignments
    assert (case.state, assignment.replies, assignment.awaited) == (CaseState.ROUTED, (), True)
    assert assignment.state is not AssignmentState.RETURNED


def test_a_reply_that_arrives_after_it_was_taken_back_waits_for_nobody() -> None:
    before = example.routed_case()
    case = replied(1, example.saved(withdraw_reply(before, unit.withdrawn_reply(before), LATER)[0]))
    assert (case.state, case.pending) == (CaseState.ROUTED, ())
    assert [one.text for one in case.assignments[0].taken_back]


# --- interim replies and questions -----------------------------------------------------------------------------------


def test_an_interim_reply_is_found_in_its_list_and_by_its_words_until_an_officer_looks() -> None:
    routed = example.routed_case()
    case = example.saved(receive_interim(routed, unit.interim(routed)))
    assert "view:interim_submitted" in facets(case) and "siparis" in terms(case)
    assert case.state is routed.state
    assert receive_interim(case, unit.interim(case)) is case
    sent, told = inform(case, "Parça sipariş edilmiştir, Sayın Deniz Kaya.", BY, AT, interim_id="n1")
    assert [event.type for event in told] == ["case.informed", "assignment.informed"]
    assert sent.assignments[0].interims[0].sent_at == AT
    assert "interim_submitted" not in attention(example.saved(sent))


def test_a_question_of_a_unit_waits_for_an_officer_who_asks_it_in_other_words() -> None:
    case = asking()
    assert "view:question_proposed" in facets(case)
    asked, told = ask_for_unit(case, "s1", question_id="q1", text="Kaçıncı katta?", by=BY, now=AT)
    assert (asked.questions[-1].text, asked.questions[-1].assignment_id) == ("Kaçıncı katta?", case.assignments[0].id)
    decided = [event for event in told if isinstance(event, events.UnitQuestionDecided)]
    assert [(event.asked, event.proposal_id) for event in decided] == [(True, "s1")]
    assert "question_proposed" not in attention(asked)
    with pytest.raises(Refused, match="decided already"):
        ask_for_unit(asked, "s1", question_id="q2", text="Kaçıncı katta?", by=BY, now=AT)


def test_a_question_that_is_refused_tells_the_unit_why() -> None:
    case, (told,) = refuse_question(asking(), "s1", reason="Dilekçede yazıyor.", by=BY, now=AT)
    assert isinstance(told, events.UnitQuestionDecided)
    assert (told.asked, told.reason) == (False, "Dilekçede yazıyor.")
    assert (case.questions, attention(case)) == ((), ())


@pytest.mark.parametrize("state", ["closed", "resolved"])
def test_a_question_to_a_finished_case_is_an_entry_alone(state: str) -> None:
    before = example.routed_case().model_copy(update={"state": CaseState(state)})
    case = propose_question(before, unit.proposed(before))
    assert (case.assignments[0].proposals, case.timeline[-1].what) == ((), "question_proposed")


# --- what units are told ---------------------------------------------------------------------------------------------


def asked_for_unit(case: Case) -> Case:
    return example.saved(ask_for_unit(asking(case), "s1", question_id="q1", text="Kaçıncı katta?", by=BY, now=AT)[0])


def with_unit(case: Case, **different: Any) -> Case:
    (assignment,) = case.assignments
    return case.model_copy(update={"assignments": (assignment.model_copy(update=different),)})


def routed_as_written() -> Case:
    case = example.routed_case()
    return with_unit(case, text=case.text)


def test_the_unit_reads_the_answer_to_its_question() -> None:
    case = asked_for_unit(routed_as_written())
    told = answered(case)
    after, _ = receive_answer(case, told, AT)
    (informed,) = inform_of_answer(case, after, told, AT)
    assert isinstance(informed, events.AssignmentInformed)
    assert (informed.cause, informed.question, informed.text) == (
        "question_answered",
        "Kaçıncı katta?",
        "İkinci katta.",
    )
    assert [file.id for file in informed.files] == ["a2"]
    assert inform_of_answer(after, after, told, AT) == []


def test_the_answer_to_a_question_of_the_desk_itself_goes_to_no_unit() -> None:
    case = asked_for_unit(routed_as_written())
    own = case.questions[0].model_copy(update={"assignment_id": None})
    case = case.model_copy(update={"questions": (own,)})
    assert inform_of_answer(case, receive_answer(case, answered(case), AT)[0], answered(case), AT) == []


def test_a_unit_that_is_asked_reads_what_the_submitter_adds_and_one_that_replied_does_not() -> None:
    half = example.half_replied_case()
    told = inform_of_follow_up(half, followed_up(half), AT)
    assert [getattr(event, "assignment_id", "") for event in told] == [half.assignments[1].id]
    assert inform_of_follow_up(example.answered_case(), followed_up(half), AT) == []


@pytest.mark.parametrize("shared", [True, False])
def test_whose_identity_stays_hidden_is_named_in_nothing_that_the_unit_reads(shared: bool) -> None:
    case = with_unit(routed_as_written(), identity_shared=shared)
    text = "Ben Deniz Kaya, DENİZ KAYA. Bay Kaya deyin: deniz.kaya@example.org, 0288 212 96 79."
    told = followed_up(case).model_copy(update={"text": text})
    (informed,) = inform_of_follow_up(case, told, AT)
    assert isinstance(informed, events.AssignmentInformed)
    assert (informed.text == text) is shared
    for secret in ("Kaya", "KAYA", "deniz.kaya", "212 96 79"):
        assert (secret in informed.text) is shared
    assert bool(informed.files) is shared


def test_where_the_message_was_blacked_out_for_the_unit_additions_are_too() -> None:
    case = with_unit(example.routed_case(), text="[ad gizlenmiştir] yazdı.")
    told = followed_up(case).model_copy(update={"text": "Babamın numarası 0532 111 22 33."})
    (informed,) = inform_of_follow_up(case, told, AT)
    assert isinstance(informed, events.AssignmentInformed)
    assert (informed.text, informed.files) == ("Babamın numarası [telefon numarası gizlenmiştir].", ())


def test_a_name_that_is_part_of_another_word_stays() -> None:
    assert without_writer(example.case(), "Kayalı yokuş") == "Kayalı yokuş"


# --- files, holders, links, suggestions ------------------------------------------------------------------------------


def test_files_of_a_reply_go_with_the_answer_and_the_unit_learns_what_the_submitter_got() -> None:
    case = replied(files=[unit.unit_file(), unit.unit_file(id="u2", state="held")])
    assert case.files == () and [file.id for file in case.files_of_units] == ["u1", "u2"]
    payload: dict[str, Any] = {"answer": "Onarıldı.", "versions": sorted(pending_versions(case)), "waived_because": ""}
    held = example.saved(hold(case, ANSWER, payload | {"files": ["u1"]}, AT, BY))
    decided = released(held, AT)
    assert decided
    resolved, told = decided
    assert [event.type for event in told] == ["case.answered", "reply.accepted", "case.progressed"]
    answer, accepted = told[0], told[1]
    assert isinstance(answer, events.CaseAnswered) and isinstance(accepted, events.ReplyAccepted)
    assert [file.id for file in answer.files] == [file.id for file in accepted.files] == ["u1"]
    assert (accepted.answer, accepted.answered_at) == ("Onarıldı.", AT)
    assert resolved.answer and [file.id for file in resolved.answer.files] == ["u1"]
    with pytest.raises(Refused, match="can no longer go"):
        hold(case, ANSWER, payload | {"files": ["u2"]}, AT, BY)


def test_the_answer_that_a_unit_reads_has_no_name_where_that_stays_hidden() -> None:
    case = with_unit(replied(), identity_shared=False)
    given: dict[str, Any] = {"answer": "Sayın Deniz Kaya,\n\nOnarıldı.", "versions": pending_versions(case)}
    _, told = approve(case, **given, waived_because="", by=BY, now=AT)
    (accepted,) = [event for event in told if isinstance(event, events.ReplyAccepted)]
    assert accepted.answer and "Kaya" not in accepted.answer and "Onarıldı." in accepted.answer


@pytest.mark.parametrize("before", [True, False], ids=["scanned before it is named", "after"])
def test_the_scan_of_a_units_file_is_kept_in_whatever_order_it_comes(before: bool) -> None:
    routed = example.routed_case()
    held = {"files": [unit.unit_file(state="held")]}
    if before:
        case = replied(1, check_unit_file(routed, unit.checked(routed)), **held)
    else:
        waiting = replied(1, routed, **held)
        case = check_unit_file(waiting, unit.checked(waiting))
    assert [file.state for file in case.files_of_units] == ["clean"]


def test_files_of_interim_late_and_withdrawn_texts_are_scanned_too() -> None:
    case = replied(files=[unit.unit_file(id="r", state="held")])
    case = example.saved(withdraw_reply(case, unit.withdrawn_reply(case), LATER)[0])
    case = receive_interim(case, unit.interim(case, files=[unit.unit_file(id="i", state="held")]))
    case = case.model_copy(update={"state": CaseState.CLOSED})
    case = replied(2, case, files=[unit.unit_file(id="l", state="held")])
    for file_id in "ril":
        case = check_unit_file(case, unit.checked(case, file_id, "infected"))
    assert {file.id: file.state for file in case.files_of_units} == dict.fromkeys("ril", "infected")


@given(some.permutations([hand_on, end_holding]))
def test_who_holds_an_assignment_is_known_and_in_any_order_nobody_holds_what_was_taken_back(order: list[Any]) -> None:
    routed = example.routed_case()
    told = {hand_on: unit.handed_on(routed), end_holding: unit.taken_from(routed)}
    held = hand_on(routed, unit.handed_on(routed)).assignments[0].holder
    assert held and (held.name, held.by) == ("Mehmet Öz", "Fatma Şahin")
    case = routed
    for act in order:
        case = act(case, told[act])
    assert (case.assignments[0].holder, case.assignments[0].holders[0].name) == (None, "Mehmet Öz")


def test_an_opened_link_is_not_a_text_that_is_being_written() -> None:
    routed = example.routed_case()
    told = {"message_id": routed.id, "assignment_id": routed.assignments[0].id, "viewed_at": LATER}
    opened, _ = view(routed, events.AssignmentViewed.model_validate(told))
    writing, _ = view(opened, events.AssignmentViewed.model_validate(told | {"by_person": True}))
    assert (opened.assignments[0].read_at, writing.assignments[0].read_at) == (None, LATER)
    assert [entry.what for entry in writing.timeline][-2:] == ["viewed", "read"]


def test_the_unit_that_another_one_names_is_kept() -> None:
    routed = example.routed_case()
    given = {"reason": "Değil.", "by": "F. Şahin", "declined_at": LATER, "suggested_code": example.WORKS.code}
    told = {"message_id": routed.id, "assignment_id": routed.assignments[0].id, **given}
    case, _ = decline(routed, events.AssignmentDeclined.model_validate(told), LATER)
    assert case.assignments[0].suggested_code == example.WORKS.code
