"""Has a letter sent again that did not arrive, or that arrived and is missed."""

from contextlib import suppress

from services.notifier.domain.composing import again, sent_again
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.sending import hastened, without_bytes
from services.notifier.domain.telling import GONE, told_failed
from services.notifier.store import Letters, Snapshots
from shared.clock import Clock
from shared.documents import AlreadyProcessed, NotFound, NotYet
from shared.events import Actor, CloudEvent, LetterResendRequested, NotifierAudited
from shared.seal import WrongKey

POST = Actor(kind="system", id="notifier")
DELETED = "the content of the letter has been deleted"


class ResendHandlers:
    """A letter that waits goes at once; any other is made anew from its bytes, as long as they are there."""

    def __init__(self, letters: Letters, snapshots: Snapshots, clock: Clock) -> None:
        self.letters, self._snapshots, self._now = letters, snapshots, clock

    async def on_letter_resend_requested(self, event: CloudEvent[LetterResendRequested]) -> None:
        """Raises NotFound for a letter of another message, and NotYet while it is being sent."""
        letter = await self.letters.get(event.data.letter_id, handling=event)
        if letter.message_id != event.data.message_id:
            raise NotFound(letter.id)
        if letter.state is LetterState.QUEUED:
            await self._hasten(letter, event)
        elif (opened := self._opened(letter)).raw:
            await self._send_again(opened, event)
        else:
            await self._tell_gone(letter, event)

    def _opened(self, letter: Letter) -> Letter:
        try:
            return self.letters.opened(letter)
        except WrongKey:
            return without_bytes(letter)

    async def _hasten(self, letter: Letter, event: CloudEvent[LetterResendRequested]) -> None:
        if letter.leased_until and letter.leased_until > self._now():
            raise NotYet(letter.id)
        hastening = hastened(letter, event.data.email, self._now())
        await self.letters.save(hastening, announcing=self._resent(letter), handling=event)
        self.letters.due.set()

    async def _send_again(self, letter: Letter, event: CloudEvent[LetterResendRequested]) -> None:
        """The new letter is kept first: without it, the bytes of the first one are still needed."""
        data = event.data
        email = data.email or await self._newest(letter, data.contacts_version)
        fresh = again(letter, data.request_id, email, at=data.requested_at, now=self._now())
        with suppress(AlreadyProcessed):
            fixed = fresh.model_copy(update={"fixed": data.email is not None})
            await self.letters.add(fixed, announcing=self._resent(fresh), handling=event)
        done = without_bytes(letter) if letter.state is LetterState.FAILED else letter
        await self.letters.save(done, handling=event)

    def _resent(self, letter: Letter) -> NotifierAudited:
        about = {"object_kind": "letter", "object_id": letter.id, "message_id": letter.message_id or None}
        return NotifierAudited.model_validate({"actor": POST, "action": "letter.resent", "at": self._now()} | about)

    async def _tell_gone(self, letter: Letter, event: CloudEvent[LetterResendRequested]) -> None:
        letter_id = sent_again(letter.id, event.data.request_id)
        told = told_failed(letter, DELETED, self._now(), cause=GONE, letter_id=letter_id)
        await self.letters.save(letter, announcing=told, handling=event)

    async def _newest(self, letter: Letter, version: int | None) -> str:
        """Where the letter goes now. Raises NotYet until the addresses that the officer saw are here."""
        if not letter.unit_code or letter.is_copy:
            return letter.recipient
        return (
            await self._snapshots.email_of(letter.unit_code, version=version or 0, role=letter.role) or letter.recipient
        )
