"""Restricted cases: about an officer, harassment or health. Only the people who are named find and read them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.parts import Restriction
from shared.events import CaseRestricted, Event, RouterAudited, done_by
from shared.refused import Refused


class Why(StrEnum):
    """Why a case is restricted."""

    OFFICER = "officer"
    HARASSMENT = "harassment"
    HEALTH = "health"


def reads(officer: Officer, case: Case) -> bool:
    """Whether this person may read the case, if their role may read cases at all."""
    return case.restriction is None or officer.id in case.restriction.to


def restrict(case: Case, why: Why, *, to: Sequence[str], by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Only these accounts find and read the case from now on. Who has claimed it and is not named loses the claim.

    Merged into another, it is on its own again: what the other's readers write is not for its readers, nor the reverse.
    """
    restriction = Restriction(why=why, to=tuple(dict.fromkeys(to)), at=now, actor=by.actor)
    claimed_by = case.officer if case.officer in restriction.to else None
    entries = [entry_by(by, what, now) for what in ("restricted", *(["separated"] if case.merge else []))]
    restricted = with_timeline(case, *entries, restriction=restriction, officer=claimed_by, merge=None)
    return restricted, _told(case, AuditAction.CASE_RESTRICTED, by, now)


def unrestrict(case: Case, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Everybody on the desk may read the case again. Raises Refused when everybody may already."""
    if case.restriction is None:
        raise Refused("The case is not restricted.")
    opened = with_timeline(case, entry_by(by, "unrestricted", now), restriction=None)
    return opened, _told(case, AuditAction.CASE_UNRESTRICTED, by, now)


def name_reader(case: Case, reader: str, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Nobody who is named works here any more: this account may read the case. Raises Refused without a restriction."""
    if case.restriction is None:
        raise Refused("The case is not restricted.")
    restriction = case.restriction.model_copy(update={"to": (*case.restriction.to, reader), "actor": by.actor})
    named = with_timeline(case, entry_by(by, "reader_named", now), restriction=restriction)
    return named, _told(case, AuditAction.CASE_READER_NAMED, by, now)


def _told(case: Case, action: AuditAction, by: Officer, now: datetime) -> list[Event]:
    """The record, and the event for the cases that are merged into this one (``following``)."""
    record = {"action": action, "object_kind": "case", "object_id": case.id, "fields": ("restriction",), "at": now}
    audited = RouterAudited.model_validate(record | {"actor": by.actor.model_dump()})
    return [*done_by(by.actor, CaseRestricted(message_id=case.id, restricted_at=now)), audited]
