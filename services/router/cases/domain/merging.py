"""Merging: a case is dealt with together with another, its primary, and its writer hears what the primary's hears.

Only the merged case is written. Texts, files and identities stay where they are. The rules:

* Its units are recalled, because the primary's units do the work; a reply that waits for the check is checked first.
* What is told to the primary's writer is told to the merged one's writer too (``following``).
* Restricted, it is on its own: an answer is for the same readers only.
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
from services.router.cases.domain.parts import Merge, TimelineEntry
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


def readers(case: Case) -> frozenset[str] | None:
    """The account ids of those who alone may read the case; None: everybody on the desk."""
    return frozenset(case.restriction.to) if case.restriction else None


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
        READERS: readers(case) != readers(into),
    }
    for reason, applies in because.items():
        if applies:
            raise Refused(reason)


def _top(case: Case, above: Sequence[Case]) -> Case:
    last = above[-1]
    if last.merge is None:
        return last
    chain = [case, *above]
    ring = chain[next(place for place, one in enumerate(chain) if one.id == last.merge.into) :]
    return min(ring, key=lambda one: (one.submitted_at, one.id))
