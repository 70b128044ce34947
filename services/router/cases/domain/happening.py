"""What systems outside may be told of a case: that it was opened, answered or closed. Knows no webhooks."""

from collections.abc import Sequence

from services.router.cases.domain.case import Case
from shared.events import CaseAnswered, CaseClosed, CaseHappened, CaseProgressed, Event

OPENED, ANSWERED, CLOSED = "opened", "answered", "closed"
MOST_UNITS = 500


def happenings(case: Case, announcing: Sequence[Event]) -> list[CaseHappened]:
    """What these events of a case mean, for the same write as they."""
    return [_happened(case, event) for event in announcing if _what(event)]


def _happened(case: Case, event: Event) -> CaseHappened:
    return CaseHappened(
        message_id=case.id,
        actor=event.actor,
        what=_what(event),
        reference=case.reference,
        kind=case.kind,
        units=tuple(dict.fromkeys(a.unit.code for a in case.assignments))[:MOST_UNITS],
        closure_reason=event.closure_reason if isinstance(event, CaseClosed) else None,
        revision=getattr(event, "revision", case.revision),
        at=_at(event),
    )


def _what(event: Event) -> str:
    """A case begins with the first step of the status page."""
    if isinstance(event, CaseProgressed):
        return OPENED if (event.step, event.revision) == ("received", 0) else ""
    return {CaseAnswered: ANSWERED, CaseClosed: CLOSED}.get(type(event), "")


def _at(event: Event) -> object:
    return next(getattr(event, name) for name in ("answered_at", "closed_at", "at") if hasattr(event, name))
