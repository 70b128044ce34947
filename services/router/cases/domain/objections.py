"""The submitter's objection to an answer, and a supervisor's decision about it."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import (
    Case,
    entry_by,
    entry_by_submitter,
    progressed,
    with_derived_state,
    with_files,
    with_timeline,
)
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import Objection
from services.router.cases.domain.review import with_closure
from services.router.cases.domain.states import CaseState, ClosureReason, ObjectionDecision
from shared.events import Event, MessageObjected, done_by
from shared.refused import Refused


def receive_objection(case: Case, told: MessageObjected, now: datetime) -> tuple[Case, list[Event]]:
    """The case is open again, not merged any more, and waits for a supervisor. A second objection, and one after a
    withdrawal, change nothing but the timeline.
    """
    entry = entry_by_submitter(case, "objected", told.objected_at, text=told.reason, files=told.files)
    files = with_files(case, told.files)
    if case.objection or case.closure_reason is ClosureReason.WITHDRAWN:
        return with_timeline(case, entry, files=files), []
    objection = Objection(reason=told.reason, at=told.objected_at, files=tuple(file.id for file in told.files))
    reopened = {"state": CaseState.IN_REVIEW, "closure_reason": None} if case.finished else {}
    of_case = interrupted(case, told.objected_at)
    objected = with_timeline(of_case, entry, files=files, objection=objection, merge=None, **reopened)
    return objected, done_by(case.actor, *progressed(case, objected, now, cause="objection"))


def decide(
    case: Case, decision: ObjectionDecision, *, explanation: str, told_units: str = "", by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Have the case worked on again, or uphold the answer, with an explanation for the submitter. Raises Refused.

    ``told_units`` is for units that were asked meanwhile.
    """
    if not case.objected or case.objection is None:
        raise Refused("There is no objection to decide about any more.")
    told = explanation if decision is ObjectionDecision.UPHELD else ""
    decided = case.objection.model_copy(update={"decided": decision, "decided_at": now, "explanation": told})
    of_case = case.model_copy(update={"objection": decided})
    if decision is ObjectionDecision.REOPENED:
        reopened = with_derived_state(with_timeline(of_case, entry_by(by, "reopened", now)))
        return reopened, done_by(by.actor, *progressed(case, reopened, now))
    return with_closure(
        of_case,
        entry_by(by, "answer_upheld", now, text=explanation),
        reason=ClosureReason.ANSWERED,
        explanation=explanation,
        told_units=told_units,
        told=True,
        by=by.actor,
        now=now,
    )
