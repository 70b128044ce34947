"""A case with its assignments and its timeline."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from services.router.access import Officer
from shared.events import CaseProgressed, Event, FileRef, MessageSubmitted, Step
from shared.refused import Refused
from shared.state import Actor, Aggregate, KeptFile, Open, Person, State, UnitName, UnitRef


class CaseState(StrEnum):
    """The state of a case. Deadlines are not part of it (``deadlines.py``)."""

    NEW = "new"
    IN_REVIEW = "in_review"
    AWAITING_SUBMITTER = "awaiting_submitter"
    ROUTED = "routed"
    REPLY_PENDING_REVIEW = "reply_pending_review"
    RESOLVED = "resolved"
    CLOSED = "closed"


NO_PROOF = "no_proof"
"""Alone it is no reason for doubt: people without scripts send no proof of work."""


class AssignmentState(StrEnum):
    """The state of one unit's assignment."""

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


class ObjectionDecision(StrEnum):
    """What a supervisor decides about an objection: the case is worked on again, or the answer stays."""

    REOPENED = "reopened"
    UPHELD = "upheld"


OFF_THE_UNIT = frozenset(
    {AssignmentState.REPLIED, AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.RECALLED}
)
"""States in which the unit may not reply. It may in all others, also in those of a newer version."""

FINISHED = frozenset({CaseState.RESOLVED, CaseState.CLOSED})
OPEN = frozenset(CaseState) - FINISHED
"""States of a case that needs further work."""

PUBLIC_STEP: dict[str, Step] = {
    CaseState.NEW: "received",
    CaseState.IN_REVIEW: "received",
    CaseState.AWAITING_SUBMITTER: "received",
    CaseState.ROUTED: "at_unit",
    CaseState.REPLY_PENDING_REVIEW: "in_review",
    CaseState.RESOLVED: "answered",
    CaseState.CLOSED: "closed",
}


class TimelineEntry(State):
    """One line of the timeline. ``what`` is a code such as ``routed``; ``text`` a reason, a note, a letter's template.

    ``by`` is the name at that time, ``actor`` the id. For an officer, the page shows the current name. ``revision`` is
    the first one of the case with this entry, ``refusal`` what the mail server said, ``files`` the ids of files.
    """

    at: AwareDatetime
    what: str
    by: str | None = None
    actor: Actor | None = None
    unit: str | None = None
    text: str = ""
    refusal: str = ""
    revision: int | None = None
    files: tuple[str, ...] = ()


class Reply(State):
    """One version of a unit's reply."""

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None


class AssignmentSummary(State):
    """The fields of an assignment that the inbox shows."""

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
        """Whether the unit has to reply and has not yet."""
        return self.open and self.reply_expected


class Assignment(AssignmentSummary):
    """One unit's part of a case, with its own link, date and state. ``text`` is the text that the unit reads,
    ``files`` are the ids of the files that it may open.

    ``viewed_at``: its link was opened, by a person or by a mail server's program; ``read_at``: a person was there.
    """

    id: str
    note: str = ""
    text: str
    identity_shared: bool = True
    requested_at: AwareDatetime
    viewed_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    replies: tuple[Reply, ...] = ()
    declined_because: str | None = None
    suggested_unit: str = ""
    files: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        """The unit as the actor of timeline entries."""
        return Actor(kind="unit", id=self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest reply, or None."""
        return self.replies[-1] if self.replies else None


class Answer(State):
    """The answer to the citizen: one text, composed from the units' replies."""

    text: str
    by: str
    actor: Actor | None = None
    at: AwareDatetime
    waived_because: str = ""


class CheckedFile(State):
    """The result of a scan."""

    id: str
    state: str


class Question(State):
    """What an officer asked the submitter. ``files``: ids of the files of the answer."""

    id: str
    text: str
    by: str
    actor: Actor | None = None
    asked_at: AwareDatetime
    answer: str | None = None
    answered_at: AwareDatetime | None = None
    files: tuple[str, ...] = ()


class Rating(State):
    """What the submitter thinks of the answer, from 1 (bad) to 5."""

    score: int
    comment: str = ""
    at: AwareDatetime


class Objection(State):
    """The submitter objects to the answer. ``decided``: what a supervisor decided; None: not yet."""

    reason: str
    at: AwareDatetime
    files: tuple[str, ...] = ()
    decided: Open[ObjectionDecision] | None = None
    decided_at: AwareDatetime | None = None
    explanation: str = ""


class CaseSummary(State):
    """The fields of a case that the inbox shows."""

    id: str
    reference: str
    kind: str
    subject: str
    submitter: Person
    submitted_at: AwareDatetime
    language: str = "tr"
    state: Open[CaseState] = CaseState.NEW
    assignments: tuple[AssignmentSummary, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """The earliest date of an awaited reply, or None."""
        return min((a.due_at for a in self.assignments if a.awaited and a.due_at), default=None)


class CaseRow(CaseSummary):
    """A case in the inbox; ``marks`` say why an officer should look at it now (``attention``)."""

    marks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class Case(CaseSummary, Aggregate):
    """The desk's file about one message. Its id is the id of the message.

    ``role``, ``suggested_unit``, ``concerns`` and ``doubts`` are as in ``MessageSubmitted``; ``trusted_at``: when an
    officer said that the message is wanted despite its doubts. ``files`` has all files of the submitter, ``checked``
    the results of scans that were known before its file. ``earlier_answers`` were followed by an objection.
    """

    text: str
    hide_identity: bool
    assignments: tuple[Assignment, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    answer: Answer | None = None
    closure_reason: Open[ClosureReason] | None = None
    role: str | None = None
    suggested_unit: str | None = None
    concerns: str | None = None
    files: tuple[KeptFile, ...] = ()
    checked: tuple[CheckedFile, ...] = ()
    doubts: tuple[str, ...] = ()
    trusted_at: AwareDatetime | None = None
    questions: tuple[Question, ...] = ()
    rating: Rating | None = None
    objection: Objection | None = None
    earlier_answers: tuple[Answer, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether an officer has to say first that the message is wanted."""
        return self.state is CaseState.NEW and bool({*self.doubts} - {NO_PROOF}) and self.trusted_at is None

    @property
    def objected(self) -> bool:
        """Whether an objection waits for a supervisor's decision."""
        waiting = self.objection is not None and self.objection.decided is None
        return waiting and self.state is not CaseState.CLOSED

    @property
    def asked_again(self) -> bool:
        """Whether the case was answered or closed before, and its submitter objected."""
        return bool(self.answer or self.objection)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions that the submitter has not answered."""
        return tuple(question for question in self.questions if question.answered_at is None)

    @property
    def current(self) -> tuple[Assignment, ...]:
        """The assignments since the last answer."""
        return tuple(a for a in self.assignments if self.answer is None or a.requested_at > self.answer.at)

    @property
    def actor(self) -> Actor:
        """The submitter as an actor."""
        return Actor(kind="submitter", id=self.id)

    @property
    def finished(self) -> bool:
        """Whether the case is answered or closed."""
        return self.state in FINISHED

    @property
    def awaited(self) -> tuple[Assignment, ...]:
        """The assignments whose reply is awaited."""
        return tuple(a for a in self.assignments if a.awaited)

    @property
    def pending(self) -> tuple[Assignment, ...]:
        """The assignments whose reply waits for review."""
        return tuple(a for a in self.assignments if a.state is AssignmentState.REPLIED)

    @property
    def officers(self) -> set[str]:
        """Account ids of the officers in the timeline."""
        return {entry.actor.id for entry in self.timeline if entry.actor and entry.actor.kind == "officer"}

    def assignment(self, assignment_id: str) -> Assignment:
        """The assignment with this id. Raises Refused if the case has none."""
        for assignment in self.assignments:
            if assignment.id == assignment_id:
                return assignment
        raise Refused("This assignment does not belong to the case.")


def open_case(submitted: MessageSubmitted) -> tuple[Case, list[Event]]:
    """Make the case of a message."""
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
        role=submitted.role,
        suggested_unit=submitted.suggested_unit,
        concerns=submitted.concerns,
        files=submitted.files,
        doubts=submitted.doubts,
        timeline=(
            TimelineEntry(
                at=submitted.submitted_at,
                what="submitted",
                by=submitted.submitter.name,
                actor=Actor(kind="submitter", id=submitted.message_id),
                files=tuple(file.id for file in submitted.files),
            ),
        ),
    )
    return case, [CaseProgressed(message_id=case.id, step="received", revision=0, at=submitted.submitted_at)]


def entry_by(officer: Officer, what: str, now: datetime, *, unit: str | None = None, text: str = "") -> TimelineEntry:
    """A timeline entry about an officer's action."""
    return TimelineEntry(at=now, what=what, by=officer.name, actor=officer.actor, unit=unit, text=text)


def entry_of(
    assignment: Assignment, what: str, at: datetime, *, by: str | None = None, text: str = ""
) -> TimelineEntry:
    """A timeline entry about a unit's action."""
    return TimelineEntry(at=at, what=what, by=by, actor=assignment.actor, unit=assignment.unit.code, text=text)


def entry_by_submitter(
    case: Case, what: str, at: datetime, *, text: str = "", files: Sequence[FileRef] = ()
) -> TimelineEntry:
    """A timeline entry about what the submitter did."""
    ids = tuple(file.id for file in files)
    return TimelineEntry(at=at, what=what, by=case.submitter.name, actor=case.actor, text=text, files=ids)


def with_files(case: Case, files: Sequence[FileRef]) -> tuple[KeptFile, ...]:
    """The files of the case and these, each with the result of its scan, if that was known before."""
    known = {file.id for file in case.files}
    new = [KeptFile.model_validate(file) for file in files if file.id not in known]
    results = {scan.id: scan.state for scan in case.checked}
    return (*case.files, *(file.model_copy(update={"state": results.get(file.id, file.state)}) for file in new))


def with_timeline(case: Case, *entries: TimelineEntry, **changes: Any) -> Case:
    """The case with these changes and timeline entries, sorted by time: events may arrive in another order."""
    fresh = [entry.model_copy(update={"revision": case.revision + 1}) for entry in entries]
    timeline = sorted([*case.timeline, *fresh], key=lambda entry: entry.at)
    return case.model_copy(update={**changes, "timeline": tuple(timeline)})


def with_assignment(case: Case, assignment: Assignment, **changes: Any) -> tuple[Assignment, ...]:
    """The assignments of the case, with changes to one of them."""
    changed = assignment.model_copy(update=changes)
    return tuple(changed if a.id == assignment.id else a for a in case.assignments)


def with_derived_state(case: Case) -> Case:
    """The case with the state that its assignments imply. A finished case, or a state of a newer version, stays."""
    if case.state not in OPEN:
        return case
    return case.model_copy(update={"state": _state(case)})


def require_decided(case: Case) -> None:
    """Raise Refused while an objection waits for its decision."""
    if case.objected:
        raise Refused("The submitter objects to the answer. Please wait until a supervisor has decided about it.")


def progressed(
    before: Case, after: Case, now: datetime, *, cause: str | None = None, units: Iterable[UnitRef] = ()
) -> list[Event]:
    """The event for the status page, if there is a cause to tell, or the public step has changed.

    Saving will increase ``revision`` by one.
    """
    step = _public_step(after)
    if step is None or (cause is None and step == _public_step(before)):
        return []
    names = tuple(UnitName.model_validate(unit) for unit in units)
    told = {"step": step, "revision": before.revision + 1, "at": now, "cause": cause, "units": names}
    return [CaseProgressed.model_validate({"message_id": after.id} | told)]


def _public_step(case: Case) -> Step | None:
    """While an objection waits for its decision, the answer is examined."""
    if case.objected and case.state is CaseState.IN_REVIEW:
        return "in_review"
    return PUBLIC_STEP.get(case.state)


def _state(case: Case) -> CaseState:
    states = {a.state for a in case.assignments}
    if AssignmentState.REPLIED in states:
        return CaseState.REPLY_PENDING_REVIEW
    if states - OFF_THE_UNIT:
        return CaseState.ROUTED
    if case.open_questions:
        return CaseState.AWAITING_SUBMITTER
    return CaseState.IN_REVIEW if case.assignments or case.asked_again else CaseState.NEW
