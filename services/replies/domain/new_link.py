"""A unit has lost its link: whoever asks gets the same answer at once; what is sent is decided afterwards.

There is one document for each thing that was typed, and the letters are counted where they are owed, so that no more
of them are sent in an hour than may be, however many ask at once, and from however many processes.
"""

import hmac
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from services.replies.domain.assignment import Assignment, letters
from services.replies.domain.following import invitation, linked
from shared.addresses import bare, comparable
from shared.events import Event, RepliesAudited
from shared.state import Aggregate

HOUR = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)
"""How long a document is kept that owes a letter: longer than an outage of the broker."""


class LinkRequest(Aggregate):
    """Somebody asks for a link. ``asked_at``: the request waits; then ``wanted`` is what was typed, else it is empty.

    ``forget_at``: when the document may be deleted.
    """

    wanted: str = ""
    asked_at: AwareDatetime | None = None
    forget_at: AwareDatetime


def wanted_of(text: str) -> str:
    """What was typed, in one spelling: an e-mail address, or the letters and digits of a reference."""
    return comparable(bare(text)) if "@" in text else letters(text)


def request(secret: str, text: str, now: datetime) -> LinkRequest:
    """A request as it is asked. From its id nobody gets what was typed."""
    wanted = wanted_of(text)
    key = hmac.digest(secret.encode(), b"new-link:" + wanted.encode("utf-8", "replace"), "sha256").hex()
    return LinkRequest(id=key, wanted=wanted, asked_at=now, forget_at=now + HOUR)


def answered(asked: LinkRequest, now: datetime) -> LinkRequest:
    """The request is done."""
    return asked.model_copy(update={"wanted": "", "asked_at": None, "forget_at": now + HOUR})


def new_link(
    assignment: Assignment, *, secret: str, base_url: str, most: int, asked_at: datetime, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Send the unit its link, to its newest registered address: version 0 of the addresses is always there.

    Changes nothing when its part is over, after ``most`` letters in this hour, and when the request was answered.
    """
    recent = tuple(at for at in assignment.links_sent if at > now - HOUR)
    if not assignment.writable or len(recent) >= most or any(at >= asked_at for at in recent):
        return assignment, []
    again, to = linked(assignment, secret=secret, base_url=base_url)
    sent = again.model_copy(update={"links_sent": (*recent, now)})
    letter = invitation(sent, to, 0)
    return sent, [letter.model_copy(update={"cause": "new_link"}), _given_out(assignment, now)]


def _given_out(assignment: Assignment, now: datetime) -> RepliesAudited:
    """The record that the link was sent again; who asked is not known."""
    about = {"object_kind": "assignment", "object_id": assignment.id, "message_id": assignment.message_id}
    return RepliesAudited.model_validate({"action": "link.sent_again", "at": now, **about})
