"""The rules of the portal."""

from datetime import timedelta

import pytest

from services.replies.domain import (
    OVER,
    SENT,
    Assignment,
    AssignmentState,
    Refused,
    accept,
    close,
    decline,
    hash_token,
    keep_draft,
    open_assignment,
    recall,
    reply,
    take_back,
    token,
    view,
)
from shared.events import AssignmentDeclined, AssignmentInvited, AssignmentViewed, ReplySubmitted
from tests import examples as example

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
    drafted = keep_draft(example.units_assignment(), text="Isıtma", by="", now=example.NOW)
    replied, (submitted,) = reply(drafted, text="Isıtma onarıldı.", by="Fatma Şahin", now=LATER)
    assert isinstance(submitted, ReplySubmitted)
    assert (submitted.version, submitted.text, submitted.by) == (1, "Isıtma onarıldı.", "Fatma Şahin")
    assert (replied.state, replied.draft) == (AssignmentState.REPLIED, None)


def test_a_second_reply_is_refused_while_the_first_is_checked() -> None:
    with pytest.raises(Refused, match=SENT):
        reply(example.replied_assignment(), text="Bir daha", by="Fatma Şahin", now=LATER)


@pytest.mark.parametrize(
    "state", [AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.RECALLED, AssignmentState.CLOSED]
)
def test_nothing_can_be_written_when_the_units_part_is_over(state: AssignmentState) -> None:
    over = example.units_assignment(state=state)
    with pytest.raises(Refused, match=OVER):
        reply(over, text="Çok geç", by="Fatma Şahin", now=LATER)
    with pytest.raises(Refused, match=OVER):
        keep_draft(over, text="Çok geç", by="", now=LATER)
    with pytest.raises(Refused, match=OVER):
        decline(over, reason="Çok geç", suggested_unit="", by="Fatma Şahin", now=LATER)


def test_a_declined_assignment_says_why_and_whose_it_may_be() -> None:
    declined, (event,) = decline(
        example.units_assignment(), reason="Bizim değil", suggested_unit="Yapı İşleri", by="Fatma Şahin", now=LATER
    )
    assert isinstance(event, AssignmentDeclined)
    assert (event.reason, event.suggested_unit, event.by) == ("Bizim değil", "Yapı İşleri", "Fatma Şahin")
    assert declined.state is AssignmentState.DECLINED


def test_a_returned_reply_is_asked_for_again_over_the_same_link_with_the_reason() -> None:
    replied, (first,) = open_assignment(example.assignment_requested(), **KEYS)
    replied, _ = reply(replied, text="Isıtma onarıldı.", by="Fatma Şahin", now=LATER)
    returned, (invited,) = take_back(replied, example.reply_returned(replied, reason="Tarih?"), **KEYS)
    assert isinstance(first, AssignmentInvited)
    assert isinstance(invited, AssignmentInvited)
    assert (invited.link, invited.returned_because) == (first.link, "Tarih?")
    assert returned.reply
    assert (returned.state, returned.reply.returned_because) == (AssignmentState.RETURNED, "Tarih?")


def test_a_return_under_another_secret_key_carries_a_link_that_opens() -> None:
    replied, _ = open_assignment(example.assignment_requested(), **KEYS)
    replied, _ = reply(replied, text="Isıtma onarıldı.", by="Fatma Şahin", now=LATER)
    returned, (invited,) = take_back(replied, example.reply_returned(replied), **KEYS | {"secret": "another" * 8})
    assert isinstance(invited, AssignmentInvited)
    assert returned.token_hash == hash_token(invited.link.rpartition("/")[2]) != replied.token_hash


def test_a_revised_reply_is_the_second_version_and_the_first_stays() -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied), **KEYS)
    again, (submitted,) = reply(returned, text="Isıtma dün onarıldı.", by="Fatma Şahin", now=LATER)
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


def test_an_approved_reply_ends_the_units_part() -> None:
    replied = example.replied_assignment()
    assert accept(replied, example.reply_accepted(replied)).state is AssignmentState.ACCEPTED


def test_closed_and_approved_end_alike_in_either_order() -> None:
    replied = example.replied_assignment()
    accepted = example.reply_accepted(replied)
    assert close(accept(replied, accepted)) == accept(close(replied), accepted)


def test_closed_and_recalled_are_both_dead_in_either_order() -> None:
    assignment = example.units_assignment()
    assert close(recall(assignment, "x")) == recall(close(assignment), "x")
