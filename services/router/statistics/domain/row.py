"""What is kept of a case for the figures: one row, without anything about a person. Pure.

A row has codes, days, whole working hours and numbers. Its id is an HMAC of the message id, so that it survives the
erasure of the message and cannot be matched with it. Of a restricted case it says that there is one, and no more.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import pairwise

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Answer, Assignment, TimelineEntry
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason, ObjectionDecision
from services.router.cases.domain.statutory import answer_due, informed_in_time
from services.router.cases.domain.stopping import pauses
from services.router.deadlines.domain.counting import Deadlines
from services.router.statistics.domain.hours import WorkingHours, whole_hours
from shared.state import State

VERSION = 2
"""Increase it when ``row_of`` says something else of the same case: rows of an older version are made anew."""
ENDS = frozenset({"closed", "withdrawn", "answer_upheld"})
"""Timeline entries by which a case is closed."""
REOPENINGS = frozenset({"reopened_by_desk", "reopened"})
WRONG_UNIT = frozenset({"declined", "recalled"})
"""Timeline entries after which asking another unit is a re-route."""


class AskedUnit(State):
    """One unit that had to reply. Replies that it has taken back are none.

    ``hours`` are working hours from the request to its first reply, without those in which the submitter was asked;
    ``on_time``: its newest reply came by the last day for it, or while its clock stood; ``accepted_at_once``: its reply
    was accepted, and none had been returned before. None: that is not known yet, or never.
    """

    unit: str
    hours: int | None = None
    on_time: bool | None = None
    accepted_at_once: bool | None = None
    declined: bool = False
    open: bool = False


class FigureRow(State):
    """One case. Days are ISO 8601, where the institution is; hours are whole working hours.

    ``revision`` is that of the case, ``calendar`` the version of the calendar by which hours were counted. ``units``
    are the codes of all units that were asked. ``finished``: the day of the answer or the closing. ``to_routing``: from
    the message to the first unit; ``to_review``: from the last reply to the answer after it; ``to_answer``: from the
    message to the first answer, also as ``answer_days``, calendar days. ``in_time``: an answer, or an interim one, went
    out by the last day of the law; None while there is none.
    """

    id: str
    revision: int
    calendar: int
    version: int = VERSION
    opened: str
    restricted: bool = False
    kind: str = ""
    channel: str = ""
    units: tuple[str, ...] = ()
    asked: tuple[AskedUnit, ...] = ()
    state: str = CaseState.NEW
    finished: str | None = None
    closure_reason: str | None = None
    to_routing: int | None = None
    to_review: int | None = None
    to_answer: int | None = None
    answer_days: int | None = None
    in_time: bool | None = None
    reroutes: int = 0
    reopens: int = 0
    objections: int = 0
    interims: int = 0
    rating: int | None = None

    @property
    def month(self) -> str:
        """The month in which the message came, such as 2026-11."""
        return self.opened[:7]

    @property
    def ended(self) -> bool:
        """Whether the case is answered or closed."""
        return self.finished is not None

    @property
    def unwanted(self) -> bool:
        """Whether it was closed as spam."""
        return self.closure_reason == ClosureReason.SPAM


def row_key(message_id: str, secret: str) -> str:
    """The id of the row of a message, by a secret key of the service."""
    return hmac.new(secret.encode(), b"figures:" + message_id.encode(), hashlib.sha256).hexdigest()


def row_of(case: Case, hours: WorkingHours, deadlines: Deadlines, key: str) -> FigureRow:
    """The row of a case; ``key`` is its id (``row_key``). It depends on the case, the calendar and the terms alone."""
    finished_at = _finished_at(case)
    known = FigureRow(
        id=key,
        revision=case.revision,
        calendar=hours.version,
        opened=hours.day(case.submitted_at).isoformat(),
        finished=hours.day(finished_at).isoformat() if finished_at else None,
        restricted=case.restriction is not None,
    )
    if known.restricted:
        return known.model_copy(update={"state": _step(case)})
    first = _first_answer(case)
    expected = [a for a in case.assignments if a.reply_expected]
    asked_at = min((a.requested_at for a in case.assignments), default=None)
    return known.model_copy(
        update={
            "kind": case.kind,
            "channel": case.channel,
            "units": tuple(sorted({a.unit.code for a in case.assignments})),
            "asked": tuple(_asked(case, assignment, hours, deadlines) for assignment in expected),
            "state": str(case.state),
            "closure_reason": case.closure_reason and str(case.closure_reason),
            "to_routing": _between(hours, case.submitted_at, asked_at),
            "to_review": _between(hours, _last_reply(case, first), first.at if first else None),
            "to_answer": _between(hours, case.submitted_at, first.at if first else None),
            "answer_days": (hours.day(first.at) - hours.day(case.submitted_at)).days if first else None,
            "in_time": _in_time(case, first, deadlines),
            "reroutes": _reroutes(case),
            "reopens": _reopens(case),
            "objections": int(case.objection is not None),
            "interims": len(case.informed),
            "rating": case.rating.score if case.rating else None,
        }
    )


def _step(case: Case) -> str:
    """Of a restricted case no more than whether it is dealt with."""
    return str(CaseState.CLOSED if case.finished else CaseState.NEW)


def _finished_at(case: Case) -> datetime | None:
    """Since when the case is answered or closed: closing an answered case is no second end."""
    if not case.finished:
        return None
    if case.answer and (case.state is CaseState.RESOLVED or case.closure_reason is ClosureReason.ANSWERED):
        upheld = case.objection and case.objection.decided is ObjectionDecision.UPHELD and case.objection.decided_at
        return max(case.answer.at, upheld) if upheld else case.answer.at
    return max((e.at for e in case.timeline if e.what in ENDS), default=case.submitted_at)


def _first_answer(case: Case) -> Answer | None:
    return (*case.earlier_answers, case.answer)[0]


def _between(hours: WorkingHours, since: datetime | None, until: datetime | None) -> int | None:
    return whole_hours(hours.minutes(since, until)) if since and until else None


def _last_reply(case: Case, answer: Answer | None) -> datetime | None:
    """When the last reply came that the answer could be made of."""
    replies = (reply.submitted_at for a in case.assignments for reply in a.replies)
    return max((at for at in replies if answer and at <= answer.at), default=None)


def _in_time(case: Case, first: Answer | None, deadlines: Deadlines) -> bool | None:
    if first is None and not case.informed:
        return None
    due_at = answer_due(case, deadlines)
    return (first is not None and first.at <= due_at) or informed_in_time(case, due_at)


def _reroutes(case: Case) -> int:
    """How many times units were asked after one had declined, or had been recalled, since the time before."""
    asked = sorted({a.requested_at for a in case.assignments})
    declined = {a.id for a in case.assignments if a.state is AssignmentState.DECLINED}
    wrong = [e.at for e in case.timeline if e.what in WRONG_UNIT and e.unit and not _late(e, declined)]
    return sum(any(before < at <= after for at in wrong) for before, after in pairwise(asked))


def _late(entry: TimelineEntry, declined: Collection[str]) -> bool:
    """Whether a unit declined that was no longer asked."""
    return entry.what == "declined" and entry.actor is not None and entry.actor.id not in declined


def _reopens(case: Case) -> int:
    """How many times an officer, a supervisor, or a promise that was not kept has opened the case again."""
    not_kept = sum(one.kept is False and one.reopened is not False for one in case.promises)
    return sum(entry.what in REOPENINGS for entry in case.timeline) + not_kept


def _asked(case: Case, assignment: Assignment, hours: WorkingHours, deadlines: Deadlines) -> AskedUnit:
    replies = assignment.replies
    returned = any(reply.returned_because is not None for reply in (*replies, *assignment.taken_back))
    accepted = assignment.state is AssignmentState.ACCEPTED
    return AskedUnit(
        unit=assignment.unit.code,
        hours=_reply_hours(case, assignment, hours) if replies else None,
        on_time=_on_time(case, assignment, deadlines),
        accepted_at_once=False if returned else True if accepted else None,
        declined=assignment.state is AssignmentState.DECLINED,
        open=assignment.awaited and not case.finished,
    )


def _reply_hours(case: Case, assignment: Assignment, hours: WorkingHours) -> int:
    since, until = assignment.requested_at, min(reply.submitted_at for reply in assignment.replies)
    stood = sum(hours.minutes(*span) for span in _merged(_pauses(case, assignment, until)))
    return whole_hours(hours.minutes(since, until) - stood)


def _pauses(case: Case, assignment: Assignment, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    """When the submitter was asked, between the request and the reply."""
    for question in case.questions:
        since, end = question.asked_at, min(question.answered_at or until, until)
        if assignment.requested_at < since < end:
            yield since, end


def _merged(spans: Iterable[tuple[datetime, datetime]]) -> Iterable[tuple[datetime, datetime]]:
    """The spans without what they have in common."""
    last: datetime | None = None
    for since, until in sorted(spans):
        begins = max(since, last) if last else since
        if begins < until:
            yield begins, until
        last = max(until, last) if last else until


def _on_time(case: Case, assignment: Assignment, deadlines: Deadlines) -> bool | None:
    """Whether the newest reply came by its last day; None while another is awaited, or without a last day."""
    reply = assignment.reply
    if reply is None or assignment.state is AssignmentState.RETURNED:
        return None
    due_at = assignment.due_at or _due_while_standing(case, assignment, reply.submitted_at, deadlines)
    return reply.submitted_at <= due_at if due_at else None


def _due_while_standing(case: Case, assignment: Assignment, at: datetime, deadlines: Deadlines) -> datetime | None:
    """The last day of a clock that stands, were it to go on at this moment."""
    if assignment.clock is None:
        return None
    stood = [p.model_copy(update={"until": min(p.until or at, at)}) for p in pauses(case, assignment) if p.since < at]
    return deadlines.due(assignment.clock, stood)
