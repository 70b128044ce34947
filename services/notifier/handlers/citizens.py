"""Letters to citizens: one event in, one letter stored."""

from services.notifier.domain.letter import receipt, receipt_to, same_address
from services.notifier.domain.sending import discarded, held
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.store import ReceiptCounts
from shared.addresses import deliverable
from shared.documents import AlreadyProcessed, Conflict, Erased, NotFound
from shared.events import (
    CaseAnswered,
    CaseClosed,
    CaseInformed,
    CaseRerouted,
    CloudEvent,
    CodesRequested,
    PromiseAsked,
    QuestionAsked,
    ReceiptRequested,
)
from shared.greetings import greets


class CitizenHandlers:
    """Tell the person who wrote. Two letters go out though nobody has confirmed the address: receipt and codes.

    They repeat nothing that the sender of a form wrote, not even a name: it may be somebody else's address.
    """

    def __init__(self, correspondence: Correspondence, receipts: ReceiptCounts) -> None:
        self.correspondence = correspondence
        self.letters = correspondence.letters
        self.receipts = receipts
        self.most = correspondence.settings.receipts_per_hour
        self.clock = correspondence.clock

    async def on_receipt_requested(self, event: CloudEvent[ReceiptRequested]) -> None:
        """The receipt, with code and link; a second one to a corrected address. One too many for its address is held.

        Raises Conflict when another process makes the first receipt meanwhile: it may be to another address.
        """
        data, to = event.data, deliverable(event.data.email)
        first = await self._first_recipient(data.message_id)
        letter = self.correspondence.letter(
            event,
            receipt(data.message_id) if first in (None, to) else receipt_to(data.message_id, to),
            "receipt",
            to=to,
            language=data.language,
            thread=receipt(data.message_id) if first not in (None, to) else None,
            secrets=(data.status_url, data.tracking_code),
        ).model_copy(update={"sealed_link": self.letters.sealed(data.status_url)})
        within = await self.receipts.has_room(letter.id, same_address(to), self.clock(), most=self.most)
        letter, announcing = (letter, []) if within else held(letter)
        try:
            await self.letters.add(letter, announcing=announcing, handling=event)
        except AlreadyProcessed:
            if first is None:
                raise Conflict(letter.id) from None
            raise

    async def on_codes_requested(self, event: CloudEvent[CodesRequested]) -> None:
        """The codes that belong to an address. One too many in an hour is discarded: those before it say the same."""
        data = event.data
        letter = self.correspondence.letter(
            event,
            f"{data.request_id}.codes",
            "codes",
            to=data.email,
            language=data.language,
            secrets=[secret for one in data.codes for secret in (one.status_url, one.tracking_code)],
        )
        counted = f"codes:{same_address(letter.recipient)}"
        within = await self.receipts.has_room(letter.id, counted, self.clock(), most=self.most)
        await self.letters.add(letter if within else discarded(held(letter)[0]), handling=event)

    async def on_question_asked(self, event: CloudEvent[QuestionAsked]) -> None:
        """The officer's question, and where to answer it."""
        data = event.data
        letter_id = f"{data.message_id}.question.{data.question_id}"
        await self.correspondence.tell_citizen(event, letter_id, "question", data.submitter, greeted=greets(data.text))

    async def on_case_rerouted(self, event: CloudEvent[CaseRerouted]) -> None:
        """To which units the message went (Law 3071, article 5)."""
        data = event.data
        letter_id = f"{data.message_id}.rerouting.{event.id}"
        await self.correspondence.tell_citizen(event, letter_id, "rerouting", data.submitter)

    async def on_case_answered(self, event: CloudEvent[CaseAnswered]) -> None:
        """The answer, if they left an address; no letter, if they were told it by telephone, on paper or in person."""
        data = event.data
        if data.told_by:
            return
        letter_id = f"{data.message_id}.answer.{event.id}"
        await self.correspondence.tell_citizen(event, letter_id, "answer", data.submitter, greeted=greets(data.answer))

    async def on_case_informed(self, event: CloudEvent[CaseInformed]) -> None:
        """An interim answer: the final one follows."""
        data = event.data
        letter_id = f"{data.message_id}.interim.{event.id}"
        await self.correspondence.tell_citizen(event, letter_id, "interim", data.submitter, greeted=greets(data.text))

    async def on_promise_asked(self, event: CloudEvent[PromiseAsked]) -> None:
        """Whether it was done what was promised for this day. Only the page behind a choice takes an answer."""
        data = event.data
        letter_id = f"{data.message_id}.promise.{data.promise_id}"
        await self.correspondence.tell_citizen(event, letter_id, "promise", data.submitter)

    async def on_case_closed(self, event: CloudEvent[CaseClosed]) -> None:
        """The reason when a case is closed without an answer, or again after an objection.

        Letters of it that failed are not sent again any more: their bytes, with links, are deleted.
        """
        data = event.data
        await self.letters.delete_failed_bytes(data.message_id)
        letter_id, greeted = f"{data.message_id}.closure.{event.id}", greets(data.explanation)
        await self.correspondence.tell_citizen(event, letter_id, "closure", data.submitter, greeted=greeted)

    async def _first_recipient(self, message_id: str) -> str | None:
        """To whom the first receipt of a message went; None before there is one. Raises Erased."""
        try:
            return (await self.letters.get(receipt(message_id))).recipient
        except Erased:
            raise
        except NotFound:
            return None
