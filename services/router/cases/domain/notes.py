"""Internal notes. No event has their text, so that none can leave the desk."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.parts import Note


def take_note(case: Case, *, note_id: str, text: str, by: Officer, now: datetime) -> Case:
    """Add a note. Its timeline entry has the id in place of the text. Notes are added, and never changed."""
    note = Note(id=note_id, text=text, by=by.name, actor=by.actor, at=now)
    return with_timeline(case, entry_by(by, "noted", now, text=note_id), notes=(*case.notes, note))
