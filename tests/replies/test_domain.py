"""The rules of the portal."""

from datetime import timedelta

import pytest

from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.following import accept, open_assignment, recall, take_back
from services.replies.domain.links import hash_token, token
from services.replies.domain.writing import (
    OVER,
    SENT,
    Overtaken,
    Refused,
    Unrevised,
    decline,
    keep_draft,
    proves,
    reply,
    view,
)
from shared.events import AssignmentDeclined, AssignmentInvited, AssignmentViewed, Event, ReplySubmitted
from tests import examples as example
from tests.links import closed

KEYS = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}
LATER = example.NOW + timedelta(hours=1)


def test_the_unit_is_invited_with_the_link_that_opens_its_assignment() -> None:
    requested = example.assignment_requested()
    assignment, (invited,) = open_assignment(requested, **KEYS)
    assert isinstance(invited, AssignmentInvited)
    base, _, link_token = invited.link.partition("/a/")
    assert (base, hash_token(link_token)) == (KEYS["base_url"], assignment.token_hash)
    assert (invited.assignment_id, invited.unit, invited.due_at) == (assignment.id, requested.unit, requested.due_at)


def test_the_same_request_makes_the_same_link_and_the_same_event_byte_for_byte() -> None:
    requested = example.assignment_requested()
    first, again = open_assignment(requested, **KEYS), open_assignment(requested, **KEYS)
    assert first == again
    assert first[1][0].model_dump_json() == again[1][0].model_dump_json()


def test_two_assignments_or_two_secrets_have_different_links() -> None:
    assert len({token(example.SECRET, "a1"), token(example.SECRET, "a2"), token("x" + example.SECRET, "a1")}) == 3
    assert len(token(example.SECRET, "a1")) == 32


def test_an_assignment_does_not_know_its_own_link() -> None:
    assignment = example.units_assignment()
    assert token(example.SECRET, assignment.id) not in assignment.model_dump_json()


def test_the_first_visit_is_announced_and_no_other() -> None:
    observed, (viewed,) = view(example.units_assignment(), LATER)
    assert isinstance(viewed, AssignmentViewed)
    assert (viewed.viewed_at, observed.viewed_at) == (LATER, LATER)
    assert view(observed, LATER + timedelta(hours=1)) == (observed, [])


def test_a_reply_is_announced_as_its_first_version_and_takes_the_place_of_the_draft() -> None:
    drafted, _ = draft(example.units_assignment(), "Isıtma")
    replied, (submitted,) = send(drafted, "Isıtma onarıldı.")
    assert isinstance(submitted, ReplySubmitted)
    assert (submitted.version, submitted.text, submitted.by) == (1, "Isıtma onarıldı.", "Fatma Şahin")
    assert (replied.state, replied.draft) == (AssignmentState.REPLIED, None)


def test_a_second_reply_is_refused_while_the_first_is_checked() -> None:
    with pytest.raises(Refused, match=SENT):
        send(example.replied_assignment(), "Bir daha")


@pytest.mark.parametrize(
    "state", [AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.RECALLED, AssignmentState.CLOSED]
)
def test_nothing_can_be_written_when_the_units_part_is_over(state: AssignmentState) -> None:
    over = example.units_assignment(state=state)
    with pytest.raises(Refused, match=OVER):
        send(over, "Çok geç")
    with pytest.raises(Refused, match=OVER):
        draft(over, "Çok geç")
    with pytest.raises(Refused, match=OVER):
        hand_back(over, "Çok geç")


def test_a_declined_assignment_says_why_and_whose_it_may_be() -> None:
    declined, (event,) = hand_back(example.units_assignment(), "Bizim değil")
    assert isinstance(event, AssignmentDeclined)
    assert (event.reason, event.suggested_unit, event.by) == ("Bizim değil", "Yapı İşleri", "Fatma Şahin")
    assert declined.state is AssignmentState.DECLINED


def test_a_returned_reply_is_asked_for_again_over_the_same_link_with_the_reason() -> None:
    replied, (first,) = open_assignment(example.assignment_requested(), **KEYS)
    replied, _ = send(replied, "Isıtma onarıldı.")
    returned, (invited,) = take_back(replied, example.reply_returned(replied, reason="Tarih?"), **KEYS)
    assert isinstance(first, AssignmentInvited)
    assert isinstance(invited, AssignmentInvited)
    assert (invited.link, invited.returned_because) == (first.link, "Tarih?")
    assert returned.reply
    assert (returned.state, returned.reply.returned_because) == (AssignmentState.RETURNED, "Tarih?")


def test_a_return_under_another_secret_key_carries_a_link_that_opens() -> None:
    replied, _ = open_assignment(example.assignment_requested(), **KEYS)
    replied, _ = send(replied, "Isıtma onarıldı.")
    returned, (invited,) = take_back(replied, example.reply_returned(replied), **KEYS | {"secret": "another" * 8})
    assert isinstance(invited, AssignmentInvited)
    assert returned.token_hash == hash_token(invited.link.rpartition("/")[2]) != replied.token_hash


def test_a_revised_reply_is_the_second_version_and_the_first_stays() -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied), **KEYS)
    again, (submitted,) = send(returned, "Isıtma dün onarıldı.")
    assert isinstance(submitted, ReplySubmitted)
    assert submitted.version == 2
    assert [r.version for r in again.replies] == [1, 2]
    assert again.replies[0].returned_because == returned.replies[0].returned_because


@pytest.mark.parametrize(
    "assignment", [example.units_assignment(), example.replied_assignment(state=AssignmentState.ACCEPTED)]
)
def test_a_return_of_what_does_not_wait_changes_nothing(assignment: Assignment) -> None:
    assert take_back(assignment, example.reply_returned(assignment), **KEYS) == (assignment, [])


def test_a_return_of_an_older_version_changes_nothing() -> None:
    replied = example.replied_assignment()
    assert take_back(replied, example.reply_returned(replied, version=0), **KEYS) == (replied, [])


@pytest.mark.parametrize("text", ["Isıtma sistemi onarılmıştır.", "  Isıtma  sistemi\nonarılmıştır. "])
def test_the_returned_reply_is_not_sent_again(text: str) -> None:
    with pytest.raises(Unrevised):
        send(returned_assignment(), text)


def test_no_reply_that_came_back_is_sent_again() -> None:
    twice, _ = send(returned_assignment(), "Isıtma dün onarıldı.")
    twice, _ = take_back(twice, example.reply_returned(twice), **KEYS)
    with pytest.raises(Unrevised):
        send(twice, example.REPLY_FORM["text"])


def test_an_empty_draft_overwrites_nothing() -> None:
    drafted, _ = draft(example.units_assignment(), "Isıtma")
    assert draft(drafted, "") == (drafted, [])


@pytest.mark.parametrize("writing", ["fresh", "drafted", "returned"])
def test_a_text_that_nobody_changed_is_no_new_draft(writing: str) -> None:
    shown = {"fresh": example.units_assignment(), "returned": returned_assignment()}
    shown["drafted"], _ = draft(shown["returned"], "Isıtma dün onarıldı.")
    assert draft(shown[writing], shown[writing].text_in_form) == (shown[writing], [])


def test_the_first_draft_shows_that_a_person_has_read_the_message() -> None:
    drafted, (viewed,) = draft(example.units_assignment(viewed_at=example.NOW), "Isıtma")
    assert isinstance(viewed, AssignmentViewed)
    assert (viewed.by_person, viewed.viewed_at, drafted.viewed_at) == (True, LATER, example.NOW)
    assert draft(drafted, "Isıtma sistemi")[1] == []


def test_a_form_saves_its_text_again_and_again() -> None:
    assignment = example.units_assignment()
    opened = example.drawn(assignment)
    for minute, text in enumerate(("Isıtma", "Isıtma sistemi", "Isıtma sistemi onarıldı.")):
        now = LATER + timedelta(minutes=minute)
        assignment, _ = keep_draft(assignment, text=text, by="", drawn=opened, now=now)
    assert assignment.draft
    assert assignment.draft.text == "Isıtma sistemi onarıldı."
    assert reply(assignment, text="Isıtma sistemi onarıldı.", by="Fatma Şahin", drawn=opened, now=LATER)[1]


@pytest.mark.parametrize("do", ["draft", "reply", "decline"])
@pytest.mark.parametrize("meanwhile", ["drafted", "returned"])
def test_a_form_that_was_drawn_before_a_colleague_wrote_changes_nothing(do: str, meanwhile: str) -> None:
    assignment = example.units_assignment()
    opened = example.drawn(assignment, "mine")
    if meanwhile == "drafted":
        assignment, _ = draft(assignment, "Ayşe yazdı.")
    else:
        assignment = returned_assignment()
    with pytest.raises(Overtaken):
        if do == "draft":
            keep_draft(assignment, text="Fatma yazdı.", by="", drawn=opened, now=LATER)
        elif do == "reply":
            reply(assignment, text="Fatma yazdı.", by="Fatma Şahin", drawn=opened, now=LATER)
        else:
            decline(assignment, reason="Bizim değil", suggested_unit="", by="Fatma", drawn=opened, now=LATER)


@pytest.mark.parametrize(
    "entered",
    ["7KX4", "7kx4", " 7 k x 4 ", "26-7KX4-9Q", "26 7kx4 9q", "26–7KX4–9Q", "267kx49q"],
)
def test_the_check_is_taken_as_people_type_it(entered: str) -> None:
    assert proves(example.units_assignment(), entered)


@pytest.mark.parametrize("entered", ["1OIL", "1oil", "101l", "ı0İL", "IOIL"])
def test_letters_and_digits_that_look_alike_are_the_same_in_a_check(entered: str) -> None:
    assert proves(example.units_assignment(reference="26-1011-9Q"), entered)


@pytest.mark.parametrize(
    "entered", ["", " ", "test", "yes", "7KX", "7KX45", "26", "9Q", "x" * 10_000, "1234", "Fatma Şahin", "7KX4 7KX4"]
)
def test_what_a_program_types_is_no_check(entered: str) -> None:
    assert not proves(example.units_assignment(), entered)


@pytest.mark.parametrize("reference", ["", "26", "–"])
def test_an_unusual_number_has_a_check_too(reference: str) -> None:
    unusual = example.units_assignment(reference=reference)
    assert len(unusual.check) == 4
    assert proves(unusual, unusual.check)
    assert not proves(unusual, "")


def test_an_approved_reply_ends_the_units_part() -> None:
    replied = example.replied_assignment()
    assert accept(replied, example.reply_accepted(replied)).state is AssignmentState.ACCEPTED


def test_closed_and_approved_end_alike_in_either_order() -> None:
    replied = example.replied_assignment()
    accepted = example.reply_accepted(replied)
    assert closed(accept(replied, accepted)).state is accept(closed(replied), accepted).state


@pytest.mark.parametrize("cause", [None, "recalled", "answered"])
def test_closed_and_recalled_end_alike_in_either_order(cause: str | None) -> None:
    assignment = example.units_assignment()
    recalled = example.assignment_recalled(assignment, cause=cause)
    assert closed(recall(assignment, recalled)) == recall(closed(assignment), recalled)
    assert recall(assignment, recalled).recalled_because == recalled.reason


@pytest.mark.parametrize("state", [AssignmentState.ACCEPTED, AssignmentState.DECLINED])
def test_what_the_unit_has_done_before_stays_done(state: AssignmentState) -> None:
    done = example.replied_assignment(state=state)
    assert closed(done) == done
    assert recall(done, example.assignment_recalled(done)) == done


def returned_assignment() -> Assignment:
    replied = example.replied_assignment()
    return take_back(replied, example.reply_returned(replied), **KEYS)[0]


def send(assignment: Assignment, text: str) -> tuple[Assignment, list[Event]]:
    return reply(assignment, text=text, by="Fatma Şahin", drawn=example.drawn(assignment), now=LATER)


def draft(assignment: Assignment, text: str) -> tuple[Assignment, list[Event]]:
    return keep_draft(assignment, text=text, by="", drawn=example.drawn(assignment), now=LATER)


def hand_back(assignment: Assignment, reason: str) -> tuple[Assignment, list[Event]]:
    return decline(
        assignment,
        reason=reason,
        suggested_unit="Yapı İşleri",
        by="Fatma Şahin",
        drawn=example.drawn(assignment),
        now=LATER,
    )


def test_an_invitation_and_a_return_name_the_addresses_that_they_need() -> None:
    asked = example.assignment_requested(contacts_version=3)
    _, (invited,) = open_assignment(asked, secret=example.SECRET, base_url="http://x")
    of = example.replied_assignment()
    returned = example.reply_returned(of, contacts_version=4)
    _, (again,) = take_back(of, returned, secret=example.SECRET, base_url="http://x")
    assert isinstance(invited, AssignmentInvited)
    assert isinstance(again, AssignmentInvited)
    assert (invited.contacts_version, again.contacts_version) == (3, 4)
