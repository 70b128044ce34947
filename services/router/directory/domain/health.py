"""Whether letters arrive at a unit: the last one that did, the last one that did not, and a test."""

from datetime import datetime

from pydantic import AwareDatetime

from services.router.directory.domain.units import Unit
from shared.events import LetterFailed, LetterSent
from shared.state import Actor, Aggregate, State

TEST = "test"
"""The template of a test letter, which belongs to no case."""


class Test(State):
    """A test letter: who asked for it, and what became of it."""

    __test__ = False  # pytest takes it for a test class
    id: str
    at: AwareDatetime
    by: Actor
    sent_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    reason: str = ""


class UnitHealth(Aggregate):
    """What the mail servers said of the letters to a unit. Its id is the code of the unit."""

    sent_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    reason: str = ""
    test: Test | None = None


def arrived(health: UnitHealth, letter: LetterSent) -> UnitHealth:
    """A letter was delivered; events may come in any order, and twice."""
    newest = max(letter.sent_at, health.sent_at or letter.sent_at)
    test = health.test
    if test and letter.message_id == test.id:
        test = test.model_copy(update={"sent_at": letter.sent_at})
    return health.model_copy(update={"sent_at": newest, "test": test})


def refused(health: UnitHealth, letter: LetterFailed) -> UnitHealth:
    """A letter was not delivered."""
    test = health.test
    if test and letter.message_id == test.id:
        test = test.model_copy(update={"failed_at": letter.failed_at, "reason": letter.reason})
    if health.failed_at and letter.failed_at <= health.failed_at:
        return health.model_copy(update={"test": test})
    return health.model_copy(update={"failed_at": letter.failed_at, "reason": letter.reason, "test": test})


def unhealthy(unit: Unit, health: UnitHealth | None) -> bool:
    """Whether the last letter to the unit did not arrive, and its address is still the same."""
    if health is None or health.failed_at is None:
        return False
    since: list[datetime] = [at for at in (health.sent_at, unit.address_since) if at]
    return all(health.failed_at > at for at in since)
