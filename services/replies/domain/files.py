"""The files of replies."""

from datetime import datetime

from services.replies.domain.assignment import Assignment
from shared.events import Event, UnitFileChecked, done_by
from shared.files.named import files_in, with_file_state
from shared.state import Actor

SCANNER = Actor(kind="system", id="scanner")


def check_file(
    assignment: Assignment, file_id: str, state: str, now: datetime
) -> tuple[Assignment, list[Event]] | None:
    """Note what the scanner found in a held file of a reply, and tell it. None if it is known, or no reply has it."""
    file = files_in(assignment).get(file_id)
    if file is None or file.state == state:
        return None
    event = UnitFileChecked(
        message_id=assignment.message_id, assignment_id=assignment.id, file_id=file_id, state=state, checked_at=now
    )
    return with_file_state(assignment, file_id, state), done_by(SCANNER, event)


def needs_attached(assignment: Assignment) -> bool:
    """Whether what is attached and not yet sent is still needed."""
    return assignment.writable
