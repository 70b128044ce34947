"""What a mail server's refusal means, in words."""

import pytest

from shared.mail_refusals import (
    DISABLED,
    FULL,
    NOT_NOW,
    REFUSED,
    TOO_BIG,
    UNKNOWN_ADDRESS,
    UNKNOWN_DOMAIN,
    meaning,
)

REPLIES = {
    "550 5.1.1 <x@klu.example>: Recipient address rejected: User unknown": UNKNOWN_ADDRESS,
    "550 no such user": UNKNOWN_ADDRESS,
    "550-5.1.1 The email account that you tried to reach does not exist.": UNKNOWN_ADDRESS,
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound": UNKNOWN_ADDRESS,
    "553 sorry, that domain isn't allowed": UNKNOWN_ADDRESS,
    "550 5.1.2 Bad destination system": UNKNOWN_DOMAIN,
    "550 5.4.1 Recipient address rejected": UNKNOWN_DOMAIN,
    "550 5.2.1 The email account is disabled": DISABLED,
    "552 5.2.2 Over quota": FULL,
    "552 mailbox full": FULL,
    "452 4.2.2 The email account is over quota": FULL,
    "552 5.3.4 Message size exceeds fixed limit": TOO_BIG,
    "550 5.7.1 Service unavailable, client host [5.1.1.9] blocked": REFUSED,
    "550 [5.1.1.9] is blocked by policy": REFUSED,
    "550 5.7.26 unauthenticated": REFUSED,
    "554 rejected as spam": REFUSED,
    "451 4.7.1 Greylisted, try again later": NOT_NOW,
    "421 too many connections": NOT_NOW,
}


@pytest.mark.parametrize("reply", REPLIES)
def test_a_refusal_is_said_in_words(reply: str) -> None:
    assert meaning(reply) == REPLIES[reply]


@pytest.mark.parametrize("reply", ["", "refused", "599 5.9.9 of tomorrow", "250 OK", "5.1.1"])
def test_a_reply_that_is_not_known_is_left_as_it_is(reply: str) -> None:
    assert meaning(reply) is None
