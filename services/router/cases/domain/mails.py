"""Mails that came in, each whole. Of one that belongs to no case, an officer says what it is.

What a mail becomes (an addition, a message, a reply) comes from the service that owns that.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from services.router.access import AuditAction, Officer
from shared.events import (
    Event,
    MailReceived,
    MessageRequested,
    RouterAudited,
    done_by,
)
from shared.mails import message_of
from shared.refused import Refused
from shared.state import Actor, Aggregate, KeptFile

NEW = "new"
"""The purpose of a mail that becomes a message by itself."""
DECIDED = "A colleague has already decided about this e-mail."


class Outcome(StrEnum):
    """What became of a mail that belonged to no case. ``AUTOMATIC``: nothing, a program wrote it."""

    CASE = "case"
    ATTACHED = "attached"
    DEALT_WITH = "dealt_with"
    AUTOMATIC = "automatic"


RECORDED = {
    Outcome.CASE: AuditAction.MAIL_MADE_CASE,
    Outcome.ATTACHED: AuditAction.MAIL_ATTACHED,
    Outcome.DEALT_WITH: AuditAction.MAIL_DEALT_WITH,
}


class Mail(Aggregate):
    """One mail. Fields up to ``received_at`` are as in ``MailReceived``; ``message_id`` is also that of the case that
    the mail became, or was put into. ``outcome``, of one that belonged to no case: what became of it, by ``actor``.
    """

    purpose: str
    message_id: str | None = None
    assignment_id: str | None = None
    sender: str | None = None
    sender_name: str = ""
    subject: str = ""
    text: str
    quotation: str = ""
    files: tuple[KeptFile, ...] = ()
    verified: str = "none"
    automatic: str | None = None
    language: str | None = None
    received_at: AwareDatetime
    outcome: str | None = None
    decided_at: AwareDatetime | None = None
    actor: Actor | None = None

    @property
    def waits(self) -> bool:
        """Whether an officer has to say what it is."""
        return self.message_id is None and self.outcome is None

    @property
    def by(self) -> str:
        """Who wrote it, as it says itself."""
        return self.sender_name or self.sender or ""

    def file(self, file_id: str) -> KeptFile | None:
        """The file with this id."""
        return next((file for file in self.files if file.id == file_id), None)


def mail_of(told: MailReceived) -> Mail:
    """The mail as it is kept. One of a program that belongs to no case waits for nobody."""
    fields = {name: value for name, value in told if name in Mail.model_fields and name != "actor"}
    becomes = message_of(told.mail_id) if told.purpose == NEW and not told.automatic else None
    message_id = told.message_id or becomes
    nothing = Outcome.AUTOMATIC if told.automatic and message_id is None else None
    return Mail.model_validate(fields | {"id": told.mail_id, "message_id": message_id, "outcome": nothing})


def make_case(mail: Mail, *, kind: str, by: Officer, now: datetime) -> tuple[Mail, list[Event]]:
    """The mail becomes a message of this kind. Raises Refused when somebody has decided about it."""
    requested = MessageRequested.model_validate(
        {
            **{name: getattr(mail, name) for name in MessageRequested.model_fields if name in Mail.model_fields},
            "actor": None,
            "mail_id": mail.id,
            "kind": kind,
            "requested_at": now,
        }
    )
    done, record = done_with(mail, Outcome.CASE, message_of(mail.id), by=by, now=now)
    return done, [*done_by(by.actor, requested), *record]


def deal_with(mail: Mail, *, by: Officer, now: datetime) -> tuple[Mail, list[Event]]:
    """Nothing is to be done about the mail. Raises Refused when somebody has decided about it."""
    return done_with(mail, Outcome.DEALT_WITH, None, by=by, now=now)


def done_with(
    mail: Mail, outcome: Outcome, message_id: str | None, *, by: Officer, now: datetime
) -> tuple[Mail, list[Event]]:
    """The mail with its outcome, and the record. Raises Refused when somebody has decided about it."""
    if not mail.waits:
        raise Refused(DECIDED)
    record = RouterAudited(action=RECORDED[outcome], object_kind="mail", object_id=mail.id, fields=("outcome",), at=now)
    done = {"outcome": outcome, "message_id": message_id, "decided_at": now, "actor": by.actor}
    return mail.model_copy(update=done), done_by(by.actor, record)
