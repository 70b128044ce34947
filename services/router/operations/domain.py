"""What becomes of parked events that an operator has chosen, and what waits to be sent. Plain Python."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from shared.events import LettersReported
from shared.state import Aggregate, State

CLAIM = timedelta(minutes=1)
"""For so long a parked event belongs to whoever sends it again or discards it; after a crash it is free then."""


@dataclass(frozen=True)
class Outcome:
    """``gone`` events were sent again or discarded, ``left`` are still parked."""

    gone: int = 0
    left: int = 0


SILENT = timedelta(minutes=2)
"""While letters wait, the notifier reports each half minute: after this, it is silent."""
REPORT = "letters"


class DomainWaiting(State):
    """Letters that wait for one mail domain, what it said last, and the next attempt."""

    domain: str
    letters: int
    reason: str = ""
    next_at: AwareDatetime | None = None


class LetterWaiting(State):
    """A letter that has not left. ``due_at``: its next attempt; ``message_id``: the case, if it belongs to one."""

    letter_id: str
    message_id: str
    template: str
    domain: str
    reason: str = ""
    refusals: int = 0
    made_at: AwareDatetime
    due_at: AwareDatetime


class MailWaiting(State):
    """A mail that came in and is not read yet. Fields are as in the event's."""

    mail_id: str
    held: bool = False
    to: str
    message_id: str | None = None
    domain: str = ""
    attempts: int = 0
    received_at: AwareDatetime
    due_at: AwareDatetime


class MailQueue(Aggregate):
    """The newest report of the notifier (``LettersReported``); ``reported_at`` is None before the first one."""

    waiting: int = 0
    oldest_at: AwareDatetime | None = None
    domains: tuple[DomainWaiting, ...] = ()
    letters: tuple[LetterWaiting, ...] = ()
    mails_waiting: int = 0
    mails: tuple[MailWaiting, ...] = ()
    machine_mails: int = 0
    reported_at: AwareDatetime | None = None

    def silent(self, now: datetime) -> bool:
        """Whether the notifier should have said more by now. It says nothing while nothing waits."""
        return bool((self.waiting or self.mails_waiting) and self.reported_at and now - self.reported_at > SILENT)


def reported(queue: MailQueue, report: LettersReported) -> MailQueue:
    """The newest report counts; the queue itself, if this one is not newer."""
    if queue.reported_at and report.reported_at <= queue.reported_at:
        return queue
    return queue.model_copy(
        update={
            "waiting": report.waiting,
            "oldest_at": report.oldest_at,
            "domains": tuple(DomainWaiting.model_validate(one) for one in report.domains),
            "letters": tuple(LetterWaiting.model_validate(one) for one in report.letters),
            "mails_waiting": report.mails_waiting,
            "mails": tuple(MailWaiting.model_validate(one) for one in report.mails),
            "machine_mails": report.machine_mails,
            "reported_at": report.reported_at,
        }
    )
