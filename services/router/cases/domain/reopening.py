"""Opening an answered or closed case again, by an officer."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, progressed, require_decided, with_timeline
from services.router.cases.domain.states import CaseState, ClosureReason
from shared.events import Event, done_by
from shared.refused import Refused


def reopen(case: Case, *, reason: str, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """The case can be routed and answered again; its submitter sees so on the status page. ``reason`` is internal.

    Raises Refused for a case that is not finished, that its submitter has withdrawn, or that another answers.
    """
    if not case.finished:
        raise Refused("This case is open already.")
    require_decided(case)
    if case.closure_reason is ClosureReason.WITHDRAWN:
        raise Refused("The submitter has withdrawn this message. It cannot be opened again.")
    entry = entry_by(by, "reopened_by_desk", now, text=reason)
    wanted = {"trusted_at": case.trusted_at or now}
    opened = with_timeline(case, entry, state=CaseState.IN_REVIEW, closure_reason=None, **wanted)
    return opened, done_by(by.actor, *progressed(case, opened, now, cause="reopened"))
