"""Where the letters of units go."""

from datetime import datetime

from pydantic import AwareDatetime

from shared.addresses import deliverable
from shared.events import ContactsChanged
from shared.state import Aggregate, State


class DeputyContact(State):
    """Who gets a unit's letters from one time to another, in place of ``role``."""

    email: str
    role: str = "responsible"
    since: AwareDatetime
    until: AwareDatetime


class Contact(State):
    """Where a unit's letters go, and in which language."""

    code: str
    email: str
    head_email: str | None = None
    deputies: tuple[DeputyContact, ...] = ()
    copies: tuple[str, ...] = ()
    language: str | None = None

    def recipient(self, role: str, now: datetime) -> str | None:
        """The address for this role now: a deputy's in their time. None when the unit has nobody in the role."""
        return self._deputy(role, now) or (self.head_email if role == "head" else self.email)

    def reader(self, role: str, now: datetime, passed_to: str = "") -> str | None:
        """Where a letter for this role goes now: to the responsible person where the unit has no head.

        ``passed_to``: who got it, in place of an address of no use (``instead``). None: nobody is in that role now.
        """
        if passed_to:
            deputy = self._deputy(role, now) if passed_to == "deputy" else None
            return deputy or self.recipient("head", now)
        return self.recipient(role, now) or self.recipient("responsible", now)

    def _deputy(self, role: str, now: datetime) -> str | None:
        acting = [one for one in self.deputies if one.role == role and one.since <= now < one.until]
        return max(acting, key=lambda one: one.since).email if acting else None

    def instead(self, role: str, failed: str, now: datetime) -> tuple[str, str] | None:
        """Who gets a letter that cannot be delivered to ``failed``: their role and address; None when nobody does.

        Another deputy of these days, else the head; nobody stands in for the head.
        """
        acting = [one.email for one in self.deputies if one.role == role and one.since <= now < one.until]
        others = [("deputy", email) for email in acting]
        if role != "head" and (head := self.recipient("head", now)):
            others.append(("head", head))
        known = deliverable(failed).casefold()
        return next((one for one in others if deliverable(one[1]).casefold() != known), None)

    def copied(self, recipient: str) -> list[str]:
        """The addresses for copies of a letter to this recipient, each once."""
        known, found = {deliverable(recipient)}, list[str]()
        for email in self.copies:
            if deliverable(email) not in known:
                known.add(deliverable(email))
                found.append(email)
        return found


class Contacts(Aggregate):
    """The addresses of all units, as the router told them last."""

    version: int = 0
    units: tuple[Contact, ...] = ()


def newer(contacts: Contacts, told: ContactsChanged) -> tuple[Contacts, set[str]]:
    """The newer of two snapshots, and the codes of the units with other contacts; events may arrive in any order."""
    if told.version <= contacts.version:
        return contacts, set()
    units = tuple(Contact.model_validate(unit) for unit in told.units)
    before = {unit.code: unit for unit in contacts.units}
    changed = {unit.code for unit in units if before.get(unit.code) != unit}
    return contacts.model_copy(update={"version": told.version, "units": units}), changed
