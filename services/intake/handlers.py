"""What others report about a case, and about the institution: one event in, one store call out."""

from services.intake.domain.institution import with_directory, with_institution, with_public_page
from services.intake.domain.progress import (
    TO_THE_WRITER,
    answer,
    ask,
    ask_whether_kept,
    came_back,
    close,
    corrected_by_desk,
    inform,
    progress,
)
from services.intake.store import Messages, Snapshots
from shared.events import (
    AddressCorrected,
    CaseAnswered,
    CaseClosed,
    CaseInformed,
    CaseProgressed,
    CloudEvent,
    DirectoryChanged,
    InstitutionChanged,
    LetterFailed,
    PromiseAsked,
    PublicPageChanged,
    QuestionAsked,
)


class MessageHandlers:
    """Keep the status page of a message up to date."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages

    async def on_case_progressed(self, event: CloudEvent[CaseProgressed]) -> None:
        """The status page shows the next step."""
        message = progress(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_case_answered(self, event: CloudEvent[CaseAnswered]) -> None:
        """The status page shows the answer."""
        message = answer(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_case_informed(self, event: CloudEvent[CaseInformed]) -> None:
        """The status page shows the interim answer."""
        message = inform(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_case_closed(self, event: CloudEvent[CaseClosed]) -> None:
        """The status page shows that the case is closed, and why."""
        message = close(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_question_asked(self, event: CloudEvent[QuestionAsked]) -> None:
        """The status page shows the question."""
        message = ask(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_promise_asked(self, event: CloudEvent[PromiseAsked]) -> None:
        """The status page asks whether what was promised was done."""
        message = ask_whether_kept(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_letter_failed(self, event: CloudEvent[LetterFailed]) -> None:
        """The status page says that a letter to the writer came back. Letters to others do not matter here."""
        if event.data.template not in TO_THE_WRITER:
            return
        message = came_back(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)

    async def on_address_corrected(self, event: CloudEvent[AddressCorrected]) -> None:
        """Letters to the writer go to another address, and the status page no longer asks for one."""
        message = corrected_by_desk(await self.messages.get(event.data.message_id, handling=event), event.data)
        await self.messages.save(message, handling=event)


class SnapshotHandlers:
    """Keep the newest snapshots. Their version tells whether one was handled before."""

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots

    async def on_directory_changed(self, event: CloudEvent[DirectoryChanged]) -> None:
        """The form offers these units."""
        known = await self.snapshots.stored()
        snapshot = with_directory(known, event.data)
        if snapshot is not known:
            await self.snapshots.save(snapshot)

    async def on_institution_changed(self, event: CloudEvent[InstitutionChanged]) -> None:
        """Pages show this name and these kinds and days."""
        known = await self.snapshots.stored()
        snapshot = with_institution(known, event.data)
        if snapshot is not known:
            await self.snapshots.save(snapshot)

    async def on_public_page_changed(self, event: CloudEvent[PublicPageChanged]) -> None:
        """Everybody sees these figures and answers, or none."""
        known = await self.snapshots.stored()
        snapshot = with_public_page(known, event.data)
        if snapshot is not known:
            await self.snapshots.save(snapshot)
