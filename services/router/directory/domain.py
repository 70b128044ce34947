"""The directory of faculties, departments and offices."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, StringConstraints, ValidationError

from services.router.access import AuditAction
from shared import institution
from shared.events import (
    ContactsChanged,
    DirectoryChanged,
    Event,
    InstitutionChanged,
    RouterAudited,
    UnitChanged,
    UnitContact,
)
from shared.institution import KindOption, LetterWording
from shared.refused import Refused
from shared.state import Aggregate, State, UnitName, UnitRef
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


class Snapshot(Aggregate):
    """What an audience was told last, whole; ``version`` grows with each change. ``event`` tells it."""

    event: ClassVar[type[Event]]
    version: int = 0


S = TypeVar("S", bound=Snapshot)


class Contacts(Snapshot):
    """The addresses of all units."""

    event = ContactsChanged
    units: tuple[Contact, ...] = ()


class Directory(Snapshot):
    """The names of the units among which a submitter may suggest one."""

    event = DirectoryChanged
    units: tuple[UnitName, ...] = ()


class Institution(Snapshot):
    """The institution, as ``InstitutionChanged`` has it."""

    event = InstitutionChanged
    name: Mapping[str, str] = {}
    hotline: str = ""
    url: str = ""
    email: str = ""
    phone: str = ""
    kinds: tuple[KindOption, ...] = ()
    answer_days: int = 0
    usual_days: int | None = None
    objection_days: int = 0
    short_name: str = ""
    primary_color: str | None = None
    accent_color: str | None = None
    logo: str = ""
    logo_type: str = ""
    notice: Mapping[str, str] = {}
    notice_url: str = ""
    wordings: tuple[LetterWording, ...] = ()


CONTACTS, DIRECTORY, INSTITUTION = "contacts", "directory", "institution"
SNAPSHOTS: Mapping[str, type[Snapshot]] = {CONTACTS: Contacts, DIRECTORY: Directory, INSTITUTION: Institution}
"""One for each audience, by id."""
LONGEST_LOGO = 90_000
"""Characters of base64: 64 KB and a little."""
BOOKKEEPING = frozenset(Snapshot.model_fields)


def renewed(told: S, fresh: S, *, known: int | None = None) -> tuple[S, Event] | None:
    """What is now (``fresh``) as the next version of what was told; None when it was told.

    ``known`` is the version that a listener has. One that is behind is told again. One that is ahead, because of a
    restored backup of ours, gets a version above its own.
    """
    now = {field: getattr(fresh, field) for field in type(fresh).model_fields if field not in BOOKKEEPING}
    changed = any(getattr(told, field) != value for field, value in now.items())
    if changed or (known is not None and known > told.version):
        told = told.model_copy(update={"version": max(told.version, known or 0) + 1} | now)
    elif known is None or known == told.version:
        return None
    return told, told.event.model_validate(told)


def contacts_of(addresses: Mapping[str, str]) -> Contacts:
    """The addresses by code. An improper one is left out: it must not stop the others."""
    units = tuple(Contact(code=code, email=email) for code, email in sorted(addresses.items()) if _proper(email))
    return Contacts(id=CONTACTS, units=units)


def directory_of(units: Iterable[Unit]) -> Directory:
    """The names of the active units, in this order."""
    names = (UnitName(code=unit.id, name_tr=unit.name_tr, name_en=unit.name_en) for unit in units if unit.active)
    return Directory(id=DIRECTORY, units=tuple(names))


def institution_told(known: institution.Institution) -> Institution:
    """What is told of the institution. A logo that no event can carry stays with the services' own settings."""
    carried = known if len(known.logo) <= LONGEST_LOGO else known.model_copy(update={"logo": "", "logo_type": ""})
    return Institution.model_validate({"id": INSTITUTION} | carried.model_dump())


def unit_changed(before: Unit | None, after: Unit, now: datetime) -> list[Event]:
    """What follows from another address, name or state of a unit, or from a new one.

    Whoever has its address gets the unit's links: another address is audited.
    """
    told = ("email", "name_tr", "name_en", "active")
    if before and all(getattr(before, field) == getattr(after, field) for field in told):
        return []
    if before is None or before.email == after.email:
        return [UnitChanged(code=after.id)]
    action = AuditAction.UNIT_ADDRESS_CHANGED
    record = RouterAudited(action=action, object_kind="unit", object_id=after.id, fields=("email",), at=now)
    return [UnitChanged(code=after.id), record]


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
