"""Labels of states, reasons and timeline entries, in the officer's language."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from services.router.cases.domain.case import AssignmentState, Case, CaseState, ClosureReason, TimelineEntry
from services.router.cases.domain.deadlines import DeadlineStatus, deadline_status
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


class Labels(dict[str, Any]):
    """Labels by value. ``unknown`` makes the label of a value that a newer version added."""

    def __init__(self, known: Mapping[str, Any], unknown: Callable[[str], Any]) -> None:
        super().__init__(known)
        self._unknown = unknown

    def __missing__(self, value: str) -> Any:
        return self._unknown(value)


def labels(request: Request) -> dict[str, Labels]:
    """The labels for templates: mappings from a value to (label, tone), or to a label."""
    _ = web(request).locale(request).gettext

    def toned(known: Mapping[Any, tuple[str, str]]) -> Labels:
        return Labels({value: (_(label), tone) for value, (label, tone) in known.items()}, lambda v: (v, "neutral"))

    return {
        "states": toned(STATES),
        "assignment_states": toned(ASSIGNMENT_STATES),
        "reasons": Labels({reason: _(label) for reason, label in REASONS.items()}, str),
    }


def timeline(request: Request, case: Case, officers: Mapping[str, str]) -> list[dict[str, str]]:
    """The timeline of a case, newest first. ``officers`` has the current names by account id."""
    locale = web(request).locale(request)
    units = {a.unit.code: a.unit.name_en if locale.language == "en" else a.unit.name_tr for a in case.assignments}
    return [_line(locale, entry, units, officers) for entry in reversed(case.timeline)]


def due(request: Request, at: datetime | None, now: datetime) -> tuple[str, str] | None:
    """Label and tone of the date by which a unit has to reply; None without a date."""
    if at is None:
        return None
    locale, status = web(request).locale(request), deadline_status(at, now)
    if status is DeadlineStatus.OVERDUE:
        return locale.gettext("Overdue since %(day)s") % {"day": locale.date(at)}, "danger"
    days = (at - now).days
    if days == 0:
        return locale.gettext("Less than a day left"), "attention"
    label = locale.ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
    return label, "attention" if status is DeadlineStatus.DUE_SOON else "neutral"


def _line(
    locale: Locale, entry: TimelineEntry, units: Mapping[str, str], officers: Mapping[str, str]
) -> dict[str, str]:
    title, tone = HAPPENINGS.get(entry.what, (entry.what, "neutral"))
    name = officers.get(entry.actor.id if entry.actor else "", entry.by)
    text = entry.text
    if entry.what in ("letter_sent", "letter_failed"):
        text = locale.gettext(LETTERS.get(entry.text, entry.text))
    return {
        "at": locale.format_datetime(entry.at),
        "iso": entry.at.isoformat(),
        "title": locale.gettext(title),
        "by": " · ".join(filter(None, [units.get(entry.unit or ""), name])),
        "text": text,
        "tone": tone,
    }
