"""When somebody is reminded: pure rules, with the time as an argument."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import (
    BEFORE,
    MOST,
    OVERDUE,
    QUIET,
    ReminderRules,
    Told,
    Waiting,
    may_leave,
    remind,
    stage,
)
from shared.days import last_moment

RULES = ReminderRules()
FEAST = date(2026, 12, 10)
DEADLINES = Deadlines(calendar=Calendar(holidays={FEAST: "Bayram"}, half_days={date(2026, 12, 9): "Arife"}))
SINCE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FRIDAY = date(2026, 12, 4)
"""The last day of what waits in these tests."""


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A time of the institution's clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=DEADLINES.zone).astimezone(UTC)


def december(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return at(date(2026, 12, day), hour, minute)


def waiting(about: str = "a", last: date = FRIDAY, since: datetime = SINCE, *, early: bool = True) -> Waiting:
    return Waiting(about, last_moment(last, DEADLINES.zone), since, early=early)


def told() -> Told:
    return Told(id="unit.kddb")


def said_at(times: Iterable[datetime], things: list[Waiting]) -> tuple[Told, list[tuple[datetime, str, int]]]:
    """What is said to one recipient when somebody looks at these times: when, about what, and in which stage."""
    now_told, said = told(), []
    for now in times:
        if may_leave(now, DEADLINES, RULES) and (new := remind(now_told, things, now, DEADLINES, RULES)):
            now_told, listed = new
            said += [(now, thing.about, stage(thing, now, DEADLINES, RULES)) for thing in listed]
    return now_told, said


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (december(1, 23, 59), QUIET),
        (december(2, 0, 0), BEFORE),
        (december(4, 23, 59), BEFORE),
        (december(5, 0, 0), OVERDUE),
        (december(11, 23, 59), OVERDUE),
        (december(12, 0, 0), OVERDUE + 1),
        (december(19, 0, 0), OVERDUE + 2),
    ],
)
def test_a_stage_begins_at_midnight_where_the_institution_is(now: datetime, expected: int) -> None:
    assert stage(waiting(), now, DEADLINES, RULES) == expected


def test_days_before_the_last_day_are_working_days() -> None:
    monday = waiting(last=date(2026, 12, 14))
    stages = {day: stage(monday, december(day), DEADLINES, RULES) for day in range(8, 15)}
    assert stages == {8: QUIET, 9: BEFORE, 10: BEFORE, 11: BEFORE, 12: BEFORE, 13: BEFORE, 14: BEFORE}


def test_nobody_is_reminded_on_the_day_on_which_the_last_day_was_set() -> None:
    fresh = waiting(since=december(3, 9))
    assert stage(fresh, december(3), DEADLINES, RULES) == QUIET
    assert stage(fresh, december(4), DEADLINES, RULES) == BEFORE


def test_who_is_told_of_delays_alone_hears_nothing_before() -> None:
    assert stage(waiting(early=False), december(4), DEADLINES, RULES) == QUIET
    assert stage(waiting(early=False), december(5), DEADLINES, RULES) == OVERDUE


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (december(1, 7, 59), False),
        (december(1, 8, 0), True),
        (december(1, 19, 59), True),
        (december(1, 20, 0), False),
        (december(5, 10), False),
        (at(FEAST), False),
        (december(9, 15), True),
    ],
    ids=["early", "morning", "evening", "night", "Saturday", "holiday", "half day"],
)
def test_letters_leave_by_day_and_on_days_with_work(now: datetime, expected: bool) -> None:
    assert may_leave(now, DEADLINES, RULES) is expected


def test_an_assignment_that_nobody_answers_is_said_before_then_overdue_then_once_a_week() -> None:
    looks = (december(1) + timedelta(hours=hour) for hour in range(24 * 21))
    _, said = said_at(looks, [waiting()])
    assert [(now.astimezone(DEADLINES.zone).day, what) for now, _, what in said] == [
        (2, BEFORE),
        (7, OVERDUE),
        (14, OVERDUE + 1),
        (21, OVERDUE + 2),
    ]


def test_after_a_week_without_the_router_one_letter_says_the_newest_alone() -> None:
    _, said = said_at([december(1), december(18), december(18, 11), december(18, 12)], [waiting()])
    assert [what for _, _, what in said] == [OVERDUE + 1]


def test_thirty_assignments_due_together_are_one_letter() -> None:
    things = [waiting(f"a{number}") for number in range(30)]
    _, said = said_at([december(7), december(7, 11)], things)
    assert len(said) == 30
    assert {now for now, _, _ in said} == {december(7)}


def test_what_comes_up_after_the_letter_of_the_day_waits_for_the_next_one() -> None:
    first = remind(told(), [waiting("a")], december(7), DEADLINES, RULES)
    assert first
    both = [waiting("a"), waiting("b")]
    assert remind(first[0], both, december(7, 12), DEADLINES, RULES) is None
    second = remind(first[0], both, december(8), DEADLINES, RULES)
    assert second
    assert [thing.about for thing in second[1]] == ["b"]


def test_more_than_fit_into_one_letter_follow_on_the_next_day() -> None:
    things = [waiting(f"a{number:03}") for number in range(MOST + 5)]
    _, said = said_at([december(7), december(8), december(9)], things)
    assert Counter(now for now, _, _ in said) == {december(7): MOST, december(8): 5}


def test_another_last_day_begins_anew() -> None:
    first = remind(told(), [waiting()], december(7), DEADLINES, RULES)
    assert first
    later = waiting(last=date(2026, 12, 16))
    assert remind(first[0], [later], december(11), DEADLINES, RULES) is None
    assert remind(first[0], [later], december(14), DEADLINES, RULES)


def test_a_digest_says_everything_once_a_day() -> None:
    first = remind(told(), [waiting()], december(7), DEADLINES, RULES, everything=True)
    assert first
    assert remind(first[0], [waiting()], december(7, 18), DEADLINES, RULES, everything=True) is None
    assert remind(first[0], [waiting()], december(6, 18), DEADLINES, RULES, everything=True) is None
    assert remind(first[0], [waiting()], december(8), DEADLINES, RULES, everything=True)


def test_what_was_said_is_remembered_while_it_does_not_wait() -> None:
    first = remind(told(), [waiting("a")], december(7), DEADLINES, RULES)
    assert first
    second = remind(first[0], [waiting("b")], december(8), DEADLINES, RULES)
    assert second
    assert remind(second[0], [waiting("a")], december(9), DEADLINES, RULES) is None


def test_a_letter_that_a_wrong_clock_has_sent_holds_nothing_up() -> None:
    ahead = remind(told(), [waiting("a")], december(30), DEADLINES, RULES)
    assert ahead
    assert remind(ahead[0], [waiting("b")], december(7), DEADLINES, RULES)


STEPS = some.lists(
    some.one_of(
        some.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(hours=30)),
        some.timedeltas(min_value=timedelta(hours=-30), max_value=timedelta(minutes=-1)),
        some.timedeltas(min_value=timedelta(days=2), max_value=timedelta(days=20)),
    ),
    max_size=25,
)
"""Times between two looks: short and long gaps, and a clock that is put back by hours."""
LAST_DAYS = some.lists(some.dates(date(2026, 12, 1), date(2026, 12, 24)), min_size=1, max_size=6)


def times_of(steps: list[timedelta]) -> list[datetime]:
    """When somebody looks, with these steps in between."""
    times = [december(1, 9)]
    for step in steps:
        times.append(times[-1] + step)
    return times


@given(STEPS, LAST_DAYS)
def test_whenever_somebody_looks_each_thing_is_said_once_and_nothing_is_missing(
    steps: list[timedelta], last_days: list[date]
) -> None:
    times = times_of(steps)
    things = [waiting(f"a{number}", last) for number, last in enumerate(last_days)]
    catch_up = [max(times) + timedelta(days=day, hours=hour) for day in range(3, 9) for hour in range(0, 24, 6)]
    now_told, said = said_at([*times, *catch_up], things)
    assert all(count == 1 for count in Counter((about, what) for _, about, what in said).values())
    for thing in things:
        stages = [what for _, about, what in said if about == thing.about]
        assert stages == sorted(stages)
    last_chance = max(time for time in catch_up if may_leave(time, DEADLINES, RULES))
    known = {one.about: one.stage for one in now_told.said}
    for thing in things:
        assert known.get(thing.about, QUIET) >= stage(thing, last_chance, DEADLINES, RULES)


@given(STEPS)
def test_a_digest_leaves_once_a_day_though_the_clock_is_put_back(steps: list[timedelta]) -> None:
    now_told, days = told(), []
    for now in times_of(steps):
        if new := remind(now_told, [waiting()], now, DEADLINES, RULES, everything=True):
            now_told = new[0]
            days.append(now.astimezone(DEADLINES.zone).date())
    for earlier, later in pairwise(days):
        assert later > earlier or (earlier - later).days > 2
