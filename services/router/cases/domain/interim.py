"""Interim answers: the submitter hears how things stand, and the case stays open (Law 3071, article 7)."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, require_decided, with_timeline
from services.router.cases.domain.parts import Answer
from services.router.cases.domain.routing import FINISHED
from shared.events import CaseInformed, Event, done_by
from shared.refused import Refused


def inform(case: Case, text: str, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Send an interim answer. Raises Refused for a finished case, and when the same text was sent before."""
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    if any(told.text == text for told in case.informed):
        raise Refused("This interim answer was sent already.")
    told = Answer(text=text, by=by.name, actor=by.actor, at=now)
    informed = with_timeline(case, entry_by(by, "informed", now, text=text), informed=(*case.informed, told))
    event = CaseInformed(
        message_id=case.id,
        reference=case.reference,
        subject=case.subject,
        text=text,
        submitter=case.submitter,
        language=case.language,
        revision=case.revision + 1,
        informed_at=now,
    )
    return informed, done_by(by.actor, event)
