"""Labels of templates and of their variables, and the history of the settings in words."""

from collections.abc import Collection, Mapping
from typing import Any

from starlette.requests import Request

from services.router.history import COMMAND, Change
from services.router.texts.domain.institution import InstitutionSettings, usual_kinds
from services.router.texts.domain.templates import Use
from shared.web.pages import web

USES = {
    Use.ANSWER: "Answer to the submitter",
    Use.NOTE: "Covering note to the unit",
    Use.RETURN: "Return for revision",
    Use.QUESTION: "Question to the submitter",
    Use.CLOSING: "Closing without an answer",
}
"""What a template is for (msgids)."""
VARIABLES = {
    "reference": "Reference number of the message",
    "subject": "Subject of the message",
    "kind": "Kind of the message",
    "unit": "Name of the unit, in a return",
    "days": "Working days that the unit has",
    "submitted_on": "Date of the message",
}
"""What stands in the place of each variable (msgids)."""
ADDRESSEES = (
    ("To the submitter", ("receipt", "answer", "interim", "question", "closure", "rerouting", "promise", "codes")),
    (
        "To the unit",
        (
            *("invitation", "invitation_information", "return", "recall", "extension", "extension_refused"),
            *("reminder", "reminder_soon", "reminder_head", "news", "new_link", "colleague", "overview", "test"),
        ),
    ),
    (
        "To the desk",
        (
            *("notice", "arrival", "unit_question", "unit_interim", "unit_mail", "decline", "follow_up"),
            *("question_answered", "objection", "withdrawal", "failure", "desk_reminder", "desk_digest"),
        ),
    ),
    ("About an account", ("account_invitation", "account_reset", "account_change")),
)
"""Whom letters go to (msgids), and which."""
VARIANTS = {
    "invitation_information": "Message to the unit for its information",
    "extension": "More time for the unit",
    "extension_refused": "No more time for the unit",
    "reminder": "Reminder of overdue replies to the unit",
    "reminder_soon": "Reminder of replies that are due soon to the unit",
    "reminder_head": "Notice of overdue replies to the head of the unit",
    "desk_digest": "Digest of the day to officers",
}
"""Letters that share their name with another one in the timeline."""
LETTER_VARIABLES = {
    **{name: VARIABLES[name] for name in ("reference", "subject", "kind")},
    "date": "Date of the message, or of the event",
    "unit": "Name of the unit",
    "units": "Names of the units",
    "due": "Last day for the reply",
    "invited": "Subject of the invitation",
    "recipient": "Address that could not be reached",
    "greeting": "Dear …, unless the officer has written it",
    "details": "Table with number, dates and what else belongs to the letter",
    "status_page": "Button to the status page",
    "answer": "The answer",
    "interim_answer": "The interim answer",
    "rating": "Question for a rating, with its links",
    "objection": "Until when one may object",
    "message": "The message that was answered",
    "question": "The question",
    "explanation": "The explanation of the closing",
    "codes": "Numbers, tracking codes and links",
    "note": "Covering note, if there is one",
    "link": "Button to the page on which the unit replies",
    "reason": "The reason, if there is one",
    "case_page": "Button to the case",
    "count": "Number of messages",
    "name": "Name of the recipient, or of who tries the address",
    "by": "Who passed it on",
    "until": "Until when the link is valid",
    "email": "E-mail address of the account",
    "desk": "Address of the desk",
    "promise": "What was promised, if it was written down",
    "choices": "Links for the answer",
    "by_mail": "Whether the answer may also come by e-mail",
    "assignments": "List of the messages with their links",
    "cases": "List of the cases with their links",
    "digest": "Where the digest of the day is switched on and off",
    "news": "What is new",
    "change": "What was changed",
    "desk_page": "Button to the desk",
}
"""What stands in the place of each variable of a letter (msgids)."""
FIELDS = {
    "name": "Name of the institution",
    "short_name": "Short name",
    "hotline": "Name of the hotline",
    "url": "Web site",
    "email": "E-mail address",
    "phone": "Phone",
    "primary_color": "Main colour",
    "accent_color": "Accent colour",
    "logo": "Logo",
    "notice": "Privacy notice (KVKK)",
    "notice_url": "Page with the whole notice",
    "unit_days": "Working days for a unit's reply",
    "revision_days": "Working days to revise a reply",
    "answer_days": "Calendar days for the answer",
    "review_checklist": "Points for all messages",
    "kind_checklists": "Further points for a kind of message",
    "four_eyes": "Four eyes",
    "remind_before_days": "Working days before the last day",
    "remind_again_days": "Days until the next reminder",
    "untaken_days": "Working days until officers are told",
    "quiet_from": "No reminder from",
    "quiet_until": "No reminder until",
    "digest_hour": "The daily e-mail leaves at",
}
"""What the settings of the institution are called in their history (msgids). The kinds have labels of their own."""
HOURS = frozenset({"quiet_from", "quiet_until", "digest_hour"})
FIELDS_OF_A_KIND = {
    "label": "Name of the kind",
    "reply_expected": "A unit has to reply",
    "active": "Offered on the form",
    "unit_days": "Days that a unit has",
    "unit_counts": "Days of the unit are",
    "answer_days": "Days until the answer",
    "answer_counts": "Days until the answer are",
}
COUNTS = {"working": "working days", "calendar": "calendar days"}
LANGUAGES = {"tr": "Turkish", "en": "English", "ar": "Arabic"}
AS_USUAL = "As the server is set up"
"""Where the desk has said nothing."""
Said = list[tuple[str, str, str]]
"""Label, before and after."""


def changes_of(
    request: Request, settings: InstitutionSettings, people: Mapping[str, str], only: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The history of the settings for a page, the newest first: ``at``, ``by``, and its fields in words.

    ``people``: names of those who changed something, by account; ``only``: the fields that the page shows, all without.
    """
    _ = web(request).locale(request).gettext
    entries = [
        {
            "at": change.at,
            "by": people.get(change.by.id) or (_(COMMAND) if change.by.kind == "system" else "–"),
            "fields": [said for name in change.fields for said in _said(request, settings, name, change, only)],
        }
        for change in reversed(settings.history)
    ]
    return [entry for entry in entries if entry["fields"]]


def _said(request: Request, settings: InstitutionSettings, name: str, change: Change, only: Collection[str]) -> Said:
    _ = web(request).locale(request).gettext
    before, after = change.fields[name]
    if only and name not in only:
        return []
    if name == "kinds":
        return _kinds(request, before, after)
    if name not in FIELDS:
        return []
    if before is None and after is None:
        return [(_(FIELDS[name]), "", "")]
    if name == "kind_checklists":
        of = web(request).locale(request).of
        called = {kind.id: of(kind.label)[0] for kind in settings.all_kinds}
        old, new = before or {}, after or {}
        return [
            (
                _("Points for: %(kind)s") % {"kind": called.get(kind, kind)},
                "\n".join(old.get(kind, ())),
                "\n".join(new.get(kind, ())),
            )
            for kind in {**old, **new}
            if old.get(kind) != new.get(kind)
        ]
    return [(_(FIELDS[name]), _value(request, name, before), _value(request, name, after))]


def _value(request: Request, name: str, value: Any) -> str:
    _ = web(request).locale(request).gettext
    if value is None:
        return _(AS_USUAL)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return "; ".join(f"{_(LANGUAGES[language])}: {text}" for language, text in value.items() if text)
    if isinstance(value, list | tuple):
        return "\n".join(value)
    return f"{value:02}.00" if name in HOURS else str(value)


def _kinds(request: Request, before: Any, after: Any) -> Said:
    """Which kinds were added, what of each was changed, and whether their order is another."""
    locale = web(request).locale(request)
    _ = locale.gettext
    usual = [kind.model_dump(mode="json") for kind in usual_kinds()]
    old, new = ({kind["id"]: kind for kind in (usual if kinds is None else kinds)} for kinds in (before, after))
    said: Said = []
    for key, kind in new.items():
        called = locale.of(kind["label"])[0] or key
        if key not in old:
            said.append((_("New kind of message"), "", called))
        for name, label in FIELDS_OF_A_KIND.items() if key in old else ():
            if (was := old[key].get(name)) != (now := kind.get(name)):
                label = f"{called}, {_(label)}"
                said.append((label, _of_kind(request, name, was), _of_kind(request, name, now)))
    was_order, order = ([key for key in kinds if key in old and key in new] for kinds in (old, new))
    if was_order != order:
        names = {key: locale.of(kind["label"])[0] or key for key, kind in new.items()}
        said.append((_("Order"), ", ".join(names[key] for key in was_order), ", ".join(names[key] for key in order)))
    return said


def _of_kind(request: Request, name: str, value: Any) -> str:
    _ = web(request).locale(request).gettext
    if name in ("unit_counts", "answer_counts"):
        return _(COUNTS.get(value, str(value)))
    return _("usual") if value is None else _value(request, name, value)
