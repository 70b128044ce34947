"""A unit is closed, merged into another one, or, when it was never used, deleted."""

from collections.abc import Sequence
from datetime import datetime

from services.router.access import AuditAction, Officer
from services.router.directory.domain.tree import below
from services.router.directory.domain.units import Moves, Unit, audit, changed
from services.router.history import changed_fields, with_change
from shared.events import Event, UnitChanged, done_by
from shared.refused import Refused

CLOSED = "This unit is not in use."
NO_SUCCESSOR = "Please choose a unit that is in use and does not belong to this one."
NOWHERE = "Please choose the unit to which the open cases go."
USED = "This unit was used, so it can be closed, but not deleted."
HAS_UNITS = "Other units belong to this one, or were merged into it."


def successor_of(unit: Unit, units: Sequence[Unit], code: str) -> Unit | None:
    """The unit into which this one is merged; None for an empty code. Raises Refused."""
    if not unit.active:
        raise Refused(CLOSED)
    if not code:
        return None
    found = next((other for other in units if other.id == code and other.active), None)
    if found is None or code == unit.id or code in below(units, unit.id):
        raise Refused(NO_SUCCESSOR)
    return found


def require_somewhere(into: Unit | None, *, moving: bool) -> None:
    """Raise Refused when cases are to move to no unit."""
    if moving and into is None:
        raise Refused(NOWHERE)


def close(
    unit: Unit, into: Unit | None, *, moving: bool, reason: str, by: Officer, now: datetime
) -> tuple[Unit, list[Event]]:
    """The unit out of use, and what is owed. ``moving``: its open cases go to ``into``, with this reason for the unit.

    Raises Refused.
    """
    require_somewhere(into, moving=moving)
    moves = Moves(by=by.actor, name=by.name, role=by.role, at=now, reason=reason) if moving else None
    closed = unit.model_copy(update={"active": False, "successor": into.id if into else "", "moves": moves})
    action = AuditAction.UNIT_MERGED if into else AuditAction.UNIT_CLOSED
    record = audit(action, unit.id, now, changed_fields(unit, closed))
    return with_change(unit, closed, by=by.actor, at=now), done_by(by.actor, UnitChanged(code=unit.id), record)


def handed_over(
    unit: Unit, into: Unit | None, units: Sequence[Unit], *, by: Officer, now: datetime
) -> list[tuple[Unit, Unit, list[Event]]]:
    """The units below this one with the other one above them, each as it was, as it is to be, and what is owed."""
    if into is None:
        return []
    children = [child for child in units if child.parent == unit.id]
    moved = [(child, child.model_copy(update={"parent": into.id})) for child in children]
    return [(child, *changed(child, after, by=by.actor, now=now)) for child, after in moved]


def delete(unit: Unit, units: Sequence[Unit], *, used: bool, by: Officer, now: datetime) -> list[Event]:
    """What is owed when a unit is deleted. Raises Refused for one that was ever used."""
    if used:
        raise Refused(USED)
    if any(unit.id in (other.parent, other.successor) for other in units):
        raise Refused(HAS_UNITS)
    return done_by(by.actor, UnitChanged(code=unit.id), audit(AuditAction.UNIT_DELETED, unit.id, now))
