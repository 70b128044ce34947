"""What happened in a run, as people and the run saw it. Knows no databases."""

import time
from collections import Counter
from dataclasses import dataclass, field

from scripts.chaos.plan import PlannedMessage


@dataclass
class Written:
    """A planned message and, once it was accepted, the ``code`` that opens its status page."""

    planned: PlannedMessage
    code: str = ""


@dataclass
class Diary:
    """One for the whole run. ``waits``: seconds of each request by which a message was sent and answered."""

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
        self.moved_at = time.monotonic()
