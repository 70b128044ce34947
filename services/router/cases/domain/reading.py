"""What an officer says after reading: that a doubtful message is wanted, that what was written was looked at."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.states import CaseState
from shared.refused import Refused

BY_OFFICER = "officer"
"""The doubt of an officer, beside those of the form (``MessageSubmitted.doubts``)."""


def trust(case: Case, *, by: Officer, now: datetime) -> Case:
    """The message is wanted: it is among the new ones from now on. Raises Refused when nobody doubts it."""
    if not case.doubtful:
        raise Refused("A colleague has dealt with this message already.")
    return with_timeline(case, entry_by(by, "trusted", now), trusted_at=now)


def distrust(case: Case, *, by: Officer, now: datetime) -> Case:
    """The message may be unwanted: it leaves the new ones until somebody says that it is wanted, or closes the case.

    Raises Refused for a case that somebody has worked on.
    """
    if case.state is not CaseState.NEW:
        raise Refused("Only a new case can be marked as unwanted.")
    if case.doubtful:
        return case
    doubts = tuple(dict.fromkeys([*case.doubts, BY_OFFICER]))
    return with_timeline(case, entry_by(by, "distrusted", now), doubts=doubts, trusted_at=None)


def look_at(case: Case, *, by: Officer, now: datetime) -> Case:
    """What the submitter wrote last was read, and needs nothing."""
    return with_timeline(case, entry_by(by, "looked_at", now))
