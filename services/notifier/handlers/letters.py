"""Makes the letters: one event in, one letter stored."""

from email.headerregistry import Address
from typing import Any

from services.notifier.config import Settings
from services.notifier.domain import write
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters
from shared.clock import Clock
from shared.events import (
    AssignmentInvited,
    CaseAnswered,
    CaseClosed,
    CloudEvent,
    MessageSubmitted,
    ReceiptRequested,
    ReplySubmitted,
)


class LetterHandlers:
    """Make the letters to citizens, units and the desk. Letters to units and to the desk are written in Turkish."""

    def __init__(self, letters: Letters, writer: Writer, settings: Settings, clock: Clock) -> None:
        self.letters = letters
        self.writer = writer
        self.settings = settings
        self.clock = clock
        self.sender = Address(display_name=settings.hotline_name, addr_spec=settings.mail_from)

    async def on_message_submitted(self, event: CloudEvent[MessageSubmitted]) -> None:
        """A notice to the desk."""
        message_id = event.data.message_id
        case_url = f"{self.settings.router_url}/cases/{message_id}"
        await self._add(event, notice(message_id), "notice", to=self.settings.desk_email, url=case_url)

    async def on_receipt_requested(self, event: CloudEvent[ReceiptRequested]) -> None:
        """The receipt to the citizen, with code and link."""
        data = event.data
        await self._add(
            event,
            receipt(data.message_id),
            "receipt",
            to=data.email,
            language=data.language,
            secret=data.status_url,
            code=data.tracking_code,
        )

    async def on_assignment_invited(self, event: CloudEvent[AssignmentInvited]) -> None:
        """The invitation to the unit, or the return of its reply; both contain its link."""
        data, first = event.data, invitation(event.data.assignment_id)
        if data.returned_because is None:
            await self._add(event, first, "invitation", to=data.unit.email, secret=data.link)
        else:
            again = f"{data.assignment_id}.return.{event.id}"
            await self._add(event, again, "return", to=data.unit.email, secret=data.link, thread=first)

    async def on_reply_submitted(self, event: CloudEvent[ReplySubmitted]) -> None:
        """A notice to the desk that a reply arrived."""
        data = event.data
        await self._add(
            event,
            f"{data.assignment_id}.arrival.{data.version}",
            "arrival",
            to=self.settings.desk_email,
            thread=notice(data.message_id),
            url=f"{self.settings.router_url}/cases/{data.message_id}/review",
        )

    async def on_case_answered(self, event: CloudEvent[CaseAnswered]) -> None:
        """The answer to the citizen, if they left an address."""
        data = event.data
        if data.submitter.email:
            await self._add(
                event,
                f"{data.message_id}.answer.{event.id}",
                "answer",
                to=data.submitter.email,
                language=data.language,
                thread=receipt(data.message_id),
                url=f"{self.settings.intake_url}/t",
            )

    async def on_case_closed(self, event: CloudEvent[CaseClosed]) -> None:
        """The reason to the citizen when a case is closed without an answer."""
        data = event.data
        if data.submitter and data.submitter.email:
            await self._add(
                event,
                f"{data.message_id}.closure",
                "closure",
                to=data.submitter.email,
                language=data.language,
                thread=receipt(data.message_id),
                url=f"{self.settings.intake_url}/t",
            )

    async def _add(
        self,
        event: CloudEvent[Any],
        letter_id: str,
        template: str,
        *,
        to: str,
        language: str = "tr",
        thread: str | None = None,
        **context: str,
    ) -> None:
        letter = write(
            letter_id,
            self.writer.write(template, language, data=event.data, **context),
            message_id=event.data.message_id,
            template=template,
            assignment_id=getattr(event.data, "assignment_id", None),
            recipient=to,
            sender=self.sender,
            thread=thread,
            told_at=event.time,
            now=self.clock(),
        )
        await self.letters.add(letter, handling=event)


def receipt(message_id: str) -> str:
    """The id of the first letter in the citizen's thread."""
    return f"{message_id}.receipt"


def notice(message_id: str) -> str:
    """The id of the first letter in the desk's thread."""
    return f"{message_id}.notice"


def invitation(assignment_id: str) -> str:
    """The id of the first letter in the unit's thread."""
    return f"{assignment_id}.invitation"
