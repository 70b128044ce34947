"""Sends the letters: claim one, hand it to the mail server, save the outcome."""

import asyncio
from datetime import timedelta

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from services.notifier.config import Settings
from services.notifier.domain.addressing import return_path
from services.notifier.domain.composing import readdressed
from services.notifier.domain.letter import TEMPLATES, Letter, LetterState
from services.notifier.domain.sending import failed, not_offered, refused_for_now, sent, unwanted
from services.notifier.mailer import Away, Mailer, NeverAgain, TryAgain
from services.notifier.store import Letters, Snapshots
from shared.addresses import deliverable
from shared.clock import Clock
from shared.tasks import run_periodically, to_the_end
from shared.telemetry import Telemetry

OUTCOMES = ("sent", "not_offered", "refused", "failed")
CONCURRENT_LETTERS = 8
LOOK_EVERY = 2.0
"""Seconds between two searches for letters whose next attempt is due."""
PATIENCE = 8.0
"""Seconds that letters under way have when the process stops; one that is cut off is sent again after its lease."""

log = structlog.get_logger()


class PostOffice:
    """The background job that sends letters. Each letter is claimed first, so replicas can share the work."""

    def __init__(
        self,
        letters: Letters,
        snapshots: Snapshots,
        mailer: Mailer,
        settings: Settings,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self.letters = letters
        self.snapshots = snapshots
        self.mailer = mailer
        self.retry_delays = settings.letter_retry_delays
        self.inbound_domain = settings.mail_inbound_domain
        self.lease = timedelta(seconds=2 * settings.smtp_timeout)
        self.clock = clock
        self.offered = Counter(
            "klu_letters_total",
            "Letters offered to the mail server, by template and outcome.",
            ["template", "outcome"],
            registry=telemetry.registry,
        )
        for template in TEMPLATES:
            for outcome in OUTCOMES:  # create every label set at 0, or `increase()` misses the first letter
                self.offered.labels(template, outcome)

    async def run(self) -> None:
        """Send what is due, until the process stops."""
        await run_periodically(self.send_due, wake=self.letters.due, every=LOOK_EVERY)

    async def send_due(self) -> bool:
        """Send a batch of letters. Returns whether more may be due."""
        outcomes = await to_the_end(self.claim_and_post(), patience=PATIENCE)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                log.warning("the outcome of a letter could not be saved", error=repr(outcome))
        return len(outcomes) == CONCURRENT_LETTERS

    async def claim_and_post(self) -> list[BaseException | None]:
        """Send each letter as soon as it is claimed. Connections are closed when no more letters are due."""
        posting: list[asyncio.Task[None]] = []
        try:
            while len(posting) < CONCURRENT_LETTERS and (letter := await self.letters.claim(self.clock(), self.lease)):
                posting.append(asyncio.create_task(self.on_letter_due(letter)))
        finally:
            outcomes = await asyncio.gather(*posting, return_exceptions=True)
        if len(posting) < CONCURRENT_LETTERS:
            await self.mailer.disconnect()
        return outcomes

    async def on_letter_due(self, letter: Letter) -> None:
        """Send one claimed letter, in the trace of the message it was made for."""
        async with self.letters.continuing(letter.id, f"send {letter.template}", SpanKind.CLIENT) as span:
            addressed = await self.addressed(letter)
            outcome = await self.hand_over(addressed) if addressed else "unwanted"
            span.set_attribute("klu.outcome", outcome)
        if addressed:
            self.offered.labels(letter.template, outcome).inc()

    async def addressed(self, letter: Letter) -> Letter | None:
        """The letter to whom it goes now: since it was made, an address may have changed, or a deputy have begun.

        None for a copy that nobody wants any more.
        """
        contact = await self.snapshots.contact_of(letter.unit_code) if letter.unit_code else None
        if contact is None:
            return letter
        if letter.is_copy:
            if letter.recipient in map(deliverable, contact.copies):
                return letter
            await self.letters.save(unwanted(letter))
            return None
        email = contact.recipient(letter.role, self.clock())
        if email is None or deliverable(email) == letter.recipient:
            return letter
        return await self.letters.save(readdressed(letter, email))

    async def hand_over(self, letter: Letter) -> str:
        """Offer one letter to the mail server and save what it said. Returns one of OUTCOMES."""
        try:
            await self.mailer.send(letter.raw, letter.recipient, sender=self._sender(letter))
        except Away as error:
            await self.letters.save(not_offered(letter, str(error), self.clock()))
            return "not_offered"
        except TryAgain as error:
            later, announcing = refused_for_now(letter, str(error), self.clock(), self.retry_delays)
            await self.letters.save(later, announcing=announcing)
            return "failed" if later.state is LetterState.FAILED else "refused"
        except NeverAgain as error:
            lost, announcing = failed(letter, str(error), self.clock())
            await self.letters.save(lost, announcing=announcing)
            return "failed"
        gone, announcing = sent(letter, self.clock())
        await self.letters.save(gone, announcing=announcing)
        return "sent"

    def _sender(self, letter: Letter) -> str:
        """The envelope sender of a letter that comes back to an address of its own; else empty."""
        comes_back = letter.return_path and self.inbound_domain
        return return_path(letter.return_path, self.inbound_domain) if comes_back else ""
