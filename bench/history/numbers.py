"""What follows from the number of a case alone: its ids, its reference, its time, what became of it.

Number 0 is the newest. So a history grows at its old end, what is there stays as it is, and whoever knows a number
knows the case: nothing needs to be looked up or written down.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from services.intake.domain import ALPHABET

End = Literal["new", "declined", "routed", "replied", "resolved", "closed", "dismissed"]
"""How far a case has come: ``declined`` is back with the officer, ``dismissed`` was closed without an answer."""

STILL_OPEN = 260
"""However long the history is: an office works its inbox off. 40 new, 150 routed, 30 in review, 40 to be checked."""
NEW = 40
EVERY_OPEN = timedelta(minutes=90)
"""Between two open cases: the oldest came 16 days ago, so some routed ones are overdue and some due soon."""
YEARLY = 100_000
SETTLED = timedelta(days=9)
"""How long ago the newest finished case came: none was finished before it came."""
EVERY_FINISHED = timedelta(days=365.2425) / YEARLY
SEEDS = 120
"""So many different finished lives; all others are casts of these."""

REAL_CODES = 20
"""Of so many finished cases, one has a tracking code and a link that really open it; all open ones have. Hashes of the
others are made up: deriving them would take as long as everything else about a case."""

_THREE = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]


def digits(number: int) -> str:
    """128 hexadecimal digits that are this number's own; everything random about a case is made of them."""
    return hashlib.sha512(b"history %d" % number).hexdigest()


def case_id(own: str) -> str:
    """The id of the message and its case."""
    return f"{own[:8]}-{own[8:12]}-5{own[13:16]}-a{own[17:20]}-{own[20:32]}"


def assignment_id(own: str) -> str:
    """The id of the case's one assignment."""
    return f"{own[32:40]}-{own[40:44]}-4{own[45:48]}-9{own[49:52]}-{own[52:64]}"


def event_tails(own: str) -> list[str]:
    """The last twelve digits of the ids of the case's events, of which there are at most 20."""
    return [own[place : place + 12] for place in range(64, 104, 2)]


def reference(number: int, at: datetime) -> str:
    """As ``new_reference`` draws it, but no two alike: an odd factor turns 30 bits into all 30-bit numbers."""
    bits = number * 0x2545F491 + 0x1B873593 & 0x3FFFFFFF
    head, tail = _THREE[bits >> 15], _THREE[bits & 0x7FFF]
    return f"{at.year % 100:02}-{head}{tail[0]}-{tail[1:]}"


def submitted_at(number: int, now: datetime) -> datetime:
    """When the message came, in a history that ends now; to the millisecond, as MongoDB keeps it."""
    at = now - number * EVERY_OPEN if number < STILL_OPEN else now - SETTLED - (number - STILL_OPEN) * EVERY_FINISHED
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def seed_of(own: str) -> int:
    """Which of the finished lives this case is a cast of."""
    return int(own[-6:], 16) % SEEDS


def end_of_open(number: int) -> End:
    """What became of an open case so far: those that are not new any more are mixed."""
    if number < NEW:
        return "new"
    place = number * 7 % 22
    return "routed" if place < 15 else "declined" if place < 18 else "replied"


def end_of_seed(seed: int) -> End:
    """What became of a finished life: seven of ten are closed, one of twenty was never answered."""
    place = seed % 20
    return "dismissed" if place == 0 else "resolved" if place < 6 else "closed"


def end_of(number: int) -> End:
    """What became of a case."""
    return end_of_open(number) if number < STILL_OPEN else end_of_seed(seed_of(digits(number)))


def has_real_codes(number: int) -> bool:
    """Whether its tracking code and its link open it."""
    return number < STILL_OPEN or number % REAL_CODES == 0
