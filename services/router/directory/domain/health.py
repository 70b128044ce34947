"""Whether letters arrive at a unit: the last one that did, the last one that did not, and a test."""

from datetime import datetime

from pydantic import AwareDatetime

from services.router.directory.domain.units import Unit
from shared.addresses import comparable
from shared.events import LetterFailed, LetterSent
from shared.state import Actor, Aggregate, State

MOST_ADDRESSES = 10
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


class Delivered(State):
    """When the newest letter to one address left."""

    address: str
    at: AwareDatetime


class UnitHealth(Aggregate):
    """What the mail servers said of the letters to a unit. Its id is the code of the unit.

    ``reason``, ``cause``, ``passed_to`` and ``failed_to`` (the address) are those of the newest letter that did not
    arrive; the last three are empty where an older version told of it. ``delivered``: the last addresses that letters
    went to, the newest first; a letter that the head got says nothing about the address of the responsible person.
    """

    sent_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    reason: str = ""
    test: Test | None = None
    cause: str = ""
    passed_to: str = ""
    failed_to: str = ""
    delivered: tuple[Delivered, ...] = ()


def arrived(health: UnitHealth, letter: LetterSent) -> UnitHealth:
    """A letter was delivered; events may come in any order, and twice."""
    newest = max(letter.sent_at, health.sent_at or letter.sent_at)
    test = health.test
    if test and letter.message_id == test.id:
        test = test.model_copy(update={"sent_at": letter.sent_at})
    return health.model_copy(update={"sent_at": newest, "test": test, "delivered": _delivered(health, letter)})


def refused(health: UnitHealth, letter: LetterFailed) -> UnitHealth:
    """A letter was not delivered, or came back."""
    test = health.test
    if test and letter.message_id == test.id:
        test = test.model_copy(update={"failed_at": letter.failed_at, "reason": letter.reason})
    if health.failed_at and letter.failed_at <= health.failed_at:
        return health.model_copy(update={"test": test})
    why = {"reason": letter.reason, "cause": letter.cause or "", "passed_to": letter.passed_to or ""}
    failed_to = comparable(letter.recipient) if letter.recipient else ""
    return health.model_copy(update={"failed_at": letter.failed_at, "test": test, "failed_to": failed_to, **why})


def unhealthy(unit: Unit, health: UnitHealth | None) -> bool:
    """Whether the last letter to the unit did not arrive, and its address is still the same."""
    if health is None or health.failed_at is None:
        return False
    sent_at = health.sent_at
    if health.failed_to:
        sent_at = next((sent.at for sent in health.delivered if sent.address == health.failed_to), None)
    since: list[datetime] = [at for at in (sent_at, unit.address_since) if at]
    return all(health.failed_at > at for at in since)


def _delivered(health: UnitHealth, letter: LetterSent) -> tuple[Delivered, ...]:
    if not letter.recipient:
        return health.delivered
    address = comparable(letter.recipient)
    before = [sent.at for sent in health.delivered if sent.address == address]
    others = [sent for sent in health.delivered if sent.address != address]
    newest = Delivered(address=address, at=max([letter.sent_at, *before]))
    return tuple(sorted([newest, *others], key=lambda sent: sent.at, reverse=True)[:MOST_ADDRESSES])
