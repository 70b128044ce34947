"""The rules of retention: for how long finished cases are kept, by kind and outcome, and what happens then. Pure.

Law 6698 art. 7 and the Regulation on Erasure, Destruction or Anonymisation (2017): data go when the reason for keeping
them ends, at the next periodic destruction, which comes at least every six months (art. 11).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import PlainSerializer

from services.router.access import AuditAction
from services.router.history import WithHistory, changed_fields, with_change
from shared.days import day_of, first_moment
from shared.destruction import Erasing
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, Open, State

RETENTION: Final = "retention"
"""The id of the one document."""
LONGEST_INTERVAL: Final = 6
"""Months between two periodic destructions, at most (Regulation art. 11)."""
NOTICE: Final = timedelta(days=7)
"""So long before a periodic destruction the desk says that it comes."""
MOST_RULES: Final = 20
FIELDS: Final = ("active", "rules", "next_on", "every_months")
SAME_TWICE = "There are two rules for the same kind and outcome. Please remove one of them."
NO_DAY = "Please choose the day of the first periodic destruction, today or later."
TOO_LATE = "Please choose a day within the next six months: the law allows no longer pause."


Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A day, stored as ISO 8601 writes it."""


class Doing(StrEnum):
    """What happens to a case after its time."""

    KEEP = "keep"
    ANONYMISE = Erasing.ANONYMISE.value
    DESTROY = Erasing.DESTROY.value


class Rule(State):
    """Cases of ``kind`` with ``outcome`` (a reason for closing; an answer is ``answered``) are kept for ``months``.

    An empty ``kind`` or ``outcome`` stands for all that no nearer rule names.
    """

    kind: str = ""
    outcome: str = ""
    months: int
    doing: Open[Doing]

    @property
    def code(self) -> str:
        """The rule in orders and records: ``retention:complaint:answered``; ``any`` where it names none."""
        return f"retention:{self.kind or 'any'}:{self.outcome or 'any'}"


DEFAULTS: Final = (
    Rule(outcome="answered", months=36, doing=Doing.ANONYMISE),
    Rule(outcome="spam", months=6, doing=Doing.DESTROY),
    Rule(outcome="withdrawn", months=12, doing=Doing.DESTROY),
    Rule(outcome="duplicate", months=12, doing=Doing.DESTROY),
    Rule(months=60, doing=Doing.ANONYMISE),
)
"""Before anybody has set rules. Nothing happens by them until they are switched on."""


class RetentionRules(WithHistory):
    """The rules of the institution: one document. The last of ``rules`` is the one for everything else.

    While they are not ``active``, lists can be made and nothing is destroyed. ``next_on``: the day of the next periodic
    destruction; ``every_months`` later comes the one after it.
    """

    active: bool = False
    rules: tuple[Rule, ...] = DEFAULTS
    next_on: Day | None = None
    every_months: int = LONGEST_INTERVAL


def rule_for(rules: Sequence[Rule], kind: str, outcome: str) -> Rule:
    """The nearest rule: for both, for the kind, for the outcome, or the one for everything else."""
    known = {(rule.kind, rule.outcome): rule for rule in rules}
    wanted = ((kind, outcome), (kind, ""), ("", outcome), ("", ""))
    return next(known[names] for names in wanted if names in known)


def due_on(finished_at: datetime, rule: Rule, zone: ZoneInfo) -> date:
    """The first day on which a case is due that was finished then."""
    return after_months(day_of(finished_at, zone), rule.months)


def finished_before(rule: Rule, day: date, zone: ZoneInfo) -> datetime:
    """The cases that were finished before this moment, and no others, are due on ``day``."""
    last = after_months(day, -rule.months)
    while after_months(last + timedelta(days=1), rule.months) <= day:  # months differ in their length
        last += timedelta(days=1)
    return first_moment(last + timedelta(days=1), zone)


def after_months(day: date, months: int) -> date:
    """The day so many months later, or earlier; the last of the month where it is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def change_rules(
    before: RetentionRules,
    *,
    active: bool,
    rules: Iterable[Rule],
    next_on: date | None,
    every_months: int,
    by: Actor,
    now: datetime,
    today: date,
) -> tuple[RetentionRules, list[Event]]:
    """The rules as somebody has set them, and the entry for the record; no event when nothing differs. Raises Refused.

    Switched on, they need a day for the periodic destruction, not later than the law allows.
    """
    wanted = tuple(rules)
    if len({(rule.kind, rule.outcome) for rule in wanted}) < len(wanted):
        raise Refused(SAME_TWICE)
    if active and (next_on is None or (next_on < today and next_on != before.next_on)):
        raise Refused(NO_DAY)
    if active and next_on and next_on > after_months(today, LONGEST_INTERVAL):
        raise Refused(TOO_LATE)
    given = {"active": active, "rules": wanted, "next_on": next_on, "every_months": every_months}
    return _changed(before, before.model_copy(update=given), by=by, now=now)


def after_periodic(
    before: RetentionRules, *, by: Actor, now: datetime, today: date
) -> tuple[RetentionRules, list[Event]]:
    """The rules after a periodic destruction has begun: with the day of the next one, which is not in the past."""
    day = before.next_on or today
    while day <= today:
        day = after_months(day, before.every_months)
    return _changed(before, before.model_copy(update={"next_on": day}), by=by, now=now)


def _changed(
    before: RetentionRules, after: RetentionRules, *, by: Actor, now: datetime
) -> tuple[RetentionRules, list[Event]]:
    fields = changed_fields(before, after)
    if not fields:
        return before, []
    audited = RouterAudited(
        action=AuditAction.RETENTION_CHANGED, object_kind="retention", object_id=RETENTION, fields=fields, at=now
    )
    return with_change(before, after, by=by, at=now), done_by(by, audited)
