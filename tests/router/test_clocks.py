"""How an assignment stands to its date is derived from the time of day."""

from datetime import timedelta

import pytest

from services.router.domain.clocks import Clock, clock_of
from tests.examples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "clock"),
    [
        (-HOUR, Clock.OVERDUE),
        (0 * HOUR, Clock.DUE_SOON),
        (71 * HOUR, Clock.DUE_SOON),
        (72 * HOUR, Clock.ON_TIME),
    ],
    ids=str,
)
def test_a_clock_is_on_time_then_due_soon_then_overdue(left: timedelta, clock: Clock) -> None:
    assert clock_of(NOW + left, NOW) is clock
