"""What the unit says before its reply: a question to the submitter, through the officer, and interim replies."""

from datetime import datetime

from services.replies.domain.assignment import DONE, OFF, Assignment
from services.replies.domain.following import invitation, linked
from services.replies.domain.parts import Interim, News, Proposal
from services.replies.domain.writing import Refused, begun, require_writable
from shared.events import AssignmentInformed, Event, InterimSubmitted, QuestionProposed, UnitQuestionDecided, done_by

MOST = 20
"""Questions, and interim replies, of one assignment."""
WAITING = "The hotline has not decided about your last question yet."
TOO_MANY = "No more can be sent about this message. Please write your reply, or ask the hotline."


def waiting(assignment: Assignment) -> Proposal | None:
    """The question about which the hotline has not decided yet."""
    return next((one for one in assignment.proposals if one.asked is None), None)


def propose(
    assignment: Assignment, *, proposal_id: str, text: str, by: str, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Have the officer ask the submitter something. Sent twice, it counts once. Raises Refused."""
    require_writable(assignment)
    if earlier := waiting(assignment):
        if earlier.text == text:
            return assignment, []
        raise Refused(WAITING)
    if len(assignment.proposals) >= MOST:
        raise Refused(TOO_MANY)
    proposal = Proposal(id=proposal_id, text=text, by=by, proposed_at=now)
    event = QuestionProposed(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        proposal_id=proposal_id,
        reference=assignment.reference,
        unit=assignment.unit,
        text=text,
        by=by,
        proposed_at=now,
    )
    asking = assignment.model_copy(update={"proposals": (*assignment.proposals, proposal)})
    return begun(asking, done_by(assignment.actor, event), now)


def send_interim(
    assignment: Assignment, *, interim_id: str, text: str, by: str, now: datetime
) -> tuple[Assignment, list[Event]]:
    """Say what can be said now; the reply follows. Sent twice, it counts once. Raises Refused."""
    require_writable(assignment)
    if assignment.interims and assignment.interims[-1].text == text:
        return assignment, []
    if len(assignment.interims) >= MOST:
        raise Refused(TOO_MANY)
    interim = Interim(id=interim_id, text=text, by=by, submitted_at=now)
    event = InterimSubmitted(
        message_id=assignment.message_id,
        assignment_id=assignment.id,
        interim_id=interim_id,
        reference=assignment.reference,
        unit=assignment.unit,
        text=text,
        by=by,
        submitted_at=now,
    )
    informing = assignment.model_copy(update={"interims": (*assignment.interims, interim)})
    return begun(informing, done_by(assignment.actor, event), now)


def decide_question(assignment: Assignment, decided: UnitQuestionDecided) -> Assignment:
    """The hotline has asked the submitter, or says why not."""
    changed = {"asked": decided.asked, "reason": decided.reason, "decided_at": decided.decided_at}
    proposals = tuple(
        one.model_copy(update=changed) if one.id == decided.proposal_id else one for one in assignment.proposals
    )
    return assignment.model_copy(update={"proposals": proposals})


def inform(
    assignment: Assignment, told: AssignmentInformed, *, secret: str, base_url: str
) -> tuple[Assignment, list[Event]]:
    """There is news of the case: the unit gets its link again, unless its part is over."""
    if any(one.id == told.information_id for one in assignment.news):
        return assignment, []
    news = News(
        id=told.information_id,
        cause=told.cause,
        question=told.question,
        text=told.text,
        files=told.files,
        informed_at=told.informed_at,
    )
    informed = assignment.model_copy(update={"news": (*assignment.news, news)})
    if assignment.state in OFF | DONE:
        return informed, []
    again, to = linked(informed, secret=secret, base_url=base_url)
    letter = invitation(again, to, told.contacts_version)
    return again, [letter.model_copy(update={"cause": "informed", "news": told.text})]
