"""Sends the letters: claim one, hand it to the mail server, save the outcome."""

import asyncio
from datetime import timedelta

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from services.notifier.config import Settings
from services.notifier.domain.addressing import return_path
from services.notifier.domain.composing import readdressed
from services.notifier.domain.letter import TEMPLATES, Letter, LetterState, mail_domain
from services.notifier.domain.refusals import Verdict
from services.notifier.domain.sending import (
    can_be_passed_on,
    not_offered,
    passed_on,
    put_back,
    refused,
    sent,
    unwanted,
)
from services.notifier.mailer import Away, Mailer, Rejected
from services.notifier.store import Letters, Snapshots
from services.notifier.store.lanes import EVERYWHERE, Lanes
from shared.addresses import deliverable
from shared.clock import Clock
from shared.tasks import run_periodically
from shared.telemetry import Telemetry

OUTCOMES = (
    *("sent", "not_offered", "refused", "failed", "passed_on"),
    *(verdict.value for verdict in Verdict if verdict not in (Verdict.LATER, Verdict.RECIPIENT)),
)
"""What becomes of an attempt: ``refused`` is a refusal for now of which nothing more is known."""
CONCURRENT_LETTERS = 12
PAUSES = {Verdict.CLOSING: timedelta(minutes=1), Verdict.POLICY: timedelta(minutes=5)}
"""How long nothing goes to a domain whose server said so."""
CLIENT_PAUSE = timedelta(minutes=1)
"""How long nothing goes anywhere when the mail server refuses us: it may count wrong passwords."""
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
        lanes: Lanes,
        mailer: Mailer,
        settings: Settings,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self.letters = letters
        self.snapshots = snapshots
        self.lanes = lanes
        self.mailer = mailer
        self.retry_delays = settings.letter_retry_delays
        self.inbound_domain = settings.mail_inbound_domain
        self.lease = timedelta(seconds=2 * settings.smtp_timeout)
        self.clock = clock
        self.posting = set[asyncio.Task[None]]()
        self.closed = set[str]()
        """The domains to which no further letter is claimed in this run of ``send_due``; EVERYWHERE stands for all."""
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
        """Send what is due, until the process stops; letters under way have some seconds then."""
        try:
            await run_periodically(self.send_due, wake=self.letters.due, every=LOOK_EVERY)
        finally:
            await _finished(self.posting)

    async def send_due(self) -> bool:
        """Begin to send what is due, as far as there is room. Returns False: whenever a letter ends, it runs again.

        Which domains are closed is asked once: each place is taken by a write of its own, which decides. What is closed
        while it is asked stays closed. Connections are closed when no more letters are due.
        """
        self.closed.clear()
        self.closed.update(await self.lanes.closed(self.clock()))
        for _ in range(CONCURRENT_LETTERS - len(self.posting)):
            if not (claimed := await self._claim()):
                break
            task = asyncio.create_task(self._post(*claimed))
            self.posting.add(task)
            task.add_done_callback(self._ended)
        if not self.posting:
            await self.mailer.disconnect()
        return False

    async def _claim(self) -> tuple[Letter, str, str] | None:
        """The letter that is due for the longest time, of those whose domain has room; the domain, and its place."""
        while EVERYWHERE not in self.closed:
            letter = await self.letters.claim(now := self.clock(), self.lease, sorted(self.closed))
            if letter is None:
                return None
            domain = mail_domain(letter.recipient)
            place, last = await self.lanes.take(domain, now, now + self.lease)
            self.closed |= {domain} if last else set()
            if place:
                return letter, domain, place
            await self.letters.save(put_back(letter, now))  # another process took the last place
        return None

    async def _post(self, letter: Letter, domain: str, place: str) -> None:
        try:
            await self.on_letter_due(letter)
        finally:
            await self.lanes.give_back(domain, place)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.posting.discard(task)
        self.letters.due.set()
        if not task.cancelled() and (error := task.exception()):
            log.warning("the outcome of a letter could not be saved", error=repr(error))

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
        follows = letter.unit_code and (letter.passed_to or not letter.fixed)
        contact = await self.snapshots.contact_of(letter.unit_code) if follows and letter.unit_code else None
        if contact is None:
            return letter
        if letter.is_copy:
            if letter.recipient in map(deliverable, contact.copies):
                return letter
            await self.letters.save(unwanted(letter))
            return None
        email = contact.reader(letter.role, self.clock(), letter.passed_to)
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
        except Rejected as error:
            return await self.on_refusal(letter, error.verdict, str(error))
        gone, announcing = sent(letter, self.clock())
        await self.letters.save(gone, announcing=announcing)
        return "sent"

    async def on_refusal(self, letter: Letter, verdict: Verdict, reply: str) -> str:
        """Keep what becomes of a refused letter, and give the domain, or the mail server, a pause. Returns as above."""
        now = self.clock()
        if verdict is Verdict.CLIENT:
            await self.lanes.pause_all(now + CLIENT_PAUSE)
            self.closed.add(EVERYWHERE)
            log.error("the mail server refuses us", reply=reply[:4])
        if verdict in PAUSES:
            await self.lanes.pause(domain := mail_domain(letter.recipient), now + PAUSES[verdict])
            self.closed.add(domain)
        if verdict is Verdict.RECIPIENT and (to := await self._instead(letter)):
            passed, announcing = passed_on(letter, to, reply, now)
            await self.letters.save(passed, announcing=announcing)
            return "passed_on"
        later, announcing = refused(letter, verdict, reply, now, self.retry_delays)
        await self.letters.save(later, announcing=announcing)
        if later.state is LetterState.FAILED:
            return "failed"
        return "refused" if verdict is Verdict.LATER else verdict.value

    async def _instead(self, letter: Letter) -> tuple[str, str] | None:
        """Who of the unit gets a letter that its recipient does not get."""
        contact = None
        if can_be_passed_on(letter) and letter.unit_code:
            contact = await self.snapshots.contact_of(letter.unit_code)
        return contact.instead(letter.role, letter.recipient, self.clock()) if contact else None

    def _sender(self, letter: Letter) -> str:
        """The envelope sender of a letter that comes back to an address of its own; else empty."""
        comes_back = letter.return_path and self.inbound_domain
        return return_path(letter.return_path, self.inbound_domain) if comes_back else ""


async def _finished(posting: set[asyncio.Task[None]]) -> None:
    """Letters under way have PATIENCE seconds. One that is cut off then is sent again after its lease."""
    if posting:
        _, late = await asyncio.wait(posting, timeout=PATIENCE)
        for task in late:
            task.cancel()
