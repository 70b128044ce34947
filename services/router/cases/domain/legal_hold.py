"""Legal hold: what is needed for a lawsuit, an inquiry or an inspection is not destroyed, whatever the rules say."""

from datetime import datetime

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.parts import LegalHold
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused


def hold(case: Case, why: str, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """The case is kept until the hold is lifted. ``why`` is internal. Raises Refused for a case that is held."""
    if case.hold:
        raise Refused("The case is under legal hold already.")
    made = LegalHold(at=now, by=by.name, actor=by.actor, why=why)
    held = with_timeline(case, entry_by(by, "hold_set", now, text=why), hold=made)
    return held, _audited(case, AuditAction.CASE_HELD, by, now)


def lift(case: Case, because: str, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """The rules of retention hold for the case again. Raises Refused for a case that is not held."""
    if case.hold is None:
        raise Refused("The case is not under legal hold.")
    said = {"lifted_at": now, "lifted_by": by.name, "lifted_actor": by.actor, "lifted_because": because}
    ended = case.hold.model_copy(update=said)
    lifted = with_timeline(case, entry_by(by, "hold_lifted", now, text=because), hold=None, holds=(*case.holds, ended))
    return lifted, _audited(case, AuditAction.CASE_HOLD_LIFTED, by, now)


def _audited(case: Case, action: AuditAction, by: Officer, now: datetime) -> list[Event]:
    record = RouterAudited(
        action=action, object_kind="case", object_id=case.id, message_id=case.id, fields=("hold",), at=now
    )
    return done_by(by.actor, record)
