"""Interim answers: the submitter hears how things stand, and the case stays open (Law 3071, article 7)."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, require_decided, with_timeline
from services.router.cases.domain.informing import inform_of_interim
from services.router.cases.domain.parts import Answer, Assignment
from services.router.cases.domain.routing import FINISHED
from services.router.cases.domain.unit_parts import Interim
from shared.events import CaseInformed, Event, done_by
from shared.refused import Refused


def inform(
    case: Case, text: str, by: Officer, now: datetime, *, interim_id: str | None = None
) -> tuple[Case, list[Event]]:
    """Send an interim answer; ``interim_id``: of the unit's interim reply from which it was made, which the unit hears.

    Raises Refused for a finished case, and when the same text was sent before.
    """
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
    of_units = [a for a in case.assignments for one in a.interims if one.id == interim_id and one.sent_at is None]
    told_units = [inform_of_interim(case, a, interim_id or "", text, now) for a in of_units if a.open]
    assignments = tuple(_with_sent(a, interim_id, now) for a in case.assignments)
    return informed.model_copy(update={"assignments": assignments}), done_by(by.actor, event, *told_units)


def interim_of(case: Case, interim_id: str) -> Interim | None:
    """The unit's interim reply with this id."""
    found = (one for assignment in case.assignments for one in assignment.interims if one.id == interim_id)
    return next(found, None)


def _with_sent(assignment: Assignment, interim_id: str | None, now: datetime) -> Assignment:
    if all(one.id != interim_id for one in assignment.interims):
        return assignment
    sent = {"sent_at": now}
    interims = tuple(one.model_copy(update=sent) if one.id == interim_id else one for one in assignment.interims)
    return assignment.model_copy(update={"interims": interims})
