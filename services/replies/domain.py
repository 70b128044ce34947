"""Rules of the unit portal: one assignment, its secret link, its draft, the versions of its reply. No I/O."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from shared.events import (
    AssignmentDeclined,
    AssignmentInvited,
    AssignmentRecalled,
    AssignmentRequested,
    AssignmentRescheduled,
    AssignmentViewed,
    Event,
    ExtensionDecided,
    ExtensionRequested,
    ReplyAccepted,
    ReplyReturned,
    ReplySubmitted,
    UnitReminded,
    UnitReminderRequested,
    done_by,
)
from shared.state import Actor, Aggregate, KeptFile, Open, Person, State, UnitRef


class Refused(Exception):
    """The assignment's state does not allow this any more. The text (a msgid) is shown to the person in the unit."""


class AssignmentState(StrEnum):
    """``RECALLED``: by the officer, or answered without this unit. ``CLOSED``: the case was closed."""

    INVITED = "invited"
    REPLIED = "replied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECALLED = "recalled"
    CLOSED = "closed"


WRITABLE = frozenset({AssignmentState.INVITED, AssignmentState.RETURNED})
"""The unit may save a draft, reply or decline."""
OFF = frozenset({AssignmentState.RECALLED, AssignmentState.CLOSED})
"""The hotline withdrew the assignment; pages answer 410."""
DONE = frozenset({AssignmentState.ACCEPTED, AssignmentState.DECLINED})
"""The unit's part ended with an outcome of its own, which a later recall or closing does not replace."""
CHECK = 4
"""Length of ``Assignment.check``, which a person copies into each form; programs of mail servers do not."""
MISREAD = str.maketrans("OIL", "011")
"""Letters that people mistake for digits; references contain only the digits (Crockford's base 32)."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")

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


class Reply(State):
    """One version of the unit's reply, counted from 1. ``by`` is the name that the person typed."""

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None


class Draft(State):
    """What was typed and not yet sent. ``by`` is a typed name, ``form`` the ``Drawn.form`` that saved it."""

    text: str = ""
    by: str = ""
    saved_at: AwareDatetime
    form: str = ""


class Extension(State):
    """The unit asks for ``days`` working days more. ``granted``: what the hotline decided; None: nothing yet."""

    id: str
    days: int
    reason: str
    by: str
    requested_at: AwareDatetime
    granted: bool | None = None
    decision: str = ""
    decided_at: AwareDatetime | None = None


class Drawn(NamedTuple):
    """A form as it was rendered: ``written`` is ``Assignment.written`` at that time, ``form`` its random id."""

    written: str
    form: str


class Assignment(Aggregate):
    """One unit's part of a case, as the unit sees it. Of the secret link, only the hash of its token is stored.

    ``viewed_at``: the link was first opened, perhaps by a mail scanner. ``read_at``: a person first saved a draft.
    ``due_at`` is None when no date is set. ``recalled_cause`` is as in AssignmentRecalled. ``files`` are those that the
    unit may open, with their state at that time. ``clock_stopped``: the submitter was asked something, and until the
    answer no day counts. ``rescheduled_at``: since when ``due_at`` is so; ``rescheduled_cause`` is as in the event.
    """

    message_id: str
    token_hash: str
    reference: str
    kind: str
    subject: str
    text: str
    submitter: Person | None
    note: str
    unit: UnitRef
    reply_expected: bool
    requested_at: AwareDatetime
    due_at: AwareDatetime | None
    state: Open[AssignmentState] = AssignmentState.INVITED
    viewed_at: AwareDatetime | None = None
    draft: Draft | None = None
    replies: tuple[Reply, ...] = ()
    recalled_because: str = ""
    recalled_cause: str | None = None
    read_at: AwareDatetime | None = None
    language: str | None = None
    files: tuple[KeptFile, ...] = ()
    rescheduled_at: AwareDatetime | None = None
    rescheduled_cause: str | None = None
    clock_stopped: bool = False
    extensions: tuple[Extension, ...] = ()

    @property
    def writable(self) -> bool:
        """Whether the unit may reply or decline now."""
        return self.state in WRITABLE

    @property
    def actor(self) -> Actor:
        """The unit as the actor of an event."""
        return Actor(kind="unit", id=self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest version of the reply, or None."""
        return self.replies[-1] if self.replies else None

    @property
    def extension(self) -> Extension | None:
        """The newest request for more time since the last reply; None when there is none."""
        asked = self.extensions[-1] if self.extensions else None
        answered = asked and self.reply and self.reply.submitted_at > asked.requested_at
        return None if answered else asked

    @property
    def may_ask_for_time(self) -> bool:
        """Whether the unit may ask for more time: its clock runs, and no request waits."""
        runs = self.writable and self.reply_expected and self.due_at is not None and not self.clock_stopped
        return runs and (self.extension is None or self.extension.granted is not None)

    @property
    def written(self) -> str:
        """Version of draft and replies, to be compared for equality only; it changes with each saved draft or reply."""
        return f"{len(self.replies)}" + (f" {self.draft.saved_at.isoformat()} {self.draft.form}" if self.draft else "")

    @property
    def text_in_form(self) -> str:
        """The text in the reply form: the draft; without one, after a return, the returned reply; else empty."""
        if self.draft:
            return self.draft.text
        return self.reply.text if self.state is AssignmentState.RETURNED and self.reply else ""

    @property
    def check(self) -> str:
        """CHECK characters that a person must type: the middle of the reference, ``7KX4`` in ``26-7KX4-9Q``.

        A reference that is too short gives none; then it is the beginning of the token's hash.
        """
        middle = _letters(self.reference)[2 : 2 + CHECK]
        return middle if len(middle) == CHECK else self.token_hash[:CHECK]


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
    return assignment, [_invitation(assignment, link(base_url, link_token), requested.contacts_version)]


def view(assignment: Assignment, now: datetime) -> tuple[Assignment, list[Event]]:
    """Note the first visit, by a person or by a mail scanner. Later visits change nothing."""
    if assignment.viewed_at or not assignment.writable:
        return assignment, []
    return assignment.model_copy(update={"viewed_at": now}), [_viewed(assignment, now)]


def proves(assignment: Assignment, entered: str) -> bool:
    """Whether ``entered`` is the check or the whole reference; case, hyphens and MISREAD letters do not matter."""
    given = _letters(entered)
    return len(given) >= CHECK and given in (_letters(assignment.check), _letters(assignment.reference))


def keep_draft(
    assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Save a draft. The first one announces AssignmentViewed, ``by_person``: a mail scanner writes no draft.

    Returns the same object, and no event, for an empty text and for the text that the form showed already. Raises
    Refused and Overtaken.
    """
    _require_writable(assignment)
    if text in ("", assignment.text_in_form):
        return assignment, []
    _require_not_overtaken(assignment, drawn)
    kept = {"draft": Draft(text=text, by=by, saved_at=now, form=drawn.form), "read_at": assignment.read_at or now}
    return assignment.model_copy(update=kept), [] if assignment.read_at else [_viewed(assignment, now, by_person=True)]


def reply(assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime) -> tuple[Assignment, list[Event]]:
    """Send the unit's reply to the hotline (procedure, 5.4). Raises Refused, Overtaken and Unrevised."""
    _require_writable(assignment)
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
    assignment: Assignment, *, reason: str, suggested_unit: str, by: str, drawn: Drawn, now: datetime
) -> tuple[Assignment, list[Event]]:
    """The unit says that it is not responsible. ``suggested_unit`` is free text. Raises Refused and Overtaken."""
    _require_writable(assignment)
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
    )
    return assignment.model_copy(update={"state": AssignmentState.DECLINED}), done_by(assignment.actor, declined)


def ask_for_time(
    assignment: Assignment, *, request_id: str, days: int, reason: str, by: str, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Ask the hotline for so many working days more. Raises Refused, also while an earlier request waits."""
    _require_writable(assignment)
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

    A return of another than the newest version, or in another state than REPLIED, changes nothing.
    """
    newest = assignment.reply
    if newest is None or returned.version != newest.version or assignment.state is not AssignmentState.REPLIED:
        return assignment, []
    replies = (*assignment.replies[:-1], newest.model_copy(update={"returned_because": returned.reason}))
    link_token = token(secret, assignment.id)  # differs from the first one if the secret key was changed
    changed = {"state": AssignmentState.RETURNED, "replies": replies, "token_hash": hash_token(link_token)}
    due = {} if _newer(assignment, returned.returned_at) else _due_of(returned)  # events may arrive in any order
    again = assignment.model_copy(update=changed | due)
    to = link(base_url, link_token)
    return again, [_invitation(again, to, returned.contacts_version, because=returned.reason)]


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


class Reminder(Aggregate):
    """A reminder that the portal has handled: what was open then got its links. ``assignments`` are their ids."""

    assignments: tuple[str, ...] = ()
    requested_at: AwareDatetime


def remind(
    requested: UnitReminderRequested, known: Iterable[Assignment], *, secret: str, base_url: str, now: datetime
) -> tuple[Reminder, list[Event]]:
    """The links of what is still open; no event when nothing is. ``known`` are its assignments that the portal has.

    A unit that waits for the submitter's answer is not reminded, nor one whose link was made with another secret key:
    only a new invitation would open the assignment.
    """
    links: dict[str, str] = {}
    for assignment in known:
        link_token = token(secret, assignment.id)
        if assignment.writable and not assignment.clock_stopped and hash_token(link_token) == assignment.token_hash:
            links[assignment.id] = link(base_url, link_token)
    still = [one for one in requested.assignments if one.assignment_id in links]
    reminder = Reminder(id=requested.reminder_id, assignments=tuple(links), requested_at=requested.requested_at)
    reminded = UnitReminded(
        reminder_id=requested.reminder_id,
        unit=requested.unit,
        role=requested.role,
        cause=requested.cause,
        assignments=tuple(one.model_copy(update={"link": links[one.assignment_id]}) for one in still),
        reminded_at=now,
        contacts_version=requested.contacts_version,
    )
    return reminder, [reminded] if still else []


def accept(assignment: Assignment, accepted: ReplyAccepted) -> Assignment:
    """The officer approved the reply. Applies in every state, because events may arrive in any order."""
    return assignment.model_copy(update={"state": AssignmentState.ACCEPTED})


def recall(assignment: Assignment, recalled: AssignmentRecalled) -> Assignment:
    """The unit is no longer asked. A recall replaces CLOSED, because CaseClosed may arrive first; never DONE."""
    if assignment.state in DONE or assignment.state is AssignmentState.RECALLED:
        return assignment
    state = AssignmentState.CLOSED if recalled.cause == "closed" else AssignmentState.RECALLED
    update = {"state": state, "recalled_because": recalled.reason, "recalled_cause": recalled.cause}
    return assignment.model_copy(update=update)


def close(assignment: Assignment) -> Assignment:
    """The case was closed. Changes nothing for an assignment that is OFF or DONE."""
    if assignment.state in OFF | DONE:
        return assignment
    return assignment.model_copy(update={"state": AssignmentState.CLOSED})


def token(secret: str, assignment_id: str) -> str:
    """The secret in a link: 192 bits in 32 characters (URL-safe base 64).

    Derived, not random: handling the event again makes the same link, and a second invitation can contain it although
    only its hash is stored.
    """
    digest = hmac.digest(secret.encode(), b"assignment-link:" + assignment_id.encode(), "sha256")
    return urlsafe_b64encode(digest[:24]).decode()


def token_in(text: str) -> str | None:
    """The token in a pasted path segment, without a full stop or bracket around it; None if there is none."""
    found = TOKEN.search(text)
    return found[0] if found else None


def hash_token(link_token: str) -> str:
    """What is stored of a token: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(link_token.encode("utf-8", "replace")).hexdigest()


def link(base_url: str, link_token: str) -> str:
    """The URL of the assignment in the portal."""
    return f"{base_url.rstrip('/')}/a/{link_token}"


def _require_writable(assignment: Assignment) -> None:
    if assignment.state is AssignmentState.REPLIED:
        raise Refused(SENT)
    if not assignment.writable:
        raise Refused(OVER)


def _require_not_overtaken(assignment: Assignment, drawn: Drawn) -> None:
    # A form may save several drafts: those do not make its own ``written`` out of date.
    by_this_form = assignment.draft and drawn.form and assignment.draft.form == drawn.form
    if drawn.written != assignment.written and not by_this_form:
        raise Overtaken


def _letters(text: str) -> str:
    """The letters and digits of a reference, in upper case, MISREAD letters as digits."""
    return "".join(c for c in text.replace("İ", "I").upper() if c.isalnum()).translate(MISREAD)


def _due_of(returned: ReplyReturned) -> dict[str, object]:
    day = {"due_at": returned.due_at, "rescheduled_at": returned.returned_at}
    return {**day, "rescheduled_cause": None, "clock_stopped": False}


def _newer(assignment: Assignment, told_at: datetime) -> bool:
    """Whether the last day that is known was told after this."""
    return assignment.rescheduled_at is not None and assignment.rescheduled_at >= told_at


def _viewed(assignment: Assignment, now: datetime, *, by_person: bool | None = None) -> Event:
    viewed = AssignmentViewed(
        message_id=assignment.message_id, assignment_id=assignment.id, viewed_at=now, by_person=by_person
    )
    return done_by(assignment.actor, viewed)[0]


def _invitation(
    assignment: Assignment, to: str, contacts_version: int | None, *, because: str | None = None
) -> AssignmentInvited:
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
    )
