"""The desk's words for states and happenings, in the officer's language."""

from datetime import datetime
from typing import Any

from starlette.requests import Request

from services.router.accounts.domain import Role
from services.router.cases.domain.case import AssignmentState, Case, CaseState, ClosureReason, TimelineEntry
from services.router.cases.domain.deadlines import DeadlineStatus, deadline_status
from services.router.records.domain import AuditAction
from shared.web.i18n import Locale
from shared.web.pages import web

STATES = {
    CaseState.NEW: ("New", "info"),
    CaseState.IN_REVIEW: ("Being examined", "attention"),
    CaseState.ROUTED: ("Routed to the unit", "progress"),
    CaseState.REPLY_PENDING_REVIEW: ("Reply to be checked", "attention"),
    CaseState.RESOLVED: ("Answered", "success"),
    CaseState.CLOSED: ("Closed", "neutral"),
}
ASSIGNMENT_STATES = {
    AssignmentState.REQUESTED: ("Being sent", "neutral"),
    AssignmentState.INVITED: ("Sent", "info"),
    AssignmentState.UNDELIVERABLE: ("Could not be delivered", "danger"),
    AssignmentState.VIEWED: ("Viewed", "info"),
    AssignmentState.REPLIED: ("Replied", "attention"),
    AssignmentState.RETURNED: ("Revision asked for", "progress"),
    AssignmentState.ACCEPTED: ("Approved", "success"),
    AssignmentState.DECLINED: ("Not our unit's", "danger"),
    AssignmentState.RECALLED: ("Recalled", "neutral"),
}
REASONS = {
    ClosureReason.ANSWERED: "Answered",
    ClosureReason.WITHDRAWN: "Withdrawn by the submitter",
    ClosureReason.DUPLICATE: "The same message was sent before",
    ClosureReason.NOT_RESPONSIBLE: "Not a matter of the institution",
    ClosureReason.FORWARDED_EXTERNAL: "Forwarded to another institution",
    ClosureReason.NOT_CONTACTABLE: "The submitter cannot be reached",
    ClosureReason.INADMISSIBLE: "Inadmissible",
    ClosureReason.SPAM: "Unwanted message",
    ClosureReason.NO_ACTION_NEEDED: "No action needed",
}
HAPPENINGS = {
    "submitted": ("Message received", "info"),
    "routed": ("Routed to the unit", "progress"),
    "viewed": ("The unit opened the link", "neutral"),
    "declined": ("The unit handed it back", "danger"),
    "replied": ("The unit replied", "attention"),
    "replied_late": ("The unit replied after it was too late", "neutral"),
    "returned": ("Returned for revision", "progress"),
    "answered": ("Answer approved and sent", "success"),
    "recalled": ("Assignment recalled", "neutral"),
    "closed": ("Case closed", "neutral"),
    "letter_sent": ("E-mail sent", "neutral"),
    "letter_failed": ("E-mail could not be delivered", "danger"),
}
LETTERS = {
    "receipt": "Receipt to the submitter",
    "notice": "Notice of the new message to the desk",
    "invitation": "Invitation to the unit",
    "return": "Request for revision to the unit",
    "arrival": "Notice of the reply to the desk",
    "answer": "Answer to the submitter",
    "closure": "Notice of closure to the submitter",
}
AUDIT_ACTIONS = {AuditAction.REDRIVEN: ("Sent again", "progress"), AuditAction.DISCARDED: ("Discarded", "neutral")}
ROLES = {Role.OFFICER: "Hotline officer", Role.SUPERVISOR: "Hotline supervisor", Role.ADMIN: "Administrator"}
KINDS_OF_UNITS = {
    "administrative": "Administrative unit",
    "faculty": "Faculty",
    "department": "Department",
    "vocational_school": "Vocational school",
    "institute": "Institute",
    "other": "Other",
}


def labels(request: Request) -> dict[str, Any]:
    """What templates of the desk call things by: each a mapping from value to (label, tone) or label."""
    _ = web(request).locale(request).gettext
    return {
        "states": {state: (_(label), tone) for state, (label, tone) in STATES.items()},
        "assignment_states": {state: (_(label), tone) for state, (label, tone) in ASSIGNMENT_STATES.items()},
        "reasons": {reason: _(label) for reason, label in REASONS.items()},
        "audit_actions": {deed: (_(label), tone) for deed, (label, tone) in AUDIT_ACTIONS.items()},
        "unit_kinds": {kind: _(label) for kind, label in KINDS_OF_UNITS.items()},
    }


def timeline(request: Request, case: Case) -> list[dict[str, str]]:
    """What happened to a case, newest first."""
    locale = web(request).locale(request)
    names = {a.unit.code: a.unit.name_en if locale.language == "en" else a.unit.name_tr for a in case.assignments}
    return [_line(locale, entry, names) for entry in reversed(case.timeline)]


def due(request: Request, at: datetime | None, now: datetime) -> tuple[str, str] | None:
    """The words for a date by which a unit has to reply, and their tone."""
    if at is None:
        return None
    locale = web(request).locale(request)
    clock = deadline_status(at, now)
    if clock is DeadlineStatus.OVERDUE:
        return locale.gettext("Overdue since %(day)s") % {"day": locale.date(at)}, "danger"
    days = (at - now).days
    if days == 0:
        return locale.gettext("Less than a day left"), "attention"
    label = locale.ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
    return label, "attention" if clock is DeadlineStatus.DUE_SOON else "neutral"


def _line(locale: Locale, entry: TimelineEntry, names: dict[str, str]) -> dict[str, str]:
    title, tone = HAPPENINGS.get(entry.what, (entry.what, "neutral"))
    unit = names.get(entry.unit or "", "")
    text = entry.text
    if entry.what in ("letter_sent", "letter_failed"):
        text = locale.gettext(LETTERS.get(entry.text, entry.text))
    return {
        "at": locale.format_datetime(entry.at),
        "iso": entry.at.isoformat(),
        "title": locale.gettext(title),
        "by": " · ".join(filter(None, [unit, entry.by])),
        "text": text,
        "tone": tone,
    }
