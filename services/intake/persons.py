"""What the privacy officer asks about one person: find, give out, correct. One event in, one store call out."""

from services.intake.domain.message import Message
from services.intake.domain.persons import correct, given_out, item_of, items_of
from services.intake.store import LostRequests, Messages
from shared.clock import Clock
from shared.events import (
    CloudEvent,
    ExportRequested,
    FileRef,
    IntakeExported,
    IntakeFound,
    PersonSought,
    SubmitterCorrected,
)
from shared.files.named import files_in
from shared.files.store import Files
from shared.people import Sought
from shared.person_answers import PersonAnswers, told
from shared.person_exports import Export, keep
from shared.person_exports import told as told_export


class PersonHandlers:
    """Answer what intake has of a person."""

    def __init__(
        self, messages: Messages, lost: LostRequests, files: Files, answers: PersonAnswers, clock: Clock
    ) -> None:
        self.messages, self.lost, self.files, self.answers, self.clock = messages, lost, files, answers, clock

    async def on_person_sought(self, event: CloudEvent[PersonSought]) -> None:
        """Messages that the person wrote or that are for them, and requests for lost codes."""
        sought, asked = Sought.of(event.data), event.data
        items = [item for message in await self.messages.of_person(sought) for item in items_of(message, sought)]
        items += map(item_of, await self.lost.of_person(sought))
        found = IntakeFound(request_id=asked.request_id, number=asked.number, found_at=self.clock(), **told(items))
        await self.answers.answer(found, handling=event)

    async def on_export_requested(self, event: CloudEvent[ExportRequested]) -> None:
        """The messages, with what came of them, and their files."""
        await self.answers.require_new(event)
        messages = await self.messages.those(event.data.message_ids)
        file = await self._part(event.data, messages) if messages else None
        said = IntakeExported(**told_export(event.data, file), exported_at=self.clock())
        await self.answers.answer(said, handling=event)

    async def on_submitter_corrected(self, event: CloudEvent[SubmitterCorrected]) -> None:
        """Name, address and phone are others from now on."""
        message = correct(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def _part(self, asked: ExportRequested, messages: list[Message]) -> FileRef:
        with Export() as export:
            for message in messages:
                export.add_json(f"{message.reference}/message.json", given_out(message))
                own = [file for file in files_in(message).values() if file.owner == "intake"]
                await export.add_files(f"{message.reference}/files", own, self.files)
            return (await keep(self.files, asked, "intake.zip", export.close())).ref
