"""Reminders: the links of what is open."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime

from services.replies.domain.assignment import Assignment
from services.replies.domain.links import link, token_of_hash
from shared.events import Event, UnitReminded, UnitReminderRequested
from shared.state import Aggregate


class Reminder(Aggregate):
    """A reminder that the portal has handled: what was open then got its links. ``assignments`` are their ids."""

    assignments: tuple[str, ...] = ()
    requested_at: AwareDatetime


def remind(
    requested: UnitReminderRequested, known: Iterable[Assignment], *, secret: str, base_url: str, now: datetime
) -> tuple[Reminder, list[Event]]:
    """The links of what is still open; no event when nothing is. ``known`` are its assignments that the portal has.

    A unit that waits for the submitter's answer is not reminded, nor one whose link was made with another secret key:
    only a new invitation would open the assignment.
    """
    links: dict[str, str] = {}
    for assignment in known:
        link_token = token_of_hash(secret, assignment.id, assignment.token_hash)
        if link_token and assignment.writable and not assignment.clock_stopped:
            links[assignment.id] = link(base_url, link_token)
    still = [one for one in requested.assignments if one.assignment_id in links]
    reminder = Reminder(id=requested.reminder_id, assignments=tuple(links), requested_at=requested.requested_at)
    reminded = UnitReminded(
        reminder_id=requested.reminder_id,
        unit=requested.unit,
        role=requested.role,
        cause=requested.cause,
        assignments=tuple(one.model_copy(update={"link": links[one.assignment_id]}) for one in still),
        reminded_at=now,
        contacts_version=requested.contacts_version,
    )
    return reminder, [reminded] if still else []
