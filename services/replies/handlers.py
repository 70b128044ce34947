"""What the desk asks of units: one event in, one store call out."""

from services.replies.config import Settings
from services.replies.domain.asking import decide_question, inform
from services.replies.domain.following import (
    accept,
    decide_extension,
    open_assignment,
    recall,
    reschedule,
    take_back,
)
from services.replies.domain.reminding import remind
from services.replies.store import Assignments, Reminders, UnitFiguresStore
from shared.clock import Clock, utc_now
from shared.directory_snapshots import DirectorySnapshots
from shared.events import (
    AssignmentInformed,
    AssignmentRecalled,
    AssignmentRequested,
    AssignmentRescheduled,
    CloudEvent,
    DirectoryChanged,
    ExtensionDecided,
    InstitutionChanged,
    ReplyAccepted,
    ReplyReturned,
    UnitFiguresChanged,
    UnitQuestionDecided,
    UnitReminderRequested,
)
from shared.institution_snapshots import InstitutionSnapshots


class AssignmentHandlers:
    """Open, return and end the assignments of units."""

    def __init__(self, assignments: Assignments, settings: Settings) -> None:
        self.assignments = assignments
        self.link = {"secret": settings.secret_key.get_secret_value(), "base_url": settings.replies_url}

    async def on_assignment_requested(self, event: CloudEvent[AssignmentRequested]) -> None:
        """The unit is invited with a link of its own."""
        assignment, announcing = open_assignment(event.data, **self.link)
        await self.assignments.add(assignment, announcing=announcing, handling=event)

    async def on_assignment_recalled(self, event: CloudEvent[AssignmentRecalled]) -> None:
        """The unit is no longer asked."""
        assignment = recall(await self.assignments.get(event.data.assignment_id, handling=event), event.data)
        await self.assignments.save(assignment, handling=event)

    async def on_assignment_rescheduled(self, event: CloudEvent[AssignmentRescheduled]) -> None:
        """The unit has another last day."""
        assignment = reschedule(await self.assignments.get(event.data.assignment_id, handling=event), event.data)
        await self.assignments.save(assignment, handling=event)

    async def on_extension_decided(self, event: CloudEvent[ExtensionDecided]) -> None:
        """The hotline has decided about more time."""
        assignment = decide_extension(await self.assignments.get(event.data.assignment_id, handling=event), event.data)
        await self.assignments.save(assignment, handling=event)

    async def on_reply_returned(self, event: CloudEvent[ReplyReturned]) -> None:
        """The unit is asked to revise its reply."""
        found = await self.assignments.get(event.data.assignment_id, handling=event)
        assignment, announcing = take_back(found, event.data, **self.link)
        await self.assignments.save(assignment, announcing=announcing, handling=event)

    async def on_reply_accepted(self, event: CloudEvent[ReplyAccepted]) -> None:
        """The unit has nothing more to do."""
        assignment = accept(await self.assignments.get(event.data.assignment_id, handling=event), event.data)
        await self.assignments.save(assignment, handling=event)

    async def on_assignment_informed(self, event: CloudEvent[AssignmentInformed]) -> None:
        """There is news of the case, such as what the submitter answered."""
        found = await self.assignments.get(event.data.assignment_id, handling=event)
        assignment, announcing = inform(found, event.data, **self.link)
        await self.assignments.save(assignment, announcing=announcing, handling=event)

    async def on_unit_question_decided(self, event: CloudEvent[UnitQuestionDecided]) -> None:
        """The hotline has asked what the unit wants to know, or not."""
        assignment = decide_question(await self.assignments.get(event.data.assignment_id, handling=event), event.data)
        await self.assignments.save(assignment, handling=event)


class InstitutionHandlers:
    """Keep what the desk says about the institution."""

    def __init__(self, snapshots: InstitutionSnapshots) -> None:
        self.snapshots = snapshots

    async def on_institution_changed(self, event: CloudEvent[InstitutionChanged]) -> None:
        """Keep a newer version."""
        await self.snapshots.keep(event.data)


class DirectoryHandlers:
    """Keep the units that may be suggested."""

    def __init__(self, directory: DirectorySnapshots) -> None:
        self.directory = directory

    async def on_directory_changed(self, event: CloudEvent[DirectoryChanged]) -> None:
        """Keep a newer version."""
        await self.directory.keep(event.data)


class FiguresHandlers:
    """Keep what the units are told of themselves."""

    def __init__(self, figures: UnitFiguresStore) -> None:
        self.figures = figures

    async def on_unit_figures_changed(self, event: CloudEvent[UnitFiguresChanged]) -> None:
        """Keep a newer version."""
        await self.figures.keep(event.data)


class ReminderHandlers:
    """Give reminders the links of what is open."""

    def __init__(
        self, assignments: Assignments, reminders: Reminders, settings: Settings, clock: Clock = utc_now
    ) -> None:
        self.assignments, self.reminders, self.clock = assignments, reminders, clock
        self.link = {"secret": settings.secret_key.get_secret_value(), "base_url": settings.replies_url}

    async def on_unit_reminder_requested(self, event: CloudEvent[UnitReminderRequested]) -> None:
        """A unit, or its head, is to be reminded."""
        known = await self.assignments.those(one.assignment_id for one in event.data.assignments)
        reminder, announcing = remind(event.data, known, **self.link, now=self.clock())
        await self.reminders.add(reminder, announcing=announcing, handling=event)
