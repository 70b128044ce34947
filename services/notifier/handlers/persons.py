"""What the privacy officer asks about one person: find, give out, correct. One event in, one store call out."""

from services.notifier.domain.letter import LetterState
from services.notifier.domain.mail import Mail
from services.notifier.domain.persons import (
    corrected,
    given_out,
    given_out_mail,
    item_of_letter,
    item_of_mail,
    to_the_citizen,
)
from services.notifier.store import Letters
from services.notifier.store.mails import Mails, Returns
from shared.clock import Clock
from shared.documents import AlreadyProcessed, NotYet
from shared.events import (
    CloudEvent,
    ExportRequested,
    FoundItem,
    NotifierExported,
    NotifierFound,
    PersonSought,
    SubmitterCorrected,
)
from shared.files.store import Files
from shared.people import Sought
from shared.person_answers import PersonAnswers, told
from shared.person_exports import Export, keep
from shared.person_exports import told as told_export
from shared.seal import WrongKey


class PersonHandlers:
    """Answer what the notifier has of a person."""

    def __init__(
        self, letters: Letters, mails: Mails, returns: Returns, files: Files, answers: PersonAnswers, clock: Clock
    ) -> None:
        self.letters, self.mails, self.returns = letters, mails, returns
        self.files, self.answers, self.clock = files, answers, clock

    async def on_person_sought(self, event: CloudEvent[PersonSought]) -> None:
        """Letters to the address, mails from it, and whether letters came back from it. Names stand in texts alone."""
        sought, asked = Sought.of(event.data), event.data
        items: list[FoundItem] = []
        if sought.email:
            items += map(item_of_letter, await self.letters.to_address(sought.email))
            items += map(item_of_mail, await self.mails.from_address(sought.email))
            if await self.returns.knows(sought.email):
                items.append(FoundItem(kind="bounces", id="returns", by="email"))
        found = NotifierFound(request_id=asked.request_id, number=asked.number, found_at=self.clock(), **told(items))
        await self.answers.answer(found, handling=event)

    async def on_export_requested(self, event: CloudEvent[ExportRequested]) -> None:
        """The letters to the person, and the mails that they wrote, with their files."""
        await self.answers.require_new(event)
        asked = event.data
        letters = [one for one in await self.letters.of_messages(asked.message_ids) if to_the_citizen(one)]
        mails = await self.mails.of_person(asked.message_ids, asked.mail_ids)
        file = None
        with Export() as export:
            for letter in letters:
                export.add_json(f"letters/{letter.made_at:%Y-%m-%d} {letter.template}.json", given_out(letter))
            for mail in mails:
                folder = f"mails/{mail.received_at:%Y-%m-%d} {mail.id[:8]}"
                export.add_json(f"{folder}/mail.json", given_out_mail(mail))
                if mail.content and (raw := await self._content(mail)):
                    export.add(f"{folder}/mail.eml", raw)
                await export.add_files(f"{folder}/files", mail.files, self.files)
            if letters or mails:
                file = (await keep(self.files, asked, "notifier.zip", export.close())).ref
        said = NotifierExported(**told_export(asked, file), exported_at=self.clock())
        await self.answers.answer(said, handling=event)

    async def on_submitter_corrected(self, event: CloudEvent[SubmitterCorrected]) -> None:
        """Letters that wait go to the new address, and so does what follows. Each letter is a write of its own.

        One that is just being sent is looked at again when it has left. Nothing changes where the address is the same.
        """
        if "email" not in event.data.fields:
            return
        message_id, email, now = event.data.message_id, event.data.submitter.email, self.clock()
        await self.letters.answered_from(message_id, email, event.data.corrected_at)
        leaving = False
        for letter in filter(to_the_citizen, await self.letters.of_messages([message_id])):
            try:
                known = await self.letters.get(letter.id, handling=event)
            except AlreadyProcessed:  # before a crash between two of them
                continue
            if known.state is LetterState.QUEUED and known.leased_until and known.leased_until > now:
                leaving = True
            elif (changed := corrected(known, email, event.data.corrected_at, now)) != known:
                await self.letters.save(changed, handling=event)
        if leaving:
            raise NotYet(f"a letter of {message_id} is being sent")

    async def _content(self, mail: Mail) -> bytes:
        try:
            return await self.mails.content_of(mail)
        except WrongKey:  # it cannot be read by anybody
            return b""
