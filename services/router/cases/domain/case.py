"""A case with its assignments and its timeline."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from services.router.access import Officer
from services.router.cases.domain.alarms import alarms
from services.router.cases.domain.parts import (
    Answer,
    Assignment,
    AssignmentSummary,
    CheckedFile,
    LegalHold,
    Merge,
    Note,
    Objection,
    Question,
    Rating,
    Release,
    Restriction,
    TimelineEntry,
)
from services.router.cases.domain.states import (
    FINISHED,
    FORGED,
    NO_PROOF,
    OFF_THE_UNIT,
    OPEN,
    PUBLIC_STEP,
    UNVERIFIED,
    AssignmentState,
    CaseState,
    ClosureReason,
    Priority,
)
from services.router.cases.domain.unit_parts import Promise
from services.router.deadlines.domain.counting import DayClock
from shared.events import CaseProgressed, Event, FileRef, MessageSubmitted, Step
from shared.refused import Refused
from shared.state import Actor, Aggregate, KeptFile, Open, Person, State, UnitName, UnitRef


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
    priority: Open[Priority] | None = None
    alarms: tuple[str, ...] = ()
    officer: str | None = None
    channel: str = "web"

    @property
    def urgency(self) -> str:
        """The priority that an officer has set; without one, urgent where words of the message raise an alarm."""
        return self.priority or (Priority.URGENT if self.alarms else Priority.NORMAL)

    @property
    def due_at(self) -> datetime | None:
        """The earliest date of an awaited reply, or None."""
        return min((a.due_at for a in self.assignments if a.awaited and a.due_at), default=None)


class CaseRow(CaseSummary):
    """A case in the inbox; ``marks`` say why an officer should look at it now (``attention``).

    ``rank`` and ``time_left`` are what lists are sorted by (``facets``); ``restricted`` without by whom it is read.
    """

    revision: int = 0
    marks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    hide_identity: bool = False
    number_of_files: int = 0
    restricted: bool = False
    held: str | None = None
    rank: int = 2
    time_left: AwareDatetime | None = None


class Case(CaseSummary, Aggregate):
    """The desk's file about one message. Its id is the id of the message.

    ``role``, ``suggested_unit``, ``concerns`` and ``doubts`` are as in ``MessageSubmitted``; ``trusted_at``: when an
    officer said that the message is wanted despite its doubts. ``files`` has all files of the submitter, ``checked``
    the results of scans that were known before its file. ``earlier_answers`` were followed by an objection.

    ``priority`` is what an officer has set, ``alarms`` are codes of words in the message that may mean danger,
    ``officer`` is the account id of whoever has claimed the case. ``channel`` says how the message came: web, api, or,
    entered by the officer ``entered_by``: telephone, paper, counter, email. ``given_kind`` is the kind that its
    submitter chose, when an officer has corrected it. ``copy_for_units`` is the text without what units need not know.
    ``linked`` are ids of cases that belong to this one. ``informed`` are interim answers. ``answer_due_at`` is the last
    moment for the answer by law; absent in cases of older versions (``statutory.answer_due``); ``answer_clock`` is
    what it is counted from. ``promises`` are what was promised with answers.
    ``anonymised_at``: nothing that anybody wrote is in it any more (``records.domain.erasing``).
    ``hold`` is the legal hold that stands; ``holds`` are those that were lifted, the oldest first.
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
    entered_by: Actor | None = None
    given_kind: str | None = None
    copy_for_units: str | None = None
    notes: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    restriction: Restriction | None = None
    merge: Merge | None = None
    release: Release | None = None
    informed: tuple[Answer, ...] = ()
    answer_due_at: AwareDatetime | None = None
    answer_clock: DayClock | None = None
    promises: tuple[Promise, ...] = ()
    hold: LegalHold | None = None
    holds: tuple[LegalHold, ...] = ()
    anonymised_at: AwareDatetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether an officer has to say first that the message is wanted."""
        return self.state is CaseState.NEW and bool({*self.doubts} - {NO_PROOF, UNVERIFIED}) and self.trusted_at is None

    @property
    def objected(self) -> bool:
        """Whether an objection waits for a supervisor's decision."""
        waiting = self.objection is not None and self.objection.decided is None
        return waiting and self.state is not CaseState.CLOSED

    @property
    def asked_again(self) -> bool:
        """Whether the case was answered or closed before, and was opened again."""
        return bool(self.answer or self.objection) or any(e.what == "reopened_by_desk" for e in self.timeline)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions that the submitter has not answered."""
        return tuple(question for question in self.questions if question.answered_at is None)

    @property
    def current(self) -> tuple[Assignment, ...]:
        """The assignments since the last answer."""
        return tuple(a for a in self.assignments if self.answer is None or a.requested_at > self.answer.at)

    @property
    def files_of_units(self) -> tuple[KeptFile, ...]:
        """All files that units have sent."""
        return tuple(file for assignment in self.assignments for file in assignment.files_of_unit)

    @property
    def actor(self) -> Actor:
        """The submitter as an actor."""
        return Actor(kind="submitter", id=self.id)

    @property
    def merged_into(self) -> str | None:
        """The id of the case with which this one is dealt with."""
        return self.merge.into if self.merge else None

    @property
    def finished(self) -> bool:
        """Whether the case is answered or closed."""
        return self.state in FINISHED

    @property
    def held(self) -> Release | None:
        """The answer or closing that may still be taken back, or waits for a colleague."""
        waiting = self.release is not None and self.release.ended is None and self.state is not CaseState.CLOSED
        return self.release if waiting else None

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
        """Account ids of the officers in the timeline, of the one who has claimed the case, and of who entered it."""
        actors = [*(entry.actor for entry in self.timeline), self.entered_by]
        acted = {actor.id for actor in actors if actor and actor.kind == "officer"}
        return acted | {self.officer} if self.officer else acted

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
        channel=submitted.channel or "web",
        alarms=alarms(submitted.subject, submitted.text),
        entered_by=Actor.model_validate(submitted.entered_by) if submitted.entered_by else None,
        timeline=(
            TimelineEntry(
                at=submitted.submitted_at,
                what="submitted",
                by=submitted.submitter.name,
                actor=Actor(kind="submitter", id=submitted.message_id),
                files=tuple(file.id for file in submitted.files),
                mail=submitted.mail_id,
                verified=_verified(submitted),
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
    """The files of the case and these."""
    known = {file.id for file in case.files}
    return (*case.files, *kept_files(case, [file for file in files if file.id not in known]))


def kept_files(case: Case, files: Sequence[FileRef]) -> tuple[KeptFile, ...]:
    """The files of an event, each with the result of its scan, if that was known before."""
    results = {scan.id: scan.state for scan in case.checked}
    kept = map(KeptFile.model_validate, files)
    return tuple(file.model_copy(update={"state": results.get(file.id, file.state)}) for file in kept)


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


def require_not_held(case: Case) -> None:
    """Raise Refused while an answer or a closing is held."""
    if case.held:
        raise Refused("An answer or a closing of this case is on its way. Please take it back first.")


def require_decided(case: Case) -> None:
    """Raise Refused while an objection is undecided, an answer or a closing is held, or the case is merged."""
    require_not_held(case)
    if case.objected:
        raise Refused("The submitter objects to the answer. Please wait until a supervisor has decided about it.")
    if case.merge:
        raise Refused("This case is dealt with together with another one. Please work on that one, or separate them.")


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


def _verified(submitted: MessageSubmitted) -> str:
    """Whether the mail that the message was is from its sender, as far as is known; empty for no mail."""
    if submitted.mail_id is None or submitted.entered_by:
        return ""
    return {FORGED: "fail", UNVERIFIED: "none"}.get(next(iter({FORGED, UNVERIFIED} & {*submitted.doubts}), ""), "pass")


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
