"""Letters to units: one event in, one letter stored."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from services.notifier.domain.composing import copies_of
from services.notifier.domain.letter import TEST, Letter, LetterState, invitation
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.store import Snapshots
from shared.documents import AlreadyProcessed, Erased, NotFound, NotYet
from shared.events import (
    AssignmentInvited,
    AssignmentRecalled,
    CloudEvent,
    ColleagueInvited,
    ExtensionDecided,
    OverviewRequested,
    TestLetterRequested,
    UnitReminded,
)

ToUnit = (
    AssignmentInvited | AssignmentRecalled | ExtensionDecided | OverviewRequested | TestLetterRequested | UnitReminded
)
CAUSES = {"invited": "invitation", "returned": "return", "new_link": "new_link", "informed": "news"}
"""The letter of each ``cause`` of an invitation."""

RESPONSIBLE = "responsible"
"""The role of a unit's person whose letters go to the unit's own address; the other one is ``head``."""
PATIENCE = timedelta(days=3)
"""How long a recall waits for the letter it follows: the portal, which has it written, may be away."""


class UnitHandlers:
    """Ask a unit, ask it again, and tell it when it is no longer asked."""

    def __init__(self, correspondence: Correspondence, snapshots: Snapshots) -> None:
        self.correspondence = correspondence
        self.letters = correspondence.letters
        self.snapshots = snapshots

    async def on_assignment_invited(self, event: CloudEvent[AssignmentInvited]) -> None:
        """The invitation to the unit, the return of its reply, news, or a new link; each contains the unit's link.

        A link that somebody asked for goes to the unit's own address alone.
        """
        data, first = event.data, invitation(event.data.assignment_id)
        to = await self._to(data, data.unit.code, data.unit.email)
        make, secrets = self.correspondence.letter, (data.link,)
        if (template := _invited_by(data)) == "invitation":
            letter = make(event, first, template, secrets=secrets, **to.frame)
            letter = letter.model_copy(update={"reply_expected": data.reply_expected})
        else:
            again = f"{data.assignment_id}.{template}.{event.id}"
            letter = make(event, again, template, secrets=secrets, thread=first, **to.frame)
        await self._add(letter, [] if template == "new_link" else to.copies, event)

    async def on_colleague_invited(self, event: CloudEvent[ColleagueInvited]) -> None:
        """The link of a colleague, to the address that somebody in the unit gave, in the language of the unit."""
        data = event.data
        contact = await self.snapshots.contact_of(data.unit.code)
        letter = self.correspondence.letter(
            event,
            f"{data.assignment_id}.colleague.{data.holder_id}",
            "colleague",
            to=data.email,
            language=(contact.language if contact else None) or "tr",
            secrets=(data.link,),
        )
        await self.letters.add(letter, handling=event)

    async def on_overview_requested(self, event: CloudEvent[OverviewRequested]) -> None:
        """The link to all open assignments of a unit, to the unit's own address alone."""
        data = event.data
        to = await self._to(data, data.unit.code, data.unit.email)
        letter_id = f"{data.request_id}.overview"
        letter = self.correspondence.letter(event, letter_id, "overview", secrets=(data.link,), **to.frame)
        await self.letters.add(letter, handling=event)

    async def on_assignment_recalled(self, event: CloudEvent[AssignmentRecalled]) -> None:
        """The unit learns that it is no longer asked, unless it never was: it had no duty to reply, or no invitation.

        Raises NotYet until the invitation is there, and at last NotFound.
        """
        data = event.data
        if data.reply_expected is False and data.cause != "recalled":
            return
        invited = await self._invited(event)
        if invited.state is LetterState.FAILED or not (invited.reply_expected or data.cause == "recalled"):
            return
        to = await self._to(data, invited.unit_code, invited.recipient)
        letter = self.correspondence.letter(
            event,
            f"{data.assignment_id}.recall",
            "recall",
            thread=invited.id,
            invited=invited.subject,
            **to.frame,
        )
        await self._add(letter, to.copies, event)

    async def on_letter_test_requested(self, event: CloudEvent[TestLetterRequested]) -> None:
        """Somebody tries whether letters arrive: at a unit, in its language, or at an address of their own."""
        data = event.data
        to = await self._to(data, data.unit.code if data.unit else None, data.email, data.language)
        letter = self.correspondence.letter(event, f"{data.test_id}.test", TEST, **to.frame)
        await self.letters.add(letter, handling=event)

    async def on_extension_decided(self, event: CloudEvent[ExtensionDecided]) -> None:
        """The unit learns whether it has more time."""
        data = event.data
        to, first = await self._to(data, data.unit.code, data.unit.email), invitation(data.assignment_id)
        answer = f"{data.assignment_id}.extension.{event.id}"
        letter = self.correspondence.letter(event, answer, "extension", thread=first, **to.frame)
        await self._add(letter, to.copies, event)

    async def on_unit_reminded(self, event: CloudEvent[UnitReminded]) -> None:
        """One letter about all that a unit has not replied to, to whoever is responsible or to its head."""
        data = event.data
        links = [one.link for one in data.assignments if one.link]
        to = await self._to(data, data.unit.code, data.unit.email, role=data.role)
        letter_id = f"{data.reminder_id}.reminder"
        letter = self.correspondence.letter(event, letter_id, "reminder", secrets=links, **to.frame)
        await self._add(self.correspondence.by_day(letter), to.copies, event)

    async def _invited(self, event: CloudEvent[AssignmentRecalled]) -> Letter:
        try:
            return await self.letters.get(invitation(event.data.assignment_id))
        except Erased:
            raise
        except NotFound:
            if self.correspondence.clock() - event.time < PATIENCE:
                raise NotYet(event.data.assignment_id) from None
            raise

    async def _add(self, letter: Letter, copies: list[str], event: CloudEvent[Any]) -> None:
        """Keep a letter and its copies; the letter is the last one, so it says whether all are there."""
        for copy in copies_of(letter, copies):
            with suppress(AlreadyProcessed):
                await self.letters.add(copy, handling=event)
        await self.letters.add(letter, handling=event)

    async def _to(
        self, data: ToUnit, code: str | None, email: str, language: str = "tr", role: str = RESPONSIBLE
    ) -> "_To":
        """Where a unit's letter goes now, or to ``email`` where an older version sent the event."""
        if code is None or data.contacts_version is None:
            return _To({"to": email, "language": language}, [])
        contact = await self.snapshots.contact_of(code, version=data.contacts_version)
        if contact is None:
            return _To({"to": email, "unit_code": code, "language": language}, [])
        now = self.correspondence.clock()
        recipient = contact.reader(role, now) or email
        frame = {"to": recipient, "unit_code": code, "language": contact.language or language, "role": role}
        return _To(frame, contact.copied(recipient) if role == RESPONSIBLE else [])


def _invited_by(data: AssignmentInvited) -> str:
    """The letter of a cause; events of older versions have none."""
    if data.cause in CAUSES:
        return CAUSES[data.cause]
    return "invitation" if data.returned_because is None else "return"


class _To(NamedTuple):
    """The ``frame`` of a unit's letter (recipient, unit and language), and who gets copies."""

    frame: dict[str, str]
    copies: list[str]
