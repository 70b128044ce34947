"""Whatever the calendar becomes, a moved last day is the one that a count by hand finds in it."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.cases.domain.case import Case
from services.router.cases.domain.moving import move
from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import DayClock, Deadlines, Unit
from tests import examples as example
from tests.router.test_calendar_page import at_unit
from tests.router.test_clocks import FEW_DAYS, ISTANBUL, counted_by_hand

CALENDARS = st.builds(Calendar, holidays=FEW_DAYS, half_days=FEW_DAYS)
AT_UNIT = at_unit()
LONG = st.dates(example.NOW.date(), example.NOW.date() + timedelta(days=60))
NEAR = st.builds(
    Calendar, holidays=st.dictionaries(LONG, st.just("tatil")), half_days=st.dictionaries(LONG, st.just("arife"))
)


def counted(case: Case, days: int, unit: Unit, calendar: Calendar) -> tuple[Case, DayClock]:
    """The case with such a clock, by this calendar."""
    clock = DayClock(started_at=example.NOW, days=days, unit=unit, calendar_version=1)
    due_at = Deadlines(ISTANBUL, calendar=calendar).due(clock)
    assignment = case.assignments[0].model_copy(update={"clock": clock, "due_at": due_at})
    return case.model_copy(update={"assignments": (assignment,)}), clock


@settings(max_examples=60)
@given(st.integers(1, 40), st.sampled_from(Unit), NEAR | CALENDARS, NEAR | CALENDARS)
def test_a_moved_last_day_is_the_one_that_a_count_by_hand_finds_in_the_new_calendar(
    days: int, unit: Unit, before: Calendar, after: Calendar
) -> None:
    case, clock = counted(AT_UNIT, days, unit, before)
    now = Deadlines(ISTANBUL, calendar=after.model_copy(update={"version": 2}))
    moved = move(case, now, {}, example.NOW)
    due_at = (moved[0] if moved else case).assignments[0].due_at
    assert due_at and due_at.astimezone(ISTANBUL).date() == counted_by_hand(clock, [], after, ISTANBUL)
    assert bool(moved) is (unit is Unit.WORKING)
    told = [event.model_dump()["due_at"] for event in moved[1]] if moved else []
    assert told == ([due_at] if due_at != case.assignments[0].due_at else [])
