"""A reminder gets the links of what is open; nobody is reminded of anything else."""

import json
from typing import Any

import pytest

from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.links import token
from services.replies.domain.reminding import remind
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import DueAssignment, UnitReminded, UnitReminderRequested
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes

LINK: dict[str, str] = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}


def due(assignment: Assignment) -> DueAssignment:
    return DueAssignment(
        assignment_id=assignment.id,
        message_id=assignment.message_id,
        reference=assignment.reference,
        subject=assignment.subject,
        due_at=example.NOW,
    )


def requested(*assignments: Assignment) -> UnitReminderRequested:
    return UnitReminderRequested(
        reminder_id="unit.kddb.2026-11-23.head",
        unit=example.LIBRARY,
        role="head",
        cause="overdue",
        assignments=tuple(map(due, assignments)),
        requested_at=example.NOW,
        contacts_version=4,
    )


def reminded(*assignments: Assignment, **different: Any) -> UnitReminded | None:
    """What the letter is to say, when the portal has these assignments."""
    given: dict[str, Any] = {"known": assignments, "now": example.NOW, **LINK}
    _, events = remind(requested(*assignments), **given | different)
    return events[0] if events else None  # type: ignore[return-value]  # it is the only event


def test_each_open_assignment_gets_its_link() -> None:
    first, second = example.units_assignment(), example.units_assignment(state=AssignmentState.RETURNED)
    told = reminded(first, second)
    assert told
    links = [one.link for one in told.assignments]
    assert links == [f"http://127.0.0.1:8003/a/{token(example.SECRET, one.id)}" for one in (first, second)]
    assert (told.role, told.cause, told.contacts_version) == ("head", "overdue", 4)


@pytest.mark.parametrize(
    "different",
    [
        *({"state": state} for state in AssignmentState if state not in ("invited", "returned")),
        {"clock_stopped": True},
        {"token_hash": "of another key"},
    ],
    ids=str,
)
def test_what_is_not_open_is_left_out(different: dict[str, Any]) -> None:
    open_one, other = example.units_assignment(), example.units_assignment(**different)
    told = reminded(open_one, other)
    assert told
    assert [one.assignment_id for one in told.assignments] == [open_one.id]
    assert reminded(other) is None


def test_an_assignment_that_the_portal_does_not_know_is_left_out() -> None:
    assert reminded(example.units_assignment(), known=()) is None


async def test_a_reminder_is_told_once_and_its_links_are_stored_nowhere(
    make: Make, broker: Broker, database: Database
) -> None:
    assignment = example.units_assignment()
    await Assignments(database).add(assignment)
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(requested(assignment)), times=10)
        assert await outcomes(service, "replies.unit.reminder_requested", of=10) == {"obeyed": 1, "duplicate": 9}
        told = json.loads((await broker.take("notifier.unit.reminded")).body)["data"]
    assert token(example.SECRET, assignment.id) in told["assignments"][0]["link"]
    (kept,) = [found async for found in database["reminders"].find()]
    assert token(example.SECRET, assignment.id) not in str(kept)
