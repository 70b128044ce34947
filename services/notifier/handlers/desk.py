"""Notices to the officers, all in the thread of their message; and what an officer decides about a held letter."""

from datetime import timedelta
from typing import Any

from services.notifier.domain.letter import OF_NO_MESSAGE, TEST, TO_THE_DESK, notice
from services.notifier.domain.sending import decided
from services.notifier.domain.telling import GONE
from services.notifier.handlers.correspondence import Correspondence
from shared.addresses import deliverable
from shared.events import (
    AssignmentDeclined,
    CloudEvent,
    InterimSubmitted,
    LetterDecided,
    LetterFailed,
    MessageFollowedUp,
    MessageObjected,
    MessageSubmitted,
    MessageWithdrawn,
    OfficerReminded,
    QuestionAnswered,
    QuestionProposed,
    ReplyProposed,
    ReplySubmitted,
)
from shared.mail_refusals import meaning

NOT_TOLD = (*OF_NO_MESSAGE, TEST)
"""Letters of which no notice tells that they failed: they have no case; the page of the unit or person shows it."""
DIGEST = "digest"
DIGEST_LASTS = timedelta(days=1)


class DeskHandlers:
    """Tell the desk what came. A notice says that there is something to read, and leaves the text to the desk."""

    def __init__(self, correspondence: Correspondence) -> None:
        self.correspondence = correspondence
        self.letters = correspondence.letters

    async def on_message_submitted(self, event: CloudEvent[MessageSubmitted]) -> None:
        """A new message."""
        message_id, to = event.data.message_id, self.correspondence.settings.desk_email
        url = self.correspondence.case(message_id)
        letter = self.correspondence.letter(event, notice(message_id), "notice", to=to, url=url)
        await self.letters.add(letter, handling=event)

    async def on_message_followed_up(self, event: CloudEvent[MessageFollowedUp]) -> None:
        """The submitter wrote again."""
        data = event.data
        await self._tell(event, f"{data.message_id}.follow_up.{data.follow_up_id}", "follow_up")

    async def on_question_answered(self, event: CloudEvent[QuestionAnswered]) -> None:
        """The submitter answered a question."""
        data = event.data
        await self._tell(event, f"{data.message_id}.question_answered.{data.question_id}", "question_answered")

    async def on_message_objected(self, event: CloudEvent[MessageObjected]) -> None:
        """The submitter objects to the answer: for the supervisor."""
        await self._tell(event, f"{event.data.message_id}.objection", "objection")

    async def on_message_withdrawn(self, event: CloudEvent[MessageWithdrawn]) -> None:
        """The submitter takes the message back."""
        await self._tell(event, f"{event.data.message_id}.withdrawal", "withdrawal")

    async def on_reply_submitted(self, event: CloudEvent[ReplySubmitted]) -> None:
        """A unit replied."""
        data = event.data
        letter_id, url = (
            f"{data.assignment_id}.arrival.{data.version}",
            f"{self.correspondence.case(data.message_id)}/review",
        )
        await self.correspondence.tell_desk(event, letter_id, "arrival", url=url)

    async def on_question_proposed(self, event: CloudEvent[QuestionProposed]) -> None:
        """A unit wants to know something from the submitter."""
        data = event.data
        letter_id = f"{data.assignment_id}.unit_question.{data.proposal_id}"
        await self.correspondence.tell_desk(event, letter_id, "unit_question")

    async def on_interim_submitted(self, event: CloudEvent[InterimSubmitted]) -> None:
        """A unit said what it can say so far."""
        data = event.data
        letter_id = f"{data.assignment_id}.unit_interim.{data.interim_id}"
        await self.correspondence.tell_desk(event, letter_id, "unit_interim")

    async def on_reply_proposed(self, event: CloudEvent[ReplyProposed]) -> None:
        """A unit replied by e-mail."""
        data = event.data
        await self.correspondence.tell_desk(event, f"{data.assignment_id}.unit_mail.{data.mail_id}", "unit_mail")

    async def on_assignment_declined(self, event: CloudEvent[AssignmentDeclined]) -> None:
        """A unit handed a message back."""
        await self.correspondence.tell_desk(event, f"{event.data.assignment_id}.decline", "decline")

    async def on_letter_failed(self, event: CloudEvent[LetterFailed]) -> None:
        """Somebody did not get a letter; nothing about letters to the desk itself."""
        data = event.data
        if data.template in NOT_TOLD or data.cause == GONE:
            return
        about = await self.letters.get(data.letter_id)
        if about.template in TO_THE_DESK or about.recipient == deliverable(self.correspondence.settings.desk_email):
            return
        await self.correspondence.tell_desk(
            event,
            f"{data.letter_id}.failure{'.' + data.passed_to if data.passed_to else ''}",
            "failure",
            about_subject=about.subject,
            recipient=data.recipient or about.recipient,
            meaning=meaning(data.reason),
        )

    async def on_letter_decided(self, event: CloudEvent[LetterDecided]) -> None:
        """An officer releases a held letter, or discards it. Raises UnknownDecision for one of a newer version."""
        letter = self.letters.opened(await self.letters.get(event.data.letter_id, handling=event))
        await self.letters.save(decided(letter, event.data.decision, self.correspondence.clock()), handling=event)
        self.letters.due.set()

    async def on_officer_reminded(self, event: CloudEvent[OfficerReminded]) -> None:
        """What waits for a person of the desk. A digest that is a day late has been overtaken by the next one."""
        data = event.data
        if data.cause == DIGEST and self.correspondence.clock() - data.reminded_at > DIGEST_LASTS:
            return
        letter = self.correspondence.letter(
            event,
            f"{data.reminder_id}.reminder",
            "desk_reminder",
            to=data.email,
            language=data.language,
            url=f"{self.correspondence.settings.router_url}/cases",
            digest_url=f"{self.correspondence.settings.router_url}/account",
        )
        await self.letters.add(self.correspondence.by_day(letter), handling=event)

    async def _tell(self, event: CloudEvent[Any], letter_id: str, template: str) -> None:
        """With the public number, which these events do not have: the notice of the message has it."""
        noticed = await self.letters.find_one(notice(event.data.message_id))
        reference = noticed.reference if noticed else ""
        await self.correspondence.tell_desk(event, letter_id, template, reference=reference)
