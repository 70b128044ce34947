"""The files of a message, wherever in it they stand."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.intake.domain.message import Message
from shared.events import Event, FileChecked, done_by
from shared.state import Actor, KeptFile, State, with_file_state

SCANNER = Actor(kind="system", id="scanner")


def files_of(message: Message) -> dict[str, KeptFile]:
    """All files that this message names, by id: also those of what its writer sent later."""
    return {file.id: file for file in _found(message)}


def check_file(message: Message, file_id: str, state: str, now: datetime) -> tuple[Message, list[Event]] | None:
    """Note what the scanner found in a held file, and tell it. None if it is known, or the message has no such file."""
    file = files_of(message).get(file_id)
    if file is None or file.state == state:
        return None
    changed: Message = with_file_state(message, file_id, state)
    event = FileChecked(message_id=message.id, file_id=file_id, state=state, checked_at=now)
    return changed, done_by(SCANNER, event)


def _found(part: Any) -> Iterator[KeptFile]:
    if isinstance(part, KeptFile):
        yield part
    elif isinstance(part, State):
        for name in type(part).model_fields:
            yield from _found(getattr(part, name))
    elif isinstance(part, tuple):
        for item in part:
            yield from _found(item)
