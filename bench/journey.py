"""One message on its way through the procedure, and what is told of many."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from bench.load import quantile
from bench.sink import Letter
from scripts.local.setup_error import SetupError

LETTERS = ("receipt", "notice", "invitation", "arrival", "answer")
HOPS = (*LETTERS, "on the desk", "whole")
"""A letter's wait is from the answer to the form that it tells of; one that was faster than that answer has waited 0.
``on the desk`` is from the answer to the public form to the case's page, for the officer who follows the notice;
``whole`` from when the message was to be written to its answer."""


@dataclass
class Journey:
    """One message. ``due``: when it was to be written; ``where``: what it waits for, should it never come."""

    due: float
    key: str = field(default_factory=lambda: token_hex(6))
    where: str = "form"
    answered_at: float = 0.0
    too_early: int = 0
    waits: dict[str, float] = field(default_factory=dict)
    _letters: dict[str, asyncio.Future[Letter]] = field(
        default_factory=lambda: {kind: asyncio.get_running_loop().create_future() for kind in LETTERS}
    )

    def bring(self, kind: str, letter: Letter) -> None:
        """It came. A second copy changes nothing."""
        waiting = self._letters.get(kind)
        if waiting and not waiting.done():
            waiting.set_result(letter)

    async def letter(self, kind: str, *, since: float) -> Letter:
        """The letter that tells of a form that was answered then."""
        self.where = kind
        letter = await self._letters[kind]
        self.waits[kind] = max(0.0, letter.at - since)
        return letter

    def is_on_the_desk(self, *, since: float) -> None:
        """The officer has its case before them."""
        self.waits["on the desk"] = time.perf_counter() - since

    def is_answered(self, at: float) -> None:
        """It is through."""
        self.answered_at = at
        self.waits["whole"] = at - self.due


@dataclass(frozen=True)
class Through:
    """What got through: ``answered`` messages in so many seconds. ``waits``: seconds for each hop, in order of size.

    ``too_early`` counts how often somebody followed a letter to what was not there yet, and had to look again.
    """

    answered: int
    seconds: float
    waits: Mapping[str, Sequence[float]]
    too_early: int

    @classmethod
    def of(cls, done: Sequence[Journey], seconds: float) -> "Through":
        """Of the messages that were answered in that time. Trouble when there is none."""
        if not done:
            raise SetupError(f"No message was answered within {seconds:g} seconds.")
        waits = {hop: sorted(one.waits[hop] for one in done) for hop in HOPS}
        return cls(len(done), seconds, waits, sum(one.too_early for one in done))

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.answered / self.seconds

    def quantile(self, hop: str, share: float) -> float:
        """In milliseconds."""
        return quantile(self.waits[hop], share)
