"""What came after a message: parts of its document. Each is added to, never rewritten."""

from pydantic import AwareDatetime

from shared.state import KeptFile, State


class FollowUp(State):
    """What the writer added. ``mail_id``: the mail that it came in, if it did."""

    id: str
    text: str
    files: tuple[KeptFile, ...] = ()
    at: AwareDatetime
    mail_id: str | None = None


class Question(State):
    """What an officer asked, and the writer's answer; None: not yet. ``mail_id`` is as in ``FollowUp``."""

    id: str
    text: str
    asked_at: AwareDatetime
    answer: str | None = None
    files: tuple[KeptFile, ...] = ()
    answered_at: AwareDatetime | None = None
    mail_id: str | None = None


class Answer(State):
    """An answer of the institution. ``told_by``: the writer was told by telephone, on paper or at the counter; no
    letter was sent. ``promised_for``: the day by which ``promise`` is to be done, where it promises something.
    """

    text: str
    files: tuple[KeptFile, ...] = ()
    at: AwareDatetime
    told_by: str | None = None
    promised_for: AwareDatetime | None = None
    promise: str = ""


class Promise(State):
    """The unit has promised ``text`` for a day; since ``asked_at`` the writer is asked whether it was done.

    ``kept`` is what the writer says, with a sentence, ``comment``; None: nothing yet.
    """

    id: str
    text: str = ""
    promised_for: AwareDatetime
    asked_at: AwareDatetime
    kept: bool | None = None
    comment: str = ""
    answered_at: AwareDatetime | None = None


class Withdrawal(State):
    """The writer took the message back."""

    reason: str = ""
    at: AwareDatetime


class Rating(State):
    """What the writer thinks of the answer, from 1 (bad) to 5; the latest one."""

    score: int
    comment: str = ""
    at: AwareDatetime


class Objection(State):
    """Why the writer does not accept the answer."""

    reason: str
    files: tuple[KeptFile, ...] = ()
    at: AwareDatetime


class Undelivered(State):
    """A letter to the writer could not be delivered. ``template`` names it."""

    template: str
    at: AwareDatetime
