"""What becomes of a mail that came in, once it was read: everybody is told, or it is held, or it was about a letter."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notifier.domain.incoming import Recipient, Understood
from services.notifier.domain.mail import Mail, MailState
from shared.events import Event, FileRef, MailFileChecked, MailReceived
from shared.state import KeptFile

Changed = tuple[Mail, list[Event]]


def received(
    mail: Mail, found: Understood, recipient: Recipient, files: Sequence[FileRef], text: str, new_messages: bool
) -> Changed:
    """A mail that was read: everybody is told what it says. ``text`` names also the files that are not kept.

    Where mails make no new messages, one to the hotline's own address is unclear, and an officer decides.
    """
    purpose = "unclear" if found.purpose == "new" and not new_messages else found.purpose
    event = MailReceived(
        mail_id=mail.id,
        purpose=purpose,
        message_id=recipient.message_id,
        assignment_id=recipient.assignment_id,
        sender=found.sender,
        sender_name=found.sender_name,
        subject=found.subject,
        text=text,
        quotation=found.quotation,
        files=tuple(files),
        verified=found.verified,
        automatic=found.automatic,
        language=found.language,
        received_at=mail.received_at,
    )
    kept = tuple(KeptFile.model_validate(file) for file in files)
    done = {"state": MailState.READ, "due_at": None, "purpose": purpose, "message_id": recipient.message_id}
    return mail.model_copy(update={**done, "files": kept}), [event]


def unreadable(mail: Mail, recipient: Recipient) -> Changed:
    """A mail that no process could read: an officer is told that there was one."""
    found, events = received(mail, Understood(purpose="unclear"), recipient, (), "", new_messages=False)
    return found.model_copy(update={"state": MailState.UNREADABLE}), events


def reported(mail: Mail, letter_id: str, message_id: str | None, reason: str) -> Mail:
    """A mail by which a server told of a letter: what it said is with the letter."""
    about = {"purpose": "bounce", "letter_id": letter_id, "message_id": message_id, "reason": reason}
    return mail.model_copy(update={"state": MailState.READ, "due_at": None, **about})


def held(mail: Mail, *, automatic: bool, now: datetime, message_id: str | None = None) -> Mail:
    """Its sender, or all senders to this address, have written enough in this hour. A person's mail is read in the next
    one, a machine's never. ``message_id``: whose mail it is.
    """
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    waits = {"state": MailState.HELD, "due_at": None if automatic else next_hour, "message_id": message_id}
    return mail.model_copy(update=waits)


def check_file(mail: Mail, file_id: str, state: str, now: datetime) -> Changed | None:
    """What the scanner found in one of its files that was held. None: it is known."""
    file = next((file for file in mail.files if file.id == file_id), None)
    if file is None or file.state == state:
        return None
    files = tuple(one.model_copy(update={"state": state}) if one.id == file_id else one for one in mail.files)
    event = MailFileChecked(mail_id=mail.id, message_id=mail.message_id, file_id=file_id, state=state, checked_at=now)
    return mail.model_copy(update={"files": files}), [event]
