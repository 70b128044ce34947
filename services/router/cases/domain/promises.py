"""A promise with a date: on that day the submitter is asked whether it was done; *no* brings the case back.

Only an answered case asks. Withdrawn, closed, opened again or answered anew, it asks nothing any more.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.router.cases.domain.case import Case, entry_by_submitter, progressed, with_timeline
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import TimelineEntry
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.domain.unit_parts import Promise
from shared.days import day_of
from shared.events import Event, PromiseAnswered, PromiseAsked, done_by
from shared.refused import Refused
from shared.state import Actor

SYSTEM = Actor(kind="system", id="promises")
FARTHEST = timedelta(days=366)
WHICH_DAY = "Please choose a day after today, within a year; or leave it empty."


class PromiseGiven(NamedTuple):
    """What an officer lets be promised: by the day of ``promised_for``; ``text`` may be empty."""

    promised_for: datetime
    text: str = ""


class NoSuchPromise(Refused):
    """The promised day is over, or too far away."""

    field = "promised_on"


def require_ahead(promised_for: datetime, now: datetime, zone: ZoneInfo) -> None:
    """Raise NoSuchPromise for a day that is not after today, or is more than a year away."""
    if not day_of(now, zone) < day_of(promised_for, zone) <= day_of(now + FARTHEST, zone):
        raise NoSuchPromise(WHICH_DAY)


def promised_by_units(case: Case, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest day, after today, that the units promise in the replies that wait for review."""
    days = [a.reply.promised_at for a in case.pending if a.reply and a.reply.promised_at]
    return max((day for day in days if day_of(day, zone) > day_of(now, zone)), default=None)


def with_promise(case: Case, given: PromiseGiven | None, answer_at: datetime) -> tuple[Promise, ...]:
    """The promises of the case, and the one that goes with the answer of ``answer_at``."""
    if given is None:
        return case.promises
    number = len(case.promises) + 1
    return (
        *case.promises,
        Promise(
            id=f"{case.id}.promise.{number}",
            promised_for=given.promised_for,
            text=given.text,
            answer_at=answer_at,
        ),
    )


def promise_of(case: Case) -> Promise | None:
    """What was promised with the answer that stands, while that may be asked about."""
    if case.state is not CaseState.RESOLVED or case.answer is None or not case.promises:
        return None
    taken_back = any(e.what == "withdrawn_late" and e.at >= case.answer.at for e in case.timeline)
    promise = case.promises[-1]
    return promise if promise.answer_at == case.answer.at and not taken_back else None


def promised_for(case: Case) -> datetime | None:
    """The day on which the submitter is to be asked; None: nothing is to be asked any more."""
    promise = promise_of(case)
    return promise.promised_for if promise and promise.asked_at is None else None


def promise_due(case: Case) -> bool:
    """Whether the day has come and the submitter, who was asked, has not answered."""
    promise = promise_of(case)
    return promise is not None and promise.asked_at is not None and promise.kept is None


def ask_whether_kept(case: Case, now: datetime, zone: ZoneInfo) -> tuple[Case, list[Event]] | None:
    """Ask the submitter, once; None before the promised day, and when there is nothing to ask."""
    promise = promise_of(case)
    if promise is None or promise.asked_at or day_of(now, zone) < day_of(promise.promised_for, zone):
        return None
    entry = TimelineEntry(at=now, what="promise_asked", actor=SYSTEM, text=promise.text)
    asked = promise.model_copy(update={"asked_at": now})
    event = PromiseAsked(
        message_id=case.id,
        promise_id=promise.id,
        reference=case.reference,
        promise=promise.text,
        promised_for=promise.promised_for,
        submitter=case.submitter,
        language=case.language,
        asked_at=now,
    )
    return with_timeline(case, entry, promises=(*case.promises[:-1], asked)), done_by(SYSTEM, event)


def receive_promise_answer(case: Case, told: PromiseAnswered, now: datetime) -> tuple[Case, list[Event]]:
    """The submitter says whether it was done. *No* opens the case again, on its own; unless it was withdrawn.

    A second answer to the same question is an entry only.
    """
    what = "promise_kept" if told.kept else "promise_broken"
    entry = entry_by_submitter(case, what, told.answered_at, text=told.text)
    reopens = not told.kept and case.finished and case.closure_reason is not ClosureReason.WITHDRAWN
    answer = {"kept": told.kept, "comment": told.text, "answered_at": told.answered_at, "reopened": reopens}
    again = any(one.id == told.promise_id and one.kept is not None for one in case.promises)
    promises = tuple(
        one.model_copy(update=answer) if one.id == told.promise_id and one.kept is None else one
        for one in case.promises
    )
    if told.kept or again or case.closure_reason is ClosureReason.WITHDRAWN:
        return with_timeline(case, entry, promises=promises), []
    reopened = {"state": CaseState.IN_REVIEW, "closure_reason": None, "merge": None} if case.finished else {}
    back = with_timeline(interrupted(case, told.answered_at), entry, promises=promises, **reopened)
    return back, done_by(case.actor, *progressed(case, back, now, cause=what if case.finished else None))
