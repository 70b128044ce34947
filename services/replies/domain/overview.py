"""All open assignments of a unit behind one link, which is valid for a day."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.links import hash_token, overview_link, token_of_hash
from services.replies.domain.new_link import HOUR, KEPT_FOR
from shared.events import Event, OverviewRequested, RepliesAudited
from shared.state import Aggregate, State, UnitRef

VALID_FOR = timedelta(days=1)
OPEN = frozenset({AssignmentState.INVITED, AssignmentState.RETURNED, AssignmentState.REPLIED})
"""The unit's part has not ended; a reply may still come back."""


class OverviewLink(State):
    """One link, of which the hash is stored."""

    token_hash: str
    asked_at: AwareDatetime
    expires_at: AwareDatetime


class Overview(Aggregate):
    """The links to the list of one unit, whose code is the id. ``forget_at``: when the document may be deleted."""

    links: tuple[OverviewLink, ...] = ()
    forget_at: AwareDatetime

    def opened_by(self, link_token: str, now: datetime) -> bool:
        """Whether this token opens the list now."""
        wanted = hash_token(link_token)
        return any(one.token_hash == wanted and now < one.expires_at for one in self.links)


def no_links(code: str, now: datetime) -> Overview:
    """The document of a unit for which nobody has asked."""
    return Overview(id=code, forget_at=now + KEPT_FOR)


def send_overview(
    overview: Overview,
    unit: UnitRef,
    *,
    request_id: str,
    link_token: str,
    base_url: str,
    most: int,
    asked_at: datetime,
    now: datetime,
) -> tuple[Overview, list[Event]]:
    """Send the unit a link to its list, to its newest registered address.

    Changes nothing after ``most`` letters in this hour, and when the request was answered.
    """
    recent = [one for one in overview.links if one.asked_at > now - HOUR]
    if len(recent) >= most or any(one.asked_at >= asked_at for one in recent):
        return overview, []
    made = OverviewLink(token_hash=hash_token(link_token), asked_at=now, expires_at=now + VALID_FOR)
    valid = tuple(one for one in overview.links if one.expires_at > now)
    event = OverviewRequested(
        request_id=request_id,
        unit=unit,
        link=overview_link(base_url, link_token),
        expires_at=made.expires_at,
        requested_at=now,
        contacts_version=0,
    )
    changed = {"links": (*valid, made), "forget_at": made.expires_at + KEPT_FOR}
    told = RepliesAudited(action="overview.sent", object_kind="unit", object_id=unit.code, at=now)
    return overview.model_copy(update=changed), [event, told]


def path_to(assignment: Assignment, secret: str) -> str | None:
    """The path of an assignment; None when its link was made with another secret key: a new one has to be sent."""
    link_token = token_of_hash(secret, assignment.id, assignment.token_hash)
    return f"/a/{link_token}" if link_token else None
