"""Makes the letters: one event in, one letter stored."""

from datetime import timedelta
from email.headerregistry import Address
from typing import Any

from services.notifier.config import Settings
from services.notifier.domain import (
    TO_THE_DESK,
    Letter,
    LetterState,
    decided,
    greets,
    held,
    name_in_letter,
    same_address,
    write,
)
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from shared.addresses import deliverable
from shared.clock import Clock
from shared.documents import Erased, NotFound, NotYet
from shared.events import (
    AssignmentDeclined,
    AssignmentInvited,
    AssignmentRecalled,
    CaseAnswered,
    CaseClosed,
    CloudEvent,
    LetterDecided,
    LetterFailed,
    MessageSubmitted,
    ReceiptRequested,
    ReplySubmitted,
)
from shared.mail_refusals import meaning

PATIENCE = timedelta(days=3)
"""How long a recall waits for the letter it follows: the portal, which has it written, may be away."""


class LetterHandlers:
    """Make the letters to citizens, units and the desk. Letters to units and to the desk are written in Turkish."""

    def __init__(
        self,
        letters: Letters,
        snapshots: Snapshots,
        receipts: ReceiptCounts,
        writer: Writer,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.letters = letters
        self.snapshots = snapshots
        self.receipts = receipts
        self.writer = writer
        self.settings = settings
        self.clock = clock
        self.sender = Address(display_name=settings.hotline_name, addr_spec=settings.mail_from)

    async def on_message_submitted(self, event: CloudEvent[MessageSubmitted]) -> None:
        """A notice to the desk."""
        message_id = event.data.message_id
        letter = self._letter(
            event, notice(message_id), "notice", to=self.settings.desk_email, url=self._case(message_id)
        )
        await self.letters.add(letter, handling=event)

    async def on_receipt_requested(self, event: CloudEvent[ReceiptRequested]) -> None:
        """The receipt to the citizen, with code and link. One too many for its address is held."""
        data = event.data
        letter = self._letter(
            event,
            receipt(data.message_id),
            "receipt",
            to=data.email,
            language=data.language,
            name=name_in_letter(data.name),
            secret=data.status_url,
            code=data.tracking_code,
        ).model_copy(update={"sealed_link": self.letters.sealed(data.status_url)})
        most, now = self.settings.receipts_per_hour, self.clock()
        within = await self.receipts.has_room(letter.id, same_address(letter.recipient), now, most=most)
        letter, announcing = (letter, []) if within else held(letter)
        await self.letters.add(letter, announcing=announcing, handling=event)

    async def on_letter_decided(self, event: CloudEvent[LetterDecided]) -> None:
        """An officer releases a held letter, or discards it. Raises UnknownDecision for one of a newer version."""
        letter = self.letters.opened(await self.letters.get(event.data.letter_id, handling=event))
        await self.letters.save(decided(letter, event.data.decision, self.clock()), handling=event)
        self.letters.due.set()

    async def on_assignment_invited(self, event: CloudEvent[AssignmentInvited]) -> None:
        """The invitation to the unit, or the return of its reply; both contain its link."""
        data, first = event.data, invitation(event.data.assignment_id)
        unit = await self._unit(data, data.unit.code, data.unit.email)
        if data.returned_because is None:
            letter = self._letter(event, first, "invitation", secret=data.link, **unit)
            letter = letter.model_copy(update={"reply_expected": data.reply_expected})
        else:
            again = f"{data.assignment_id}.return.{event.id}"
            letter = self._letter(event, again, "return", secret=data.link, thread=first, **unit)
        await self.letters.add(letter, handling=event)

    async def on_assignment_recalled(self, event: CloudEvent[AssignmentRecalled]) -> None:
        """The unit learns that it is no longer asked, unless it never was: it had no duty to reply, or no invitation.

        Raises NotYet until the invitation is there, and at last NotFound.
        """
        data = event.data
        if data.reply_expected is False and data.cause != "recalled":
            return
        try:
            invited = await self.letters.get(invitation(data.assignment_id))
        except Erased:
            raise
        except NotFound:
            if self.clock() - event.time < PATIENCE:
                raise NotYet(data.assignment_id) from None
            raise
        if invited.state is LetterState.FAILED or not (invited.reply_expected or data.cause == "recalled"):
            return
        letter = self._letter(
            event,
            f"{data.assignment_id}.recall",
            "recall",
            thread=invited.id,
            invited=invited.subject,
            **await self._unit(data, invited.unit_code, invited.recipient),
        )
        await self.letters.add(letter, handling=event)

    async def on_assignment_declined(self, event: CloudEvent[AssignmentDeclined]) -> None:
        """A notice to the desk that a unit handed a message back."""
        data = event.data
        await self._tell_desk(event, f"{data.assignment_id}.decline", "decline", url=self._case(data.message_id))

    async def on_letter_failed(self, event: CloudEvent[LetterFailed]) -> None:
        """A notice to the desk that somebody did not get a letter; none about letters to the desk itself."""
        data = event.data
        about = await self.letters.get(data.letter_id)
        if about.template in TO_THE_DESK or about.recipient == deliverable(self.settings.desk_email):
            return
        await self._tell_desk(
            event,
            f"{data.letter_id}.failure",
            "failure",
            url=self._case(data.message_id),
            about_subject=about.subject,
            recipient=about.recipient,
            meaning=meaning(data.reason),
        )

    async def on_reply_submitted(self, event: CloudEvent[ReplySubmitted]) -> None:
        """A notice to the desk that a reply arrived."""
        data = event.data
        letter_id, url = f"{data.assignment_id}.arrival.{data.version}", f"{self._case(data.message_id)}/review"
        await self._tell_desk(event, letter_id, "arrival", url=url)

    async def on_case_answered(self, event: CloudEvent[CaseAnswered]) -> None:
        """The answer to the citizen, if they left an address."""
        data = event.data
        await self._tell_citizen(event, f"{data.message_id}.answer.{event.id}", "answer", greeted=greets(data.answer))

    async def on_case_closed(self, event: CloudEvent[CaseClosed]) -> None:
        """The reason to the citizen when a case is closed without an answer."""
        data = event.data
        if data.submitter:
            await self._tell_citizen(event, f"{data.message_id}.closure", "closure", greeted=greets(data.explanation))

    async def _tell_desk(self, event: CloudEvent[Any], letter_id: str, template: str, **context: Any) -> None:
        """In the desk's thread, which the notice of the message begins."""
        thread = notice(event.data.message_id)
        letter = self._letter(event, letter_id, template, to=self.settings.desk_email, thread=thread, **context)
        await self.letters.add(letter, handling=event)

    async def _tell_citizen(
        self, event: CloudEvent[CaseAnswered] | CloudEvent[CaseClosed], letter_id: str, template: str, *, greeted: bool
    ) -> None:
        """With the link to the status page, if the receipt went to the same address; else with the page for codes."""
        data, to = event.data, event.data.submitter
        if to is None or not to.email:
            return
        link = await self.letters.status_link(receipt(data.message_id), to.email)
        letter = self._letter(
            event,
            letter_id,
            template,
            to=to.email,
            language=data.language,
            thread=receipt(data.message_id),
            name=name_in_letter(to.name),
            greeted=greeted,
            secret=link or "",
            url=link or f"{self.settings.intake_url}/t",
            by_code=link is None,
        )
        await self.letters.add(letter, handling=event)

    async def _unit(self, data: AssignmentInvited | AssignmentRecalled, code: str | None, email: str) -> dict[str, Any]:
        """Where a unit's letter goes: to its newest address, or to ``email`` where an older version sent the event."""
        if code is None or data.contacts_version is None:
            return {"to": email}
        return {"to": await self.snapshots.email_of(code, version=data.contacts_version) or email, "unit_code": code}

    def _case(self, message_id: str) -> str:
        return f"{self.settings.router_url}/cases/{message_id}"

    def _letter(
        self,
        event: CloudEvent[Any],
        letter_id: str,
        template: str,
        *,
        to: str,
        language: str = "tr",
        thread: str | None = None,
        unit_code: str | None = None,
        **context: Any,
    ) -> Letter:
        return write(
            letter_id,
            self.writer.write(template, language, data=event.data, **context),
            message_id=event.data.message_id,
            template=template,
            assignment_id=getattr(event.data, "assignment_id", None),
            unit_code=unit_code,
            recipient=to,
            sender=self.sender,
            thread=thread,
            told_at=event.time,
            now=self.clock(),
        )


def receipt(message_id: str) -> str:
    """The id of the first letter in the citizen's thread."""
    return f"{message_id}.receipt"


def notice(message_id: str) -> str:
    """The id of the first letter in the desk's thread."""
    return f"{message_id}.notice"


def invitation(assignment_id: str) -> str:
    """The id of the first letter in the unit's thread."""
    return f"{assignment_id}.invitation"
