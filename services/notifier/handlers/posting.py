"""What becomes of the letters: claimed, handed to the mail server, marked."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from services.notifier.config import Settings
from services.notifier.domain import TEMPLATES, Letter, State, failed, not_offered, refused_for_now, sent
from services.notifier.mailer import Away, Mailer, NeverAgain, TryAgain
from services.notifier.store import Letters
from shared.clock import clock
from shared.tasks import run_periodically, to_the_end
from shared.telemetry import Telemetry

OUTCOMES = ("sent", "not_offered", "refused", "failed")
CONCURRENT_LETTERS = 8
LOOK_EVERY = 2.0
PATIENCE = 8.0
"""Seconds for the letters in hand when the process stops; one that is cut off is sent again after its lease."""

log = structlog.get_logger()


def post_office(
    letters: Letters, mailer: Mailer, settings: Settings, telemetry: Telemetry
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The background job that sends what is due, for ever. Several replicas share the work by claiming."""
    offered = Counter(
        "klu_letters_total",
        "Letters offered to the mail server, by template and outcome.",
        ["template", "outcome"],
        registry=telemetry.registry,
    )
    for template in TEMPLATES:
        for outcome in OUTCOMES:  # a figure that begins at 1 has not increased, for Prometheus
            offered.labels(template, outcome)
    lease = timedelta(seconds=2 * settings.smtp_timeout)

    async def post_letters() -> None:
        await run_periodically(send_due, wake=letters.due, every=LOOK_EVERY)

    async def send_due() -> bool:
        outcomes = await to_the_end(claim_and_post(), patience=PATIENCE)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                log.warning("the fate of a letter could not be recorded", error=repr(outcome))
        return len(outcomes) == CONCURRENT_LETTERS

    async def claim_and_post() -> list[BaseException | None]:
        """Each as soon as it is claimed; the lines are let go when there is no more."""
        posting: list[asyncio.Task[None]] = []
        try:
            while len(posting) < CONCURRENT_LETTERS and (letter := await letters.claim(clock(), lease)):
                posting.append(asyncio.create_task(on_letter_due(letter)))
        finally:
            outcomes = await asyncio.gather(*posting, return_exceptions=True)
        if len(posting) < CONCURRENT_LETTERS:
            await mailer.hang_up()
        return outcomes

    async def on_letter_due(letter: Letter) -> None:
        """Hand one letter over, and keep what came of it; in the trace of the message it was made for."""
        async with letters.continuing(letter.id, f"send {letter.template}", SpanKind.CLIENT) as span:
            outcome = await hand_over(letter)
            span.set_attribute("klu.outcome", outcome)
        offered.labels(letter.template, outcome).inc()

    async def hand_over(letter: Letter) -> str:
        try:
            await mailer.send(letter.raw, letter.recipient)
        except Away as error:
            await letters.save(not_offered(letter, str(error), clock()))
            return "not_offered"
        except TryAgain as error:
            later, announcing = refused_for_now(letter, str(error), clock(), settings.letter_retry_delays)
            await letters.save(later, announcing=announcing)
            return "failed" if later.state is State.FAILED else "refused"
        except NeverAgain as error:
            lost, announcing = failed(letter, str(error), clock())
            await letters.save(lost, announcing=announcing)
            return "failed"
        gone, announcing = sent(letter, clock())
        await letters.save(gone, announcing=announcing)
        return "sent"

    return post_letters
