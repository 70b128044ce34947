"""What other services are told of the directory and of the institution: full, versioned snapshots."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import AwareDatetime, ValidationError

from services.router.directory.domain.units import Unit
from shared import institution
from shared.events import (
    ContactsChanged,
    DeputyContact,
    DirectoryChanged,
    Event,
    InstitutionChanged,
    UnitContact,
)
from shared.institution import KindOption, LetterWording
from shared.state import Aggregate, State, UnitName

TOLD_OF_CONTACTS = ("email", "head_email", "deputies", "copies", "language", "successor", "moves")
"""The stored fields of a unit from which its contact is made."""


class DeputyOfContact(State):
    """As ``events.DeputyContact``."""

    email: str
    role: str = "responsible"
    since: AwareDatetime
    until: AwareDatetime


class Contact(State):
    """Where a unit's letters go."""

    code: str
    email: str
    head_email: str | None = None
    deputies: tuple[DeputyOfContact, ...] = ()
    copies: tuple[str, ...] = ()
    language: str | None = None


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
    quiet_from: int | None = None
    quiet_until: int | None = None


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


def contacts_of(stored: Iterable[Mapping[str, Any]]) -> Contacts:
    """The contacts of units as they are stored. An improper address is left out: it must not stop the others.

    A unit whose cases went to another one has the contact of that one.
    """
    units = {unit["_id"]: unit for unit in stored}
    made = {code: _contact(code, unit) for code, unit in units.items()}
    told = {code: made.get(_last(code, units)) or contact for code, contact in made.items()}
    found = (contact.model_copy(update={"code": code}) for code, contact in sorted(told.items()) if contact)
    return Contacts(id=CONTACTS, units=tuple(found))


def _last(code: str, units: Mapping[str, Mapping[str, Any]]) -> str:
    """The unit to which the letters of this one go."""
    met = {code}
    while (unit := units[code]).get("moves") and unit.get("successor") in units and unit["successor"] not in met:
        code = unit["successor"]
        met.add(code)
    return code


def _contact(code: str, unit: Mapping[str, Any]) -> Contact | None:
    """A unit's contact without what no event may hold; None without an address."""
    email, head = unit.get("email"), unit.get("head_email")
    if not _proper(UnitContact, code="x", email=email):
        return None
    return Contact(
        code=code,
        email=str(email),
        head_email=head if head and _proper(UnitContact, code="x", email=head) else None,
        deputies=tuple(
            DeputyOfContact(**{name: one[name] for name in DeputyOfContact.model_fields})
            for one in unit.get("deputies") or ()
            if _proper(DeputyContact, **one)
        ),
        copies=tuple(copy for copy in unit.get("copies") or () if _proper(UnitContact, code="x", email=copy)),
        language=unit.get("language"),
    )


def directory_of(units: Iterable[Unit]) -> Directory:
    """The names of the active units, in this order."""
    names = (UnitName(code=unit.id, name_tr=unit.name_tr, name_en=unit.name_en) for unit in units if unit.active)
    return Directory(id=DIRECTORY, units=tuple(names))


def institution_told(known: institution.Institution) -> Institution:
    """What is told of the institution. A logo that no event can carry stays with the services' own settings."""
    carried = known if len(known.logo) <= LONGEST_LOGO else known.model_copy(update={"logo": "", "logo_type": ""})
    return Institution.model_validate({"id": INSTITUTION} | carried.model_dump())


def _proper(part: type[UnitContact] | type[DeputyContact], **values: Any) -> bool:
    """Whether an event may hold this: an address from before addresses were checked must not stop the others."""
    try:
        return bool(part.model_validate(values))
    except ValidationError:
        return False
