"""Makes a letter and keeps it: what the handlers of letters to citizens, units and the desk have in common."""

from email.headerregistry import Address
from typing import Any
from zoneinfo import ZoneInfo

from services.notifier.config import Settings
from services.notifier.domain.addressing import addressee_of, reply_to, reply_token
from services.notifier.domain.composing import one_line, write
from services.notifier.domain.letter import Letter, notice, receipt
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters
from shared.clock import Clock
from shared.days import after_quiet
from shared.events import CloudEvent, MessageEvent, Submitter
from shared.greetings import name_in_letter

RECALL = "recall"
"""The letter to a unit that says it need not write any more."""


class Correspondence:
    """Writes letters with the templates and the store."""

    def __init__(self, letters: Letters, writer: Writer, settings: Settings, clock: Clock) -> None:
        self.letters = letters
        self.settings = settings
        self.clock = clock
        self._writer = writer

    async def tell_desk(
        self, event: CloudEvent[Any], letter_id: str, template: str, *, url: str = "", **context: Any
    ) -> None:
        """In the desk's thread, which the notice of the message begins. ``url`` is the case's page unless given."""
        message_id = event.data.message_id
        letter = self.letter(
            event,
            letter_id,
            template,
            to=self.settings.desk_email,
            thread=notice(message_id),
            url=url or self.case(message_id),
            **context,
        )
        await self.letters.add(letter, handling=event)

    async def tell_citizen(
        self, event: CloudEvent[Any], letter_id: str, template: str, to: Submitter | None, **context: Any
    ) -> None:
        """With the link to the status page, if a receipt went to the same address; else with the page for codes."""
        if to is None or not to.email:
            return
        message_id = event.data.message_id
        link = await self.letters.status_link(message_id, to.email)
        letter = self.letter(
            event,
            letter_id,
            template,
            to=to.email,
            language=event.data.language,
            thread=receipt(message_id),
            name=name_in_letter(to.name),
            secrets=(link,) if link else (),
            url=link or f"{self.settings.intake_url}/t",
            by_code=link is None,
            **context,
        )
        await self.letters.add(letter, handling=event)

    def by_day(self, letter: Letter) -> Letter:
        """The letter, which does not leave in the quiet hours: those of the desk, else those of the settings."""
        said, usual = self._writer.institution, self.settings
        since = usual.quiet_from if said.quiet_from is None else said.quiet_from
        until = usual.quiet_until if said.quiet_until is None else said.quiet_until
        due_at = after_quiet(letter.due_at, ZoneInfo(self.settings.timezone), since=since, until=until)
        return letter.model_copy(update={"due_at": due_at})

    def case(self, message_id: str) -> str:
        """The page of a case on the desk."""
        return f"{self.settings.router_url}/cases/{message_id}"

    def letter(
        self,
        event: CloudEvent[Any],
        letter_id: str,
        template: str,
        *,
        to: str,
        language: str = "tr",
        thread: str | None = None,
        unit_code: str | None = None,
        role: str = "responsible",
        **context: Any,
    ) -> Letter:
        """A letter that waits to be sent; letters to the desk are in Turkish. ``role``: whose letter of the unit it is.

        One that belongs to no message has the id of its event's subject as ``message_id``.
        """
        assignment_id = getattr(event.data, "assignment_id", None)
        token, sender = self._reply_token(event.data, template), self._address(self.settings.mail_from)
        answered_by = addressee_of(template, assignment_id) if token and template != RECALL else None
        letter = write(
            letter_id,
            self._writer.write(template, language, data=event.data, answered_by=answered_by, **context),
            message_id=event.data.correlation_id,
            template=template,
            reference=getattr(event.data, "reference", None) or "",
            assignment_id=assignment_id,
            unit_code=unit_code,
            recipient=to,
            sender=sender,
            reply_to=self._address(reply_to(token, self.settings.mail_inbound_domain)) if token else None,
            thread=thread,
            told_at=event.time,
            now=self.clock(),
        )
        return letter.model_copy(update={"role": role, "reply_token": token})

    def _address(self, email: str) -> Address:
        return Address(display_name=one_line(self._writer.institution.hotline), addr_spec=email)

    def _reply_token(self, data: Any, template: str) -> str:
        """The token of the Reply-To of a letter that is about one message; else, or without mail coming in, none."""
        assignment_id = getattr(data, "assignment_id", None)
        addressee = addressee_of(template, assignment_id) if isinstance(data, MessageEvent) else None
        if not addressee or not self.settings.mail_inbound_domain:
            return ""
        return reply_token(self.settings.secret_key.get_secret_value(), addressee, data.message_id, assignment_id)
