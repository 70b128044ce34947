"""What several services know of a mail that came in (``shared.events.MailReceived``)."""

from uuid import NAMESPACE_URL, uuid5


def message_of(mail_id: str) -> str:
    """The id of the message that a mail becomes. Whoever makes it, and however often, it is one message."""
    return str(uuid5(NAMESPACE_URL, f"urn:klu-hat:mail:{mail_id}"))


def follow_up_of(mail_id: str) -> str:
    """The id of the addition that a mail becomes."""
    return f"mail-{mail_id}"
