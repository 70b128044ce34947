"""A service is killed with a message, an event or a letter in hand; ``tests/drills`` does so at every marked point."""

from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import a_form_is_sent_again, a_letter_comes, an_event_is_obeyed_once


async def test_a_message_is_kept_though_the_intake_died_before_it_was_published(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    await a_form_is_sent_again(chaos, subject, email, "after the write")


async def test_an_event_whose_consumer_died_before_the_acknowledgement_is_obeyed_once(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    await an_event_is_obeyed_once(chaos, subject, email, "router", "message.submitted", "before the acknowledgement")


async def test_a_letter_whose_sender_died_after_it_was_sent_comes_with_at_most_one_identical_copy(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    await a_letter_comes(chaos, subject, email, "after SMTP", copies=1)
