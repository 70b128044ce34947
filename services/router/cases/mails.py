"""Handles mails that came in. Each keeps the mail, and notes it in its case."""

from services.router.cases.domain.mailed import check_mail_file, propose_reply, receive_mail
from services.router.cases.domain.mails import mail_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from shared.clock import Clock, utc_now
from shared.events import CloudEvent, MailFileChecked, MailReceived, ReplyProposed
from shared.files.named import with_file_state


class MailHandlers:
    """Handles the events about mails."""

    def __init__(self, cases: Cases, mails: Mails, clock: Clock = utc_now) -> None:
        self._cases, self._mails, self._now = cases, mails, clock

    async def on_mail_received(self, event: CloudEvent[MailReceived]) -> None:
        """Keep the mail; its case, if it was sent to the address of one, shows it.

        The case comes first: of one that was erased, no mail is kept.
        """
        mail = mail_of(event.data)
        if event.data.message_id is None:
            await self._mails.add(mail, handling=event)
            return
        case = receive_mail(await self._cases.get(event.data.message_id, handling=event), mail)
        await self._mails.get_or_add(mail)
        await self._cases.save(case, handling=event)

    async def on_mail_file_checked(self, event: CloudEvent[MailFileChecked]) -> None:
        """A file of a mail was scanned."""
        checked = event.data
        mail = await self._mails.get(checked.mail_id)
        file = mail.file(checked.file_id)
        if file and file.state != checked.state:
            await self._mails.save(with_file_state(mail, checked.file_id, checked.state))
        if mail.message_id:
            case = check_mail_file(await self._cases.get(mail.message_id, handling=event), checked)
            await self._cases.save(case, handling=event)

    async def on_reply_proposed(self, event: CloudEvent[ReplyProposed]) -> None:
        """A mail of a unit waits for an officer."""
        found = await self._cases.get(event.data.message_id, handling=event)
        await self._cases.save(propose_reply(found, event.data, self._now()), handling=event)
