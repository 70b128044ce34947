"""What happens in a life and changes no figure: letters, notes, tags, who holds an assignment, mails, reminders."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.copies import set_copy
from services.router.cases.domain.correcting import correct_submitter
from services.router.cases.domain.legal_hold import hold, lift
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.links import link, unlink
from services.router.cases.domain.mailed import attach
from services.router.cases.domain.mails import mail_of
from services.router.cases.domain.notes import take_note
from services.router.cases.domain.reading import distrust, look_at, trust
from services.router.cases.domain.states import Priority
from services.router.cases.domain.undelivered import correct_address, note_dealt_with
from services.router.cases.domain.work import assign, set_priority, set_tags
from shared import events
from shared.refused import Refused
from tests import examples as example
from tests.router.simulated.telling import Act, Teller, Telling


class Asides(Teller):
    """All of it."""

    async def aside(self) -> None:
        """Anything of it, where it is possible now."""
        acts: list[Act] = [self._works, self._works, self._reads, self._is_told, self._is_told, self._of_assignment]
        with suppress(Refused):
            await self.chance.choice(acts)()

    async def _works(self) -> None:
        """An officer's own work on the case."""
        case, now = await self.case(), dict[str, Any](by=self.officer, now=self.now)
        other = example.case(id=self.another())
        changes: list[Callable[[], Case]] = [
            lambda: assign(case, self.chance.choice([self.officer.id, None]), "n", **now),
            lambda: set_priority(case, self.chance.choice([*Priority]), **now),
            lambda: set_tags(case, [self.another()], **now),
            lambda: take_note(case, note_id=self.another(), text="n", **now),
            lambda: set_copy(case, self.another(), **now),
            lambda: link(case, other, **now),
            lambda: unlink(link(case, other, **now), other, **now),
            lambda: trust(case, **now) if case.doubtful else distrust(case, **now),
            lambda: look_at(case, **now),
        ]
        changed = self.chance.choice(changes)()
        if changed is not case:
            await self.save(changed)

    async def _reads(self) -> None:
        """What the officer does about addresses, mails and a lawsuit."""
        case, now = await self.case(), dict[str, Any](by=self.officer, now=self.now)
        letter = DeskLetter(id=self.another(), message_id=self.id, template="receipt", recipient="wrong@example.org")
        mail = mail_of(self._mail(None))
        person = example.person(name=self.another())
        acts: list[Callable[[], Any]] = [
            lambda: correct_address(case, letter, f"{self.another()}@example.org", **now),
            lambda: (note_dealt_with(case, letter, "telephoned", **now), []),
            lambda: lift(case, "b", **now) if case.hold else hold(case, "w", **now),
            lambda: attach(mail, case, **now)[::2],
            lambda: correct_submitter(case, person, **now),
        ]
        changed, announcing = self.chance.choice(acts)()
        if changed is not case:
            await self.save(changed, announcing)

    async def _is_told(self) -> None:
        """What others say of the whole case."""
        of, at = {"message_id": self.id}, self.now
        file = {"file_id": self.another(), "state": "clean", "checked_at": at}
        about: dict[str, Any] = of | {"reference": "26-7KX4-9Q", "subject": "s", "cause": "untaken"}
        reminder = {"reminder_id": self.another(), "account_id": "x", "email": "x@klu.example", "name": "n"}
        mail = self._mail(self.id)
        checked = {"mail_id": mail.mail_id} | file
        told: list[list[Telling]] = [
            [(self.on_submitter.on_file_checked, events.FileChecked.model_validate(of | file))],
            [(self.on_submitter.on_contact_corrected, self._contact())],
            self._letters(of),
            [
                (
                    self.on_reminder.on_officer_reminded,
                    events.OfficerReminded.model_validate(
                        reminder | {"cause": "untaken", "cases": [about], "reminded_at": at}
                    ),
                )
            ],
            [(self.on_mail.on_mail_received, mail)],
        ]
        chosen = self.chance.choice(told)
        await self.happen(*chosen)
        if chosen == told[-1]:
            await self.happen((self.on_mail.on_mail_file_checked, events.MailFileChecked.model_validate(checked)))

    def _mail(self, case_id: str | None) -> events.MailReceived:
        given = {"mail_id": self.another(), "purpose": "case", "text": "t", "received_at": self.now}
        return events.MailReceived.model_validate(given | {"message_id": case_id})

    def _contact(self) -> events.ContactCorrected:
        email = f"{self.another()}@example.org"
        return events.ContactCorrected(message_id=self.id, email=email, corrected_at=self.now)

    def _letters(self, of: dict[str, Any]) -> list[Telling]:
        given = of | {"letter_id": self.another(), "template": "invitation"}
        failed = given | {"reason": "550", "failed_at": self.now}
        return [
            (self.on_case.on_letter_sent, _read(events.LetterSent, given | {"sent_at": self.now})),
            (self.on_case.on_letter_failed, _read(events.LetterFailed, failed)),
        ]

    async def _of_assignment(self) -> None:
        """What is said of one assignment."""
        case = await self.case()
        if not case.assignments:
            return
        assignment = self.chance.choice(case.assignments)
        of: dict[str, Any] = {"message_id": self.id, "assignment_id": assignment.id}
        holder = of | {"holder_id": self.another(), "name": "n", "by": "b"}
        holder |= {"handed_on_at": self.now, "taken_back_at": self.now}
        due = of | {"reference": "26-7KX4-9Q", "subject": "s", "due_at": self.now}
        reminder = {"reminder_id": self.another(), "unit": assignment.unit.model_dump(), "cause": "due"}
        file = of | {"file_id": self.another(), "state": "clean", "checked_at": self.now}
        told: list[list[Telling]] = [
            [
                (self.on_unit.on_assignment_handed_on, _read(events.AssignmentHandedOn, holder)),
                (self.on_unit.on_assignment_taken_back, _read(events.AssignmentTakenBack, holder)),
            ],
            [(self.on_case.on_assignment_viewed, _read(events.AssignmentViewed, of | {"viewed_at": self.now}))],
            self._letters(of),
            [(self.on_unit.on_unit_file_checked, _read(events.UnitFileChecked, file))],
            [
                (
                    self.on_reminder.on_unit_reminder_requested,
                    _read(events.UnitReminderRequested, reminder | {"assignments": [due], "requested_at": self.now}),
                )
            ],
        ]
        await self.happen(*self.chance.choice(told))


def _read(event: type[events.Event], given: dict[str, Any]) -> events.Event:
    return event.model_validate({name: value for name, value in given.items() if name in event.model_fields})
