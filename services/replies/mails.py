"""What units wrote by e-mail: one event in, one store call out."""

from services.replies.domain.mailed import decide, propose
from services.replies.store import Assignments
from shared.clock import Clock, utc_now
from shared.events import CloudEvent, MailReceived, MailReplyDecided

UNIT = "unit"
"""The purpose of mails that are kept here."""


class MailHandlers:
    """Keep proposed replies, and what the hotline decides about them."""

    def __init__(self, assignments: Assignments, clock: Clock = utc_now) -> None:
        self.assignments, self.clock = assignments, clock

    async def on_mail_received(self, event: CloudEvent[MailReceived]) -> None:
        """A person in the unit wrote. Other mails, and automatic ones, are the desk's."""
        mail = event.data
        if mail.purpose != UNIT or mail.automatic or mail.assignment_id is None:
            return
        assignment, announcing = propose(await self.assignments.get(mail.assignment_id, handling=event), mail)
        await self.assignments.save(assignment, announcing=announcing, handling=event)

    async def on_mail_reply_decided(self, event: CloudEvent[MailReplyDecided]) -> None:
        """The hotline has decided about a mail."""
        found = await self.assignments.get(event.data.assignment_id, handling=event)
        assignment, announcing = decide(found, event.data, self.clock())
        await self.assignments.save(assignment, announcing=announcing, handling=event)
