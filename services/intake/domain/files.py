"""What is found in the files of a message."""

from datetime import datetime

from services.intake.domain.message import Message
from shared.events import Event, FileChecked, done_by
from shared.files.named import files_in, with_file_state
from shared.state import Actor

SCANNER = Actor(kind="system", id="scanner")


def check_file(message: Message, file_id: str, state: str, now: datetime) -> tuple[Message, list[Event]] | None:
    """Note what the scanner found in a held file, and tell it. None if it is known, or the message has no such file."""
    file = files_in(message).get(file_id)
    if file is None or file.state == state:
        return None
    event = FileChecked(message_id=message.id, file_id=file_id, state=state, checked_at=now)
    return with_file_state(message, file_id, state), done_by(SCANNER, event)
