"""Labels of states, reasons and timeline entries, in the officer's language."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request

from services.router.cases.domain.attention import ABOUT_LETTERS
from services.router.cases.domain.case import Case
from services.router.cases.domain.letters import LetterState
from services.router.cases.domain.links import ABOUT_OTHERS
from services.router.cases.domain.parts import TimelineEntry
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason, Priority
from services.router.deadlines.domain.counting import Why
from shared.closures import EXPLANATIONS
from shared.institution import Institution
from shared.mail_refusals import meaning
from shared.state import KeptFile
from shared.web.due import due as due_in_words
from shared.web.due import last_day
from shared.web.i18n import DEFAULT, FALLBACK, Locale, locales
from shared.web.kept_files import OPENED, listed
from shared.web.pages import HERE, web

CATALOGUES = (HERE, Path(__file__).parents[1])

STATES = {
    CaseState.NEW: ("New", "info"),
    CaseState.IN_REVIEW: ("To be routed again", "attention"),
    CaseState.AWAITING_SUBMITTER: ("Waiting for the submitter's answer", "progress"),
    CaseState.ROUTED: ("Routed to the unit", "progress"),
    CaseState.REPLY_PENDING_REVIEW: ("Reply to be checked", "attention"),
    CaseState.RESOLVED: ("Answered", "success"),
    CaseState.CLOSED: ("Closed", "neutral"),
}
ASSIGNMENT_STATES = {
    AssignmentState.REQUESTED: ("Being sent", "neutral"),
    AssignmentState.INVITED: ("Sent", "info"),
    AssignmentState.UNDELIVERABLE: ("Could not be delivered", "danger"),
    AssignmentState.VIEWED: ("Link opened", "info"),
    AssignmentState.REPLIED: ("Replied", "attention"),
    AssignmentState.RETURNED: ("Revision asked for", "progress"),
    AssignmentState.ACCEPTED: ("Approved", "success"),
    AssignmentState.DECLINED: ("Handed back", "danger"),
    AssignmentState.RECALLED: ("Recalled", "neutral"),
}
READ = ("Writing has begun", "info")
"""Instead of *link opened*, when somebody in the unit has begun to write: mail servers open links too."""
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
PRIORITIES = {
    Priority.URGENT: ("Urgent", "danger"),
    Priority.HIGH: ("High", "attention"),
    Priority.NORMAL: ("Normal", "neutral"),
    Priority.LOW: ("Low", "neutral"),
}
ALARMS = {
    "fire": "Fire",
    "gas": "Gas leak",
    "self_harm": "Self-harm",
    "violence": "Violence",
    "harassment": "Harassment",
    "medical": "Medical emergency",
}
"""Dangers of which the words of a message may tell (``domain.alarms``)."""
SENSITIVE = {
    "identity_number": "T.C. identity number",
    "iban": "IBAN",
    "card": "Card number",
    "phone": "Phone number",
    "student_number": "Student number",
    "email": "E-mail address",
    "name": "The submitter's name",
}
"""What units need not know (``domain.sensitive``)."""
CHANNELS = {
    "web": "The form on the web",
    "api": "Another program",
    "telephone": "Telephone",
    "paper": "Paper",
    "counter": "At the counter",
    "email": "E-mail",
}
"""How a message came, or an answer was given."""
INTERNAL = "Internal note – the submitter and the unit do not see it"
UPHELD = "Your objection was examined. Our answer stays as it is."
"""What the submitter reads when an objection changes nothing, unless the supervisor writes something else."""
QUESTION = "So that we can deal with your message, please tell us:"
"""How a question to the submitter begins, unless the officer writes something else."""
INTERIM = "Your message is being examined. We will write to you again as soon as there is a result."
"""What an interim answer says, unless the officer writes something else."""
ROLES = {"student": "Student", "staff": "Staff", "graduate": "Graduate", "public": "Somebody else"}
"""Who writes, as they say themselves."""
DOUBTS = {
    "link": "Contains links",
    "advertisement": "Reads like an advertisement",
    "no_proof": "Was sent without the check against robots",
    "honeypot": "A field that people do not see was filled in",
    "rate": "Many messages came from the same place",
    "repeated": "The same text was sent before",
    "officer": "An officer has marked it",
    "unverified": "Nobody can say whether the e-mail is from its sender",
    "forged": "The e-mail may be forged: its sender's domain disowns it",
}
"""Why a message may be unwanted."""
MARKS = {
    "objection": ("Objection: a supervisor decides", "danger"),
    "followed_up": ("The submitter wrote again", "attention"),
    "question_answered": ("The submitter answered", "attention"),
    "release_cancelled": ("Not sent: something new came in", "attention"),
    "separated": ("No longer merged", "attention"),
    "given_back": ("Answer not approved by a colleague", "attention"),
    "declined": ("Handed back by the unit", "danger"),
    "ping_pong": ("Sent around: a supervisor decides", "danger"),
    "recalled": ("Assignment recalled", "attention"),
    "letter_failed": ("E-mail could not be delivered", "danger"),
    "extension_requested": ("The unit asks for more time", "attention"),
    "question_proposed": ("The unit wants to ask the submitter", "attention"),
    "interim_submitted": ("Interim reply of the unit", "attention"),
    "promise_broken": ("What was promised was not done", "danger"),
    "reply_proposed": ("An e-mail came from the unit", "attention"),
    "mail_received": ("An e-mail came in", "attention"),
}
"""Why an officer should look at a case now."""
HAPPENINGS = {
    "submitted": ("Message received", "info"),
    "routed": ("Routed to the unit", "progress"),
    "viewed": ("The unit's link was opened", "neutral"),
    "read": ("The unit has begun to write", "neutral"),
    "declined": ("The unit handed it back", "danger"),
    "replied": ("The unit replied", "attention"),
    "replied_late": ("The unit replied after it was too late", "neutral"),
    "returned": ("Returned for revision", "progress"),
    "answered": ("Answer approved and sent", "success"),
    "recalled": ("Assignment recalled", "neutral"),
    "closed": ("Case closed", "neutral"),
    "letter_sent": ("E-mail sent", "neutral"),
    "letter_failed": ("E-mail could not be delivered", "danger"),
    "followed_up": ("The submitter wrote again", "attention"),
    "withdrawn": ("Withdrawn by the submitter, case closed", "neutral"),
    "withdrawn_late": ("The submitter withdrew the message after it was dealt with", "neutral"),
    "rated": ("The submitter rated the answer", "info"),
    "objected": ("The submitter objects to the answer", "danger"),
    "reopened": ("Objection accepted, to be worked on again", "progress"),
    "answer_upheld": ("Objection rejected, case closed", "neutral"),
    "asked": ("Question to the submitter", "progress"),
    "question_answered": ("The submitter answered", "attention"),
    "contact_corrected": ("The submitter gave another e-mail address", "info"),
    "trusted": ("Marked as not unwanted", "neutral"),
    "looked_at": ("Marked as read", "neutral"),
    "claimed": ("Claimed", "neutral"),
    "assigned": ("Given to a colleague", "neutral"),
    "unclaimed": ("Claimed by nobody any more", "neutral"),
    "freed": ("Free again: the account of its officer was disabled", "attention"),
    "prioritised": ("Priority set", "neutral"),
    "kind_corrected": ("Kind corrected", "neutral"),
    "tagged": ("Tags set", "neutral"),
    "noted": ("Internal note", "note"),
    "copied": ("Copy for units changed", "neutral"),
    "distrusted": ("Marked as unwanted", "attention"),
    "reopened_by_desk": ("Opened again", "progress"),
    "informed": ("Interim answer sent", "info"),
    "approval_asked": ("Waits for a colleague's approval", "progress"),
    "approved": ("Answer approved by a colleague", "success"),
    "given_back": ("Answer not approved by a colleague", "attention"),
    "taken_back": ("Taken back before it was sent", "neutral"),
    "release_cancelled": ("Not sent, because something new came in", "attention"),
    "merged": ("Merged into another case", "info"),
    "separated": ("No longer merged", "info"),
    "linked": ("Linked with another case", "neutral"),
    "unlinked": ("No longer linked", "neutral"),
    "restricted": ("Restricted to some people", "attention"),
    "unrestricted": ("Restriction ended", "neutral"),
    "hold_set": ("Legal hold set: the case must not be destroyed", "attention"),
    "hold_lifted": ("Legal hold lifted", "neutral"),
    "reader_named": ("Somebody was named to read the case", "neutral"),
    "rescheduled": ("The calendar has changed: the unit has another last day", "info"),
    "answer_rescheduled": ("The calendar has changed: the last day by law is another", "info"),
    "extension_requested": ("The unit asks for more time", "attention"),
    "extension_granted": ("More time granted to the unit", "progress"),
    "extension_refused": ("More time refused to the unit", "neutral"),
    "unit_reminded": ("Unit reminded", "info"),
    "head_told": ("Overdue: the head of the unit was told", "attention"),
    "supervisor_told": ("Overdue: the hotline supervisor was told", "attention"),
    "untaken_told": ("Taken by nobody: the officers were reminded", "attention"),
    "reply_withdrawn": ("The unit took its reply back", "attention"),
    "interim_submitted": ("Interim reply of the unit", "attention"),
    "question_proposed": ("The unit wants to ask the submitter", "attention"),
    "question_refused": ("The unit's question was not asked", "neutral"),
    "handed_on": ("Handed on to a colleague in the unit", "neutral"),
    "holding_ended": ("The colleague's link was taken back", "neutral"),
    "promise_asked": ("The submitter was asked whether it was done", "info"),
    "promise_kept": ("The submitter says that it was done", "success"),
    "promise_broken": ("The submitter says that it was not done", "danger"),
    "address_corrected": ("E-mail address of the submitter corrected", "info"),
    "submitter_corrected": ("Data of the submitter corrected on their request", "info"),
    "letter_dealt_with": ("Undelivered e-mail dealt with", "neutral"),
    "mail_received": ("E-mail received", "info"),
    "mail_automatic": ("Automatic reply", "neutral"),
    "mail_adopted": ("The unit's e-mail was taken as its reply", "success"),
    "mail_not_taken": ("The unit's e-mail was not taken as its reply", "neutral"),
    "mail_attached": ("E-mail put into the case", "info"),
}
VERIFIED = {
    "pass": ("Sender verified", "success"),
    "fail": ("Sender not verified: the address may be forged", "danger"),
    "none": ("Sender not verified", "attention"),
}
"""Whether a mail is from its sender (``MailReceived.verified``)."""
TO_THE_SUBMITTER = ("closed", "answer_upheld", "asked", "informed")
"""Entries whose text the submitter reads, in their own language."""
CHECKLIST = (
    "Every point of the message is answered.",
    "There is nothing in it about other people.",
    "It says what follows, and when.",
)
"""What an officer looks at before an answer goes out, unless the settings say something else."""
HINTS = {
    "greeting_twice": "There is more than one greeting.",
    "no_date": "Something is announced, but no date is named.",
    "language": "It is written in another language than the message: %(about)s.",
    "address": "There is an e-mail address in it: %(about)s",
    "question": "This question may not be answered yet: %(about)s",
}
"""What may be looked at again before an answer goes out (``domain.hints``)."""
WHY = {
    Why.START: "Start",
    Why.COUNTED: "Counted",
    Why.HALF_DAY: "Half a day",
    Why.HOLIDAY: "Holiday",
    Why.WEEKEND: "Weekend",
    Why.PAUSED: "Clock stopped: the submitter is asked",
}
"""Why a day counts as it does."""
LETTERS = {
    "receipt": "Receipt to the submitter",
    "notice": "Notice of the new message to the desk",
    "invitation": "Invitation to the unit",
    "copy": "Copy of a letter to the unit",
    "return": "Request for revision to the unit",
    "arrival": "Notice of the reply to the desk",
    "answer": "Answer to the submitter",
    "closure": "Notice of closure to the submitter",
    "recall": "Notice to the unit that it need not reply",
    "decline": "Notice to the desk that the unit handed it back",
    "failure": "Notice to the desk that an e-mail could not be delivered",
    "question": "Question to the submitter",
    "rerouting": "Notice to the submitter that the message went to another unit",
    "codes": "Tracking codes to the submitter",
    "reminder": "Reminder to the unit",
    "desk_reminder": "Reminder to officers",
    "follow_up": "Notice to the desk that the submitter wrote again",
    "question_answered": "Notice to the desk that the submitter answered a question",
    "objection": "Notice to the supervisor of an objection",
    "withdrawal": "Notice to the desk that the submitter withdrew the message",
    "interim": "Interim answer to the submitter",
    "extension": "Decision about more time to the unit",
    "new_link": "New link to the unit",
    "news": "News of the case to the unit",
    "colleague": "Link to a colleague in the unit",
    "overview": "Link to all open messages of the unit",
    "promise": "Question to the submitter whether it was done",
    "unit_question": "Notice to the desk that the unit asks the submitter something",
    "unit_interim": "Notice to the desk of what the unit can say so far",
    "unit_mail": "Notice to the desk that the unit replied by e-mail",
    "test": "Test letter",
    "account_invitation": "Link to a new account",
    "account_reset": "Link for a new password",
    "account_change": "Notice of a changed account",
}

LETTER_STATES = {
    LetterState.FAILED: ("Could not be delivered", "danger"),
    LetterState.RETURNED: ("Came back", "danger"),
    LetterState.HELD: ("Held", "attention"),
    LetterState.AGAIN: ("Being sent again", "progress"),
    LetterState.SENT: ("Sent", "success"),
    LetterState.REPLACED: ("Replaced by a later e-mail", "success"),
    LetterState.DEALT_WITH: ("Dealt with", "neutral"),
    LetterState.DISCARDED: ("Not sent", "neutral"),
}
"""What has become of a letter: label and tone."""
PASSED_TO = {
    "deputy": "It went to the deputy instead.",
    "head": "It went to the head of the unit instead.",
    "": "It went to somebody else of the unit instead.",
}
"""To whom of a unit a letter went that its responsible person could not get (``LetterFailed.passed_to``)."""


class Labels(dict[str, Any]):
    """Labels by value. ``unknown`` makes the label of a value that a newer version added."""

    def __init__(self, known: Mapping[str, Any], unknown: Callable[[str], Any]) -> None:
        super().__init__(known)
        self._unknown = unknown

    def __missing__(self, value: str) -> Any:
        return self._unknown(value)


def labels(request: Request) -> dict[str, Labels]:
    """The labels for templates: mappings from a value to (label, tone), or to a label."""
    return labels_in(web(request).locale(request))


def labels_in(locale: Locale) -> dict[str, Labels]:
    """The same in a language."""
    _ = locale.gettext

    def toned(known: Mapping[Any, tuple[str, str]]) -> Labels:
        return Labels({value: (_(label), tone) for value, (label, tone) in known.items()}, lambda v: (v, "neutral"))

    return {
        "states": toned(STATES),
        "marks": toned(MARKS),
        "priorities": toned(PRIORITIES),
        "assignment_states": toned({**ASSIGNMENT_STATES, "read": READ}),
        "reasons": Labels({reason: _(label) for reason, label in REASONS.items()}, str),
        "roles": Labels({role: _(label) for role, label in ROLES.items()}, str),
        "alarms": Labels({danger: _(label) for danger, label in ALARMS.items()}, str),
        "sensitive": Labels({kind: _(label) for kind, label in SENSITIVE.items()}, str),
        "channels": Labels({channel: _(label) for channel, label in CHANNELS.items()}, str),
        "doubts": Labels({doubt: _(label) for doubt, label in DOUBTS.items()}, str),
        "verified": toned(VERIFIED),
    }


def timeline(
    request: Request,
    case: Case,
    officers: Mapping[str, str],
    entries: Sequence[TimelineEntry] | None = None,
    *,
    numbers: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The timeline of a case, or these entries of it, newest first. ``officers`` has current names by account id.

    ``numbers`` are those of other cases that the reader may read; others are not told.
    """
    locale, institution = web(request).locale(request), web(request).institution()
    return timeline_in(locale, institution, case, officers, entries, numbers=numbers)


def timeline_in(
    locale: Locale,
    institution: Institution,
    case: Case,
    officers: Mapping[str, str],
    entries: Sequence[TimelineEntry] | None = None,
    *,
    numbers: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The same in a language."""
    units = {a.unit.code: a.unit.name_en if locale.language == "en" else a.unit.name_tr for a in case.assignments}
    shown = case.timeline if entries is None else entries
    files = {file["id"]: file for file in _files_in(locale, case, (*case.files, *case.files_of_units))}
    notes = {note.id: note.text for note in case.notes}
    return [
        _line(locale, entry, units, officers, institution)
        | ({"text": notes.get(entry.text, "")} if entry.what == "noted" else {})
        | ({"text": ""} if entry.what in ABOUT_OTHERS and entry.text not in numbers else {})
        | {"mail": _mail(locale, case, entry)}
        | {"lang": _language(case, entry), "files": [files[file] for file in entry.files if file in files]}
        for entry in reversed(shown)
    ]


def files_of(request: Request, case: Case) -> list[dict[str, Any]]:
    """The files of its submitter as pages list them."""
    return files_listed(request, case, case.files)


def files_listed(request: Request, case: Case, files: Iterable[KeptFile]) -> list[dict[str, Any]]:
    """Files of a case as pages list them: without ``url`` for one that cannot be opened now."""
    return _files_in(web(request).locale(request), case, files)


def _files_in(locale: Locale, case: Case, files: Iterable[KeptFile]) -> list[dict[str, Any]]:
    return [listed(locale, file, f"/cases/{case.id}/files/{file.id}" if file.state in OPENED else "") for file in files]


def due(request: Request, at: datetime | None, now: datetime) -> tuple[str, str] | None:
    """The last day for a unit's reply in words, with its tone; None without a date."""
    if at is None:
        return None
    return due_in_words(web(request).locale(request), at, now)


def explanations(request: Request, case: Case) -> dict[str, str]:
    """What the submitter reads for each reason of a closure, in their language."""
    _ = submitters_locale(request, case).gettext
    return {reason: _(msgid) for reason, msgid in EXPLANATIONS.items()}


def closing_sentences(reason: ClosureReason, language: str) -> dict[str, str]:
    """What a closure without an officer says: the ``explanation`` in the submitter's language, what units are told."""
    known: Mapping[str, Locale] = locales(CATALOGUES, "UTC")  # type: ignore[assignment]  # its keys are strings
    explanation = known.get(language, known[DEFAULT]).gettext(EXPLANATIONS[reason])
    return {"explanation": explanation, "told_units": known[DEFAULT].gettext(REASONS[reason])}


def submitters_locale(request: Request, case: Case) -> Locale:
    """The language in which the case's submitter reads us; English for Arabic, Turkish for one of a newer version."""
    known: Mapping[str, Locale] = web(request).locales  # type: ignore[assignment]  # its keys are strings
    return known.get(case.language) or known[FALLBACK.get(case.language, DEFAULT)]


def _language(case: Case, entry: TimelineEntry) -> str:
    """The language of an entry's text: the closure speaks to the submitter, a letter's name is in the page's own."""
    if entry.what in (*ABOUT_LETTERS, "address_corrected") or entry.due_at:
        return ""
    by_submitter = entry.actor is not None and entry.actor.kind == "submitter"
    return case.language if by_submitter or entry.what in TO_THE_SUBMITTER else DEFAULT


def refusal(locale: Locale, reason: str) -> str:
    """What a mail server said when it refused a letter, after a sentence that says what it means."""
    said = meaning(reason)
    return f"{locale.gettext(said)} ({reason})" if said else reason


def passed_to(locale: Locale, role: str) -> str:
    """To whom of the unit a letter went instead."""
    return locale.gettext(PASSED_TO.get(role, PASSED_TO[""]))


def _line(
    locale: Locale,
    entry: TimelineEntry,
    units: Mapping[str, str],
    officers: Mapping[str, str],
    institution: Institution,
) -> dict[str, Any]:
    title, tone = HAPPENINGS.get(entry.what, (entry.what, "neutral"))
    name = officers.get(entry.actor.id if entry.actor else "", entry.by)
    text = entry.text
    if entry.what in ABOUT_LETTERS:
        text = "\n".join(filter(None, [locale.gettext(LETTERS.get(entry.text, entry.text)), entry.said]))
    if entry.what == "prioritised":
        text = locale.gettext(next((said for value, (said, _) in PRIORITIES.items() if value == text), text))
    if entry.what == "kind_corrected":
        text = institution.label(text, locale.language)
    if entry.number:
        more = locale.ngettext("%(num)d working day more", "%(num)d working days more", entry.number)
        text = "\n".join(filter(None, [more % {"num": entry.number}, text]))
    if entry.due_at:
        text = "\n".join(filter(None, [_moved(locale, entry), text]))
    if entry.refusal:
        text = f"{text}\n{refusal(locale, entry.refusal)}"
    if entry.passed_to:
        text = f"{text}\n{passed_to(locale, entry.passed_to)}"
    return {
        "at": locale.format_datetime(entry.at),
        "iso": entry.at.isoformat(),
        "title": locale.gettext(title),
        "by": " · ".join(filter(None, [units.get(entry.unit or ""), name])),
        "text": text,
        "tone": tone,
        "templates": [
            locale.gettext("Template: %(name)s (version %(version)s)") % {"name": used.name, "version": used.version}
            for used in entry.templates
        ],
        "internal": locale.gettext(INTERNAL) if entry.what == "noted" else "",
        "letter": entry.what == "letter_sent",
    }


def _moved(locale: Locale, entry: TimelineEntry) -> str:
    """From when to when a last day moved, and the days of the calendar for which it did."""
    told = {"day": last_day(locale, entry.due_at) if entry.due_at else ""}
    if entry.due_before is None:
        said = locale.gettext("New last day: %(day)s") % told
    else:
        told["before"] = last_day(locale, entry.due_before)
        said = locale.gettext("Last day so far: %(before)s. New last day: %(day)s") % told
    usual = locale.gettext("a day like any other now")
    days = (f"{locale.day(date.fromisoformat(day))}: {name or usual}" for day, name in entry.days.items())
    return "\n".join([said, *days])


def _mail(locale: Locale, case: Case, entry: TimelineEntry) -> dict[str, str] | None:
    """The mail of an entry: its page, whether it is from its sender, and under what its text is folded; empty: not."""
    if entry.mail is None:
        return None
    _ = locale.gettext
    said, tone = VERIFIED.get(entry.verified, ("", "neutral"))
    texts = {"mail_received": _("Text of the e-mail"), "mail_attached": _("Text of the e-mail")}
    texts["mail_automatic"] = _("Text of the automatic reply")
    return {
        "url": f"/cases/{case.id}/mails/{entry.mail}",
        "link": _("The whole e-mail"),
        "verified": _(said) if said else "",
        "tone": tone,
        "folded": texts.get(entry.what, ""),
        "channel": _("by e-mail") if entry.what in ("followed_up", "question_answered", "submitted") else "",
    }
