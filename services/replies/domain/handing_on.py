"""The person in the unit gives a colleague, the holder, a link of their own, and takes it back."""

from collections.abc import Iterable
from datetime import datetime

from services.replies.domain.assignment import Assignment, Holder
from services.replies.domain.links import colleague_token, hash_token, link
from services.replies.domain.writing import Refused, begun, require_writable
from shared.addresses import comparable
from shared.events import AssignmentHandedOn, AssignmentTakenBack, ColleagueInvited, Event, UnitName, done_by

MOST = 5
"""Holders at a time."""
MOST_EVER = 20
"""Of one assignment: each is a letter to an address that somebody has typed."""
TOO_MANY = "The message is with five colleagues already. Please take it back from one of them first."
TOO_OFTEN = "The message has been handed on too often. Please ask the hotline."
HAS_IT = "This colleague has the message already. Their link is in the e-mail that they got."
NOT_YOURS = "Only the person who has the unit's own link can do this."
NOT_THEIRS = "This colleague no longer has the message."


class LinkTakenBack(Exception):
    """The link of this holder is no longer valid."""

    def __init__(self, assignment: Assignment, holder: Holder) -> None:
        super().__init__(holder.id)
        self.assignment, self.holder = assignment, holder


def holders(assignment: Assignment) -> list[Holder]:
    """Those whose links are valid, the first one first."""
    return [holder for holder in assignment.holders if holder.taken_back_at is None]


def behind(assignment: Assignment, holder_id: str) -> Assignment:
    """The assignment as this holder's link opens it: with their draft in its place. ``stored`` undoes it."""
    return _exchanged(assignment, holder_id).model_copy(update={"held_by": holder_id})


def stored(assignment: Assignment) -> Assignment:
    """The assignment as it is stored, through whichever link it was opened."""
    if assignment.held_by is None:
        return assignment
    return _exchanged(assignment, assignment.held_by).model_copy(update={"held_by": None})


def holder_of(assignment: Assignment) -> Holder | None:
    """The holder through whose link the assignment was opened; None: through the unit's own link."""
    return next((holder for holder in assignment.holders if holder.id == assignment.held_by), None)


def hand_on(
    assignment: Assignment,
    *,
    holder_id: str,
    name: str,
    email: str,
    note: str,
    by: str,
    secret: str,
    base_url: str,
    now: datetime,
) -> tuple[Assignment, list[Event]]:
    """Give a colleague a link. ColleagueInvited contains it. Raises Refused."""
    _require_own_link(assignment)
    _require_room(assignment, email)
    link_token = colleague_token(secret, assignment.id, holder_id)
    holder = Holder(
        id=holder_id,
        name=name,
        email=email,
        by=by,
        note=note,
        token_hash=hash_token(link_token),
        handed_on_at=now,
    )
    handed_on = AssignmentHandedOn(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        holder_id=holder_id,
        name=name,
        by=by,
        handed_on_at=now,
    )
    invited = _invitation(assignment, holder, link(base_url, link_token))
    given = assignment.model_copy(update={"holders": (*assignment.holders, holder)})
    return begun(given, done_by(assignment.actor, handed_on, invited), now)


def take_back_from(assignment: Assignment, *, holder_id: str, by: str, now: datetime) -> tuple[Assignment, list[Event]]:
    """The colleague's link is no longer valid; what they wrote is kept. Raises Refused."""
    if assignment.held_by:
        raise Refused(NOT_YOURS)
    if holder_id not in [holder.id for holder in holders(assignment)]:
        raise Refused(NOT_THEIRS)
    ended = (
        holder.model_copy(update={"taken_back_at": now}) if holder.id == holder_id else holder
        for holder in assignment.holders
    )
    event = AssignmentTakenBack(
        message_id=assignment.message_id, assignment_id=assignment.id, holder_id=holder_id, by=by, taken_back_at=now
    )
    return assignment.model_copy(update={"holders": tuple(ended)}), done_by(assignment.actor, event)


def _require_own_link(assignment: Assignment) -> None:
    require_writable(assignment)
    if assignment.held_by:
        raise Refused(NOT_YOURS)


def _require_room(assignment: Assignment, email: str) -> None:
    now_held = holders(assignment)
    if comparable(email) in _addresses(now_held):
        raise Refused(HAS_IT)
    if len(now_held) >= MOST:
        raise Refused(TOO_MANY)
    if len(assignment.holders) >= MOST_EVER:
        raise Refused(TOO_OFTEN)


def _addresses(of: Iterable[Holder]) -> set[str]:
    return {comparable(holder.email) for holder in of}


def _exchanged(assignment: Assignment, holder_id: str) -> Assignment:
    """Exchange the draft, and what was set aside, with those of a holder; twice, and everything is as before."""
    theirs = next(holder for holder in assignment.holders if holder.id == holder_id)
    given = {"draft": assignment.draft, "set_aside": assignment.set_aside}
    exchanged = (holder.model_copy(update=given) if holder.id == holder_id else holder for holder in assignment.holders)
    taken = {"draft": theirs.draft, "set_aside": theirs.set_aside}
    return assignment.model_copy(update={**taken, "holders": tuple(exchanged)})


def _invitation(assignment: Assignment, holder: Holder, to: str) -> ColleagueInvited:
    return ColleagueInvited(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        holder_id=holder.id,
        reference=assignment.reference,
        kind=assignment.kind,
        subject=assignment.subject,
        unit=UnitName.model_validate(assignment.unit),
        link=to,
        email=holder.email,
        name=holder.name,
        by=holder.by,
        note=holder.note,
        due_at=assignment.due_at,
        invited_at=holder.handed_on_at,
    )
