"""What submitters do after sending reaches the desk: decisions without a database, in any order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.router.access import Role
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import correct_submitter
from services.router.cases.domain.objections import decide, receive_objection
from services.router.cases.domain.questions import ask, receive_answer
from services.router.cases.domain.reading import look_at, trust
from services.router.cases.domain.review import approve, close, pending_versions, receive_reply, return_reply
from services.router.cases.domain.routing import recall, route
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason, ObjectionDecision
from services.router.cases.domain.submitter import check_file, correct_contact, follow_up, rate, withdraw
from shared import events
from shared.events import CaseAnswered, CaseClosed, CaseProgressed, CaseRerouted, Event, QuestionAsked
from shared.refused import Refused
from tests import examples as example
from tests.router.submitting import LATER, answered, asked_case, followed_up, objected, objected_case, rated, withdrawn

BY, CHIEF = example.officer(), example.officer(role=Role.SUPERVISOR)


def withdrawal(case: Case) -> tuple[Case, list[Event]]:
    return withdraw(case, withdrawn(case), explanation="Geri çektiniz.", told_units="Geri çekildi.", now=LATER)


def closed_as_answered() -> Case:
    given: dict[str, Any] = {"reason": ClosureReason.ANSWERED, "explanation": "", "by": BY, "now": LATER}
    return example.saved(close(example.answered_case(), **given)[0])


def progress(news: list[Event]) -> list[tuple[str, str | None]]:
    return [(event.step, event.cause) for event in news if isinstance(event, CaseProgressed)]


def routed_to(case: Case, unit: Any = example.WORKS) -> tuple[Case, list[Event]]:
    given: dict[str, Any] = {"ids": ["n1"], "text": "Metin.", "note": "", "share_identity": True, "due_at": LATER}
    return route(case, [unit], **given, by=BY, now=LATER + timedelta(hours=1))


@pytest.mark.parametrize(
    "case", [example.case(), example.routed_case(), example.answered_case(), example.case(state=CaseState.CLOSED)]
)
def test_a_follow_up_changes_no_state_and_reaches_the_desk(case: Case) -> None:
    after = example.saved(follow_up(case, followed_up(case)))
    assert (after.state, attention(after), needs_attention(after)) == (case.state, ("followed_up",), True)
    assert after.timeline[-1].text == "Bir de fotoğraf."
    assert (after.timeline[-1].files, [file.id for file in after.files]) == (("a1",), ["a1"])
    assert attention(look_at(after, by=BY, now=LATER)) == ()


def test_what_an_officer_does_after_a_follow_up_ends_its_mark_and_what_was_done_before_does_not() -> None:
    routed = example.routed_case()
    after = example.saved(follow_up(routed, followed_up(routed, at=example.NOW - timedelta(hours=1))))
    assert attention(after) == ("followed_up",)
    assert attention(ask(after, question_id="q", text="Nerede?", by=BY, now=LATER)[0]) == ()


def test_a_withdrawal_closes_the_case_and_tells_its_units() -> None:
    case = example.routed_case(example.LIBRARY, example.WORKS)
    after, (closed, *recalled, news) = withdrawal(case)
    assert (after.state, after.closure_reason) == (CaseState.CLOSED, ClosureReason.WITHDRAWN)
    assert isinstance(closed, CaseClosed)
    assert (closed.closure_reason, closed.explanation) == ("withdrawn", "Geri çektiniz.")
    assert [(e.type, getattr(e, "cause", None), getattr(e, "reason", "")) for e in recalled] == [
        ("assignment.recalled", "closed", "Geri çekildi.")
    ] * 2
    assert progress([news]) == [("closed", None)]
    assert {event.actor and event.actor.kind for event in [closed, *recalled, news]} == {"submitter"}
    assert (after.timeline[-1].what, after.timeline[-1].text) == ("withdrawn", "Sorun çözüldü.")


@pytest.mark.parametrize("case", [example.answered_case(), example.case(state=CaseState.CLOSED)])
def test_a_withdrawal_of_a_finished_case_is_only_an_entry(case: Case) -> None:
    after, announcing = withdrawal(case)
    assert (after.state, after.timeline[-1].what, announcing) == (case.state, "withdrawn_late", [])


def test_a_withdrawal_ends_the_mark_of_a_follow_up() -> None:
    case = example.case()
    after = withdrawal(example.saved(follow_up(case, followed_up(case))))[0]
    assert (attention(after), needs_attention(after)) == ((), False)


@pytest.mark.parametrize("case", [example.case(), example.replied_case(), example.answered_case()])
def test_a_rating_is_kept_even_before_the_answer_and_the_latest_counts(case: Case) -> None:
    late = rate(case, rated(case, 2, LATER + timedelta(hours=1)))
    after = rate(late, rated(case, 5, LATER))
    assert (after.state, after.rating and after.rating.score) == (case.state, 2)
    assert [entry.text for entry in after.timeline if entry.what == "rated"] == [
        "5/5\nTeşekkürler.",
        "2/5\nTeşekkürler.",
    ]


@pytest.mark.parametrize(
    "case",
    [
        example.answered_case(),
        example.saved(
            close(example.answered_case(), reason=ClosureReason.ANSWERED, explanation="", by=BY, now=LATER)[0]
        ),
        example.case(state=CaseState.CLOSED, closure_reason=ClosureReason.NOT_RESPONSIBLE),
    ],
)
def test_an_objection_opens_the_case_again_and_waits_for_a_supervisor(case: Case) -> None:
    after, announcing = receive_objection(case, objected(case), LATER)
    assert (after.state, after.objected, attention(after)) == (CaseState.IN_REVIEW, True, ("objection",))
    assert progress(announcing) == [("in_review", "objection")]
    acts: list[Callable[[], Any]] = [
        lambda: routed_to(after),
        lambda: close(after, reason=ClosureReason.SPAM, explanation="", by=BY, now=LATER),
        lambda: approve(after, answer="A", versions=set(), waived_because="", by=BY, now=LATER),
        lambda: ask(after, question_id="q", text="Nerede?", by=BY, now=LATER),
    ]
    for act in acts:
        with pytest.raises(Refused, match="supervisor"):
            act()


def test_a_second_objection_is_an_entry_and_decides_nothing_anew() -> None:
    case = objected_case()
    decided = example.saved(decide(case, ObjectionDecision.REOPENED, explanation="", by=CHIEF, now=LATER)[0])
    after, announcing = receive_objection(decided, objected(decided), LATER)
    assert (after.objection, after.objected, announcing) == (decided.objection, False, [])
    assert [entry.what for entry in after.timeline].count("objected") == 2


def test_an_objection_to_a_withdrawn_message_opens_nothing() -> None:
    case = withdrawal(example.case())[0]
    after, announcing = receive_objection(case, objected(case), LATER)
    assert (after.state, after.objection, announcing) == (CaseState.CLOSED, None, [])


def test_an_accepted_objection_makes_the_case_one_like_others_and_the_first_answer_stays_known() -> None:
    case = objected_case()
    first = case.answer
    reopened, announcing = decide(case, ObjectionDecision.REOPENED, explanation="", by=CHIEF, now=LATER)
    assert (reopened.state, attention(reopened)) == (CaseState.IN_REVIEW, ())
    assert progress(announcing) == [("received", None)], "it is with the hotline again"
    routed, news = routed_to(example.saved(reopened), example.LIBRARY)
    assert (routed.state, progress(news)) == (CaseState.ROUTED, [("at_unit", "routed")])
    reply = example.reply_submitted(routed, assignment_id="n1")
    replied, _ = receive_reply(example.saved(routed), reply, LATER)
    again, told = approve(
        replied, answer="Onarıldı.", versions=pending_versions(replied), waived_because="", by=BY, now=LATER
    )
    assert (again.state, again.answer and again.answer.text) == (CaseState.RESOLVED, "Onarıldı.")
    assert again.earlier_answers == (first,)
    assert isinstance(told[0], CaseAnswered)


def test_a_rejected_objection_closes_the_case_with_a_sentence_for_the_submitter() -> None:
    case = objected_case()
    upheld, announcing = decide(case, ObjectionDecision.UPHELD, explanation="Cevabımız aynıdır.", by=CHIEF, now=LATER)
    assert (upheld.state, upheld.closure_reason) == (CaseState.CLOSED, ClosureReason.ANSWERED)
    closed = announcing[0]
    assert isinstance(closed, CaseClosed)
    assert (closed.explanation, closed.submitter) == ("Cevabımız aynıdır.", example.submitter())
    with pytest.raises(Refused):
        decide(upheld, ObjectionDecision.REOPENED, explanation="", by=CHIEF, now=LATER)


def test_a_case_that_was_answered_without_a_unit_and_is_open_again_has_no_mark_of_a_recall() -> None:
    routed = example.routed_case()
    waived = approve(routed, answer="A", versions=set(), waived_because="Acele.", by=BY, now=LATER - timedelta(hours=1))
    reopened, _ = decide(
        objected_case(example.saved(waived[0])), ObjectionDecision.REOPENED, explanation="", by=CHIEF, now=LATER
    )
    assert (reopened.assignments[0].state, attention(reopened)) == (AssignmentState.RECALLED, ())


@pytest.mark.parametrize(
    ("case", "while_asked"),
    [
        (example.case(), CaseState.AWAITING_SUBMITTER),
        (example.declined_case(), CaseState.AWAITING_SUBMITTER),
        (example.routed_case(), CaseState.ROUTED),
        (example.replied_case(), CaseState.REPLY_PENDING_REVIEW),
    ],
)
def test_a_question_waits_for_its_answer_and_the_case_comes_back_to_where_it_was(
    case: Case, while_asked: CaseState
) -> None:
    asked, (event, news) = ask(case, question_id="q1", text="Hangi katta?", by=BY, now=LATER)
    assert isinstance(event, QuestionAsked)
    assert (event.text, event.submitter.email, asked.state) == ("Hangi katta?", "deniz.kaya@example.org", while_asked)
    assert [cause for _, cause in progress([news])] == ["question"]
    back, announcing = receive_answer(example.saved(asked), answered(case), LATER)
    assert (back.state, "question_answered" in attention(back)) == (case.state, True)
    assert [cause for _, cause in progress(announcing)] == ["question_answered"]
    assert (back.questions[0].answer, back.questions[0].files) == ("İkinci katta.", ("a2",))
    assert [file.id for file in back.files] == ["a2"]


def test_a_case_waits_until_its_last_question_is_answered() -> None:
    twice = example.saved(ask(asked_case(), question_id="q2", text="Ne zaman?", by=BY, now=LATER)[0])
    once = example.saved(receive_answer(twice, answered(twice), LATER)[0])
    assert once.state is CaseState.AWAITING_SUBMITTER
    assert receive_answer(once, answered(once, "q2"), LATER)[0].state is CaseState.NEW


@pytest.mark.parametrize(
    "case",
    [
        example.case(),
        asked_case().model_copy(update={"state": CaseState.CLOSED}),
        receive_answer(asked_case(), answered(asked_case()), LATER)[0],
    ],
    ids=["unknown question", "closed meanwhile", "answered before"],
)
def test_an_answer_that_changes_nothing_is_an_entry_that_an_officer_sees(case: Case) -> None:
    after, announcing = receive_answer(example.saved(case), answered(case), LATER)
    assert (after.state, announcing, attention(after)) == (case.state, [], ("question_answered",))


def test_another_address_is_used_from_now_on_whatever_arrives_late() -> None:
    case = example.case()
    corrected = {"message_id": case.id, "email": "yeni@example.org", "corrected_at": LATER}
    after = correct_contact(case, events.ContactCorrected.model_validate(corrected))
    older = corrected | {"email": "eski@example.org", "corrected_at": example.NOW}
    assert after.submitter == example.person(email="yeni@example.org")
    assert correct_contact(after, events.ContactCorrected.model_validate(older)).submitter == after.submitter


@pytest.mark.parametrize(("right", "email"), [({"name": "Deniz Kayaalp"}, "own@example.net"), ({"email": None}, None)])
def test_an_address_that_arrives_after_a_correction_counts_unless_that_was_about_the_address(
    right: dict[str, str | None], email: str | None
) -> None:
    case = example.case()
    person = case.submitter.model_copy(update=right)
    by_officer, (told, _) = correct_submitter(case, person, by=BY, now=LATER)
    assert isinstance(told, events.SubmitterCorrected)
    assert told.fields == tuple(right)
    own = events.ContactCorrected(message_id=case.id, email="own@example.net", corrected_at=example.NOW)
    after = correct_contact(by_officer, own)
    assert (after.submitter.name, after.submitter.email) == (person.name, email)
    assert [entry.text for entry in after.timeline if entry.what == "contact_corrected"] == [email or ""]
    again = person.model_copy(update={"email": email, "name": "D. Kaya"})
    changed, _ = correct_submitter(after, again, by=BY, now=LATER)
    assert [entry.text for entry in changed.timeline if entry.what == "contact_corrected"] == [email or ""]


def test_a_scan_is_known_whether_it_arrives_before_or_after_the_file() -> None:
    case, held = example.case(), example.file_ref(state="held")
    told = followed_up(case).model_copy(update={"files": (held,)})
    scan = events.FileChecked(message_id=case.id, file_id="a1", state="infected", checked_at=LATER)
    before, after = follow_up(check_file(case, scan), told), check_file(follow_up(case, told), scan)
    assert [file.state for file in before.files] == [file.state for file in after.files] == ["infected"]


@pytest.mark.parametrize("state", ["declined", "recalled"])
def test_a_routing_after_a_unit_is_off_is_told_as_a_re_routing(state: str) -> None:
    case = example.declined_case() if state == "declined" else example.routed_case()
    if state == "recalled":
        case = example.saved(recall(case, case.assignments[0].id, reason="Yanlış.", by=BY, now=LATER)[0])
    _, events_ = routed_to(case)
    assert progress(events_) == [("at_unit", "rerouted")]
    (told,) = [event for event in events_ if isinstance(event, CaseRerouted)]
    assert [unit.code for unit in told.units] == ["yitdb"]
    _, without = routed_to(case.model_copy(update={"submitter": example.person(email=None)}))
    assert not any(isinstance(event, CaseRerouted) for event in without)


def test_a_return_is_a_step_of_its_own_with_the_units_name() -> None:
    case = example.replied_case(example.LIBRARY, example.WORKS)
    first = case.assignments[0].id
    _, events_ = return_reply(case, first, version=1, reason="Tarih?", due_at=LATER, by=BY, now=LATER)
    (news,) = [event for event in events_ if isinstance(event, CaseProgressed)]
    assert (news.step, news.cause, [unit.code for unit in news.units]) == ("in_review", "returned", ["kddb"])


def test_a_unit_gets_the_chosen_files_and_never_an_infected_one() -> None:
    files = [example.file_ref(), example.file_ref(id="a2"), example.file_ref(id="a3", state="infected")]
    case = follow_up(example.case(), followed_up(example.case()).model_copy(update={"files": tuple(files)}))
    given: dict[str, Any] = {"ids": ["n1"], "text": "Metin.", "note": "", "share_identity": True, "due_at": LATER}
    routed, (request, *_) = route(
        case, [example.LIBRARY], **given, by=BY, now=LATER, files=["a1", "a3", "of another case"]
    )
    assert isinstance(request, events.AssignmentRequested)
    assert ([file.id for file in request.files], routed.assignments[0].files) == (["a1"], ("a1",))


def test_a_doubtful_message_is_trusted_once() -> None:
    case = example.case(doubts=("link",))
    trusted = trust(case, by=BY, now=LATER)
    assert (case.doubtful, trusted.doubtful, trusted.state) == (True, False, CaseState.NEW)
    with pytest.raises(Refused):
        trust(trusted, by=BY, now=LATER)
