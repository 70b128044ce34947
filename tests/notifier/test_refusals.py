"""What a mail server's reply is about."""

from datetime import timedelta

import pytest

from services.notifier.domain.letter import LetterState
from services.notifier.domain.refusals import Verdict, verdict_of
from services.notifier.domain.sending import (
    FAILED_KEPT,
    GREYLISTING_LASTS,
    GREYLISTING_PAUSE,
    OPERATOR_PAUSE,
    refused,
)
from tests import examples as example

DELAYS = (5.0, 60.0)
LONG = timedelta(days=30)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("550 5.1.1 <a@example.org>: Recipient address rejected: User unknown", "recipient"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", "recipient"),
        ("550 5.2.1 The email account that you tried to reach is disabled", "recipient"),
        ("550 5.4.1 Recipient address rejected: Access denied", "recipient"),
        ("552 5.3.4 Message size exceeds fixed limit", "recipient"),
        ("550 no such user", "recipient"),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts", "recipient"),
        ("554 refused", "recipient"),
        ("550 5.7.1 Unable to relay", "policy"),
        ("550 5.7.26 This message does not pass authentication checks (SPF and DKIM both do not pass)", "policy"),
        ("554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.example", "policy"),
        ("550 Message rejected as spam", "policy"),
        ("550 5.1.8 Sender address rejected: Domain not found", "client"),
        ("550 5.1.7 Invalid sender", "client"),
        ("530 5.7.0 Must issue a STARTTLS command first", "client"),
        ("535 5.7.8 Authentication credentials invalid", "client"),
        ("552 5.2.2 The email account that you tried to reach is over quota", "full"),
        ("452 4.2.2 The email account is over quota", "full"),
        ("552 Requested mail action aborted: mailbox is full", "full"),
        ("550 Quota exceeded", "full"),
        ("450 4.7.1 Client host rejected: Greylisted, see postgrey", "greylisted"),
        ("451 4.7.1 Please try again later", "greylisted"),
        ("451 Greylisting in action", "greylisted"),
        ("451 4.3.0 Try again later", "later"),
        ("450 4.2.1 The user is receiving mail too quickly", "later"),
        ("452 4.3.1 Insufficient system storage", "later"),
        ("421 4.7.0 Temporarily deferred due to unexpected volume", "closing"),
        ("421 closing", "closing"),
    ],
)
def test_a_reply_is_about_the_recipient_about_us_or_about_now(reply: str, verdict: str) -> None:
    code, _, text = reply.partition(" ")
    assert verdict_of(int(code), text) == verdict


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("550 sender not allowed", "client"), ("451 later", "later"), ("450 4.7.1 greylisted", "greylisted")],
)
def test_a_refused_sender_is_about_us(reply: str, verdict: str) -> None:
    code, _, text = reply.partition(" ")
    assert verdict_of(int(code), text, of_sender=True) == verdict


def test_what_is_about_us_never_makes_a_letter_fail() -> None:
    letter = example.letter(refusals=len(DELAYS))
    waiting, events = refused(letter, Verdict.CLIENT, "535 5.7.8", example.NOW + LONG, DELAYS)
    assert (waiting.state, waiting.refusals, events) == (LetterState.QUEUED, len(DELAYS), [])
    assert waiting.due_at == example.NOW + LONG + OPERATOR_PAUSE


@pytest.mark.parametrize("verdict", [Verdict.POLICY, Verdict.FULL, Verdict.CLOSING, Verdict.LATER])
def test_a_letter_that_is_refused_for_days_is_given_up(verdict: Verdict) -> None:
    letter = example.letter()
    for delay in DELAYS:
        letter, events = refused(letter, verdict, "452 4.2.2", example.NOW, DELAYS)
        assert (letter.state, letter.due_at, events) == ("queued", example.NOW + timedelta(seconds=delay), [])
    lost, (told,) = refused(letter, verdict, "452 4.2.2", example.NOW, DELAYS)
    assert (lost.state, lost.keep_until) == (LetterState.FAILED, example.NOW + FAILED_KEPT)
    assert told.model_dump()["cause"] == "given_up"


def test_a_greylisted_letter_is_tried_again_soon_and_later_as_any_other() -> None:
    letter = example.letter(refusals=1)
    early, _ = refused(letter, Verdict.GREYLISTED, "450 4.7.1", example.NOW, DELAYS)
    assert (early.due_at, early.refusals) == (example.NOW + GREYLISTING_PAUSE, 1)
    after = example.NOW + GREYLISTING_LASTS
    late, _ = refused(letter, Verdict.GREYLISTED, "450 4.7.1", after, DELAYS)
    assert (late.due_at, late.refusals) == (after + timedelta(seconds=DELAYS[1]), 2)
