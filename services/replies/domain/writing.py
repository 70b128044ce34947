"""What the unit does: it opens its link, writes, replies, hands the case back, or asks for more time."""

from collections.abc import Sequence
from datetime import datetime

from services.replies.domain.assignment import (
    CHECK,
    Assignment,
    AssignmentState,
    Declined,
    Draft,
    Drawn,
    Extension,
    Reply,
    letters,
)
from shared.events import (
    AssignmentDeclined,
    AssignmentViewed,
    Event,
    ExtensionRequested,
    FileRef,
    ReplySubmitted,
    ReplyWithdrawn,
    done_by,
)
from shared.state import KeptFile


class Refused(Exception):
    """The assignment's state does not allow this any more. The text (a msgid) is shown to the person in the unit."""


SENT = "A reply has been sent already, and the hotline is checking it."
OVER = "This assignment is closed; nothing more is needed from you."
UNREVISED = "This is the reply that was returned. Please make the change that the hotline asks for."
ASKED = "More time cannot be asked for now: an earlier request waits, or no last day is set."
DECIDED = "The hotline has decided about the reply already; it cannot be taken back any more."
SET_ASIDE = 5
"""Drafts of others that are kept at most."""
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
    assignment: Assignment,
    *,
    text: str,
    by: str,
    drawn: Drawn,
    now: datetime,
    promised_at: datetime | None = None,
) -> tuple[Assignment, list[Event]]:
    """Save a draft. The first one announces AssignmentViewed, ``by_person``: a mail scanner writes no draft.

    Returns the same object, and no event, for an empty text and for what the form showed already. A draft that another
    form has saved is set aside. Raises Refused and Overtaken.
    """
    require_writable(assignment)
    before = assignment.draft
    if text == "" or (text, promised_at) == (assignment.text_in_form, before.promised_at if before else None):
        return assignment, []
    _require_not_overtaken(assignment, drawn)
    draft = Draft(text=text, by=by, saved_at=now, form=drawn.form, promised_at=promised_at)
    kept = {"draft": draft} if before and before.form == drawn.form else _in_place_of_draft(assignment, draft)
    return begun(assignment.model_copy(update=kept), [], now)


def check_reply(assignment: Assignment, *, text: str, drawn: Drawn, files: Sequence[FileRef] = ()) -> None:
    """Raise Refused, Overtaken or Unrevised when this cannot be sent: a returned reply needs a change."""
    require_writable(assignment)
    _require_not_overtaken(assignment, drawn)
    ids = {file.id for file in files}
    for sent in assignment.replies:
        same = text.split() == sent.text.split() and ids == {file.id for file in sent.files}  # apart from white space
        if sent.returned_because is not None and same:
            raise Unrevised


def reply(
    assignment: Assignment,
    *,
    text: str,
    by: str,
    drawn: Drawn,
    now: datetime,
    files: Sequence[FileRef] = (),
    promised_at: datetime | None = None,
) -> tuple[Assignment, list[Event]]:
    """Send the unit's reply to the hotline (procedure, 5.4); in the unit's name where ``by`` is empty.

    Raises as ``check_reply``.
    """
    check_reply(assignment, text=text, drawn=drawn, files=files)
    new = Reply(
        version=len(assignment.replies) + 1,
        text=text,
        by=by or assignment.unit.name_tr,
        actor=assignment.actor,
        submitted_at=now,
        files=tuple(KeptFile.model_validate(file) for file in files),
        promised_at=promised_at,
    )
    return sent(assignment.model_copy(update={"draft": None}), new)


def sent(assignment: Assignment, new: Reply) -> tuple[Assignment, list[Event]]:
    """The assignment with this as its newest reply, and what the hotline is told."""
    event = ReplySubmitted(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        reference=assignment.reference,
        unit=assignment.unit,
        version=new.version,
        text=new.text,
        by=new.by,
        submitted_at=new.submitted_at,
        files=tuple(FileRef.model_validate(file) for file in new.files),
        promised_at=new.promised_at,
        channel=new.channel,
    )
    changed = {"state": AssignmentState.REPLIED, "replies": (*assignment.replies, new)}
    return assignment.model_copy(update=changed), done_by(assignment.actor, event)


def withdraw(assignment: Assignment, *, by: str, reason: str, now: datetime) -> tuple[Assignment, list[Event]]:
    """Take the reply back, which nobody has decided about; its text becomes the draft. Raises Refused.

    The reply may be a colleague's: a draft of whoever takes it back is set aside. One that was taken back already
    changes nothing.
    """
    sent = assignment.reply
    if assignment.writable and sent and sent.withdrawn_at:
        return assignment, []
    if assignment.state is not AssignmentState.REPLIED or sent is None:
        raise Refused(DECIDED)
    taken = sent.model_copy(update={"withdrawn_at": now})
    again = AssignmentState.RETURNED if assignment.returned else AssignmentState.INVITED
    draft = Draft(text=sent.text, by=sent.by, saved_at=now, promised_at=sent.promised_at)
    changed = {"state": again, "replies": (*assignment.replies[:-1], taken), **_in_place_of_draft(assignment, draft)}
    event = ReplyWithdrawn(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        version=sent.version,
        by=by,
        reason=reason,
        withdrawn_at=now,
    )
    return assignment.model_copy(update=changed), done_by(assignment.actor, event)


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
    why = Declined(reason=reason, suggested_unit=suggested_unit, by=by, at=now)
    changed = assignment.model_copy(update={"state": AssignmentState.DECLINED, "declined": why})
    return changed, done_by(assignment.actor, declined)


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
    asking = assignment.model_copy(update={"extensions": (*assignment.extensions, asked)})
    return begun(asking, done_by(assignment.actor, event), now)


def begun(assignment: Assignment, events: list[Event], now: datetime) -> tuple[Assignment, list[Event]]:
    """A person has written something: the first time, AssignmentViewed with ``by_person`` goes before the events."""
    if assignment.read_at:
        return assignment, events
    return assignment.model_copy(update={"read_at": now}), [_viewed(assignment, now, by_person=True), *events]


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


def _in_place_of_draft(assignment: Assignment, draft: Draft) -> dict[str, object]:
    """The changes that make this the draft; another one, whose text it does not have, is set aside."""
    before = assignment.draft
    if before is None or before.text in draft.text:
        return {"draft": draft}
    return {"draft": draft, "set_aside": (*assignment.set_aside, before)[-SET_ASIDE:]}


def _viewed(assignment: Assignment, now: datetime, *, by_person: bool | None = None) -> Event:
    viewed = AssignmentViewed(
        message_id=assignment.message_id, assignment_id=assignment.id, viewed_at=now, by_person=by_person
    )
    return done_by(assignment.actor, viewed)[0]
