"""What mails that came in become: one event in, one store call out."""

from collections.abc import Callable, Mapping
from pathlib import Path

from services.intake.config import Settings
from services.intake.domain.codes import new_reference, tracking_code
from services.intake.domain.files import check_file
from services.intake.domain.mailed import Mail, Say, submitted, taken
from services.intake.store import Messages, Snapshots
from shared.clock import Clock, utc_now
from shared.documents import NotFound
from shared.events import CloudEvent, MailFileChecked, MailReceived, MessageRequested
from shared.mails import message_of
from shared.web.i18n import DEFAULT, Locale, locales
from shared.web.pages import HERE

CATALOGUES = (HERE, Path(__file__).parent)
CITIZEN, NEW = "citizen", "new"
"""Purposes of mails that become something here."""


def sentences(language: str) -> Say:
    """The sentences of a language; Turkish for one of a newer version."""
    known: Mapping[str, Locale] = locales(CATALOGUES, "UTC")  # type: ignore[assignment]  # its keys are strings
    return known.get(language, known[DEFAULT]).gettext


class MailHandlers:
    """Keep what the public wrote by e-mail. ``say`` gives the sentences of a language."""

    def __init__(
        self,
        messages: Messages,
        snapshots: Snapshots,
        settings: Settings,
        say: Callable[[str], Say],
        clock: Clock = utc_now,
    ) -> None:
        self.messages, self.snapshots, self.settings = messages, snapshots, settings
        self.say, self.clock = say, clock

    async def on_mail_received(self, event: CloudEvent[MailReceived]) -> None:
        """What a person wrote becomes an answer, an addition or a message. Other mails are the desk's."""
        mail = event.data
        if mail.automatic:
            return
        if mail.purpose == CITIZEN and mail.message_id:
            found = await self.messages.get(mail.message_id, handling=event)
            message, announcing = taken(found, mail, self.say(found.language))
            await self.messages.save(message, announcing=announcing, handling=event)
        elif mail.purpose == NEW:
            await self._submit(event)

    async def on_message_requested(self, event: CloudEvent[MessageRequested]) -> None:
        """An officer says that a mail is a message."""
        await self._submit(event)

    async def on_mail_file_checked(self, event: CloudEvent[MailFileChecked]) -> None:
        """The status page knows what the scanner found; of a file that it does not show, there is nothing to know."""
        checked = event.data
        try:
            message = await self.messages.get(checked.message_id or message_of(checked.mail_id), handling=event)
        except NotFound:
            return
        if changed := check_file(message, checked.file_id, checked.state, checked.checked_at):
            await self.messages.save(changed[0], handling=event)  # the desk hears it as this service does

    async def _submit(self, event: CloudEvent[MailReceived] | CloudEvent[MessageRequested]) -> None:
        mail: Mail = event.data
        language = mail.language if mail.language in self.settings.languages else DEFAULT
        message, announcing = submitted(
            mail,
            institution=self.snapshots.institution,
            say=self.say(language),
            language=language,
            reference=new_reference(self.clock(), self.settings.timezone),
            code=tracking_code(self.settings.secret_key.get_secret_value(), message_of(mail.mail_id)),
            base_url=self.settings.intake_url,
        )
        await self.messages.add(message, announcing=announcing, handling=event)
