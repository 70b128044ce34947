"""Review of the units' replies, the answer to the citizen (procedure 5.5), and closing a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.router.access import Officer
from services.router.cases.domain.case import (
    Case,
    entry_by,
    entry_of,
    kept_files,
    progressed,
    require_decided,
    require_not_held,
    with_assignment,
    with_derived_state,
    with_timeline,
)
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.informing import answer_for
from services.router.cases.domain.parts import Answer, Assignment, Reply, TimelineEntry
from services.router.cases.domain.promises import PromiseGiven, with_promise
from services.router.cases.domain.routing import recalled_because
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from services.router.deadlines.domain.counting import DayClock
from shared.events import (
    CaseAnswered,
    CaseClosed,
    Event,
    FileRef,
    ReplyAccepted,
    ReplyReturned,
    ReplySubmitted,
    done_by,
)
from shared.refused import Refused
from shared.state import Actor, KeptFile
from shared.web.kept_files import OPENED

DEALT_WITH = "A colleague was faster: this case is answered or closed already."
AWAITED = "A unit has not replied yet. Please wait for it, or say why the answer goes out without it."
WHICH_DAY = "Please choose a day from today on, within a year."
MOST_TIME = timedelta(days=366)
CHANGED = "The replies have changed meanwhile. Please look at them again; your text is still here."
WITHOUT_LETTER = frozenset({ClosureReason.SPAM, ClosureReason.ANSWERED})


class NoSuchDay(Refused):
    """The last day is over, or too far away."""

    field = "last_day"


class StillAwaited(Refused):
    """A reply is awaited, and the officer gave no reason to answer without it."""

    field = "waived_because"


def receive_reply(case: Case, submitted: ReplySubmitted, now: datetime) -> tuple[Case, list[Event]]:
    """Add a unit's reply (5.4). A late one becomes a timeline entry, and changes nothing else.

    A newer reply takes the place of one that waits: that the unit has taken that one back arrives later. One that it
    has taken back already is kept, and waits for nobody.
    """
    assignment = case.assignment(submitted.assignment_id)
    reply = Reply(
        version=submitted.version,
        text=submitted.text,
        by=submitted.by,
        actor=assignment.actor,
        submitted_at=submitted.submitted_at,
        files=kept_files(case, submitted.files),
        promised_at=submitted.promised_at,
        channel=submitted.channel or "portal",
    )
    late = not _takes(assignment, submitted.version) or case.finished
    what, text = ("replied_late", submitted.text) if late else ("replied", "")
    entry = entry_of(assignment, what, submitted.submitted_at, by=submitted.by, text=text)
    entry = entry.model_copy(update={"files": tuple(file.id for file in submitted.files)})
    if submitted.version in assignment.withdrawn:
        kept = with_assignment(case, assignment, taken_back=(*assignment.taken_back, reply))
        return with_timeline(case, entry, assignments=kept), []
    if late:
        kept = with_assignment(case, assignment, late_files=(*assignment.late_files, *reply.files))
        return with_timeline(case, entry, assignments=kept), []
    assignments = with_assignment(case, assignment, state=AssignmentState.REPLIED, replies=(*assignment.replies, reply))
    replied = with_derived_state(with_timeline(interrupted(case, now), entry, assignments=assignments))
    return replied, progressed(case, replied, now)


def return_reply(
    case: Case,
    assignment_id: str,
    *,
    version: int,
    reason: str,
    due_at: datetime,
    by: Officer,
    now: datetime,
    clock: DayClock | None = None,
) -> tuple[Case, list[Event]]:
    """Return a reply to its unit with a reason, until a last day.

    Raises Refused if ``version`` does not wait for review, or an answer is held, or the day is over or a year away.
    """
    assignment = case.assignment(assignment_id)
    reply = assignment.reply
    require_not_held(case)
    if not now <= due_at <= now + MOST_TIME:
        raise NoSuchDay(WHICH_DAY)
    if case.finished or assignment.state is not AssignmentState.REPLIED or not reply or reply.version != version:
        raise Refused("This reply has been dealt with already, or the unit has sent another.")
    replies = (*assignment.replies[:-1], reply.model_copy(update={"returned_because": reason}))
    changes = {"replies": replies, "due_at": due_at, "clock": clock}
    assignments = with_assignment(case, assignment, state=AssignmentState.RETURNED, **changes)
    entry = entry_by(by, "returned", now, unit=assignment.unit.code, text=reason)
    returned = with_derived_state(with_timeline(case, entry, assignments=assignments))
    event = ReplyReturned(
        message_id=case.id, assignment_id=assignment.id, version=version, reason=reason, returned_at=now, due_at=due_at
    )
    news = progressed(case, returned, now, cause="returned", units=[assignment.unit])
    return returned, done_by(by.actor, event, *news)


def approve(
    case: Case,
    *,
    answer: str,
    versions: set[str],
    waived_because: str,
    by: Officer,
    now: datetime,
    checked: Sequence[str] = (),
    approved_by: str | None = None,
    files: Sequence[KeptFile] = (),
    promise: PromiseGiven | None = None,
) -> tuple[Case, list[Event]]:
    """Release the answer. ``versions`` are the replies that the officer saw (as in ``pending_versions``).

    ``checked`` and ``approved_by`` are kept with it, and so are ``files``, which go with it, and the ``promise``.
    Raises Refused when the case is finished, when other replies wait for review, or when a reply is awaited and
    ``waived_because`` gives no reason to answer without it.
    """
    if case.finished:
        raise Refused(DEALT_WITH)
    require_decided(case)
    if versions != pending_versions(case):
        raise Refused(CHANGED)
    if case.awaited and not waived_because:
        raise StillAwaited(AWAITED)
    unneeded = tuple(a for a in case.assignments if a.open)
    assignments = tuple(_decided(a) for a in case.assignments)
    entries = [entry_by(by, "answered", now, text=waived_because)]
    released = Answer(
        text=answer,
        by=by.name,
        actor=by.actor,
        at=now,
        waived_because=waived_because,
        drafted=composed(case),
        checked=tuple(checked),
        approved_by=approved_by,
        files=tuple(files),
    )
    earlier = (*case.earlier_answers, case.answer) if case.answer else case.earlier_answers
    changes = {"assignments": assignments, "answer": released, "earlier_answers": earlier, "release": None}
    changes |= {"promises": with_promise(case, promise, now)}
    resolved = with_timeline(case, *entries, **changes, state=CaseState.RESOLVED)
    return resolved, done_by(
        by.actor,
        CaseAnswered(
            message_id=case.id,
            reference=case.reference,
            answer=answer,
            subject=case.subject,
            text=case.text,
            written_at=case.submitted_at,
            submitter=case.submitter,
            language=case.language,
            revision=case.revision + 1,
            answered_at=now,
            files=_refs(files),
            promised_for=promise.promised_for if promise else None,
            promise=(promise.text or None) if promise else None,
        ),
        *(_accepted(case, a, released) for a in case.pending),
        *(recalled_because(case, a, waived_because, "answered", now) for a in unneeded),
        *progressed(case, resolved, now),
    )


def close(
    case: Case, *, reason: ClosureReason, explanation: str, told_units: str = "", by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Close the case. The citizen gets the explanation, units that were still asked get ``told_units``.

    No letter goes out for spam, and none to a citizen who has got the answer. Raises Refused.
    """
    if case.state is CaseState.CLOSED:
        raise Refused("This case is closed already.")
    require_decided(case)
    if (reason is ClosureReason.ANSWERED) != (case.state is CaseState.RESOLVED):
        raise Refused("Only an answered case can be closed as answered, and an answered case only so.")
    entry = entry_by(by, "closed", now, text=explanation)
    told = reason not in WITHOUT_LETTER
    sentences = {"explanation": explanation, "told_units": told_units}
    return with_closure(case, entry, reason=reason, **sentences, told=told, by=by.actor, now=now)


def with_closure(
    case: Case,
    entry: TimelineEntry,
    *,
    reason: ClosureReason,
    explanation: str,
    told_units: str,
    told: bool,
    by: Actor,
    now: datetime,
) -> tuple[Case, list[Event]]:
    """The case, closed by somebody for a reason. ``told``: the submitter gets the explanation in a letter."""
    assignments = tuple(
        a.model_copy(update={"state": AssignmentState.RECALLED}) if a.open else a for a in case.assignments
    )
    changes = {"assignments": assignments, "closure_reason": reason, "release": None}
    closed = with_timeline(case, entry, **changes, state=CaseState.CLOSED)
    asked = tuple(a for a in case.assignments if a.open)
    event = CaseClosed(
        message_id=case.id,
        reference=case.reference,
        closure_reason=reason,
        explanation=explanation,
        submitter=case.submitter if told and explanation else None,
        language=case.language,
        assignment_ids=tuple(a.id for a in case.assignments),
        revision=case.revision + 1,
        closed_at=now,
    )
    recalled = (recalled_because(case, a, told_units, "closed", now) for a in asked)
    return closed, done_by(by, event, *recalled, *progressed(case, closed, now))


def pending_versions(case: Case) -> set[str]:
    """The replies that wait for review, each as ``<assignment id>:<version>``."""
    return {f"{a.id}:{a.reply.version}" for a in case.pending if a.reply}


def sendable_files(case: Case) -> tuple[KeptFile, ...]:
    """The files of the replies that wait for review, which may go with the answer."""
    files = [file for a in case.pending if a.reply for file in a.reply.files]
    return tuple(file for file in files if file.state in OPENED)


def composed(case: Case) -> str:
    """The draft of the answer: the only reply, or all replies under the names of their units."""
    replies = [(a.unit, a.reply.text) for a in case.pending if a.reply]
    if len(replies) == 1:
        return replies[0][1]
    return "\n\n".join(f"{unit.name_en if case.language == 'en' else unit.name_tr}:\n{text}" for unit, text in replies)


def _decided(assignment: Assignment) -> Assignment:
    if assignment.state is AssignmentState.REPLIED:
        return assignment.model_copy(update={"state": AssignmentState.ACCEPTED})
    if assignment.open:
        return assignment.model_copy(update={"state": AssignmentState.RECALLED})
    return assignment


def _accepted(case: Case, assignment: Assignment, released: Answer) -> ReplyAccepted:
    return ReplyAccepted(
        message_id=case.id,
        assignment_id=assignment.id,
        version=assignment.replies[-1].version,
        accepted_at=released.at,
        answer=answer_for(case, assignment, released.text),
        files=_refs(released.files),
        answered_at=released.at,
    )


def _takes(assignment: Assignment, version: int) -> bool:
    """Whether a reply of this version is taken now."""
    waits = assignment.reply if assignment.state is AssignmentState.REPLIED else None
    return assignment.open or (waits is not None and waits.version < version)


def _refs(files: Sequence[KeptFile]) -> tuple[FileRef, ...]:
    return tuple(FileRef.model_validate(file) for file in files)
