"""What the portal knows: one assignment, its link, its draft, the versions of its reply. Plain Python."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from shared.events import (
    AssignmentDeclined,
    AssignmentInvited,
    AssignmentRecalled,
    AssignmentRequested,
    AssignmentViewed,
    Event,
    ReplyAccepted,
    ReplyReturned,
    ReplySubmitted,
    done_by,
)
from shared.state import Actor, Aggregate, Open, Person, State, UnitRef


class Refused(Exception):
    """This is not possible any more; the sentence (a msgid) is for the person in the unit."""


class AssignmentState(StrEnum):
    """Where the unit's part stands."""

    INVITED = "invited"
    REPLIED = "replied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECALLED = "recalled"
    CLOSED = "closed"


WRITABLE = frozenset({AssignmentState.INVITED, AssignmentState.RETURNED})
OFF = frozenset({AssignmentState.RECALLED, AssignmentState.CLOSED})
"""The unit is no longer asked."""
DONE = frozenset({AssignmentState.ACCEPTED, AssignmentState.DECLINED})
"""The unit's part was over before: what ends the case changes nothing for it."""
CHECK = 4
"""How many characters a person types before anything is written."""
MISREAD = str.maketrans("OIL", "011")

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")

SENT = "A reply has been sent already, and the hotline is checking it."
OVER = "This assignment is closed; nothing more is needed from you."
UNREVISED = "This is the reply that was returned. Please make the change that the hotline asks for."
OVERTAKEN = "Another text was saved behind this link meanwhile. Please look at both texts; yours is in the form."


class Unrevised(Exception):
    """The reply is the one that was returned."""

    field = "text"

    def __init__(self) -> None:
        super().__init__(UNREVISED)


class Overtaken(Exception):
    """Somebody else wrote behind this link after the form was drawn."""

    def __init__(self) -> None:
        super().__init__(OVERTAKEN)


class Reply(State):
    """One version of the unit's reply, and why it came back if it did."""

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None


class Draft(State):
    """What was typed and not yet sent."""

    text: str = ""
    by: str = ""
    saved_at: AwareDatetime
    form: str = ""


class Drawn(NamedTuple):
    """A form on somebody's screen: what it was drawn from (``Assignment.written``), and an id of its own."""

    written: str
    form: str


class Assignment(Aggregate):
    """One unit's part of a case, as the unit sees it. Of its link only a hash is kept."""

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

    @property
    def writable(self) -> bool:
        """Whether the unit may reply or decline now."""
        return self.state in WRITABLE

    @property
    def actor(self) -> Actor:
        """How the unit is named as the one who did something."""
        return Actor(kind="unit", id=self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest version."""
        return self.replies[-1] if self.replies else None

    @property
    def written(self) -> str:
        """What the unit has written so far, as a version: another one after each reply and each draft."""
        return f"{len(self.replies)}" + (f" {self.draft.saved_at.isoformat()} {self.draft.form}" if self.draft else "")

    @property
    def text_in_form(self) -> str:
        """What the unit goes on writing: the draft; after a return, the reply that is to be revised."""
        if self.draft:
            return self.draft.text
        return self.reply.text if self.state is AssignmentState.RETURNED and self.reply else ""

    @property
    def check(self) -> str:
        """Four characters that a person types before anything is written: the middle of the public number."""
        middle = _letters(self.reference)[2 : 2 + CHECK]
        return middle if len(middle) == CHECK else self.token_hash[:CHECK]


def open_assignment(requested: AssignmentRequested, *, secret: str, base_url: str) -> tuple[Assignment, list[Event]]:
    """Make the link of an assignment, and have the unit invited."""
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
    )
    return assignment, [_invitation(assignment, link(base_url, link_token), requested.contacts_version)]


def view(assignment: Assignment, now: datetime) -> tuple[Assignment, list[Event]]:
    """The link was opened for the first time, by a person or by a program; later visits change nothing."""
    if assignment.viewed_at or not assignment.writable:
        return assignment, []
    return assignment.model_copy(update={"viewed_at": now}), [_viewed(assignment, now)]


def proves(assignment: Assignment, entered: str) -> bool:
    """Whether a person typed this: it is the check, or the whole number, as people type it."""
    given = _letters(entered)
    return len(given) >= CHECK and given in (_letters(assignment.check), _letters(assignment.reference))


def keep_draft(
    assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Keep what was typed. The first draft shows that a person has read the message.

    An empty text and one that is kept already change nothing. Raises Refused and Overtaken.
    """
    _writable(assignment)
    if text in ("", assignment.text_in_form):
        return assignment, []
    _newest(assignment, drawn)
    kept = {"draft": Draft(text=text, by=by, saved_at=now, form=drawn.form), "read_at": assignment.read_at or now}
    return assignment.model_copy(update=kept), [] if assignment.read_at else [_viewed(assignment, now, by_person=True)]


def reply(assignment: Assignment, *, text: str, by: str, drawn: Drawn, now: datetime) -> tuple[Assignment, list[Event]]:
    """Send the unit's solution to the hotline (5.4). Raises Refused, Overtaken and Unrevised."""
    _writable(assignment)
    _newest(assignment, drawn)
    if any(text.split() == returned.text.split() for returned in assignment.replies):
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
    """Say that the case is not this unit's. Raises Refused and Overtaken."""
    _writable(assignment)
    _newest(assignment, drawn)
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


def take_back(
    assignment: Assignment, returned: ReplyReturned, *, secret: str, base_url: str
) -> tuple[Assignment, list[Event]]:
    """A reply came back for revision: the unit is written to again, with the reason. An older return is passed over."""
    newest = assignment.reply
    if newest is None or returned.version != newest.version or assignment.state is not AssignmentState.REPLIED:
        return assignment, []
    replies = (*assignment.replies[:-1], newest.model_copy(update={"returned_because": returned.reason}))
    link_token = token(secret, assignment.id)  # another one than before, where the secret key was changed
    again = assignment.model_copy(
        update={
            "state": AssignmentState.RETURNED,
            "replies": replies,
            "due_at": returned.due_at,
            "token_hash": hash_token(link_token),
        }
    )
    to = link(base_url, link_token)
    return again, [_invitation(again, to, returned.contacts_version, because=returned.reason)]


def accept(assignment: Assignment, accepted: ReplyAccepted) -> Assignment:
    """The officer has approved the reply. It stays approved, whatever becomes of the case."""
    return assignment.model_copy(update={"state": AssignmentState.ACCEPTED})


def recall(assignment: Assignment, recalled: AssignmentRecalled) -> Assignment:
    """The unit is no longer asked. The officer's recall goes before what became of the case."""
    if assignment.state in DONE or assignment.state is AssignmentState.RECALLED:
        return assignment
    state = AssignmentState.CLOSED if recalled.cause == "closed" else AssignmentState.RECALLED
    told = {"state": state, "recalled_because": recalled.reason, "recalled_cause": recalled.cause}
    return assignment.model_copy(update=told)


def close(assignment: Assignment) -> Assignment:
    """The case is closed, and with it what this unit was asked."""
    if assignment.state in OFF | DONE:
        return assignment
    return assignment.model_copy(update={"state": AssignmentState.CLOSED})


def token(secret: str, assignment_id: str) -> str:
    """The secret of a link: 192 bits, derived so that its event can be repeated byte for byte."""
    digest = hmac.digest(secret.encode(), b"assignment-link:" + assignment_id.encode(), "sha256")
    return urlsafe_b64encode(digest[:24]).decode()


def token_in(text: str) -> str | None:
    """The secret of a link in an address to which something sticks, such as a full stop."""
    found = TOKEN.search(text)
    return found[0] if found else None


def hash_token(link_token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(link_token.encode("utf-8", "replace")).hexdigest()


def link(base_url: str, link_token: str) -> str:
    """Where the invitation leads."""
    return f"{base_url.rstrip('/')}/a/{link_token}"


def _writable(assignment: Assignment) -> None:
    if assignment.state is AssignmentState.REPLIED:
        raise Refused(SENT)
    if not assignment.writable:
        raise Refused(OVER)


def _newest(assignment: Assignment, drawn: Drawn) -> None:
    by_this_form = assignment.draft and drawn.form and assignment.draft.form == drawn.form
    if drawn.written != assignment.written and not by_this_form:
        raise Overtaken


def _letters(text: str) -> str:
    """The letters and digits of a number, with those that people mix up made equal."""
    return "".join(c for c in text.replace("İ", "I").upper() if c.isalnum()).translate(MISREAD)


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
