"""Reads the mails that came in: claim one, understand it, keep what it is, and tell the others."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from tempfile import TemporaryFile

import structlog
from prometheus_client import Counter
from starlette.datastructures import UploadFile

from services.notifier.config import Settings
from services.notifier.domain.addressing import addressee_of, as_token
from services.notifier.domain.bounces import Bounce
from services.notifier.domain.incoming import Attachment, Reading, Recipient, Understood
from services.notifier.domain.letter import OF_NO_MESSAGE, TEST, Letter, LetterState, same_address
from services.notifier.domain.mail import Kind, Mail, MailState
from services.notifier.domain.sending import can_be_passed_on, returned
from services.notifier.domain.taking import held, received, reported, unreadable
from services.notifier.handlers.writing import ROOM
from services.notifier.inbound.reading import Reader, Unreadable
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from services.notifier.store.mails import Mails, Returns
from shared.addresses import deliverable
from shared.clock import Clock
from shared.documents import Conflict
from shared.events import FileRef
from shared.files.accepted import FileRefused, safe_name
from shared.files.uploads import Uploads
from shared.seal import WrongKey
from shared.tasks import run_periodically, to_the_end
from shared.telemetry import Telemetry
from shared.web.i18n import DEFAULT, locales

PURPOSES = ("bounce", "automatic", "citizen", "unit", "new", "unclear", "held", "unreadable")
LEASE = timedelta(minutes=5)
"""How long one process has to read a mail."""
MOST_ATTEMPTS = 5
"""After which a mail counts as one that nobody can read: it ended a process each time."""
LOOK_EVERY = 2.0
"""Seconds between two searches for mails that are due."""
PATIENCE = 8.0
"""Seconds that a mail has which is being read when the process stops; another one reads what is cut off, at once."""
SOON = timedelta(seconds=10)
"""Until a report is looked at again that came before the outcome of its letter was saved."""
MOST_SOFT = 3
"""Letters that came back from one address within a week, after which it counts as one of no use."""

log = structlog.get_logger()


class MailRoom:
    """The background job that reads mails. Each is claimed first, so replicas can share the work."""

    def __init__(
        self,
        mails: Mails,
        letters: Letters,
        snapshots: Snapshots,
        counts: ReceiptCounts,
        returns: Returns,
        uploads: Uploads,
        settings: Settings,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self.mails, self.letters, self.snapshots, self.counts = mails, letters, snapshots, counts
        self.returns, self.uploads, self.settings, self.clock = returns, uploads, settings, clock
        self.reader = Reader()
        self._locales = locales((ROOM,), settings.timezone)
        self.read = Counter(
            "klu_mails_total", "Mails that came in, by what they are.", ["purpose"], registry=telemetry.registry
        )
        for purpose in PURPOSES:  # create every label set at 0, or `increase()` misses the first mail
            self.read.labels(purpose)

    async def run(self) -> None:
        """Read what is due, until the process stops."""
        await run_periodically(self.read_due, wake=self.mails.due, every=LOOK_EVERY)

    async def read_due(self) -> bool:
        """Read one mail. Returns whether there was one: more may be due."""
        mail = await self.mails.claim(self.clock(), LEASE)
        if mail is None:
            return False
        with suppress(Conflict):  # another process was faster
            try:
                purpose = await to_the_end(self.on_mail_due(mail), patience=PATIENCE)
            except asyncio.CancelledError:
                await self.mails.release(mail)
                raise
            self.read.labels(purpose).inc()
        return True

    async def on_mail_due(self, mail: Mail) -> str:
        """Read one claimed mail, in a trace of its own, and keep what it is. Returns one of PURPOSES."""
        recipient, letter = await self._recipient(mail)
        try:
            found = await self._understood(mail, recipient)
        except Unreadable:
            kept, announcing = unreadable(mail, recipient)
            await self.mails.save(kept, announcing=announcing)
            return MailState.UNREADABLE.value
        if found.bounce and letter:
            await self._on_bounce(mail, found.bounce, letter)
            return "bounce"
        if not await self._has_room(mail, found):
            await self.mails.save(
                held(
                    mail,
                    automatic=found.automatic is not None,
                    now=self.clock(),
                    message_id=recipient.message_id,
                )
            )
            return MailState.HELD.value
        files, refused = await self._files(mail, found)
        text = self._text(found, refused)
        kept, announcing = received(mail, found, recipient, files, text, self._may_be_new(mail, found))
        await self.mails.save(kept, announcing=announcing)
        return kept.purpose

    async def _recipient(self, mail: Mail) -> tuple[Recipient, Letter | None]:
        """Whose mail comes to this address, by what we know of its token; and the letter that comes back to it."""
        if mail.to.kind is Kind.RETURN:
            letter = await self.letters.letter_by_return_path(mail.to.token)
            return _of_letter(letter), letter
        known = await self.letters.reply_address(mail.to.token) if mail.to.kind is Kind.REPLY else None
        if known is None:
            return Recipient(kind=mail.to.kind), None
        ids = {"message_id": known.message_id, "assignment_id": _assignment(known.addressee, known.assignment_id)}
        return Recipient(kind=mail.to.kind, addressee=known.addressee, **ids), None

    async def _understood(self, mail: Mail, recipient: Recipient) -> Understood:
        if mail.attempts > MOST_ATTEMPTS:
            raise Unreadable
        reading = Reading(recipient=recipient, envelope_sender=mail.sender, authserv_id=self.settings.mail_authserv_id)
        return await self.reader.read(await self.mails.content_of(mail), reading)

    async def _on_bounce(self, mail: Mail, bounce: Bounce, letter: Letter) -> None:
        """The letter comes first: what a crash leaves is done again, and a letter comes back once."""
        now = self.clock()
        if letter.state is LetterState.QUEUED and letter.leased_until and letter.leased_until > now:
            await self.mails.save(mail.model_copy(update={"due_at": now + SOON}))
            return
        if bounce.action == "failed" and letter.state is LetterState.SENT:
            times = await self.returns.count(letter.recipient, letter.id, now, hard=bounce.hard)
            instead = await self._instead(letter) if bounce.hard or times >= MOST_SOFT else None
            back, announcing = returned(self._opened(letter), bounce.reason, now, to=instead, token=_token())
            await self.letters.save(back, announcing=announcing)
            self.letters.due.set()
        await self.mails.save(reported(mail, letter.id, letter.message_id, bounce.reason))

    async def _instead(self, letter: Letter) -> tuple[str, str] | None:
        """Who of the unit gets a letter that came back."""
        known = can_be_passed_on(letter) and letter.unit_code
        contact = await self.snapshots.contact_of(letter.unit_code or "") if known else None
        return contact.instead(letter.role, letter.recipient, self.clock()) if contact else None

    def _opened(self, letter: Letter) -> Letter:
        try:
            return self.letters.opened(letter)
        except WrongKey:  # then nobody gets it instead
            return letter

    async def _has_room(self, mail: Mail, found: Understood) -> bool:
        """Whether another mail is read in this hour."""
        most = self.settings.mail_inbound_per_hour
        return await self.counts.has_room(mail.id, _counted(mail, found), self.clock(), most=most)

    def _may_be_new(self, mail: Mail, found: Understood) -> bool:
        """Whether a mail to the hotline becomes a message. Not one from the desk or the hotline itself: the desk is
        told of each message, and a machine there that answers every letter would write the next one.
        """
        own = {same_address(deliverable(one)) for one in (self.settings.desk_email, self.settings.mail_from)}
        senders = {same_address(one) for one in (found.sender, mail.sender) if one}
        return self.settings.mail_new_messages and not own & senders

    async def _files(self, mail: Mail, found: Understood) -> tuple[list[FileRef], list[str]]:
        """The files of a person's mail that are accepted, and the names of the others."""
        refused: list[str] = []
        if found.automatic or not found.attachments:
            return [], refused
        for attachment in found.attachments:
            try:
                await self._take(mail, attachment, client=_counted(mail, found))
            except FileRefused:
                refused.append(safe_name(attachment.name))
        return [file.ref for file in await self.uploads.files.claim(mail.id, mail.id)], refused

    async def _take(self, mail: Mail, attachment: Attachment, *, client: str) -> None:
        with TemporaryFile() as content:
            content.write(attachment.content)
            content.seek(0)
            upload = UploadFile(content, size=len(attachment.content), filename=attachment.name)
            await self.uploads.take(upload, form=mail.id, client=client)

    def _text(self, found: Understood, refused: Sequence[str]) -> str:
        """What was written, and under it what is not kept of it."""
        gettext = self._locales["en" if found.language == "en" else DEFAULT].gettext
        remarks = [gettext("[Not attached: %(names)s]") % {"names": ", ".join(refused)}] if refused else []
        if found.is_cut:
            remarks.append(gettext("[This e-mail could not be read as a whole.]"))
        return "\n\n".join(part for part in (found.text, *remarks) if part)


def _counted(mail: Mail, found: Understood) -> str:
    """Under what its mails and files of an hour are counted: the address of one case and addressee, whoever writes to
    it; else the sender. Anybody writes under another's name, so what proved to be theirs, or not, counts by itself.
    """
    if mail.to.token:
        return f"mail to {mail.to.token}"
    return f"mail from {same_address(found.sender or mail.sender)}: {found.verified}"


def _of_letter(letter: Letter | None) -> Recipient:
    """Whose mail comes to the return path of a letter. Some letters are about no one message."""
    if letter is None or letter.template in (*OF_NO_MESSAGE, TEST):
        return Recipient(kind=Kind.RETURN)
    addressee = addressee_of(letter.template, letter.assignment_id) or ""
    ids = {"message_id": letter.message_id, "assignment_id": _assignment(addressee, letter.assignment_id)}
    return Recipient(kind=Kind.RETURN, addressee=addressee, **ids)


def _assignment(addressee: str, assignment_id: str | None) -> str | None:
    return assignment_id if addressee == "unit" else None


def _token() -> str:
    return as_token(secrets.token_bytes(20))
