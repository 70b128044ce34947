"""What the desk decides: the unit is asked, its reply is accepted or returned, it is no longer asked."""

from datetime import datetime

from services.replies.domain.assignment import DONE, Assignment, AssignmentState, SentAnswer
from services.replies.domain.links import hash_token, link, token, token_of_hash
from shared.events import (
    AssignmentInvited,
    AssignmentRecalled,
    AssignmentRequested,
    AssignmentRescheduled,
    Event,
    ExtensionDecided,
    ReplyAccepted,
    ReplyReturned,
)
from shared.state import KeptFile


def open_assignment(requested: AssignmentRequested, *, secret: str, base_url: str) -> tuple[Assignment, list[Event]]:
    """Create the assignment with its link. The event, AssignmentInvited, contains the link."""
    link_token = token(secret, requested.assignment_id)
    assignment = Assignment(
        id=requested.assignment_id,
        message_id=requested.message_id,
        token_hash=hash_token(link_token),
        reference=requested.reference,
        kind=requested.kind,
        subject=requested.subject,
        text=requested.text,
        submitter=requested.submitter,
        note=requested.note,
        unit=requested.unit,
        reply_expected=requested.reply_expected,
        requested_at=requested.requested_at,
        due_at=requested.due_at,
        language=requested.language,
        files=requested.files,
    )
    return assignment, [invitation(assignment, link(base_url, link_token), requested.contacts_version)]


def decide_extension(assignment: Assignment, told: ExtensionDecided) -> Assignment:
    """The hotline has granted more time, or refused it. Of the last day the newest news count, in any order."""
    decided = {"granted": told.granted, "decision": told.reason, "decided_at": told.decided_at}
    extensions = tuple(one.model_copy(update=decided) if one.granted is None else one for one in assignment.extensions)
    changed: dict[str, object] = {"extensions": extensions}
    if told.granted and not _newer(assignment, told.decided_at):
        changed |= {"due_at": told.due_at, "rescheduled_at": told.decided_at, "rescheduled_cause": "extension"}
    return assignment.model_copy(update=changed)


def take_back(
    assignment: Assignment, returned: ReplyReturned, *, secret: str, base_url: str
) -> tuple[Assignment, list[Event]]:
    """The officer returned the reply: invite the unit again, with the reason.

    A return of another than the newest version, or of one that was returned before, changes nothing. The unit may have
    taken it back meanwhile: then it reads the reason above its draft.
    """
    newest = assignment.reply
    if newest is None or returned.version != newest.version or newest.returned_because is not None:
        return assignment, []
    if assignment.state is not AssignmentState.REPLIED and not assignment.writable:
        return assignment, []
    replies = (*assignment.replies[:-1], newest.model_copy(update={"returned_because": returned.reason}))
    changed = {"state": AssignmentState.RETURNED, "replies": replies}
    due = {} if _newer(assignment, returned.returned_at) else _due_of(returned)  # events may arrive in any order
    again, to = linked(assignment.model_copy(update=changed | due), secret=secret, base_url=base_url)
    return again, [invitation(again, to, returned.contacts_version, because=returned.reason)]


def reschedule(assignment: Assignment, told: AssignmentRescheduled) -> Assignment:
    """The unit has another last day, or the clock stands. The newest one counts, in whatever order they arrive."""
    if _newer(assignment, told.rescheduled_at):
        return assignment
    return assignment.model_copy(
        update={
            "due_at": told.due_at,
            "rescheduled_at": told.rescheduled_at,
            "rescheduled_cause": told.cause,
            "clock_stopped": bool(told.stopped),
        }
    )


def accept(assignment: Assignment, accepted: ReplyAccepted) -> Assignment:
    """The officer approved the reply. Applies in every state, because events may arrive in any order."""
    changed: dict[str, object] = {"state": AssignmentState.ACCEPTED, "accepted": accepted.version}
    if accepted.answer is not None:
        files = tuple(KeptFile.model_validate(file) for file in accepted.files)
        changed["answer"] = SentAnswer(text=accepted.answer, files=files, answered_at=accepted.answered_at)
    return assignment.model_copy(update=changed)


def recall(assignment: Assignment, recalled: AssignmentRecalled) -> Assignment:
    """The unit is no longer asked. A recall replaces CLOSED, in whatever order they arrive; never DONE."""
    if assignment.state in DONE or assignment.state is AssignmentState.RECALLED:
        return assignment
    state = AssignmentState.CLOSED if recalled.cause == "closed" else AssignmentState.RECALLED
    update = {"state": state, "recalled_because": recalled.reason, "recalled_cause": recalled.cause}
    return assignment.model_copy(update=update)


def linked(assignment: Assignment, *, secret: str, base_url: str) -> tuple[Assignment, str]:
    """The assignment, and its link for one more letter: the one that the unit has, unless the key was changed."""
    link_token = token_of_hash(secret, assignment.id, assignment.token_hash) or token(secret, assignment.id)
    return assignment.model_copy(update={"token_hash": hash_token(link_token)}), link(base_url, link_token)


def _due_of(returned: ReplyReturned) -> dict[str, object]:
    day = {"due_at": returned.due_at, "rescheduled_at": returned.returned_at}
    return {**day, "rescheduled_cause": None, "clock_stopped": False}


def _newer(assignment: Assignment, told_at: datetime) -> bool:
    """Whether the last day that is known was told after this."""
    return assignment.rescheduled_at is not None and assignment.rescheduled_at >= told_at


def invitation(
    assignment: Assignment, to: str, contacts_version: int | None, *, because: str | None = None
) -> AssignmentInvited:
    """The letter with the link ``to`` the assignment; ``because``: why the reply came back."""
    return AssignmentInvited(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        reference=assignment.reference,
        kind=assignment.kind,
        subject=assignment.subject,
        note=assignment.note,
        unit=assignment.unit,
        link=to,
        reply_expected=assignment.reply_expected,
        returned_because=because,
        due_at=assignment.due_at,
        contacts_version=contacts_version,
        cause="invited" if because is None else "returned",
    )
