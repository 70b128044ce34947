"""A case with its assignments, and what happened to it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from services.router.access import Officer
from shared.events import CaseProgressed, Event, MessageSubmitted, Step
from shared.refused import Refused
from shared.state import Actor, Aggregate, Open, Person, State, UnitRef


class CaseState(StrEnum):
    """Where a case stands. ``due_soon`` and ``overdue`` are derived, never stored."""

    NEW = "new"
    IN_REVIEW = "in_review"
    ROUTED = "routed"
    REPLY_PENDING_REVIEW = "reply_pending_review"
    RESOLVED = "resolved"
    CLOSED = "closed"


class AssignmentState(StrEnum):
    """Where one unit's part stands."""

    REQUESTED = "requested"
    INVITED = "invited"
    UNDELIVERABLE = "undeliverable"
    VIEWED = "viewed"
    REPLIED = "replied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECALLED = "recalled"


class ClosureReason(StrEnum):
    """Why a case was closed."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_RESPONSIBLE = "not_responsible"
    FORWARDED_EXTERNAL = "forwarded_external"
    NOT_CONTACTABLE = "not_contactable"
    INADMISSIBLE = "inadmissible"
    SPAM = "spam"
    NO_ACTION_NEEDED = "no_action_needed"


OFF_THE_UNIT = frozenset(
    {AssignmentState.REPLIED, AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.RECALLED}
)
"""States in which the unit cannot reply. In any other, and in one of a newer version, it still may."""

FINISHED = frozenset({CaseState.RESOLVED, CaseState.CLOSED})
OPEN = frozenset(CaseState) - FINISHED
"""States of a case that somebody still has to do something about."""

PUBLIC_STEP: dict[str, Step] = {
    CaseState.NEW: "received",
    CaseState.IN_REVIEW: "received",
    CaseState.ROUTED: "at_unit",
    CaseState.REPLY_PENDING_REVIEW: "in_review",
    CaseState.RESOLVED: "answered",
    CaseState.CLOSED: "closed",
}


class TimelineEntry(State):
    """One line of the timeline. ``what`` is a code such as ``routed``; ``text`` a reason, a note, a letter's name.

    ``by`` is the name at that time, ``actor`` who it was; the page shows the name that an officer has now.
    """

    at: AwareDatetime
    what: str
    by: str | None = None
    actor: Actor | None = None
    unit: str | None = None
    text: str = ""


class Reply(State):
    """One version of a unit's reply."""

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None


class AssignmentSummary(State):
    """What an inbox shows of one unit's part of a case."""

    unit: UnitRef
    state: Open[AssignmentState] = AssignmentState.REQUESTED
    reply_expected: bool = True
    due_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        """Whether the unit may still reply."""
        return self.state not in OFF_THE_UNIT

    @property
    def awaited(self) -> bool:
        """Whether a reply is still to come."""
        return self.open and self.reply_expected


class Assignment(AssignmentSummary):
    """One unit's part of a case, with its own link, date and state. ``text`` is what the unit was given to read."""

    id: str
    note: str = ""
    text: str
    identity_shared: bool = True
    requested_at: AwareDatetime
    viewed_at: AwareDatetime | None = None
    replies: tuple[Reply, ...] = ()
    declined_because: str | None = None
    suggested_unit: str = ""

    @property
    def actor(self) -> Actor:
        """How the unit is named as the one who did something."""
        return Actor(kind="unit", id=self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest version."""
        return self.replies[-1] if self.replies else None


class Answer(State):
    """What the citizen gets: one text, composed from the units' replies."""

    text: str
    by: str
    actor: Actor | None = None
    at: AwareDatetime
    waived_because: str = ""


class CaseSummary(State):
    """A case as a line of the inbox."""

    id: str
    reference: str
    kind: str
    subject: str
    submitter: Person
    submitted_at: AwareDatetime
    state: Open[CaseState] = CaseState.NEW
    assignments: tuple[AssignmentSummary, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """The earliest date by which a unit has to reply."""
        return min((a.due_at for a in self.assignments if a.awaited and a.due_at), default=None)


class Case(CaseSummary, Aggregate):
    """The desk's file about one message; it has the message's id."""

    text: str
    hide_identity: bool
    language: str
    assignments: tuple[Assignment, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    answer: Answer | None = None
    closure_reason: Open[ClosureReason] | None = None

    @property
    def finished(self) -> bool:
        """Whether the citizen has been answered or the case was closed."""
        return self.state in FINISHED

    @property
    def awaited(self) -> tuple[Assignment, ...]:
        """The assignments whose reply is still to come."""
        return tuple(a for a in self.assignments if a.awaited)

    @property
    def pending(self) -> tuple[Assignment, ...]:
        """The assignments whose reply waits for the officer's check."""
        return tuple(a for a in self.assignments if a.state is AssignmentState.REPLIED)

    @property
    def officers(self) -> set[str]:
        """The accounts that the timeline names."""
        return {entry.actor.id for entry in self.timeline if entry.actor and entry.actor.kind == "officer"}

    def assignment(self, assignment_id: str) -> Assignment:
        """One of the assignments. Raises Refused for a foreign id."""
        for assignment in self.assignments:
            if assignment.id == assignment_id:
                return assignment
        raise Refused("This assignment does not belong to the case.")


def open_case(submitted: MessageSubmitted) -> tuple[Case, list[Event]]:
    """Put a message on the desk."""
    case = Case(
        id=submitted.message_id,
        reference=submitted.reference,
        kind=submitted.kind,
        subject=submitted.subject,
        text=submitted.text,
        submitter=submitted.submitter,
        hide_identity=submitted.hide_identity,
        language=submitted.language,
        submitted_at=submitted.submitted_at,
        timeline=(
            TimelineEntry(
                at=submitted.submitted_at,
                what="submitted",
                by=submitted.submitter.name,
                actor=Actor(kind="submitter", id=submitted.message_id),
            ),
        ),
    )
    return case, [CaseProgressed(message_id=case.id, step="received", revision=0, at=submitted.submitted_at)]


def entry_by(officer: Officer, what: str, now: datetime, *, unit: str | None = None, text: str = "") -> TimelineEntry:
    """A line of the timeline about what an officer did."""
    return TimelineEntry(at=now, what=what, by=officer.name, actor=officer.actor, unit=unit, text=text)


def entry_of(
    assignment: Assignment, what: str, at: datetime, *, by: str | None = None, text: str = ""
) -> TimelineEntry:
    """A line of the timeline about what a unit did."""
    return TimelineEntry(at=at, what=what, by=by, actor=assignment.actor, unit=assignment.unit.code, text=text)


def with_timeline(case: Case, *entries: TimelineEntry, **changes: Any) -> Case:
    """The case with these changes and lines of its timeline, in the order in which things happened."""
    timeline = sorted([*case.timeline, *entries], key=lambda entry: entry.at)
    return case.model_copy(update={**changes, "timeline": tuple(timeline)})


def with_assignment(case: Case, assignment: Assignment, **changes: Any) -> tuple[Assignment, ...]:
    """The case's assignments with one of them changed."""
    changed = assignment.model_copy(update=changes)
    return tuple(changed if a.id == assignment.id else a for a in case.assignments)


def with_derived_state(case: Case) -> Case:
    """The case in the state that follows from its assignments; a state of a newer version stays."""
    if case.state not in OPEN:
        return case
    return case.model_copy(update={"state": _state(case.assignments)})


def progressed(before: Case, after: Case, now: datetime) -> list[Event]:
    """The news for the citizen, when the public step has changed. ``revision`` is the one that saving will give."""
    step = PUBLIC_STEP.get(after.state)
    if step in (None, PUBLIC_STEP.get(before.state)):
        return []
    return [CaseProgressed(message_id=after.id, step=step, revision=before.revision + 1, at=now)]


def _state(assignments: Iterable[Assignment]) -> CaseState:
    states = {a.state for a in assignments}
    if AssignmentState.REPLIED in states:
        return CaseState.REPLY_PENDING_REVIEW
    return CaseState.ROUTED if states - OFF_THE_UNIT else CaseState.IN_REVIEW
