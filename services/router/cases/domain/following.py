"""What was done with a primary is done with the cases that are merged into it.

* Whenever the primary stands as answered, its answer goes to the merged one's writer too: each answer once
  (``Answer.answered_from``), and once more if the merged one was opened again.
* Closed for a reason about the matter, the merged one is closed with the same explanation, each closing once
  (``Merge.closed_from``).
* That the merged one is finished is no end: a primary that is opened again and answered has something new to tell. Only
  who has withdrawn the message hears nothing more.
* Closed for a reason about the primary's writer or text alone (withdrawn, unwanted, …), or restricted since, it is on
  its own again; what its writer was told stays told. Officers see so (``attention``).
"""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, with_timeline
from services.router.cases.domain.merging import OF_THE_MATTER, SYSTEM, readers, stands_answered
from services.router.cases.domain.parts import Answer, TimelineEntry
from services.router.cases.domain.promises import PromiseGiven, promise_of
from services.router.cases.domain.review import approve, pending_versions, with_closure
from services.router.cases.domain.states import CaseState, ClosureReason
from shared.events import Event


def follow(case: Case, primary: Case, *, explanation: str, now: datetime) -> tuple[Case, list[Event]] | None:
    """What was done with the primary last, done with a case that is merged into it; None when nothing is to be done.

    It looks at the primary as it is now, so that it may run at any time and any number of times; after each change it
    runs again. ``explanation`` is what a writer reads when an answered case is closed.
    """
    if case.merged_into != primary.id or case.closure_reason is ClosureReason.WITHDRAWN or _heard(case, primary):
        return None
    if readers(case) != readers(primary):
        return _alone(case, now)
    if primary.answer and stands_answered(primary):
        if not case.finished or _told_from(case) != source(primary, primary.answer.at):
            return _answered(case, primary, primary.answer, now)
        return _closed(case, primary, explanation, now)
    if primary.state is not CaseState.CLOSED:
        return None
    if primary.closure_reason in OF_THE_MATTER:
        return _closed(case, primary, _closing(primary).text, now)
    return _alone(case, now)


def source(primary: Case, at: datetime) -> str:
    """Names an answer or a closing of the primary: ``<case id>@<time>``."""
    return f"{primary.id}@{at.isoformat()}"


def _heard(case: Case, primary: Case) -> bool:
    """Whether the case ended as the primary did, and by it."""
    if not case.finished or not primary.finished:
        return False
    if primary.answer and stands_answered(primary):
        told = _told_from(case) == source(primary, primary.answer.at)
        ended = primary.state is CaseState.RESOLVED or case.closure_reason is ClosureReason.ANSWERED
        return told and ended
    if primary.closure_reason not in OF_THE_MATTER or case.merge is None:
        return False
    closed_from = case.merge.closed_from  # absent in what older versions closed
    same = closed_from == source(primary, _closing(primary).at) if closed_from else True
    return same and case.closure_reason == primary.closure_reason


def _told_from(case: Case) -> str | None:
    return case.answer.answered_from if case.answer else None


def _alone(case: Case, now: datetime) -> tuple[Case, list[Event]]:
    return with_timeline(case, TimelineEntry(at=now, what="separated", actor=SYSTEM), merge=None), []


def _answered(case: Case, primary: Case, answer: Answer, now: datetime) -> tuple[Case, list[Event]]:
    """The primary's answer, released once more, to this writer."""
    by = Officer(id=answer.actor.id if answer.actor else "", name=answer.by, role="")
    open_again = case.model_copy(update={"merge": None, "state": CaseState.IN_REVIEW, "closure_reason": None})
    promise = promise_of(primary)
    told, announcing = approve(
        open_again,
        answer=answer.text,
        versions=pending_versions(case),
        waived_because="",
        files=answer.files,
        promise=PromiseGiven(promise.promised_for, promise.text) if promise else None,
        by=by,
        now=now,
    )
    kept = told.answer.model_copy(update={"answered_from": source(primary, answer.at)}) if told.answer else None
    return _by_the_system(case, told).model_copy(update={"merge": case.merge, "answer": kept}), announcing


def _closed(case: Case, primary: Case, explanation: str, now: datetime) -> tuple[Case, list[Event]]:
    closing, reason = _closing(primary), ClosureReason(primary.closure_reason or ClosureReason.ANSWERED)
    merge = case.merge.model_copy(update={"closed_from": source(primary, closing.at)}) if case.merge else None
    return with_closure(
        case.model_copy(update={"merge": merge}),
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
