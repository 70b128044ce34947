"""One unit's part of a case, as the portal keeps it."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from services.replies.domain.parts import Interim, News, Proposal
from shared.state import Actor, Aggregate, KeptFile, Open, Person, State, UnitRef


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


class Reply(State):
    """One version of the unit's reply, counted from 1. ``by`` is the name that the person typed.

    ``channel``: portal, or email for one that the hotline took from a mail.
    ``promised_at``: by when it will be done. ``withdrawn_at``: the unit took it back before anybody had decided.
    """

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None
    files: tuple[KeptFile, ...] = ()
    channel: str = "portal"
    promised_at: AwareDatetime | None = None
    withdrawn_at: AwareDatetime | None = None


class Mailed(State):
    """A mail of the unit, kept as a proposed reply (``mailed``); ``id`` is that of the mail.

    ``by``, ``sender`` and ``verified`` are as in ``ReplyProposed``. ``adopted``: what the hotline decided; None:
    nothing yet. ``decision`` is its reason.
    """

    id: str
    text: str
    by: str
    sender: str
    verified: str
    files: tuple[KeptFile, ...] = ()
    at: AwareDatetime
    adopted: bool | None = None
    decision: str = ""
    decided_at: AwareDatetime | None = None


class Draft(State):
    """What was typed and not yet sent. ``by`` is a typed name, ``form`` the ``Drawn.form`` that saved it."""

    text: str = ""
    by: str = ""
    saved_at: AwareDatetime
    form: str = ""
    promised_at: AwareDatetime | None = None


class SentAnswer(State):
    """What the person who wrote got, with the unit's reply in it."""

    text: str
    files: tuple[KeptFile, ...] = ()
    answered_at: AwareDatetime | None = None


class Holder(State):
    """A colleague in the unit with a link of their own, of which the hash is stored. ``by`` is who handed it on."""

    id: str
    name: str
    email: str
    by: str
    note: str = ""
    token_hash: str
    handed_on_at: AwareDatetime
    taken_back_at: AwareDatetime | None = None
    draft: Draft | None = None
    set_aside: tuple[Draft, ...] = ()


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


class Declined(State):
    """Why the unit handed the message back, and which unit it suggested."""

    reason: str
    suggested_unit: str = ""
    by: str
    at: AwareDatetime


class Drawn(NamedTuple):
    """A form as it was rendered: ``written`` is ``Assignment.written`` at that time, ``form`` its random id."""

    written: str
    form: str


class Assignment(Aggregate):
    """One unit's part of a case, as the unit sees it. Of the secret link, only the hash of its token is stored.

    ``viewed_at``: the link was first opened, perhaps by a mail scanner. ``read_at``: a person first wrote something.
    ``due_at`` is None when no date is set. ``recalled_cause`` is as in AssignmentRecalled. ``files`` are those that the
    unit may open, with their state at that time. ``clock_stopped``: the submitter was asked something, and until the
    answer no day counts. ``rescheduled_at``: since when ``due_at`` is so; ``rescheduled_cause`` is as in the event.
    ``links_sent``: when the unit asked for its link, in the last hour. ``held_by``, never stored: the id of the holder
    through whose link it was opened (``handing_on.behind``).
    ``set_aside`` are drafts in whose place somebody else put another text, the newest last. ``accepted``: the version
    of the reply that the hotline approved. ``declined`` is absent in what older versions stored.
    """

    message_id: str
    token_hash: str
    reference: str
    kind: str
    subject: str
    text: str
    submitter: Person | None
    submitter_revision: int = 0
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
    holders: tuple[Holder, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    news: tuple[News, ...] = ()
    interims: tuple[Interim, ...] = ()
    links_sent: tuple[AwareDatetime, ...] = ()
    held_by: str | None = Field(default=None, exclude=True)
    mailed: tuple[Mailed, ...] = ()
    set_aside: tuple[Draft, ...] = ()
    accepted: int | None = None
    declined: Declined | None = None
    answer: SentAnswer | None = None

    @property
    def writable(self) -> bool:
        """Whether the unit may reply or decline now."""
        return self.state in WRITABLE

    @property
    def actor(self) -> Actor:
        """The unit as the actor of an event; with a dot and the holder's id, a colleague in it."""
        return Actor(kind="unit", id=f"{self.id}.{self.held_by}" if self.held_by else self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest version of the reply, or None."""
        return self.replies[-1] if self.replies else None

    @property
    def counted(self) -> Reply | None:
        """The version that counts: the approved one, else the newest, unless it was taken back."""
        if approved := next((one for one in self.replies if one.version == self.accepted), None):
            return approved
        return None if self.reply and self.reply.withdrawn_at else self.reply

    @property
    def returned(self) -> Reply | None:
        """The newest version that the hotline returned, or None."""
        return next((one for one in reversed(self.replies) if one.returned_because is not None), None)

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
        return self.returned.text if self.state is AssignmentState.RETURNED and self.returned else ""

    @property
    def check(self) -> str:
        """CHECK characters that a person must type: the middle of the reference, ``7KX4`` in ``26-7KX4-9Q``.

        A reference that is too short gives none; then it is the beginning of the token's hash.
        """
        middle = letters(self.reference)[2 : 2 + CHECK]
        return middle if len(middle) == CHECK else self.token_hash[:CHECK]


def letters(text: str) -> str:
    """The letters and digits of a reference, in upper case, MISREAD letters as digits."""
    return "".join(c for c in text.replace("İ", "I").upper() if c.isalnum()).translate(MISREAD)
