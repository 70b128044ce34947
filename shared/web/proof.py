"""Proof of work: a browser computes for a second or two before it sends a form (ALTCHA, protocol 2).

A challenge is signed, expires, and is bound to nothing personal. ``Proofs`` cannot tell a solution that was used: who
keeps what was sent keeps the proof's id with it, as a unique value.
"""

from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any

from altcha.v2 import Payload, create_challenge, verify_solution

ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 1_000
"""Of PBKDF2 for each key. We derive one key for a challenge (0.3 ms), a browser up to ``cost`` of them."""
VALID_FOR = timedelta(minutes=30)


class Unproved(Exception):
    """The proof is wrong, too old, or not for one of our challenges."""


class Proofs:
    """Issues challenges and checks solutions. ``cost``: keys that a browser derives at most; 0 asks for no proof."""

    def __init__(self, secret: str, cost: int) -> None:
        self.cost = cost
        self._secret, self._key_secret = f"proof:{secret}", f"proof-key:{secret}"

    def challenge(self, now: datetime) -> dict[str, Any]:
        """A challenge as ALTCHA's solver takes it. It takes between half of ``cost`` and all of it."""
        counter = self.cost - randbelow(self.cost // 2 + 1)
        made = create_challenge(
            ALGORITHM,
            ROUNDS,
            counter=counter,
            expires_at=now + VALID_FOR,
            hmac_secret=self._secret,
            hmac_key_secret=self._key_secret,
        )
        challenge: dict[str, Any] = made.to_dict()
        return challenge

    def check(self, solution: str) -> str:
        """The id of a proof: the random number of its challenge. Raises Unproved."""
        try:
            if not verify_solution(solution, self._secret, hmac_key_secret=self._key_secret).verified:
                raise Unproved
            return str(Payload.from_base64(solution).challenge.parameters.nonce)
        except (ValueError, TypeError, AttributeError, KeyError):  # what is no solution at all
            raise Unproved from None
