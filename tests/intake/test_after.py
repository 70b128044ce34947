"""What a writer may do after sending, and what is refused."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain import after
from services.intake.domain.history import Question
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask, came_back, close, progress
from shared import events
from shared.files.named import files_in
from shared.refused import Refused
from tests import examples as example

ZONE = ZoneInfo("Europe/Istanbul")
LATER = example.NOW + timedelta(days=2)
MINUTE = timedelta(minutes=1)


def answered(message: Message | None = None, *, at: datetime = LATER) -> Message:
    """A message with its answer."""
    told = example.case_progressed(step="answered", revision=4, at=at)
    return answer(progress(message or example.message(), told), example.case_answered(answered_at=at))


def closed(*, at: datetime = LATER, reason: str = "not_responsible") -> Message:
    told = example.case_progressed(step="closed", revision=5, at=at)
    return close(progress(example.message(), told), example.case_closed(closed_at=at, closure_reason=reason))


def asked(message: Message | None = None) -> Message:
    return ask(message or example.message(), example.question_asked())


def bounced() -> Message:
    return came_back(example.message(), example.letter_failed())


def added(message: Message, *, id: str = "f1", text: str = "Bir de pencere kırık.") -> after.Changed:  # noqa: A002
    return after.follow_up(message, follow_up_id=id, text=text, files=[example.file_ref()], now=LATER)


@pytest.mark.parametrize("message", [example.message(), answered(), closed()], ids=["open", "answered", "closed"])
def test_something_can_be_added_in_every_state(message: Message) -> None:
    changed, (event,) = added(message)
    assert isinstance(event, events.MessageFollowedUp)
    assert (event.text, event.files, event.actor) == (
        "Bir de pencere kırık.",
        (example.file_ref(),),
        events.Actor(kind="submitter", id=message.id),
    )
    assert [follow_up.text for follow_up in changed.follow_ups] == ["Bir de pencere kırık."]
    assert "a1" in files_in(changed)


def test_the_same_addition_twice_is_one() -> None:
    once, _ = added(example.message())
    assert added(once) == (once, [])


def test_additions_have_a_limit() -> None:
    message = example.message()
    for number in range(after.MOST_FOLLOW_UPS):
        message, _ = added(message, id=f"f{number}")
    with pytest.raises(Refused, match="very many additions"):
        added(message, id="one-more")


def test_a_question_is_answered_once() -> None:
    message = asked()
    (question,) = message.open_questions
    changed, (event,) = after.answer_question(message, question, text="İkinci kat.", now=LATER)
    assert isinstance(event, events.QuestionAnswered)
    assert (event.question_id, event.text) == (question.id, "İkinci kat.")
    assert changed.open_questions == ()
    answered_question = changed.questions[0]
    assert after.answer_question(changed, answered_question, text="İkinci kat.", now=LATER) == (changed, [])
    with pytest.raises(Refused, match="answered this question already"):
        after.answer_question(changed, answered_question, text="Üçüncü kat.", now=LATER)


def test_no_question_waits_once_the_message_is_answered_yet_its_answer_is_taken() -> None:
    message = answered(asked())
    assert message.open_questions == ()
    _, (event,) = after.answer_question(message, message.questions[0], text="İkinci kat.", now=LATER)
    assert event.type == "question.answered"


def test_a_message_is_withdrawn_once() -> None:
    message = example.message()
    changed, (event,) = after.withdraw(message, reason="Çözüldü.", now=LATER)
    assert isinstance(event, events.MessageWithdrawn)
    assert (event.reason, changed.withdrawn and changed.withdrawn.at) == ("Çözüldü.", LATER)
    assert after.withdraw(changed, now=LATER) == (changed, [])


@pytest.mark.parametrize("message", [answered(), closed()], ids=["answered", "closed"])
def test_a_finished_message_is_not_withdrawn(message: Message) -> None:
    with pytest.raises(Refused, match="no longer be withdrawn"):
        after.withdraw(message, now=LATER)


def test_a_message_that_was_opened_again_can_be_withdrawn() -> None:
    again = progress(answered(), example.case_progressed(step="in_review", revision=6, at=LATER + timedelta(hours=1)))
    assert not again.done
    assert after.withdraw(again, now=LATER)[1]


def test_a_later_rating_replaces_an_earlier_one_and_the_same_changes_nothing() -> None:
    first, (event,) = after.rate(answered(), score=2, comment="Geç.", now=LATER)
    assert isinstance(event, events.MessageRated)
    assert (event.score, event.comment) == (2, "Geç.")
    assert after.rate(first, score=2, comment="Geç.", now=LATER) == (first, [])
    second, (again,) = after.rate(first, score=5, now=LATER)
    assert (again.type, second.rating and second.rating.score) == ("message.rated", 5)


@pytest.mark.parametrize("message", [example.message(), closed()], ids=["open", "closed without an answer"])
def test_there_is_nothing_to_rate_without_an_answer(message: Message) -> None:
    with pytest.raises(Refused, match="as soon as it is there"):
        after.rate(message, score=5, now=LATER)


def objected(message: Message, *, reason: str = "Sorun sürüyor.", now: datetime = LATER) -> after.Changed:
    return after.object_to(message, reason=reason, days=15, zone=ZONE, now=now)


@pytest.mark.parametrize("message", [answered(), closed()], ids=["answered", "closed"])
def test_one_objects_once(message: Message) -> None:
    changed, (event,) = objected(message)
    assert isinstance(event, events.MessageObjected)
    assert event.reason == "Sorun sürüyor."
    assert objected(changed) == (changed, [])
    with pytest.raises(Refused, match="objected once already"):
        objected(changed, reason="Bir de şu var.")


def test_one_may_object_until_the_end_of_the_last_day() -> None:
    ends = after.objection_ends(answered(), days=15, zone=ZONE)
    assert ends is not None
    assert ends.astimezone(ZONE).isoformat() == "2026-12-10T23:59:59.999000+03:00"
    assert objected(answered(), now=ends)[1]
    with pytest.raises(Refused, match="is over"):
        objected(answered(), now=ends + timedelta(milliseconds=1))


def test_there_is_nothing_to_object_to_before_the_end_after_a_withdrawal_or_where_nobody_may() -> None:
    withdrawn = close(after.withdraw(example.message(), now=LATER)[0], example.case_closed(closed_at=LATER))
    for message, days in [(example.message(), 15), (withdrawn, 15), (answered(), 0)]:
        with pytest.raises(Refused, match="nothing to object to"):
            after.object_to(message, reason="Sorun sürüyor.", days=days, zone=ZONE, now=LATER)


def test_an_objection_waits_though_the_case_was_closed_before_it_arrived_at_the_desk() -> None:
    message, _ = objected(answered(), now=LATER)
    news = {"message_id": message.id}
    message = close(message, example.case_closed(**news, closure_reason="answered", closed_at=LATER + MINUTE))
    for revision, (step, cause) in enumerate([("closed", None), ("in_review", "objection")], 8):
        at = LATER + (revision - 7) * MINUTE
        message = progress(message, events.CaseProgressed(**news, step=step, revision=revision, at=at, cause=cause))
    assert (message.done, message.objection_waits) == (False, True)
    decided = events.CaseProgressed(**news, step="received", revision=10, at=LATER + 5 * MINUTE)
    assert not progress(message, decided).objection_waits


def corrected(message: Message, email: str = "deniz@example.com") -> after.Changed:
    return after.correct_address(message, email=email, code="C-1", base_url="https://hat.example", now=LATER)


def test_another_address_gets_the_receipt() -> None:
    changed, (contact, receipt) = corrected(bounced())
    assert isinstance(contact, events.ContactCorrected)
    assert isinstance(receipt, events.ReceiptRequested)
    assert contact.email == receipt.email == changed.submission.email == "deniz@example.com"
    assert (receipt.tracking_code, receipt.status_url) == ("C-1", "https://hat.example/t/C-1")
    assert (changed.undelivered, changed.corrected_at) == (None, LATER)
    assert corrected(changed, "Deniz@Example.com") == (changed, [])


def test_an_address_to_which_letters_go_is_not_changed() -> None:
    with pytest.raises(Refused, match="cannot be changed here"):
        corrected(example.message())


def test_the_address_that_failed_is_no_correction() -> None:
    with pytest.raises(after.WrongAddress):
        corrected(bounced(), "DENIZ.KAYA@example.org")


def test_a_letter_that_came_back_before_the_correction_is_not_told_again() -> None:
    changed, _ = corrected(bounced())
    assert came_back(changed, example.letter_failed()).undelivered is None
    assert came_back(changed, example.letter_failed(failed_at=LATER + timedelta(hours=1))).undelivered is not None


def test_each_answer_stays() -> None:
    twice = answered(answered(), at=LATER + timedelta(days=5))
    assert [given.at for given in twice.all_answers] == [LATER, LATER + timedelta(days=5)]
    assert twice.answered_at == LATER + timedelta(days=5)


def test_an_answer_that_the_version_before_has_kept_is_among_all() -> None:
    old = example.message(answer="Onarıldı.", answered_at=LATER)
    assert [given.text for given in old.all_answers] == ["Onarıldı."]
    assert [given.at for given in answered(old, at=LATER + timedelta(days=1)).answers] == [
        LATER,
        LATER + timedelta(days=1),
    ]


def test_an_older_closing_that_comes_late_does_not_take_the_place_of_a_newer_one() -> None:
    message = close(closed(), example.case_closed(closed_at=LATER - timedelta(days=1), explanation="Eski."))
    assert (message.closed_at, message.closed) == (LATER, True)


def test_a_question_is_shown_once() -> None:
    told = example.question_asked()
    message = ask(ask(example.message(), told), told)
    assert message.questions == (Question(id=told.question_id, text=told.text, asked_at=told.asked_at),)
