"""The deadline status of an assignment follows from its last day and today."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.router.cases.domain.deadlines import DeadlineStatus, deadline_status

ISTANBUL = ZoneInfo("Europe/Istanbul")


@pytest.mark.parametrize("due", ["00:00", "11:30", "23:59"])
@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-12-01 23:59", DeadlineStatus.ON_TIME),
        ("2026-12-02 00:00", DeadlineStatus.DUE_SOON),
        ("2026-12-04 23:59", DeadlineStatus.DUE_SOON),
        ("2026-12-05 00:00", DeadlineStatus.OVERDUE),
    ],
)
def test_an_assignment_is_on_time_then_due_soon_until_its_last_day_is_over_then_overdue(
    due: str, now: str, status: DeadlineStatus
) -> None:
    due_at = datetime.fromisoformat(f"2026-12-04 {due}").replace(tzinfo=ISTANBUL)
    assert deadline_status(due_at, datetime.fromisoformat(now).replace(tzinfo=ISTANBUL), ISTANBUL) is status
