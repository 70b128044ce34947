"""The deadline status of an assignment follows from its date and the time."""

from datetime import timedelta

import pytest

from services.router.cases.domain.deadlines import DeadlineStatus, deadline_status
from tests.examples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "clock"),
    [
        (-HOUR, DeadlineStatus.OVERDUE),
        (0 * HOUR, DeadlineStatus.DUE_SOON),
        (71 * HOUR, DeadlineStatus.DUE_SOON),
        (72 * HOUR, DeadlineStatus.ON_TIME),
    ],
    ids=str,
)
def test_an_assignment_is_on_time_then_due_soon_then_overdue(left: timedelta, clock: DeadlineStatus) -> None:
    assert deadline_status(NOW + left, NOW) is clock
