"""What the portal has of one person: as the submitter of a message, or as somebody of a unit who wrote or held one."""

from collections.abc import Iterator
from typing import Any

from services.replies.domain.assignment import Assignment
from shared.events import FoundItem, SubmitterCorrected
from shared.people import Sought
from shared.state import Person


def names_of_unit(assignment: Assignment) -> Iterator[str]:
    """The names of people of the unit, wherever they stand."""
    yield from (reply.by for reply in assignment.replies)
    yield from (mail.by for mail in assignment.mailed)
    yield from (asked.by for asked in assignment.extensions)
    yield from (proposed.by for proposed in assignment.proposals)
    yield from (interim.by for interim in assignment.interims)
    for holder in assignment.holders:
        yield from (holder.name, holder.by)
        yield from (draft.by for draft in (holder.draft, *holder.set_aside) if draft)
    yield from (one.by for one in (assignment.draft, *assignment.set_aside, assignment.declined) if one)


def addresses_of_unit(assignment: Assignment) -> Iterator[str]:
    """The addresses of people of the unit; not that of the unit itself."""
    yield from (holder.email for holder in assignment.holders)
    yield from (mail.sender for mail in assignment.mailed)


def items_of(assignment: Assignment, sought: Sought) -> list[FoundItem]:
    """Why this assignment is the person's: of their message (``assignment``), or they wrote in it (``signature``)."""
    wrote = assignment.submitter or Person()
    ways = {
        "assignment": sought.found_by(emails=[wrote.email], phones=[wrote.phone], names=[wrote.name]),
        "signature": sought.found_by(emails=addresses_of_unit(assignment), names=names_of_unit(assignment)),
    }
    ids = {"id": assignment.id, "message_id": assignment.message_id, "assignment_id": assignment.id}
    return [
        FoundItem(kind=kind, by=by, at=assignment.requested_at, **ids) for kind, found in ways.items() for by in found
    ]


def given_out(assignment: Assignment) -> dict[str, Any]:
    """To which unit the submitter's data went, which of them, and the reply that was approved.

    Without the names of the unit's people, drafts, what was not approved, and the note of the desk: those are not the
    submitter's data, and some are another person's.
    """
    approved = assignment.counted if assignment.accepted is not None else None
    wrote = assignment.submitter
    return {
        "reference": assignment.reference,
        "unit": assignment.unit.name_tr,
        "sent_to_the_unit_at": assignment.requested_at,
        "subject": assignment.subject,
        "text": assignment.text,
        "name": wrote.name if wrote else None,
        "email": wrote.email if wrote else None,
        "phone": wrote.phone if wrote else None,
        "files": [file.name for file in assignment.files],
        "state": str(assignment.state),
        "reply": {"text": approved.text, "at": approved.submitted_at} if approved else None,
    }


def signed(assignment: Assignment) -> dict[str, Any]:
    """What a person of the unit gets: that, where and when they wrote; without the message, which is another's."""
    times = [reply.submitted_at for reply in assignment.replies]
    return {
        "reference": assignment.reference,
        "unit": assignment.unit.name_tr,
        "asked_at": assignment.requested_at,
        "names_in_it": list(dict.fromkeys(name for name in names_of_unit(assignment) if name)),
        "addresses_in_it": list(dict.fromkeys(addresses_of_unit(assignment))),
        "replied_at": times,
    }


def correct(assignment: Assignment, told: SubmitterCorrected) -> Assignment:
    """The submitter's name, address and phone, where the unit was given any; what was left out stays so.

    An older correction that arrives later changes nothing.
    """
    if assignment.submitter is None or told.revision <= assignment.submitter_revision:
        return assignment
    to = told.submitter
    submitter = assignment.submitter.model_copy(update={"name": to.name, "email": to.email, "phone": to.phone})
    return assignment.model_copy(update={"submitter": submitter, "submitter_revision": told.revision})
