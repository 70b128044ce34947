"""The unit's last day moves; the newest one counts, in whatever order the events arrive."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from fastapi import FastAPI

from services.replies.domain.assignment import Assignment
from services.replies.domain.following import reschedule, take_back
from services.replies.domain.links import token
from services.replies.store import Assignments
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit

NOW = example.NOW
LINK = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}
Change = Callable[[Assignment], Assignment]


def moved(hours: int, days: int, stopped: bool | None = None) -> Change:
    def change(assignment: Assignment) -> Assignment:
        at = {"rescheduled_at": NOW + timedelta(hours=hours), "due_at": NOW + timedelta(days=days)}
        return reschedule(assignment, example.assignment_rescheduled(assignment, **at, stopped=stopped))

    return change


ORDERS = list(permutations([moved(1, 8, stopped=True), moved(2, 12), moved(3, 15, stopped=True)]))


@pytest.mark.parametrize("changes", ORDERS)
def test_the_newest_last_day_counts_in_whatever_order_they_come(changes: tuple[Change, ...]) -> None:
    assignment = example.units_assignment()
    for change in changes:
        assignment = change(assignment)
    assert (assignment.due_at, assignment.clock_stopped) == (NOW + timedelta(days=15), True)


@pytest.mark.parametrize(("hours", "days"), [(1, 20), (3, 9)])
def test_a_return_and_a_new_last_day_come_in_either_order(hours: int, days: int) -> None:
    replied = example.replied_assignment()
    returned = example.reply_returned(replied, returned_at=NOW + timedelta(hours=2), due_at=NOW + timedelta(days=20))
    one = moved(hours, 9)(take_back(replied, returned, **LINK)[0])
    other = take_back(moved(hours, 9)(replied), returned, **LINK)[0]
    assert one.due_at == other.due_at == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("stopped", "says"),
    [(True, "The days for your reply do not count at present"), (None, "The last day was moved, because the person")],
)
async def test_the_portal_says_that_the_clock_stands_or_why_the_day_is_another(
    make: Make, visit: Visit, database: Database, stopped: bool | None, says: str
) -> None:
    app: FastAPI = make("replies")
    assignment = moved(1, 12, stopped)(example.units_assignment())
    await Assignments(database).add(assignment)
    browser = visit(app, language="en")
    page = await browser.open(f"/a/{token(example.SECRET, assignment.id)}")
    assert says in page
    assert ("Please reply by" in page) is (stopped is None)
