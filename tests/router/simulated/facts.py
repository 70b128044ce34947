"""What happened in a life, in plain words: all that a naive recount knows. Imports nothing of the product."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Istanbul")
CODES = ("kim", "fiz", "muh", "oidb")
COMPLIMENT = "compliment"
"""Of this kind no unit has to reply."""
KINDS = ("complaint", "request", "suggestion", COMPLIMENT)
CHANNELS = ("web", "email", "telephone")
WITHDRAWN, SPAM = "withdrawn", "spam"
OF_THE_MATTER = ("not_responsible", "forwarded_external", "no_action_needed")
"""Reasons for closing that hold for the cases that are merged into this one."""


@dataclass
class Ask:
    """One unit was asked. ``due`` is the last day that it was told last; None: it was told that its clock stands.

    ``replies`` are those that it has not taken back, by version.
    """

    unit: str
    at: datetime
    due: datetime | None
    expected: bool = True
    stands: bool = False
    replies: dict[int, datetime] = field(default_factory=dict)
    version: int = 0
    in_review: bool = False
    returned: bool = False
    accepted: bool = False
    declined: bool = False
    waits: bool = True

    def told(self, due: datetime, now: datetime, *, stopped: bool = False) -> None:
        """The unit was told another last day. One that was over before its clock stood stays over."""
        self.stands = stopped
        self.due = None if stopped and due >= now else due


@dataclass
class History:
    """One life. ``told`` and ``closed_by`` count what this case has heard of the one into which it is merged."""

    came: datetime
    kind: str
    channel: str
    law: datetime
    asks: list[Ask] = field(default_factory=list)
    routings: list[tuple[datetime, bool]] = field(default_factory=list)
    wrong: bool = False
    pauses: list[list[datetime | None]] = field(default_factory=list)
    answers: list[datetime] = field(default_factory=list)
    interims: list[datetime] = field(default_factory=list)
    ended: datetime | None = None
    reason: str = ""
    reopened: int = 0
    objected: bool = False
    stars: int | None = None
    rated_at: datetime | None = None
    readers: tuple[str, ...] | None = None
    closings: int = 0
    into: "History | None" = None
    told: int = 0
    closed_by: int = 0

    @property
    def restricted(self) -> bool:
        """Whether some people alone may read it."""
        return self.readers is not None

    def answer(self, at: datetime) -> None:
        """An answer has gone out: no unit is asked any more."""
        self.answers.append(at)
        for ask in self.asks:
            ask.accepted, ask.in_review = ask.accepted or ask.in_review, False
        self.end(at, "")

    def end(self, at: datetime, reason: str) -> None:
        """The case is answered, or closed for a reason."""
        self.ended, self.reason = at, reason
        self.closings += bool(reason)
        self.rest()

    def rest(self) -> None:
        """No unit is asked any more."""
        for ask in self.asks:
            ask.waits = False

    def open(self) -> None:
        """The case is open again."""
        self.ended, self.reason = None, ""

    def hear(self, now: datetime) -> None:
        """What was done with the case into which this one is merged is done with this one."""
        primary = self.into
        if primary is None or self.reason == WITHDRAWN:
            return
        if primary.readers != self.readers:
            self.into = None
        elif primary.ended and primary.reason == "":
            self._hear_answer(primary, now)
        elif primary.ended and primary.reason not in OF_THE_MATTER:
            self.into = None
        elif primary.ended and (self.ended is None or self.closed_by != primary.closings):
            self.closed_by = primary.closings
            self.end(now, primary.reason)

    def _hear_answer(self, primary: "History", now: datetime) -> None:
        if self.ended is None or self.told != len(primary.answers):
            self.told = len(primary.answers)
            self.answer(now)
        else:  # it was told that answer before
            self.ended, self.reason = self.answers[-1], ""
