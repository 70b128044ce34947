"""Since when a case is finished, and with what outcome: what the rules of retention count from."""

from datetime import datetime

from services.router.cases.domain.case import Case
from services.router.cases.domain.states import ClosureReason

FINISHING = ("answered", "closed", "withdrawn", "answer_upheld")
"""Values of ``TimelineEntry.what`` that finish a case. Opened again and finished again, the newest one counts."""


def finished_at(case: Case) -> datetime | None:
    """When the case was finished last; None while it is open.

    A case without such an entry, such as one of a newer version, counts from its newest entry: never too early.
    """
    if not case.finished:
        return None
    ends = [entry.at for entry in case.timeline if entry.what in FINISHING]
    return max(ends or [entry.at for entry in case.timeline], default=case.submitted_at)


def outcome(case: Case) -> str | None:
    """Why the case is closed, ``answered`` for an answered one; None while it is open."""
    if not case.finished:
        return None
    return str(case.closure_reason or ClosureReason.ANSWERED)


def retention_key(case: Case) -> str | None:
    """``<kind>|<outcome>`` of a finished case by which rules of retention find it (``indexed.retention``).

    None for an open one, for a merged one, which goes with its primary, and for one of which nothing is left to go.
    """
    own = case.finished and not case.merge and case.anonymised_at is None
    return f"{case.kind}|{outcome(case)}" if own else None
