"""What an officer says after reading: that a doubtful message is wanted, that what was written was looked at."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from shared.refused import Refused


def trust(case: Case, *, by: Officer, now: datetime) -> Case:
    """The message is wanted: it is among the new ones from now on. Raises Refused when nobody doubts it."""
    if not case.doubtful:
        raise Refused("A colleague has dealt with this message already.")
    return with_timeline(case, entry_by(by, "trusted", now), trusted_at=now)


def look_at(case: Case, *, by: Officer, now: datetime) -> Case:
    """What the submitter wrote last was read, and needs nothing."""
    return with_timeline(case, entry_by(by, "looked_at", now))
