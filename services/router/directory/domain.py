"""The directory of faculties, departments and offices."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints, ValidationError

from services.router.access import AuditAction
from shared.events import ContactsChanged, Event, RouterAudited, UnitChanged, UnitContact
from shared.refused import Refused
from shared.state import Aggregate, State, UnitRef
from shared.text import Email, Line

COLUMNS = ("code", "parent", "kind", "name_tr", "name_en", "email")


class Unit(Aggregate):
    """A unit. ``id`` is its short code, ``email`` receives its invitations. Nothing is routed to an inactive unit."""

    parent: str = ""
    kind: str = "other"
    name_tr: str
    name_en: str
    email: str
    active: bool = True

    @property
    def address(self) -> UnitRef:
        """The unit as cases store it."""
        return UnitRef(code=self.id, name_tr=self.name_tr, name_en=self.name_en, email=self.email)


class UnitEntry(BaseModel):
    """Validated input for a unit, from a form or a table.

    A code has lower-case letters, digits and hyphens, because it is part of a URL.
    """

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    parent: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    kind: str = "other"
    name_tr: Line
    name_en: Line
    email: Email

    def unit(self, *, active: bool = True) -> Unit:
        """The entry as a unit of the directory."""
        return Unit(
            id=self.code,
            parent=self.parent,
            kind=self.kind,
            name_tr=self.name_tr,
            name_en=self.name_en,
            email=self.email,
            active=active,
        )


class BadTable(Refused):
    """A table of units is invalid at ``line`` (from 1)."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.line = line


class Contact(State):
    """Where a unit's letters go."""

    code: str
    email: str


class Contacts(Aggregate):
    """The addresses of all units, as they were told last; ``version`` grows with each change."""

    version: int = 0
    units: tuple[Contact, ...] = ()


def renewed(
    contacts: Contacts, addresses: Mapping[str, str], *, known: int | None = None
) -> tuple[Contacts, ContactsChanged] | None:
    """The addresses as they are now, by code; None when they were told. ``known`` is the version that a listener has.

    One that is behind is told again. One that is ahead, because of a restored backup of ours, gets a version above its
    own.
    """
    units = tuple(Contact(code=code, email=email) for code, email in sorted(addresses.items()) if _proper(email))
    ahead = known is not None and known > contacts.version
    if units != contacts.units or ahead:
        contacts = contacts.model_copy(update={"version": max(contacts.version, known or 0) + 1, "units": units})
    elif known is None or known == contacts.version:
        return None
    told = tuple(UnitContact.model_validate(unit) for unit in contacts.units)
    return contacts, ContactsChanged(version=contacts.version, units=told)


def address_changed(before: Unit | None, after: Unit, now: datetime) -> list[Event]:
    """What follows from another address, or from the first one. Whoever has it gets the unit's links: it is audited."""
    if before and before.email == after.email:
        return []
    action = AuditAction.UNIT_ADDRESS_CHANGED
    record = RouterAudited(action=action, object_kind="unit", object_id=after.id, fields=("email",), at=now)
    return [UnitChanged(code=after.id), *([record] if before else [])]


def units_from_csv(text: str) -> list[Unit]:
    """Read CSV with the columns ``COLUMNS``, separated by commas or semicolons. Raises BadTable."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        return _units(rows)
    except csv.Error:
        raise _invalid(rows.line_num) from None


def _units(rows: "csv.DictReader[str]") -> list[Unit]:
    rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
    if not set(COLUMNS) <= set(rows.fieldnames):
        raise BadTable("The first line must name the columns code, parent, kind, name_tr, name_en and email.", 1)
    units: dict[str, Unit] = {}
    for row in rows:
        unit = _unit(row, rows.line_num)
        if unit.id in units:
            raise BadTable("The same code stands twice in the table.", rows.line_num)
        units[unit.id] = unit
    if not units:
        raise BadTable("The table names no unit.", 1)
    return list(units.values())


def _unit(row: dict[str, str | None], line: int) -> Unit:
    try:
        return UnitEntry.model_validate({name: (row.get(name) or "").strip() for name in COLUMNS}).unit()
    except ValidationError:
        raise _invalid(line) from None


def _proper(email: str) -> bool:
    """Whether an address may stand in an event: one from before addresses were checked must not stop the others."""
    try:
        return bool(UnitContact(code="x", email=email))
    except ValidationError:
        return False


def _invalid(line: int) -> BadTable:
    return BadTable("This line is not valid: please check code, names and e-mail address.", line)
