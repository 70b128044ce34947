"""The directory of faculties, departments and offices."""

import csv
import io
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints, ValidationError

from services.router.access import AuditAction
from shared.events import RouterAudited
from shared.refused import Refused
from shared.state import Aggregate, UnitRef
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


def address_changed(before: Unit, after: Unit, now: datetime) -> list[RouterAudited]:
    """The record for the audit log when the address is another one: whoever has it gets the unit's links."""
    if before.email == after.email:
        return []
    action = AuditAction.UNIT_ADDRESS_CHANGED
    return [RouterAudited(action=action, object_kind="unit", object_id=after.id, fields=("email",), at=now)]


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


def _invalid(line: int) -> BadTable:
    return BadTable("This line is not valid: please check code, names and e-mail address.", line)
