"""The unit asks for more time, and sees what the hotline decides."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from pydantic import SecretStr

from scripts.browser import Browser
from services.replies.config import Settings
from services.replies.domain.assignment import Assignment, Drawn
from services.replies.domain.following import decide_extension, reschedule
from services.replies.domain.links import token
from services.replies.domain.writing import Refused, ask_for_time, reply
from services.replies.handlers import AssignmentHandlers
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import ExtensionDecided, ExtensionRequested
from tests import examples as example
from tests.conftest import Make, Visit

NOW = example.NOW


def asking(assignment: Assignment | None = None, days: int = 3) -> tuple[Assignment, ExtensionRequested]:
    after, (*_, told) = ask_for_time(
        assignment or example.units_assignment(), request_id="r1", days=days, reason="İnceleme.", by="Fatma", now=NOW
    )
    assert isinstance(told, ExtensionRequested)
    return after, told


def decided(of: Assignment, *, granted: bool = True, hours: int = 2, days: int = 20) -> ExtensionDecided:
    return ExtensionDecided.model_validate(
        {
            "message_id": of.message_id,
            "assignment_id": of.id,
            "reference": of.reference,
            "unit": of.unit.model_dump(),
            "granted": granted,
            "reason": "" if granted else "Süre yeterlidir.",
            "due_at": NOW + timedelta(days=days),
            "decided_at": NOW + timedelta(hours=hours),
        }
    )


def test_a_second_request_waits_for_the_decision_about_the_first() -> None:
    after, _ = asking()
    with pytest.raises(Refused, match="earlier request waits"):
        asking(after)
    again, _ = asking(decide_extension(after, decided(after)))
    assert len(again.extensions) == 2


@pytest.mark.parametrize("different", [{"due_at": None}, {"reply_expected": False}, {"clock_stopped": True}])
def test_without_a_last_day_that_counts_there_is_nothing_to_ask_for(different: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        asking(example.units_assignment(**different))


def test_a_refusal_leaves_the_day_and_a_grant_moves_it() -> None:
    after, _ = asking()
    refused = decide_extension(after, decided(after, granted=False))
    assert (refused.due_at, refused.extension and refused.extension.decision) == (after.due_at, "Süre yeterlidir.")
    granted = decide_extension(after, decided(after))
    assert (granted.due_at, granted.rescheduled_cause) == (NOW + timedelta(days=20), "extension")


def test_of_a_decision_and_a_later_change_of_the_calendar_the_newest_day_counts_in_either_order() -> None:
    assignment, _ = asking()
    later = {"rescheduled_at": NOW + timedelta(hours=3), "due_at": NOW + timedelta(days=25)}
    moved = example.assignment_rescheduled(assignment, **later)
    changes: list[Callable[[Assignment], Assignment]] = [
        lambda a: decide_extension(a, decided(a)),
        lambda a: reschedule(a, moved),
    ]
    for first, second in permutations(changes):
        both = second(first(assignment))
        assert both.due_at == NOW + timedelta(days=25)
        assert both.extension and both.extension.granted is True


def test_a_request_is_over_with_the_reply() -> None:
    after, _ = asking()
    later = NOW + timedelta(hours=1)
    drawn = Drawn(after.written, "")
    replied, _ = reply(after, text="Onarıldı.", by="Fatma", drawn=drawn, now=later)
    assert replied.extension is None


@pytest.fixture
async def unit(make: Make, visit: Visit) -> Browser:
    """The browser of a person in a unit."""
    return visit(make("replies"))


async def test_the_form_asks_once_and_the_page_says_what_was_decided(unit: Browser, database: Database) -> None:
    assignment = example.units_assignment()
    assignments = Assignments(database)
    await assignments.add(assignment)
    path = f"/a/{token(example.SECRET, assignment.id)}"
    await unit.open(path)
    action = f"{path}/extension"
    fields = {"extension_days": "3", "extension_reason": "İnceleme sürüyor.", "extension_by": "Fatma Şahin"}
    form = unit.form(action).fields
    unproved = await unit.client.post(action, data={**form, **fields, "extension_check": "zzzz"})
    assert unproved.status_code == 422 and "İnceleme sürüyor." in unproved.text
    page = await unit.submit(action, **fields, extension_check=assignment.check)
    assert "3 iş günü ek süre istediniz" in page
    found = await database["assignments"].find_one({"_id": assignment.id})
    assert found and [one["type"] for one in example.told(found)][-1] == "extension.requested"
    stored = await assignments.get(assignment.id)
    handlers = AssignmentHandlers(assignments, Settings.model_construct(secret_key=SecretStr("s"), replies_url=""))
    await handlers.on_extension_decided(example.sealed(decided(stored, granted=False)))
    assert "Süre yeterlidir." in await unit.open(path)
