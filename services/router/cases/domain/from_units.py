"""What units do beside replying: take a reply back, say something first, ask, hand on to a colleague."""

from datetime import datetime
from typing import Any

from services.router.access import Officer
from services.router.cases.domain.case import (
    Case,
    entry_by,
    entry_of,
    kept_files,
    progressed,
    require_decided,
    with_assignment,
    with_derived_state,
    with_timeline,
)
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import Assignment, CheckedFile
from services.router.cases.domain.questions import ask
from services.router.cases.domain.routing import FINISHED
from services.router.cases.domain.states import AssignmentState
from services.router.cases.domain.unit_parts import Holder, Interim, Proposal
from shared.events import (
    AssignmentHandedOn,
    AssignmentTakenBack,
    Event,
    InterimSubmitted,
    QuestionProposed,
    ReplyWithdrawn,
    UnitFileChecked,
    UnitQuestionDecided,
    done_by,
)
from shared.refused import Refused
from shared.state import State

DECIDED = "This question of the unit has been decided already, or the unit is no longer asked."


def withdraw_reply(case: Case, told: ReplyWithdrawn, now: datetime) -> tuple[Case, list[Event]]:
    """The unit takes its reply back: the case leaves the review, and what is held does not go out.

    One that was decided already, or has not arrived yet, becomes an entry; the latter is not taken when it arrives.
    Of several that were taken back, the events come in any order.
    """
    assignment = case.assignment(told.assignment_id)
    entry = entry_of(assignment, "reply_withdrawn", told.withdrawn_at, by=told.by, text=told.reason)
    withdrawn = (*assignment.withdrawn, told.version)
    reply = next((one for one in assignment.replies if one.version == told.version), None)
    waits = assignment.open or assignment.state is AssignmentState.REPLIED
    undecided = reply and reply.returned_because is None and waits
    if reply is None or not undecided or case.finished:
        return with_timeline(case, entry, assignments=with_assignment(case, assignment, withdrawn=withdrawn)), []
    left = tuple(one for one in assignment.replies if one is not reply)
    newest = reply is assignment.replies[-1]
    changes = {"withdrawn": withdrawn, "replies": left, "taken_back": (*assignment.taken_back, reply)}
    state = _before_reply(left) if newest else assignment.state
    assignments = with_assignment(case, assignment, state=state, **changes)
    of_case = interrupted(case, now) if newest else case
    back = with_derived_state(with_timeline(of_case, entry, assignments=assignments))
    return back, progressed(case, back, now)


def receive_interim(case: Case, told: InterimSubmitted) -> Case:
    """The unit says what it can say now. Its assignment stays as it is."""
    assignment = case.assignment(told.assignment_id)
    if any(one.id == told.interim_id for one in assignment.interims):
        return case
    interim = Interim(
        id=told.interim_id,
        text=told.text,
        by=told.by,
        submitted_at=told.submitted_at,
        files=kept_files(case, told.files),
    )
    entry = entry_of(assignment, "interim_submitted", told.submitted_at, by=told.by, text=told.text)
    entry = entry.model_copy(update={"files": tuple(file.id for file in told.files)})
    assignments = with_assignment(case, assignment, interims=(*assignment.interims, interim))
    return with_timeline(case, entry, assignments=assignments)


def propose_question(case: Case, told: QuestionProposed) -> Case:
    """The unit wants to know something. When it is no longer asked, that is a timeline entry only."""
    assignment = case.assignment(told.assignment_id)
    entry = entry_of(assignment, "question_proposed", told.proposed_at, by=told.by, text=told.text)
    if case.finished or not assignment.open or any(one.id == told.proposal_id for one in assignment.proposals):
        return with_timeline(case, entry)
    proposal = Proposal(id=told.proposal_id, text=told.text, by=told.by, proposed_at=told.proposed_at)
    assignments = with_assignment(case, assignment, proposals=(*assignment.proposals, proposal))
    return with_timeline(case, entry, assignments=assignments)


def ask_for_unit(
    case: Case, proposal_id: str, *, question_id: str, text: str, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Ask the submitter what a unit wants to know, in the officer's words. Raises Refused as ``ask`` does."""
    assignment, proposal = proposed(case, proposal_id)
    asked, announcing = ask(case, question_id=question_id, text=text, by=by, now=now)
    of_unit = asked.questions[-1].model_copy(update={"assignment_id": assignment.id})
    assignments = _with_decision(asked, assignment, proposal, asked=True, decided_at=now)
    asked = asked.model_copy(update={"questions": (*asked.questions[:-1], of_unit), "assignments": assignments})
    return asked, [*announcing, *done_by(by.actor, _decided(case, assignment, proposal, now, asked=True))]


def refuse_question(
    case: Case, proposal_id: str, *, reason: str, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """The submitter is not asked, for a reason that the unit reads. Raises Refused when there is nothing to decide."""
    require_decided(case)
    assignment, proposal = proposed(case, proposal_id)
    entry = entry_by(by, "question_refused", now, unit=assignment.unit.code, text=reason)
    assignments = _with_decision(case, assignment, proposal, asked=False, reason=reason, decided_at=now)
    told = _decided(case, assignment, proposal, now, asked=False, reason=reason)
    return with_timeline(case, entry, assignments=assignments), done_by(by.actor, told)


def proposed(case: Case, proposal_id: str) -> tuple[Assignment, Proposal]:
    """A unit's question that waits for a decision, with its assignment. Raises Refused."""
    if case.finished:
        raise Refused(FINISHED)
    for assignment in case.assignments:
        for proposal in assignment.asks:
            if proposal.id == proposal_id:
                return assignment, proposal
    raise Refused(DECIDED)


def hand_on(case: Case, told: AssignmentHandedOn) -> Case:
    """A colleague in the unit holds the assignment."""
    assignment = case.assignment(told.assignment_id)
    entry = entry_of(assignment, "handed_on", told.handed_on_at, by=told.by, text=told.name)
    given = {"name": told.name, "by": told.by, "since": told.handed_on_at}
    return with_timeline(case, entry, assignments=_with_holder(case, assignment, told.holder_id, **given))


def end_holding(case: Case, told: AssignmentTakenBack) -> Case:
    """The colleague holds it no more. That may arrive before ``hand_on`` does."""
    assignment = case.assignment(told.assignment_id)
    name = next((one.name for one in assignment.holders if one.id == told.holder_id), "")
    entry = entry_of(assignment, "holding_ended", told.taken_back_at, by=told.by, text=name)
    ended = {"ended_at": told.taken_back_at}
    return with_timeline(case, entry, assignments=_with_holder(case, assignment, told.holder_id, **ended))


def check_unit_file(case: Case, told: UnitFileChecked) -> Case:
    """A file of a unit was scanned. The result is kept until the event that names the file has arrived."""
    if all(file.id != told.file_id for file in case.files_of_units):
        return case.model_copy(update={"checked": (*case.checked, CheckedFile(id=told.file_id, state=told.state))})
    assignments = tuple(_with_scan(assignment, told.file_id, told.state) for assignment in case.assignments)
    return case.model_copy(update={"assignments": assignments})


def _before_reply(replies: tuple[Any, ...]) -> AssignmentState:
    """The state to which an assignment returns: somebody was there, and may have to revise an earlier reply.

    One that nobody has returned was taken back too: that arrives later.
    """
    returned = any(one.returned_because is not None for one in replies)
    return AssignmentState.RETURNED if returned else AssignmentState.VIEWED


def _with_decision(case: Case, assignment: Assignment, of: Proposal, **decision: Any) -> tuple[Assignment, ...]:
    decided = of.model_copy(update=decision)
    return with_assignment(
        case, assignment, proposals=tuple(decided if one.id == of.id else one for one in assignment.proposals)
    )


def _decided(
    case: Case, assignment: Assignment, of: Proposal, now: datetime, *, asked: bool, reason: str = ""
) -> UnitQuestionDecided:
    return UnitQuestionDecided(
        message_id=case.id,
        assignment_id=assignment.id,
        proposal_id=of.id,
        asked=asked,
        reason=reason,
        decided_at=now,
    )


def _with_holder(case: Case, assignment: Assignment, holder_id: str, **told: Any) -> tuple[Assignment, ...]:
    known = next((one for one in assignment.holders if one.id == holder_id), Holder(id=holder_id))
    others = tuple(one for one in assignment.holders if one.id != holder_id)
    return with_assignment(case, assignment, holders=(*others, known.model_copy(update=told)))


def _with_scan(part: Any, file_id: str, state: str) -> Any:
    """The same part of an assignment, with another state of this file wherever it stands."""
    if isinstance(part, tuple):
        return tuple(_with_scan(one, file_id, state) for one in part)
    if not isinstance(part, State):
        return part
    if getattr(part, "id", None) == file_id and hasattr(part, "sha256"):
        return part.model_copy(update={"state": state})
    places = {name: getattr(part, name) for name in FILES_STAND_IN if hasattr(part, name)}
    return part.model_copy(update={name: _with_scan(value, file_id, state) for name, value in places.items()})


FILES_STAND_IN = ("replies", "taken_back", "interims", "late_files", "files")
"""Fields of an assignment, and of its parts. ``Assignment.files`` has ids, which stay as they are."""
