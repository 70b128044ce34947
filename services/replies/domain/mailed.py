"""What a unit wrote by e-mail instead of using its link: a proposed reply, about which the hotline decides."""

from datetime import datetime
from typing import Final

from services.replies.domain.assignment import Assignment, Mailed, Reply
from services.replies.domain.writing import sent
from shared.events import Event, MailReceived, MailReplyDecided, ReplyProposed, done_by
from shared.state import KeptFile

NO_TEXT = "E-postada metin bulunmamaktadır; ekli dosyalara bakınız."
"""What a proposed reply says whose mail has files alone. Units are written to in Turkish."""
MOST: Final = 50
"""Mails of one assignment that are proposed; of further ones the hotline has the mail itself, in the case."""


def propose(assignment: Assignment, mail: MailReceived) -> tuple[Assignment, list[Event]]:
    """Keep a unit's mail, and tell the hotline, also when the unit may no longer reply.

    No events for a mail that is here already, for one that names no sender, and for more than MOST: the hotline has the
    mail itself.
    """
    if (
        mail.sender is None
        or len(assignment.mailed) >= MOST
        or any(kept.id == mail.mail_id for kept in assignment.mailed)
    ):
        return assignment, []
    kept = Mailed(
        id=mail.mail_id,
        text=mail.text.strip() or NO_TEXT,
        by=mail.sender_name.strip() or mail.sender,
        sender=mail.sender,
        verified=mail.verified,
        files=tuple(KeptFile.model_validate(file) for file in mail.files),
        at=mail.received_at,
    )
    proposed = ReplyProposed(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        mail_id=kept.id,
        reference=assignment.reference,
        unit=assignment.unit,
        text=kept.text,
        by=kept.by,
        sender=kept.sender,
        verified=kept.verified,
        files=mail.files,
        proposed_at=mail.received_at,
    )
    return assignment.model_copy(update={"mailed": (*assignment.mailed, kept)}), done_by(assignment.actor, proposed)


def decide(assignment: Assignment, told: MailReplyDecided, now: datetime) -> tuple[Assignment, list[Event]]:
    """The hotline takes the mail as the unit's reply, as if it had been sent here; or not, for a reason.

    If the unit may no longer reply, the decision is kept and nothing is sent.
    """
    kept = next((one for one in assignment.mailed if one.id == told.mail_id), None)
    if kept is None or kept.adopted is not None:
        return assignment, []
    decided = kept.model_copy(update={"adopted": told.adopted, "decision": told.reason, "decided_at": told.decided_at})
    mailed = tuple(decided if one.id == kept.id else one for one in assignment.mailed)
    after = assignment.model_copy(update={"mailed": mailed})
    if not told.adopted or not assignment.writable:
        return after, []
    new = Reply(
        version=len(assignment.replies) + 1,
        text=kept.text,
        by=kept.by or assignment.unit.name_tr,  # its name may have been erased
        actor=assignment.actor,
        submitted_at=now,
        files=kept.files,
        channel="email",
    )
    return sent(after, new)
