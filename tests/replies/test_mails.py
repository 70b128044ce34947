"""A unit answers the letter itself: its mail is a proposed reply, and the hotline's decision makes it the reply."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser, text_of
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.erasing import without_names
from services.replies.domain.links import token
from services.replies.domain.mailed import MOST, NO_TEXT, decide, propose
from services.replies.mails import MailHandlers
from services.replies.store import Assignments
from shared.documents import AlreadyProcessed, Database
from shared.events import MailReceived, MailReplyDecided, ReplyProposed, ReplySubmitted
from tests import examples as example
from tests.conftest import Make, Visit

LATER = example.NOW + timedelta(hours=3)
FILE = example.file_ref(id="m1a", owner="notifier", name="tutanak.pdf")


def mail(of: Assignment, **different: Any) -> MailReceived:
    """The unit's answer to its letter."""
    given: dict[str, Any] = {
        "mail_id": "m1",
        "purpose": "unit",
        "message_id": of.message_id,
        "assignment_id": of.id,
        "sender": "fatma.sahin@klu.example",
        "sender_name": "Fatma Şahin",
        "text": "Isıtma onarılmıştır.",
        "files": (FILE,),
        "received_at": LATER,
    }
    return MailReceived.model_validate(given | different)


def decision(of: Assignment, **different: Any) -> MailReplyDecided:
    """The hotline takes it."""
    given = {"message_id": of.message_id, "assignment_id": of.id, "mail_id": "m1", "adopted": True}
    return MailReplyDecided.model_validate(given | {"decided_at": LATER} | different)


def proposed(**different: Any) -> Assignment:
    """An assignment whose unit has answered by e-mail."""
    assignment = example.units_assignment(**different)
    return propose(assignment, mail(assignment))[0]


def test_a_mail_is_a_proposed_reply_and_changes_no_state() -> None:
    assignment = example.units_assignment()
    kept, (told,) = propose(assignment, mail(assignment, verified="pass"))
    assert isinstance(told, ReplyProposed)
    assert (told.text, told.by, told.sender) == ("Isıtma onarılmıştır.", "Fatma Şahin", "fatma.sahin@klu.example")
    assert (told.verified, told.files, told.unit.code) == ("pass", (FILE,), assignment.unit.code)
    assert (kept.state, kept.replies, kept.mailed[0].adopted) == (AssignmentState.INVITED, (), None)


def test_a_mail_is_proposed_once() -> None:
    assignment = proposed()
    assert propose(assignment, mail(assignment)) == (assignment, [])


def test_so_many_mails_of_one_assignment_are_proposed_and_no_more() -> None:
    assignment = example.units_assignment()
    for number in range(MOST):
        assignment, told = propose(assignment, mail(assignment, mail_id=f"m{number}"))
        assert told
    assert propose(assignment, mail(assignment, mail_id="m999")) == (assignment, [])


@pytest.mark.parametrize("state", ["replied", "accepted", "declined", "recalled", "closed"])
def test_the_hotline_hears_of_a_mail_also_when_the_unit_may_no_longer_reply(state: str) -> None:
    assignment = example.units_assignment(state=state)
    kept, (told,) = propose(assignment, mail(assignment))
    assert (told.type, kept.state) == ("reply.proposed", state)


def test_a_mail_with_files_alone_says_so_and_one_without_a_name_is_by_its_address() -> None:
    assignment = example.units_assignment()
    kept = propose(assignment, mail(assignment, text=" \n", sender_name=""))[0].mailed[0]
    assert (kept.text, kept.by) == (NO_TEXT, "fatma.sahin@klu.example")


def test_an_adopted_mail_is_the_reply_as_if_it_had_been_sent_in_the_portal() -> None:
    assignment = proposed()
    replied, (told,) = decide(assignment, decision(assignment), LATER)
    assert isinstance(told, ReplySubmitted)
    assert (told.version, told.text, told.by, told.channel) == (1, "Isıtma onarılmıştır.", "Fatma Şahin", "email")
    assert ([file.id for file in told.files], told.submitted_at) == (["m1a"], LATER)
    assert (replied.state, replied.mailed[0].adopted, replied.replies[0].channel) == ("replied", True, "email")


def test_an_adopted_mail_whose_writer_was_erased_is_the_units_reply() -> None:
    assignment = without_names(proposed())
    _, (told,) = decide(assignment, decision(assignment), LATER)
    assert isinstance(told, ReplySubmitted)
    assert (told.by, told.text) == (assignment.unit.name_tr, "Isıtma onarılmıştır.")


def test_an_adopted_mail_after_a_return_is_the_next_version() -> None:
    returned = example.replied_assignment(state=AssignmentState.RETURNED)
    assignment = propose(returned, mail(returned))[0]
    replied, (told,) = decide(assignment, decision(assignment), LATER)
    assert (told.model_dump()["version"], len(replied.replies)) == (2, 2)


def test_a_decision_counts_once() -> None:
    assignment = proposed()
    replied, _ = decide(assignment, decision(assignment), LATER)
    assert decide(replied, decision(assignment, adopted=False), LATER) == (replied, [])


def test_a_mail_that_is_adopted_after_the_unit_replied_in_the_portal_makes_no_second_reply() -> None:
    assignment = proposed(state=AssignmentState.REPLIED)
    undone, told = decide(assignment, decision(assignment), LATER)
    assert (told, undone.replies, undone.mailed[0].adopted) == ([], (), True)


def test_a_decision_about_an_unknown_mail_changes_nothing() -> None:
    assignment = proposed()
    assert decide(assignment, decision(assignment, mail_id="m2"), LATER) == (assignment, [])


# The handlers


@pytest.fixture
async def handlers(database: Database) -> MailHandlers:
    assignments = Assignments(database)
    await assignments.prepare()
    return MailHandlers(assignments, lambda: LATER)


async def kept(handlers: MailHandlers) -> Assignment:
    await handlers.assignments.add(assignment := example.units_assignment())
    return assignment


async def test_a_mail_delivered_again_makes_nothing(handlers: MailHandlers) -> None:
    assignment = await kept(handlers)
    event = example.sealed(mail(assignment))
    await handlers.on_mail_received(event)
    with pytest.raises(AlreadyProcessed):
        await handlers.on_mail_received(event)
    assert len((await handlers.assignments.get(assignment.id)).mailed) == 1


@pytest.mark.parametrize(
    "different", [{"automatic": "out_of_office"}, {"purpose": "citizen"}, {"purpose": "unit", "assignment_id": None}]
)
async def test_what_no_person_in_the_unit_wrote_proposes_nothing(
    handlers: MailHandlers, different: dict[str, Any]
) -> None:
    assignment = await kept(handlers)
    await handlers.on_mail_received(example.sealed(mail(assignment, **different)))
    assert (await handlers.assignments.get(assignment.id)).mailed == ()


async def test_the_decision_is_kept_and_the_reply_announced(handlers: MailHandlers, database: Database) -> None:
    assignment = await kept(handlers)
    await handlers.on_mail_received(example.sealed(mail(assignment)))
    await handlers.on_mail_reply_decided(example.sealed(decision(assignment)))
    document = await database["assignments"].find_one({"_id": assignment.id}) or {}
    assert [entry["type"] for entry in example.told(document)] == ["reply.proposed", "reply.submitted"]


# The page


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def page_of(unit: Browser, database: Database, assignment: Assignment) -> str:
    await Assignments(database).add(assignment)
    page = await unit.client.get(f"/a/{token(example.SECRET, assignment.id)}")
    return text_of(page.text)


async def test_the_page_says_that_the_mail_waits_for_the_hotline(unit: Browser, database: Database) -> None:
    page = await page_of(unit, database, proposed())
    assert "cevap önerisi olarak alınmıştır" in page
    assert "Cevabınızı buradan da yazabilirsiniz" in page
    assert "tutanak.pdf" in page


async def test_the_page_says_why_a_mail_was_not_taken(unit: Browser, database: Database) -> None:
    assignment = proposed()
    refused, _ = decide(assignment, decision(assignment, adopted=False, reason="Tarih yok."), LATER)
    page = await page_of(unit, database, refused)
    assert "cevap olarak alınmamıştır" in page
    assert "Tarih yok." in page


async def test_an_adopted_mail_is_shown_as_what_was_sent(unit: Browser, database: Database) -> None:
    assignment = proposed()
    page = await page_of(unit, database, decide(assignment, decision(assignment), LATER)[0])
    assert "Isıtma onarılmıştır." in page
    assert "cevap önerisi" not in page
