"""What a row says of a case, working hours, cells, medians and percentiles: pure."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

import pytest

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Restriction, TimelineEntry
from services.router.cases.domain.questions import ask
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.review import receive_reply, return_reply
from services.router.cases.domain.routing import decline, route
from services.router.cases.domain.stopping import stop
from services.router.cases.domain.unit_parts import Promise
from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import Deadlines
from services.router.statistics.domain.cells import Key, Summary, cells_of
from services.router.statistics.domain.charts import bars, columns
from services.router.statistics.domain.hours import WorkingHours, whole_hours
from services.router.statistics.domain.periods import Period, named_periods, selection_of
from services.router.statistics.domain.row import FigureRow, row_key, row_of
from shared.events import AssignmentDeclined
from tests import examples as example
from tests.router.figures import ZONE

EMPTY = Calendar()
MONDAY = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""8 o'clock in Türkiye."""
PROMISES = [(False, True), (False, None), (False, False), (True, False), (None, None)]
"""Whether each was kept, and whether that opened the case again."""


def hours(calendar: Calendar = EMPTY) -> WorkingHours:
    return WorkingHours(calendar, ZONE)


@pytest.mark.parametrize(
    ("after", "minutes"),
    [
        (timedelta(0), 0),
        (timedelta(hours=-3), 0),
        (timedelta(minutes=59), 59),
        (timedelta(hours=5), 4 * 60),
        (timedelta(hours=30), 8 * 60 + 5 * 60),
        (timedelta(days=7), 5 * 8 * 60),
    ],
)
def test_working_minutes_leave_out_nights_noon_and_weekends(after: timedelta, minutes: int) -> None:
    assert hours().minutes(MONDAY, MONDAY + after) == minutes


def test_holidays_do_not_count_and_half_days_end_at_one() -> None:
    days_off = Calendar(holidays={date(2026, 11, 24): "x"}, half_days={date(2026, 11, 25): "y"})
    assert hours(days_off).minutes(MONDAY, MONDAY + timedelta(days=3)) == (8 + 0 + 4) * 60


def test_half_an_hour_is_an_hour() -> None:
    assert [whole_hours(minutes) for minutes in (0, 29, 30, 89, 90)] == [0, 0, 1, 1, 2]


def row(case: Case | None = None, calendar: Calendar = EMPTY) -> FigureRow:
    deadlines = Deadlines(zone=ZONE, calendar=calendar)
    return row_of(case or example.answered_case(), hours(calendar), deadlines, "key")


def test_a_row_has_times_and_no_person() -> None:
    found = row()
    assert (found.opened, found.finished, found.kind, found.channel) == ("2026-11-23", "2026-11-23", "complaint", "web")
    assert (found.to_routing, found.to_review, found.to_answer, found.answer_days) == (0, 1, 2, 0)
    assert found.in_time is True and found.units == ("kddb",)
    (asked,) = found.asked
    assert (asked.hours, asked.on_time, asked.accepted_at_once, asked.open) == (1, True, True, False)
    said = found.model_dump_json()
    assert not any(word in said for word in ("Deniz", "kaya", "Isıtma", "ısıtma", "0288", "Fatma"))


def test_another_calendar_gives_other_hours() -> None:
    holiday = Calendar(version=2, holidays={date(2026, 11, 23): "x"})
    assert (row().to_answer, row(calendar=holiday).to_answer) == (2, 0)
    assert row(calendar=holiday).calendar == 2


def test_a_returned_reply_was_not_accepted_at_once_and_waits_for_its_next_day() -> None:
    waiting = example.replied_case()
    given: dict[str, Any] = {"version": 1, "reason": "r", "by": example.officer()}
    given |= {"due_at": example.NOW + timedelta(days=2), "now": example.NOW + timedelta(hours=2)}
    returned, _ = return_reply(waiting, waiting.assignments[0].id, **given)
    (asked,) = row(returned).asked
    assert (asked.on_time, asked.accepted_at_once, asked.open, asked.hours) == (None, False, True, 1)


def test_a_promise_that_was_not_kept_opens_the_case_again_once() -> None:
    answered = example.answered_case()
    promise = Promise(id="p", promised_for=example.NOW, answer_at=example.NOW)
    said = [promise.model_copy(update={"kept": kept, "reopened": opened}) for kept, opened in PROMISES]
    entries = [TimelineEntry(at=example.NOW, what="promise_broken") for _ in said]
    case = answered.model_copy(update={"promises": tuple(said), "timeline": (*answered.timeline, *entries)})
    assert row(case).reopens == 2  # by one, and by one of an older version


@pytest.mark.parametrize(("asked_after", "on_time"), [(timedelta(days=1), True), (timedelta(days=20), False)])
def test_a_reply_while_the_submitter_is_asked_is_on_time_unless_it_was_late_before(
    asked_after: timedelta, *, on_time: bool
) -> None:
    deadlines, at = Deadlines(zone=ZONE, calendar=EMPTY), example.NOW + asked_after
    asked, _ = ask(example.routed_case(), question_id="q", text="?", by=example.officer(), now=at)
    stopped, _ = stop(asked, deadlines, by=example.officer().actor, now=at)
    told = example.reply_submitted(stopped, submitted_at=at + timedelta(days=30))
    replied, _ = receive_reply(stopped, told, told.submitted_at)
    assert replied.assignments[0].due_at is None
    assert [one.on_time for one in row(replied).asked] == [on_time]


def test_a_unit_that_declines_when_it_is_no_longer_asked_makes_no_re_route() -> None:
    answered, later = example.answered_case(), example.NOW + timedelta(days=3)
    of = {"message_id": answered.id, "assignment_id": answered.assignments[0].id, "reason": "r", "by": "b"}
    late, _ = decline(answered, AssignmentDeclined.model_validate(of | {"declined_at": later}), later)
    opened, _ = reopen(late, reason="r", by=example.officer(), now=later + timedelta(hours=1))
    given: dict[str, Any] = {"ids": ["a2"], "text": "t", "note": "", "share_identity": True, "due_at": None}
    routed, _ = route(opened, [example.WORKS], **given, by=example.officer(), now=later + timedelta(hours=2))
    assert row(routed).reroutes == 0


def test_of_a_restricted_case_a_row_says_no_more_than_that_there_is_one() -> None:
    restriction = Restriction(why="health", to=("x",), at=example.NOW)
    found = row(example.answered_case().model_copy(update={"restriction": restriction}))
    assert found.model_dump(exclude_defaults=True, exclude={"id", "revision", "calendar"}) == {
        "opened": "2026-11-23",
        "finished": "2026-11-23",
        "restricted": True,
        "state": "closed",
    }
    cells = cells_of([found], [found], {})
    assert set(cells) == {Key()} and cells[Key()].counts == {"received": 1, "finished": 1, "restricted": 1, "ended": 1}


def test_the_key_of_a_row_needs_the_secret() -> None:
    assert row_key("m1", "one") != row_key("m1", "two") and "m1" not in row_key("m1", "one")
    assert row_key("m1", "one") == row_key("m1", "one")


@pytest.mark.parametrize("number", [1, 2, 3, 9, 10, 11, 500])
def test_percentiles_are_those_of_the_sorted_list(number: int) -> None:
    chance = random.Random(number)
    values = [chance.choice([0, 1, 5, chance.randrange(300)]) for _ in range(number)]
    found = Summary()
    for value in values:
        found.add(Summary(values={"answer": Counter([value])}))
    ordered = sorted(values)
    assert found.median("answer") == median(ordered)
    assert found.p90("answer") == ordered[ceil(number * 0.9) - 1]


def test_without_values_there_is_no_median_and_no_share() -> None:
    assert (Summary().median("answer"), Summary().p90("answer"), Summary().share("on_time", "timed")) == (None,) * 3


def test_a_unit_has_the_figures_of_the_units_below_it_once_for_a_case_of_both() -> None:
    of_both = FigureRow(
        id="1", revision=1, calendar=1, opened="2026-11-01", kind="k", channel="c", units=("fiz", "kim")
    )
    cells = cells_of([of_both], [], {"fiz": {"fiz", "fen"}, "kim": {"kim", "fen"}})
    received = {key.unit: cells[key].number("received") for key in cells if key.kind == key.channel == ""}
    assert received == {"": 1, "fen": 1, "fiz": 1, "kim": 1}


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({}, "2025-12", "2026-11"),
        ({"period": "2026"}, "2026-01", "2026-12"),
        ({"period": "2026-Q3"}, "2026-07", "2026-09"),
        ({"period": "2026-02"}, "2026-02", "2026-02"),
        ({"period": "2030"}, "2025-12", "2026-11"),
        ({"period": "nonsense"}, "2025-12", "2026-11"),
        ({"period": "range", "since": "2026-03", "until": "2025-12"}, "2025-12", "2026-03"),
        ({"period": "range", "since": "2026-03"}, "2026-03", "2026-11"),
        ({"period": "range", "since": "1900-01", "until": "2026-11"}, "1900-01", "1909-12"),
        ({"since": "2026-13", "until": "x"}, "2025-12", "2026-11"),
    ],
)
def test_a_period_is_read_from_the_address(given: dict[str, Any], first: str, last: str) -> None:
    assert selection_of(TODAY, **given).period == Period(first, last)


def test_the_period_before_is_as_long() -> None:
    assert Period("2026-01", "2026-03").before == Period("2025-10", "2025-12")
    assert len(Period("2025-12", "2026-11").before.months) == 12


def test_periods_go_back_to_the_first_message() -> None:
    named = list(named_periods(TODAY, "2025-11"))
    assert (named[0], named[1], named[2], named[-1]) == ("2026", "2025", "2026-Q4", "2025-11")


@pytest.mark.parametrize("values", [[[0, 0]], [[3, 1], [0, 7]], [[12345, 1]], [[1, 1]] * 60])
def test_columns_stay_inside_their_chart(values: list[list[int]]) -> None:
    chart = columns([f"m{place}" for place in range(len(values))], values)
    for group in chart.groups:
        for one in group.columns:
            assert one.x >= 0 and one.x + one.width <= 100.1 and one.y >= 0 and one.y + one.height <= chart.base + 0.1
    assert 2 <= len(chart.lines) <= 6 and sum(bool(group.label) for group in chart.groups) <= 12


def test_bars_without_values_have_no_width() -> None:
    assert [bar.width for bar in bars([("a", "0", 0, 0), ("b", "0", 0, 0)]).bars] == [0, 0]
