"""Merging: a case is dealt with together with another, its primary, and its writer hears what the primary's hears.

Only the merged case is written. Texts, files and identities stay where they are. The rules:

* Its units are recalled, because the primary's units do the work; a reply that waits for the check is checked first.
* Whenever the primary stands as answered, its answer goes to the merged one's writer too, each answer once
  (``Answer.answered_from``). Closed for a reason about the matter, the merged one is closed with the same explanation.
* Closed for a reason about the primary's writer or text alone (withdrawn, unwanted, …), it is on its own again.
* Restricted, or merged into one that was restricted since, it is on its own: an answer is for the same readers only.
* What the merged one's writer does concerns it alone: withdrawn, it is closed; with an objection, it is on its own.
"""

from collections.abc import Sequence
from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import (
    Case,
    entry_by,
    progressed,
    require_decided,
    with_derived_state,
    with_timeline,
)
from services.router.cases.domain.parts import Answer, Merge, TimelineEntry
from services.router.cases.domain.review import approve, pending_versions, with_closure
from services.router.cases.domain.routing import FINISHED, recalled_because
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from shared.events import CaseMerged, Event, done_by
from shared.refused import Refused
from shared.state import Actor

OF_THE_MATTER = frozenset(
    {ClosureReason.NOT_RESPONSIBLE, ClosureReason.FORWARDED_EXTERNAL, ClosureReason.NO_ACTION_NEEDED}
)
"""Reasons for closing that hold for everybody who wrote about the same thing."""
SYSTEM = Actor(kind="system", id="merging")
ITSELF = "A case cannot be merged into itself."
PRIMARY_MERGED = "That case is itself dealt with together with another one. Please choose that one."
PRIMARY_CLOSED = "That case was closed for a reason that concerns its own submitter alone."
CHECK_FIRST = "A unit's reply waits for the check. Please check it first."
READERS = "Of these two cases, not the same people may read both."
NOT_MERGED = "This case is not dealt with together with another one."


def merge(case: Case, into: Case, *, told_units: str, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Deal with the case together with ``into``. Raises Refused.

    ``told_units`` is for the units of the case, which are recalled.
    """
    _refuse(case, into)
    asked = tuple(a for a in case.assignments if a.open)
    recalled = tuple(
        a.model_copy(update={"state": AssignmentState.RECALLED}) if a.open else a for a in case.assignments
    )
    made = Merge(into=into.id, at=now, by=by.name, actor=by.actor)
    entry = entry_by(by, "merged", now, text=into.reference)
    merged = with_derived_state(with_timeline(case, entry, assignments=recalled, merge=made))
    return merged, done_by(
        by.actor,
        CaseMerged(message_id=case.id, into=into.id, merged_at=now),
        *(recalled_because(case, a, told_units, "recalled", now) for a in asked),
        *progressed(case, merged, now),
    )


def separate(case: Case, *, by: Officer, now: datetime) -> Case:
    """The case is on its own again. Raises Refused when it is not merged. What its writer was told stays told."""
    if not case.merge:
        raise Refused(NOT_MERGED)
    return with_timeline(case, entry_by(by, "separated", now), merge=None)


def follow(case: Case, primary: Case, *, explanation: str, now: datetime) -> tuple[Case, list[Event]] | None:
    """What was done with the primary last, done with a case that is merged into it; None when nothing is to be done.

    It looks at the primary as it is now, so that it may run at any time and any number of times; after each change it
    runs again. ``explanation`` is what a writer reads when an answered case is closed.
    """
    if case.merged_into != primary.id or case.state is CaseState.CLOSED:
        return None
    alone = with_timeline(case, TimelineEntry(at=now, what="separated", actor=SYSTEM), merge=None), list[Event]()
    if _readers(case) != _readers(primary):
        return alone
    if primary.answer and stands_answered(primary):
        if _told_from(case) != source(primary, primary.answer):
            return _answered(case, primary, primary.answer, now)
        return _closed(case, primary, explanation, now) if primary.state is CaseState.CLOSED else None
    if primary.state is not CaseState.CLOSED:
        return None
    if primary.closure_reason in OF_THE_MATTER:
        return _closed(case, primary, _closing(primary).text, now)
    return alone


def straighten(case: Case, above: Sequence[Case], now: datetime) -> tuple[Case, list[Event]] | None:
    """End a chain or a circle, which colleagues can make who merge at the same time; None when there is neither.

    ``above``: the case's primary, the primary of that, and so on, to the first that is not merged, or that is there
    already, or the case itself. Of a circle, the oldest case is on its own again and the others are merged into it.
    """
    if case.merge is None or not above:
        return None
    top = _top(case, above)
    if top.id == case.id:
        return with_timeline(case, TimelineEntry(at=now, what="separated", actor=SYSTEM), merge=None), []
    if top.id == case.merge.into:
        return None
    moved = case.merge.model_copy(update={"into": top.id})
    entry = TimelineEntry(at=now, what="merged", by=moved.by, actor=SYSTEM, text=top.reference)
    event = CaseMerged(message_id=case.id, into=top.id, merged_at=now)
    return with_timeline(case, entry, merge=moved), done_by(SYSTEM, event)


def stands_answered(case: Case) -> bool:
    """Whether the newest answer is what its writer was told in the end."""
    answered = case.state is CaseState.CLOSED and case.closure_reason is ClosureReason.ANSWERED
    return case.answer is not None and (case.state is CaseState.RESOLVED or answered)


def source(primary: Case, answer: Answer) -> str:
    """Names an answer of the primary: ``<case id>@<time>``."""
    return f"{primary.id}@{answer.at.isoformat()}"


def _refuse(case: Case, into: Case) -> None:
    if case.id == into.id:
        raise Refused(ITSELF)
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    passed_on = stands_answered(into) or into.closure_reason in OF_THE_MATTER
    because = {
        PRIMARY_MERGED: into.merge is not None,
        PRIMARY_CLOSED: into.state is CaseState.CLOSED and not passed_on,
        CHECK_FIRST: bool(case.pending),
        READERS: _readers(case) != _readers(into),
    }
    for reason, applies in because.items():
        if applies:
            raise Refused(reason)


def _readers(case: Case) -> frozenset[str] | None:
    return frozenset(case.restriction.to) if case.restriction else None


def _told_from(case: Case) -> str | None:
    return case.answer.answered_from if case.answer else None


def _answered(case: Case, primary: Case, answer: Answer, now: datetime) -> tuple[Case, list[Event]]:
    """The primary's answer, released once more, to this writer."""
    by = Officer(id=answer.actor.id if answer.actor else "", name=answer.by, role="")
    open_again = case.model_copy(update={"merge": None, "state": CaseState.IN_REVIEW, "closure_reason": None})
    told, announcing = approve(
        open_again, answer=answer.text, versions=pending_versions(case), waived_because="", by=by, now=now
    )
    kept = told.answer.model_copy(update={"answered_from": source(primary, answer)}) if told.answer else None
    return _by_the_system(case, told).model_copy(update={"merge": case.merge, "answer": kept}), announcing


def _closed(case: Case, primary: Case, explanation: str, now: datetime) -> tuple[Case, list[Event]]:
    closing, reason = _closing(primary), ClosureReason(primary.closure_reason or ClosureReason.ANSWERED)
    return with_closure(
        case,
        TimelineEntry(at=now, what="closed", by=closing.by, actor=SYSTEM, text=explanation),
        reason=reason,
        explanation=explanation,
        told_units="",
        told=reason is not ClosureReason.ANSWERED,
        by=closing.actor or SYSTEM,
        now=now,
    )


def _closing(primary: Case) -> TimelineEntry:
    """The newest entry of the primary that says that it was closed."""
    return next(e for e in reversed(primary.timeline) if e.what in ("closed", "answer_upheld", "withdrawn"))


def _by_the_system(before: Case, after: Case) -> Case:
    """New entries are the system's: an officer's would mean that what the writer wrote was read."""
    timeline = tuple(
        e.model_copy(update={"actor": SYSTEM}) if e.revision == before.revision + 1 else e for e in after.timeline
    )
    return after.model_copy(update={"timeline": timeline})


def _top(case: Case, above: Sequence[Case]) -> Case:
    last = above[-1]
    if last.merge is None:
        return last
    chain = [case, *above]
    ring = chain[next(place for place, one in enumerate(chain) if one.id == last.merge.into) :]
    return min(ring, key=lambda one: (one.submitted_at, one.id))
