"""The states of a case and of an assignment, and why a case is closed."""

from enum import StrEnum

from shared.events import Step


class CaseState(StrEnum):
    """The state of a case. Deadlines are not part of it (``deadlines.py``)."""

    NEW = "new"
    IN_REVIEW = "in_review"
    AWAITING_SUBMITTER = "awaiting_submitter"
    ROUTED = "routed"
    REPLY_PENDING_REVIEW = "reply_pending_review"
    RESOLVED = "resolved"
    CLOSED = "closed"


NO_PROOF = "no_proof"
"""Alone it is no reason for doubt: people without scripts send no proof of work."""
UNVERIFIED = "unverified"
"""Alone it is none either: of most mails, nobody can say whether they are from their senders."""
FORGED = "forged"
"""The domain of a mail's sender says that it is not from there."""


class AssignmentState(StrEnum):
    """The state of one unit's assignment."""

    REQUESTED = "requested"
    INVITED = "invited"
    UNDELIVERABLE = "undeliverable"
    VIEWED = "viewed"
    REPLIED = "replied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECALLED = "recalled"


class ClosureReason(StrEnum):
    """Why a case was closed."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_RESPONSIBLE = "not_responsible"
    FORWARDED_EXTERNAL = "forwarded_external"
    NOT_CONTACTABLE = "not_contactable"
    INADMISSIBLE = "inadmissible"
    SPAM = "spam"
    NO_ACTION_NEEDED = "no_action_needed"


class ObjectionDecision(StrEnum):
    """What a supervisor decides about an objection: the case is worked on again, or the answer stays."""

    REOPENED = "reopened"
    UPHELD = "upheld"


OFF_THE_UNIT = frozenset(
    {AssignmentState.REPLIED, AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.RECALLED}
)
"""States in which the unit may not reply. It may in all others, also in those of a newer version."""
FINISHED = frozenset({CaseState.RESOLVED, CaseState.CLOSED})
OPEN = frozenset(CaseState) - FINISHED
"""States of a case that needs further work."""
PUBLIC_STEP: dict[str, Step] = {
    CaseState.NEW: "received",
    CaseState.IN_REVIEW: "received",
    CaseState.AWAITING_SUBMITTER: "received",
    CaseState.ROUTED: "at_unit",
    CaseState.REPLY_PENDING_REVIEW: "in_review",
    CaseState.RESOLVED: "answered",
    CaseState.CLOSED: "closed",
}


class Priority(StrEnum):
    """How urgent a case is."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
