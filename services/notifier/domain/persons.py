"""What the notifier has of one person: letters to their address, mails from it, and that letters came back from it."""

from datetime import datetime
from typing import Any

from services.notifier.domain.addressing import addressee_of
from services.notifier.domain.composing import readdressed
from services.notifier.domain.letter import OF_NO_MESSAGE, TEST, Letter, LetterState
from services.notifier.domain.mail import Mail
from services.notifier.domain.sending import without_bytes
from shared.addresses import deliverable
from shared.events import FoundItem
from shared.mails import message_of

NO_ADDRESS = "the submitter has no address any more"


def item_of_letter(letter: Letter) -> FoundItem:
    """A letter that went, or goes, to the person's address."""
    of_message = letter.template not in (*OF_NO_MESSAGE, TEST)
    return FoundItem(
        kind="letter",
        id=letter.id,
        by="email",
        at=letter.made_at,
        message_id=letter.message_id if of_message else None,
        assignment_id=letter.assignment_id,
    )


def item_of_mail(mail: Mail) -> FoundItem:
    """A mail that came from the person's address; of a sender that nobody knows it has no ``message_id``."""
    became = message_of(mail.id) if mail.purpose == "new" else mail.message_id
    return FoundItem(kind="mail", id=mail.id, by="email", at=mail.received_at, message_id=became, mail_id=mail.id)


def to_the_citizen(letter: Letter) -> bool:
    """Whether the letter is to the person who wrote."""
    return not letter.unit_code and addressee_of(letter.template, letter.assignment_id) == "citizen"


def given_out(letter: Letter) -> dict[str, Any]:
    """A letter as it is given out: without its secret links and codes."""
    return {
        "template": letter.template,
        "reference": letter.reference,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "text": letter.record,
        "language": letter.language,
        "made_at": letter.made_at,
        "sent_at": letter.sent_at,
        "state": str(letter.state),
    }


def given_out_mail(mail: Mail) -> dict[str, Any]:
    """What is kept of a mail; its bytes go with it, while they are there."""
    return {"sender": mail.sender, "received_at": mail.received_at, "files": [file.name for file in mail.files]}


def corrected(letter: Letter, email: str | None, at: datetime, now: datetime) -> Letter:
    """A letter to the person who wrote, after their data were corrected.

    One that waits goes to the new address, or nowhere without one. The link to the status page is for the new address
    from now on. What was sent stays as it was sent: it proves when the institution wrote, and to where. ``at`` is when
    the address was corrected: an older correction that arrives later changes nothing.
    """
    waits = letter.state in (LetterState.QUEUED, LetterState.HELD)
    leaves = waits and letter.leased_until and letter.leased_until > now
    if leaves or not (waits or letter.sealed_link) or (letter.corrected_at and at <= letter.corrected_at):
        return letter
    letter = letter.model_copy(update={"corrected_at": at})
    if letter.sealed_link:
        letter = letter.model_copy(update={"link_for": deliverable(email) if email else "", "link_moved": True})
    if not waits or (email and deliverable(email) == letter.recipient):
        return letter
    if email is None:
        return without_bytes(letter).model_copy(update={"state": LetterState.DISCARDED, "reason": NO_ADDRESS})
    return readdressed(letter, email)
