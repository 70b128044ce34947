"""What the unit does: it opens its link, writes, replies, hands the case back, or asks for more time."""

from datetime import datetime

from services.replies.domain.assignment import (
    CHECK,
    Assignment,
    AssignmentState,
    Draft,
    Drawn,
    Extension,
    Reply,
    letters,
)
from shared.events import AssignmentDeclined, AssignmentViewed, Event, ExtensionRequested, ReplySubmitted, done_by


class Refused(Exception):
    """The assignment's state does not allow this any more. The text (a msgid) is shown to the person in the unit."""


SENT = "A reply has been sent already, and the hotline is checking it."
OVER = "This assignment is closed; nothing more is needed from you."
UNREVISED = "This is the reply that was returned. Please make the change that the hotline asks for."
ASKED = "More time cannot be asked for now: an earlier request waits, or no last day is set."
OVERTAKEN = "Another text was saved behind this link meanwhile. Please look at both texts; yours is in the form."


class Unrevised(Exception):
    """The text equals a reply that was returned before. ``field``: the form field that shows the error."""

    field = "text"

    def __init__(self) -> None:
        super().__init__(UNREVISED)


class Overtaken(Exception):
    """A draft or reply was saved through the same link after this form was shown (optimistic locking)."""

    def __init__(self) -> None:
        super().__init__(OVERTAKEN)


def view(assignment: Assignment, now: datetime) -> tuple[Assignment, list[Event]]:
    """Note the first visit, by a person or by a mail scanner. Later visits change nothing."""
    if assignment.viewed_at or not assignment.writable:
        return assignment, []
    return assignment.model_copy(update={"viewed_at": now}), [_viewed(assignment, now)]


def proves(assignment: Assignment, entered: str) -> bool:
    """Whether ``entered`` is the check or the whole reference; case, hyphens and MISREAD letters do not matter."""
    given = letters(entered)
    return len(given) >= CHECK and given in (letters(assignment.check), letters(assignment.reference))


def keep_draft(
    assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Save a draft. The first one announces AssignmentViewed, ``by_person``: a mail scanner writes no draft.

    Returns the same object, and no event, for an empty text and for the text that the form showed already. Raises
    Refused and Overtaken.
    """
    require_writable(assignment)
    if text in ("", assignment.text_in_form):
        return assignment, []
    _require_not_overtaken(assignment, drawn)
    kept = {"draft": Draft(text=text, by=by, saved_at=now, form=drawn.form), "read_at": assignment.read_at or now}
    return assignment.model_copy(update=kept), [] if assignment.read_at else [_viewed(assignment, now, by_person=True)]


def reply(assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime) -> tuple[Assignment, list[Event]]:
    """Send the unit's reply to the hotline (procedure, 5.4). Raises Refused, Overtaken and Unrevised."""
    require_writable(assignment)
    _require_not_overtaken(assignment, drawn)
    if any(text.split() == returned.text.split() for returned in assignment.replies):  # apart from white space
        raise Unrevised
    version = len(assignment.replies) + 1
    sent = Reply(version=version, text=text, by=by, actor=assignment.actor, submitted_at=now)
    replied = assignment.model_copy(
        update={"state": AssignmentState.REPLIED, "replies": (*assignment.replies, sent), "draft": None}
    )
    return replied, done_by(
        assignment.actor,
        ReplySubmitted(
            message_id=assignment.message_id,
            assignment_id=assignment.id,
            reference=assignment.reference,
            unit=assignment.unit,
            version=sent.version,
            text=text,
            by=by,
            submitted_at=now,
        ),
    )


def decline(
    assignment: Assignment,
    *,
    reason: str,
    suggested_unit: str,
    by: str,
    drawn: Drawn,
    now: datetime,
    suggested_code: str | None = None,
) -> tuple[Assignment, list[Event]]:
    """The unit says that it is not responsible. ``suggested_unit`` is free text; ``suggested_code`` is of a unit that
    the text names. Raises Refused and Overtaken.
    """
    require_writable(assignment)
    _require_not_overtaken(assignment, drawn)
    declined = AssignmentDeclined(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        reference=assignment.reference,
        unit=assignment.unit,
        reason=reason,
        suggested_unit=suggested_unit,
        by=by,
        declined_at=now,
        suggested_code=suggested_code,
    )
    return assignment.model_copy(update={"state": AssignmentState.DECLINED}), done_by(assignment.actor, declined)


def ask_for_time(
    assignment: Assignment, *, request_id: str, days: int, reason: str, by: str, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Ask the hotline for so many working days more. Raises Refused, also while an earlier request waits."""
    require_writable(assignment)
    if not assignment.may_ask_for_time:
        raise Refused(ASKED)
    asked = Extension(id=request_id, days=days, reason=reason, by=by, requested_at=now)
    event = ExtensionRequested(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        request_id=request_id,
        days=days,
        reason=reason,
        by=by,
        requested_at=now,
    )
    asking = {"extensions": (*assignment.extensions, asked), "read_at": assignment.read_at or now}
    return assignment.model_copy(update=asking), done_by(assignment.actor, event)


def require_writable(assignment: Assignment) -> None:
    """Raises Refused when the unit may not write now."""
    if assignment.state is AssignmentState.REPLIED:
        raise Refused(SENT)
    if not assignment.writable:
        raise Refused(OVER)


def _require_not_overtaken(assignment: Assignment, drawn: Drawn) -> None:
    # A form may save several drafts: those do not make its own ``written`` out of date.
    by_this_form = assignment.draft and drawn.form and assignment.draft.form == drawn.form
    if drawn.written != assignment.written and not by_this_form:
        raise Overtaken


def _viewed(assignment: Assignment, now: datetime, *, by_person: bool | None = None) -> Event:
    viewed = AssignmentViewed(
        message_id=assignment.message_id, assignment_id=assignment.id, viewed_at=now, by_person=by_person
    )
    return done_by(assignment.actor, viewed)[0]
