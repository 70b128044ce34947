"""When somebody is reminded, and that it is said once. Pure.

What waits has a stage, which only grows with time: nothing, soon due, overdue, overdue for a week, for two weeks, and
so on. Of each recipient it is kept which stage was said about what (``Told``), and only a higher one is said. So
nothing is said twice, in whatever order the moments come at which somebody looks; and after an absence, however long,
the newest stage alone is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import AwareDatetime

from services.router.deadlines.domain.calendar import NONE
from services.router.deadlines.domain.counting import Deadlines
from shared.days import day_of, quiet
from shared.state import Aggregate, State

QUIET, BEFORE, OVERDUE = 0, 1, 2
"""Stages. OVERDUE is the first of those after the last day; one more for each further ``remind_again_days``."""
MOST = 200
"""Things in one letter, the most urgent first. What is left over is said on the next day."""
REMEMBERED = timedelta(days=400)
"""Since it was last said, and it does not wait any more: then it is forgotten what was said about a thing."""
CLOCK_WAS_WRONG = timedelta(days=2)
"""A letter from further in the future was sent by a clock that was wrong, and holds nothing up."""


@dataclass(frozen=True)
class ReminderRules:
    """What the institution wants. Days before the last day are working days, ``remind_again_days`` are calendar days.

    ``untaken_days``: working days after which officers are told of a case that nobody has taken. Hours are those of the
    institution's zone: from ``quiet_from`` until ``quiet_until`` nothing leaves. ``digest_hour``: not before it.
    """

    remind_before_days: int = 2
    remind_again_days: int = 7
    untaken_days: int = 1
    quiet_from: int = 20
    quiet_until: int = 8
    digest_hour: int = 8


@dataclass(frozen=True)
class Waiting:
    """Something that waits: ``about`` is its id, ``due_at`` the last moment of its last day, known since ``since``.

    ``early``: somebody is reminded of it before its last day is over.
    """

    about: str
    due_at: datetime
    since: datetime
    early: bool = True


class Said(State):
    """The highest stage that was said about something, with its last day at that time."""

    about: str
    due_at: AwareDatetime
    stage: int
    at: AwareDatetime


class Told(Aggregate):
    """What one recipient was told: a unit (``unit.<code>``) or a person of the desk (``account.<id>``)."""

    said: tuple[Said, ...] = ()
    last_at: AwareDatetime | None = None


def may_leave(now: datetime, deadlines: Deadlines, rules: ReminderRules) -> bool:
    """Whether letters leave now: by day, and on a day on which the institution works."""
    works = deadlines.calendar.worth(day_of(now, deadlines.zone)) != NONE
    return works and not quiet(now, deadlines.zone, since=rules.quiet_from, until=rules.quiet_until)


def had_today(told: Told, now: datetime, deadlines: Deadlines) -> bool:
    """Whether the recipient has had the letter of this day. It counts too when the clock was put back since."""
    if told.last_at is None:
        return False
    ahead = day_of(told.last_at, deadlines.zone) - day_of(now, deadlines.zone)
    return timedelta(0) <= ahead <= CLOCK_WAS_WRONG


def stage(thing: Waiting, now: datetime, deadlines: Deadlines, rules: ReminderRules) -> int:
    """The stage of what waits. On the day on which its last day was set, nobody is reminded of it."""
    today, last = day_of(now, deadlines.zone), day_of(thing.due_at, deadlines.zone)
    if today > last:
        return OVERDUE + ((today - last).days - 1) // rules.remind_again_days
    soon = _working_days(today, last, deadlines, most=rules.remind_before_days + 1) <= rules.remind_before_days
    return BEFORE if thing.early and soon and day_of(thing.since, deadlines.zone) < today else QUIET


def remind(
    told: Told,
    waiting: Iterable[Waiting],
    now: datetime,
    deadlines: Deadlines,
    rules: ReminderRules,
    *,
    everything: bool = False,
) -> tuple[Told, list[Waiting]] | None:
    """What is said to the recipient now; ``everything``: also what was said before. None: there is nothing to say."""
    if had_today(told, now, deadlines):
        return None
    known = {said.about: said for said in told.said}
    things = sorted(waiting, key=lambda thing: (thing.due_at, thing.about))
    before = {thing.about: _said(known.get(thing.about), thing, deadlines) for thing in things}
    reached = {thing.about: stage(thing, now, deadlines, rules) for thing in things}
    new = [thing for thing in things if everything or reached[thing.about] > before[thing.about]][:MOST]
    if not new:
        return None
    for thing in new:
        highest = max(reached[thing.about], before[thing.about])
        known[thing.about] = Said(about=thing.about, due_at=thing.due_at, stage=highest, at=now)
    kept = tuple(said for said in known.values() if said.about in reached or now - said.at < REMEMBERED)
    return told.model_copy(update={"said": kept, "last_at": now}), new


def _said(said: Said | None, thing: Waiting, deadlines: Deadlines) -> int:
    """The stage that was said of this last day; another last day begins anew."""
    if said is None or day_of(said.due_at, deadlines.zone) != day_of(thing.due_at, deadlines.zone):
        return QUIET
    return said.stage


def _working_days(today: date, last: date, deadlines: Deadlines, *, most: int) -> int:
    """Days with work after today up to the last day; not more than ``most`` are counted."""
    counted, day = 0, today
    while day < last and counted < most:
        day += timedelta(days=1)
        counted += deadlines.calendar.worth(day) != NONE
    return counted
