"""What a table of units would change in the directory: each row is new, changed, unchanged or wrong."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime, ValidationError

from services.router.directory.domain.tables import BadTable, Rows
from services.router.directory.domain.units import Unit, UnitEntry, changed, in_circles
from services.router.directory.domain.words import ANSWERS, HEADINGS, KINDS, LANGUAGES, fold, small
from services.router.history import changed_fields
from shared.events import Event
from shared.state import Actor, Aggregate, State
from shared.tables import unguarded

NEEDED: Final = ("name_tr", "email")
"""Columns that a new unit needs, beside its code."""
KEPT: Final = ("code", "kind", "name_tr", "name_en", "email", "language", "takes_compliments", "active")
"""Columns whose empty cells never erase anything."""
HEADINGS_BEFORE: Final = 10
"""A table may have so many rows above its headings, such as a title."""
UNKNOWN_KIND = "There is no such kind of unit."
UNKNOWN_PARENT = "There is no unit with this code or name in the directory or in this table."
CIRCLE = "The unit would belong to itself."
TWICE = "The same code stands twice in the table."
NO_CODE = "The code is missing."
NO_ANSWER = "Please write yes or no."
UNKNOWN_LANGUAGE = "Please write tr or en."


class Verdict(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


class TableRow(State):
    """A row with something in it. ``line`` is its number in the table, ``cells`` the text by column."""

    line: int
    cells: Mapping[str, str]


class UnitImport(Aggregate):
    """A table that somebody wants to import, for a day. ``erase``: empty cells erase what is there.

    ``counts``: how many rows were new and changed when it was applied.
    """

    at: AwareDatetime
    by: Actor
    name: str = ""
    rows: tuple[TableRow, ...] = ()
    erase: bool = False
    applied_at: AwareDatetime | None = None
    counts: Mapping[str, int] = {}


@dataclass(frozen=True)
class Fault:
    """Why a row is wrong: the column, and pydantic's error or the sentence (a msgid)."""

    column: str
    sentence: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedRow:
    """A row with what it would do. ``before`` is the unit as it is, ``after`` as it would be."""

    line: int
    code: str
    cells: Mapping[str, str]
    before: Unit | None = None
    after: Unit | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that would change."""
        return changed_fields(self.before, self.after) if self.before and self.after else ()

    @property
    def verdict(self) -> Verdict:
        """What becomes of the row."""
        if self.faults:
            return Verdict.WRONG
        if self.before is None:
            return Verdict.NEW
        return Verdict.CHANGED if self.fields else Verdict.UNCHANGED


@dataclass(frozen=True)
class Plan:
    """What a table would do now."""

    rows: tuple[PlannedRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each verdict."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def wrong(self) -> bool:
        """Whether some row is wrong: then nothing is applied."""
        return any(row.faults for row in self.rows)

    @property
    def digest(self) -> str:
        """The same for the same changes of the same units: it says that a plan is the one that somebody has read."""
        what = [(r.line, r.code, r.verdict, r.before and r.before.revision, r.after) for r in self.rows]
        return hashlib.sha256(repr(what).encode()).hexdigest()

    def changes(self, *, by: Actor, now: datetime) -> list[tuple[Unit | None, Unit, list[Event]]]:
        """The units to be written, each with its history and what it owes."""
        rows = [(row.before, row.after) for row in self.rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
        return [(before, *changed(before, after, by=by, now=now)) for before, after in rows if after]


def read_rows(rows: Rows) -> tuple[TableRow, ...]:
    """The rows of a table under its headings, without empty ones. Raises BadTable."""
    at, names = _headings(rows)
    found = [
        TableRow(line=line, cells={name: cell for name, cell in zip(names, row, strict=False) if name})
        for line, row in enumerate(rows[at + 1 :], at + 2)
        if any(row)
    ]
    if not found:
        raise BadTable("The table names no unit.")
    return tuple(found)


def plan(rows: Sequence[TableRow], units: Iterable[Unit], *, erase: bool = False) -> Plan:
    """Compare a table with the directory as it is."""
    known = {unit.id: unit for unit in units}
    codes = [small(row.cells.get("code", "")) for row in rows]
    names = _names(known.values(), zip(codes, rows, strict=True))
    twice = {code for code, number in Counter(codes).items() if number > 1}
    planned = [
        _planned(row, code, known.get(code), names, erase=erase, twice=code in twice)
        for code, row in zip(codes, rows, strict=True)
    ]
    return Plan(tuple(_without_circles(planned, known)))


def _headings(rows: Rows) -> tuple[int, list[str]]:
    for at, row in enumerate(rows[:HEADINGS_BEFORE]):
        names = [HEADINGS.get(fold(cell), "") for cell in row]
        if "code" in names and len(set(names) - {""}) > 1:
            return at, [_told_first(name, names, i, rows[at + 1 :]) for i, name in enumerate(names)]
    raise BadTable("No row names the columns: at least the code, and what is to change, such as the e-mail address.")


def _told_first(name: str, names: Sequence[str], column: int, rows: Rows) -> str:
    """The name of a column; none for one that says the same as an earlier one. Raises BadTable when it says more."""
    first = names.index(name)
    if not name or first == column:
        return name
    said = ((row[first : first + 1], row[column : column + 1]) for row in rows)
    if any(cell not in ([], [""], before) for before, cell in said):
        raise BadTable(
            "Two columns of this table have the same meaning and say different things. Please keep one of them."
        )
    return ""


def _names(units: Iterable[Unit], rows: Iterable[tuple[str, TableRow]]) -> dict[str, str]:
    """The code of each unit by its code, and by its name where no other unit has the same."""
    named = [(unit.name_tr, unit.id) for unit in units]
    named += [(row.cells.get("name_tr", ""), code) for code, row in rows]
    codes: dict[str, set[str]] = {}
    for name, code in named:
        codes.setdefault(fold(name), set()).add(code)
    by_name = {name: next(iter(found)) for name, found in codes.items() if name and len(found) == 1}
    return by_name | {code: code for _, code in named if code}


def _planned(
    row: TableRow, code: str, before: Unit | None, names: Mapping[str, str], *, erase: bool, twice: bool
) -> PlannedRow:
    said, faults = _said(row.cells, names, before, erase=erase)
    if not code:
        faults.append(Fault("code", NO_CODE))
    elif twice:
        faults.append(Fault("code", TWICE))
    flags = {name: bool(said.pop(name)) for name in ("takes_compliments", "active") if name in said}
    wrong = {fault.column for fault in faults}
    after = None
    try:
        entry = UnitEntry.model_validate(_known(before) | said | {"code": code or "x"})
        after = entry.unit(before, **flags)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=True)
        columns = {str(fault["loc"][0]): fault for fault in reversed(found)}
        faults += [Fault(name, error=dict(fault)) for name, fault in columns.items() if name not in wrong]
    return PlannedRow(row.line, code, row.cells, before, after, tuple(faults))


def _said(
    cells: Mapping[str, str], names: Mapping[str, str], before: Unit | None, *, erase: bool
) -> tuple[dict[str, Any], list[Fault]]:
    """What the cells of a row say, by field; an empty one says nothing unless it erases."""
    said: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in cells.items():
        cell = unguarded(text)
        if name == "code" or (not cell and (name in KEPT or not erase)):
            continue
        value, sentence = _value(name, cell, names)
        if sentence and name == "parent" and before and small(cell) == before.parent:
            continue
        if sentence:
            faults.append(Fault(name, sentence))
        else:
            said[name] = value
    if before is None:
        said.setdefault("name_en", said.get("name_tr") or "–")  # a missing name is told once
        said = dict.fromkeys(NEEDED, "") | said
    return said, faults


def _value(name: str, cell: str, names: Mapping[str, str]) -> tuple[Any, str]:
    """What a cell means, and what is wrong with it."""
    if name == "kind":
        return (kind, "") if (kind := KINDS.get(fold(cell))) else (None, UNKNOWN_KIND)
    if name == "parent":
        above = names.get(small(cell)) or names.get(fold(cell)) if cell else ""
        return (above, "") if above is not None else (None, UNKNOWN_PARENT)
    if name == "language":
        return (language, "") if (language := LANGUAGES.get(fold(cell))) else (None, UNKNOWN_LANGUAGE)
    if name in ("takes_compliments", "active"):
        return (answer, "") if (answer := ANSWERS.get(fold(cell))) is not None else (None, NO_ANSWER)
    return cell, ""


def _known(before: Unit | None) -> dict[str, Any]:
    if before is None:
        return {}
    fields = {name: getattr(before, name) for name in UnitEntry.model_fields if name != "code"}
    return fields | {"copies": list(before.copies)}


def _without_circles(rows: list[PlannedRow], known: Mapping[str, Unit]) -> list[PlannedRow]:
    """The rows, those wrong that would make a unit belong to itself."""
    parents = {code: unit.parent for code, unit in known.items()}
    parents |= {row.code: row.after.parent for row in rows if row.after}
    circles = in_circles(parents)
    fault = (Fault("parent", CIRCLE),)
    return [
        PlannedRow(r.line, r.code, r.cells, r.before, r.after, r.faults + fault)
        if r.code in circles and (r.before is None or "parent" in r.fields)
        else r
        for r in rows
    ]
