"""What the privacy officer asks about one person: find, give out, correct. One event in, one store call out."""

from services.replies.domain.assignment import Assignment
from services.replies.domain.persons import correct, given_out, items_of, signed
from services.replies.store import Assignments
from shared.clock import Clock
from shared.documents import AlreadyProcessed
from shared.events import CloudEvent, ExportRequested, PersonSought, RepliesExported, RepliesFound, SubmitterCorrected
from shared.files.named import files_in
from shared.files.store import Files
from shared.people import Sought
from shared.person_answers import PersonAnswers, told
from shared.person_exports import Export, keep
from shared.person_exports import told as told_export


class PersonHandlers:
    """Answer what the portal has of a person."""

    def __init__(self, assignments: Assignments, files: Files, answers: PersonAnswers, clock: Clock) -> None:
        self.assignments, self.files, self.answers, self.clock = assignments, files, answers, clock

    async def on_person_sought(self, event: CloudEvent[PersonSought]) -> None:
        """Assignments of the person's messages, and those that they signed or held."""
        sought, asked = Sought.of(event.data), event.data
        found = await self.assignments.of_person(sought)
        items = [item for assignment in found for item in items_of(assignment, sought)]
        answer = RepliesFound(request_id=asked.request_id, number=asked.number, found_at=self.clock(), **told(items))
        await self.answers.answer(answer, handling=event)

    async def on_export_requested(self, event: CloudEvent[ExportRequested]) -> None:
        """To which units the messages went, with the files of approved replies; and what a unit's person signed."""
        await self.answers.require_new(event)
        asked = event.data
        of_messages = await self.assignments.of_messages(asked.message_ids)
        of_signatures = await self.assignments.those(asked.signatures) if asked.signatures else []
        with Export() as export:
            for number, assignment in enumerate(of_messages, start=1):
                await self._add(export, f"{assignment.reference}/{number}", assignment)
            if of_signatures:
                export.add_json("signatures.json", [signed(assignment) for assignment in of_signatures])
            file = None
            if of_messages or of_signatures:
                file = (await keep(self.files, asked, "replies.zip", export.close())).ref
        said = RepliesExported(**told_export(asked, file), exported_at=self.clock())
        await self.answers.answer(said, handling=event)

    async def on_submitter_corrected(self, event: CloudEvent[SubmitterCorrected]) -> None:
        """Units that know the submitter know the right name. Each assignment is a write of its own.

        Raises NotFound for one that has not arrived: it brings the wrong name.
        """
        known_here = [one.id for one in await self.assignments.of_messages([event.data.message_id])]
        for assignment_id in dict.fromkeys((*known_here, *event.data.assignments)):
            try:
                known = await self.assignments.get(assignment_id, handling=event)
                await self.assignments.save(correct(known, event.data), handling=event)
            except AlreadyProcessed:  # before a crash between two of them
                continue

    async def _add(self, export: Export, folder: str, assignment: Assignment) -> None:
        export.add_json(f"{folder}/assignment.json", given_out(assignment))
        approved = assignment.counted if assignment.accepted is not None else None
        if approved:
            await export.add_files(f"{folder}/files", files_in(approved).values(), self.files)
