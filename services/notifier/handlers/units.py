"""Letters to units: one event in, one letter stored."""

from datetime import timedelta
from typing import Any

from services.notifier.domain import Letter, LetterState, invitation
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.store import Snapshots
from shared.documents import Erased, NotFound, NotYet
from shared.events import AssignmentInvited, AssignmentRecalled, CloudEvent, UnitReminded

HEAD = "head"
PATIENCE = timedelta(days=3)
"""How long a recall waits for the letter it follows: the portal, which has it written, may be away."""


class UnitHandlers:
    """Ask a unit, ask it again, and tell it when it is no longer asked."""

    def __init__(self, correspondence: Correspondence, snapshots: Snapshots) -> None:
        self.correspondence = correspondence
        self.letters = correspondence.letters
        self.snapshots = snapshots

    async def on_assignment_invited(self, event: CloudEvent[AssignmentInvited]) -> None:
        """The invitation to the unit, or the return of its reply; both contain its link."""
        data, first = event.data, invitation(event.data.assignment_id)
        unit = await self._unit(data, data.unit.code, data.unit.email)
        make, secrets = self.correspondence.letter, (data.link,)
        if data.returned_because is None:
            letter = make(event, first, "invitation", secrets=secrets, **unit)
            letter = letter.model_copy(update={"reply_expected": data.reply_expected})
        else:
            again = f"{data.assignment_id}.return.{event.id}"
            letter = make(event, again, "return", secrets=secrets, thread=first, **unit)
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
        letter = self.correspondence.letter(
            event,
            f"{data.assignment_id}.recall",
            "recall",
            thread=invited.id,
            invited=invited.subject,
            **await self._unit(data, invited.unit_code, invited.recipient),
        )
        await self.letters.add(letter, handling=event)

    async def on_unit_reminded(self, event: CloudEvent[UnitReminded]) -> None:
        """One letter about all that a unit has not replied to, to whoever is responsible or to its head."""
        data = event.data
        links = [one.link for one in data.assignments if one.link]
        to = (
            {"to": await self._head(data)}
            if data.role == HEAD
            else await self._unit(data, data.unit.code, data.unit.email)
        )
        letter = self.correspondence.letter(event, f"{data.reminder_id}.reminder", "reminder", secrets=links, **to)
        await self.letters.add(self.correspondence.by_day(letter), handling=event)

    async def _head(self, data: UnitReminded) -> str:
        """The address of a unit's head; that of the unit where none is known."""
        return await self.snapshots.email_of(data.unit.code, version=data.contacts_version or 0) or data.unit.email

    async def _invited(self, event: CloudEvent[AssignmentRecalled]) -> Letter:
        try:
            return await self.letters.get(invitation(event.data.assignment_id))
        except Erased:
            raise
        except NotFound:
            if self.correspondence.clock() - event.time < PATIENCE:
                raise NotYet(event.data.assignment_id) from None
            raise

    async def _unit(
        self, data: AssignmentInvited | AssignmentRecalled | UnitReminded, code: str | None, email: str
    ) -> dict[str, Any]:
        """Where a unit's letter goes: to its newest address, or to ``email`` where an older version sent the event."""
        if code is None or data.contacts_version is None:
            return {"to": email}
        return {"to": await self.snapshots.email_of(code, version=data.contacts_version) or email, "unit_code": code}
