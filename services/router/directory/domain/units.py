"""A unit with its contacts, and what follows from its changes."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.router.access import AuditAction
from services.router.history import WithHistory, changed_fields, with_change
from shared.events import Event, RouterAudited, UnitChanged, done_by
from shared.state import Actor, State, UnitRef
from shared.text import Email, Line, OptionalEmail, OptionalName, OptionalPhone

RESERVED: Final = frozenset({"new", "import", "imports", "export"})
"""No codes: they are addresses of pages beside those of the units."""
_CODE: Final = re.compile(r"[a-z0-9-]{1,40}")
ROLES: Final = ("responsible", "head")
"""In whose place a deputy gets letters."""
MOST_DEPUTIES, MOST_COPIES = 20, 20
TOLD: Final = frozenset(
    {"email", "name_tr", "name_en", "active", "head_email", "deputies", "copies", "language", "successor", "moves"}
)
"""Fields of which other services are told."""
ADDRESSES: Final = frozenset({"email", "head_email", "deputies", "copies"})
"""Whoever has one of these gets the unit's links."""


class Deputy(State):
    """Who gets a unit's letters in place of ``role`` (one of ROLES) from ``since`` until before ``until``."""

    id: str
    name: str
    email: str
    role: str = "responsible"
    since: AwareDatetime
    until: AwareDatetime


class Moves(State):
    """Who had the open cases of a closed unit moved to its successor, when, and the reason that the unit is told."""

    by: Actor
    name: str
    role: str
    at: AwareDatetime
    reason: str


class Unit(WithHistory):
    """A unit. ``id`` is its short code, ``email`` receives its invitations. Nothing is routed to an inactive unit.

    ``responsible`` is the person behind ``email``. ``copies`` get a copy of each letter. ``language`` is that of its
    letters. ``successor`` is the code of the unit into which it was merged; with ``moves`` its open cases, and the
    letters about its other cases, go there.
    """

    parent: str = ""
    kind: str = "other"
    name_tr: str
    name_en: str
    email: str
    active: bool = True
    responsible: str | None = None
    phone: str | None = None
    head_name: str | None = None
    head_email: str | None = None
    deputies: tuple[Deputy, ...] = ()
    copies: tuple[str, ...] = ()
    language: str = "tr"
    takes_compliments: bool = True
    successor: str = ""
    moves: Moves | None = None

    @property
    def address(self) -> UnitRef:
        """The unit as cases store it."""
        return UnitRef(code=self.id, name_tr=self.name_tr, name_en=self.name_en, email=self.email)

    @property
    def address_since(self) -> datetime | None:
        """When the working address was changed last; None when it never was, or so long ago that nobody knows."""
        return max((change.at for change in self.history if "email" in change.fields), default=None)

    def takes(self, kind: str) -> bool:
        """Whether a message of this kind can be routed here."""
        return self.active and (self.takes_compliments or kind != "compliment")


def _code(value: str) -> str:
    if value in RESERVED or not _CODE.fullmatch(value):
        raise PydanticCustomError("unit_code", "This is no code of a unit.")
    return value


def split(value: object) -> object:
    """Several addresses in one text, separated by blanks, commas or semicolons."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        return value
    return tuple(dict.fromkeys(" ".join(parts).replace(",", " ").replace(";", " ").split()))


Code = Annotated[str, AfterValidator(_code)]
Copies = Annotated[tuple[Email, ...], Field(max_length=MOST_COPIES), BeforeValidator(split)]


class UnitEntry(BaseModel):
    """Validated input for a unit, from a form or a table.

    A code has lower-case letters, digits and hyphens, because it is part of a URL.
    """

    code: Code
    parent: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    kind: str = "other"
    name_tr: Line
    name_en: Line
    email: Email
    responsible: OptionalName = None
    phone: OptionalPhone = None
    head_name: OptionalName = None
    head_email: OptionalEmail = None
    copies: Copies = ()
    language: Literal["tr", "en"] = "tr"

    def unit(self, base: Unit | None = None, **flags: bool) -> Unit:
        """The entry as a unit; what it does not say is as in ``base``. ``flags`` are further fields."""
        said = {name: getattr(self, name) for name in UnitEntry.model_fields if name != "code"} | flags
        return base.model_copy(update=said) if base else Unit(id=self.code, **said)


def changed(before: Unit | None, after: Unit, *, by: Actor, now: datetime) -> tuple[Unit, list[Event]]:
    """The changed or new unit with its history, and what is owed: an audit record, and news for other services."""
    if before is None:
        return after, done_by(by, UnitChanged(code=after.id), audit(AuditAction.UNIT_ADDED, after.id, now))
    if after.active and not before.active:
        after = after.model_copy(update={"successor": "", "moves": None})
    names = changed_fields(before, after)
    if not names:
        return after, []
    news: list[Event] = [UnitChanged(code=after.id)] if TOLD.intersection(names) else []
    action = AuditAction.UNIT_ADDRESS_CHANGED if ADDRESSES.intersection(names) else AuditAction.UNIT_CHANGED
    with_history = with_change(before, after, by=by, at=now)
    return with_history, done_by(by, *news, audit(action, after.id, now, names))


def audit(action: AuditAction, code: str, now: datetime, fields: Iterable[str] = ()) -> RouterAudited:
    """The audit record of something that was done to a unit."""
    return RouterAudited(action=action, object_kind="unit", object_id=code, fields=tuple(fields), at=now)


def with_deputy(unit: Unit, deputy: Deputy) -> Unit:
    """The unit with one more deputy; of too many, those whose time has been over the longest are dropped."""
    latest = sorted((*unit.deputies, deputy), key=lambda one: one.until)[-MOST_DEPUTIES:]
    return unit.model_copy(update={"deputies": tuple(latest)})


def without_deputy(unit: Unit, deputy_id: str) -> Unit:
    """The unit without this deputy."""
    return unit.model_copy(update={"deputies": tuple(one for one in unit.deputies if one.id != deputy_id)})


def in_circles(parents: Mapping[str, str]) -> set[str]:
    """The codes of units that belong, however indirectly, to themselves. ``parents`` is by code."""
    inside, known = set[str](), set[str]()
    for code in parents:
        path: dict[str, int] = {}
        above = code
        while above and above in parents and above not in path and above not in known:
            path[above] = len(path)
            above = parents[above]
        if above in path:
            inside |= {*list(path)[path[above] :]}
        known |= path.keys()
    return inside


def parents_with(units: Iterable[Unit], changed_unit: Unit) -> dict[str, str]:
    """The parent of each unit, by code, as they would be with this one."""
    return {unit.id: unit.parent for unit in units} | {changed_unit.id: changed_unit.parent}


def value_of(unit: Unit, name: str) -> Any:
    """A field of a unit by its name in tables and forms."""
    return unit.id if name == "code" else getattr(unit, name)
