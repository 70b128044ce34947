"""What people and the run noted: what they were answered, how long they waited, what broke. Knows no databases."""

import time
from collections import Counter
from dataclasses import dataclass, field

from scripts.chaos.plan import PlannedMessage


@dataclass
class Written:
    """What became of a planned message, as its writer saw it. ``code`` opens the status page, once accepted."""

    planned: PlannedMessage
    code: str = ""


@dataclass
class Diary:
    """One for the whole run. ``waits``: seconds of each accepted submission's last request."""

    written: dict[int, Written] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    handled: Counter[str] = field(default_factory=Counter)
    moved_at: float = field(default_factory=time.monotonic)

    @property
    def accepted(self) -> list[Written]:
        return [written for written in self.written.values() if written.code]

    def moved(self) -> None:
        """Something went forward: nobody is stuck."""
        self.moved_at = time.monotonic()
