"""What somebody must be told of by letter: one event in, one letter kept."""

from collections.abc import Sequence
from email.headerregistry import Address
from typing import Any

from services.notifier.config import Settings
from services.notifier.domain import write
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters
from shared.broker.consuming import Handler
from shared.clock import clock
from shared.events import (
    AssignmentInvited,
    CaseAnswered,
    CaseClosed,
    CloudEvent,
    Language,
    MessageSubmitted,
    ReceiptRequested,
    ReplySubmitted,
)


def subscriptions(letters: Letters, writer: Writer, settings: Settings) -> Sequence[Handler]:
    """The notifier's handlers. Letters to the desk and to units are written in Turkish."""
    sender = Address(display_name=settings.hotline_name, addr_spec=settings.mail_from)

    async def keep(
        event: CloudEvent[Any],
        letter_id: str,
        template: str,
        *,
        to: str,
        language: Language = "tr",
        thread: str | None = None,
        **context: str,
    ) -> None:
        letter = write(
            letter_id,
            writer.write(template, language, news=event.data, **context),
            message_id=event.data.message_id,
            template=template,
            assignment_id=getattr(event.data, "assignment_id", None),
            recipient=to,
            sender=sender,
            thread=thread,
            told_at=event.time,
            now=clock(),
        )
        await letters.add(letter, handling=event)

    async def on_message_submitted(event: CloudEvent[MessageSubmitted]) -> None:
        """A notice to the desk."""
        message_id = event.data.message_id
        case_url = f"{settings.router_url}/cases/{message_id}"
        await keep(event, notice(message_id), "notice", to=settings.desk_email, url=case_url)

    async def on_receipt_requested(event: CloudEvent[ReceiptRequested]) -> None:
        """The receipt to the citizen, with code and link."""
        news = event.data
        await keep(
            event,
            receipt(news.message_id),
            "receipt",
            to=news.email,
            language=news.language,
            secret=news.status_url,
            code=news.tracking_code,
        )

    async def on_assignment_invited(event: CloudEvent[AssignmentInvited]) -> None:
        """The invitation to the unit, or the return of its reply; both carry its link."""
        news, first = event.data, invitation(event.data.assignment_id)
        if news.returned_because is None:
            await keep(event, first, "invitation", to=news.unit.email, secret=news.link)
        else:
            again = f"{news.assignment_id}.return.{event.id}"
            await keep(event, again, "return", to=news.unit.email, secret=news.link, thread=first)

    async def on_reply_submitted(event: CloudEvent[ReplySubmitted]) -> None:
        """Tell the desk that a reply arrived."""
        news = event.data
        await keep(
            event,
            f"{news.assignment_id}.arrival.{news.version}",
            "arrival",
            to=settings.desk_email,
            thread=notice(news.message_id),
            url=f"{settings.router_url}/cases/{news.message_id}/review",
        )

    async def on_case_answered(event: CloudEvent[CaseAnswered]) -> None:
        """The answer to the citizen, who may have left no address."""
        news = event.data
        if news.submitter.email:
            letter_id, thread = f"{news.message_id}.answer.{event.id}", receipt(news.message_id)
            await keep(
                event,
                letter_id,
                "answer",
                to=news.submitter.email,
                language=news.language,
                thread=thread,
                url=f"{settings.intake_url}/t",
            )

    async def on_case_closed(event: CloudEvent[CaseClosed]) -> None:
        """What the citizen is told when a case is closed without an answer."""
        news = event.data
        if news.submitter and news.submitter.email:
            letter_id, thread = f"{news.message_id}.closure", receipt(news.message_id)
            await keep(
                event,
                letter_id,
                "closure",
                to=news.submitter.email,
                language=news.language,
                thread=thread,
                url=f"{settings.intake_url}/t",
            )

    return [
        on_message_submitted,
        on_receipt_requested,
        on_assignment_invited,
        on_reply_submitted,
        on_case_answered,
        on_case_closed,
    ]


def receipt(message_id: str) -> str:
    """The id of the letter that the citizen's thread begins with."""
    return f"{message_id}.receipt"


def notice(message_id: str) -> str:
    """The id of the letter that the desk's thread begins with."""
    return f"{message_id}.notice"


def invitation(assignment_id: str) -> str:
    """The id of the letter that the unit's thread begins with."""
    return f"{assignment_id}.invitation"
