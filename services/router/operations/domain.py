"""What becomes of parked events that an operator has chosen. Plain Python."""

from dataclasses import dataclass
from datetime import timedelta

CLAIM = timedelta(minutes=1)
"""For so long a parked event belongs to whoever sends it again or discards it; after a crash it is free then."""


@dataclass(frozen=True)
class Outcome:
    """``gone`` events were sent again or discarded, ``left`` are still parked."""

    gone: int = 0
    left: int = 0
