"""Who works on a case, and how urgent it is."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.states import Priority
from shared.refused import Refused

FINISHED = "This case is answered or closed already."


def assign(case: Case, officer_id: str | None, name: str, by: Officer, now: datetime) -> Case:
    """Give the case to an officer, whose name is ``name``; None: to nobody. Raises Refused.

    Unchanged when it is theirs already. A restricted case is given to those who may read it.
    """
    if case.finished:
        raise Refused(FINISHED)
    if officer_id == case.officer:
        return case
    if case.restriction and officer_id and officer_id not in case.restriction.to:
        raise Refused("This colleague may not read the case, which is restricted.")
    what = "unclaimed" if officer_id is None else "claimed" if officer_id == by.id else "assigned"
    return with_timeline(case, entry_by(by, what, now, text=name if what == "assigned" else ""), officer=officer_id)


def set_priority(case: Case, priority: Priority, by: Officer, now: datetime) -> Case:
    """Say how urgent the case is; from then on, words of the message do not. Unchanged if an officer has said so."""
    if priority == case.priority:
        return case
    return with_timeline(case, entry_by(by, "prioritised", now, text=priority), priority=priority)
