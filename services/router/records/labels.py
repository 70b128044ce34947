"""Labels of the audit log, in the officer's language."""

from collections.abc import Mapping
from datetime import date

from starlette.requests import Request

from services.router.access import AuditAction as Recorded
from services.router.accounts.labels import FIELDS as OF_ACCOUNTS
from services.router.accounts.labels import systems
from services.router.cases.domain.case import Case
from services.router.cases.labels import HAPPENINGS, LETTERS
from services.router.directory.labels import fields_in as fields_of_units
from services.router.records.domain import AuditAction
from services.router.records.domain.chain import Recorded as ChainRecord
from services.router.texts.labels import FIELDS as OF_THE_INSTITUTION
from shared.alphabet import alphabetical
from shared.web.i18n import Locale
from shared.web.pages import web

AUDIT_ACTIONS = {AuditAction.REDRIVEN: ("Sent again", "progress"), AuditAction.DISCARDED: ("Discarded", "neutral")}


def audit_actions(request: Request) -> dict[str, tuple[str, str]]:
    """Each action with its label and tone."""
    _ = web(request).locale(request).gettext
    return {action: (_(label), tone) for action, (label, tone) in AUDIT_ACTIONS.items()}


RECORDED = {
    Recorded.SIGNED_IN: "Signed in",
    Recorded.SIGNED_OUT: "Signed out",
    Recorded.SIGN_IN_FAILED: "Sign-in failed",
    Recorded.SIGN_IN_HELD: "Sign-in refused: too many tries",
    Recorded.RIGHT_REFUSED: "Page refused: no right",
    Recorded.FORM_REFUSED: "Form refused: it did not come from our pages, or too late",
    Recorded.ACCOUNT_ADDED: "Account added",
    Recorded.ACCOUNT_REPLACED: "Account changed",
    Recorded.ACCOUNT_DISABLED: "Account disabled",
    Recorded.ACCOUNT_ENABLED: "Account enabled",
    Recorded.UNIT_ADDRESS_CHANGED: "E-mail address of a unit changed",
    Recorded.LETTER_RELEASED: "Receipt sent after it was held",
    Recorded.LETTER_DISCARDED: "Held receipt discarded",
    Recorded.INSTITUTION_CHANGED: "Institution changed",
    Recorded.KIND_CHANGED: "Kind of message changed",
    Recorded.CASE_RESTRICTED: "Case restricted to some people",
    Recorded.CASE_UNRESTRICTED: "Restriction of a case ended",
    Recorded.CASE_READER_NAMED: "Reader named for a restricted case",
    Recorded.RESTRICTED_CASE_READ: "Restricted case read",
    Recorded.ACCOUNT_LINKED: "Account linked to the identity provider",
    Recorded.ACCOUNT_FROM_CLAIMS: "Account changed by what the identity provider says",
    Recorded.PROVIDER_REFUSED: "Sign-in with the identity provider refused",
    Recorded.PROVIDER_ENDED_SESSION: "Session ended by the identity provider",
    Recorded.BREAK_GLASS_USED: "Emergency account used",
    Recorded.ACCOUNT_INVITED: "Person invited",
    Recorded.INVITATION_WITHDRAWN: "Invitation withdrawn",
    Recorded.ACCOUNT_CHANGED: "Account changed",
    Recorded.SESSIONS_ENDED: "Sessions ended",
    Recorded.RESET_ASKED: "Link for a new password sent",
    Recorded.PASSWORD_CHOSEN: "Password chosen",
    Recorded.SECOND_FACTOR_ADDED: "Second factor set up",
    Recorded.SECOND_FACTOR_REMOVED: "Second factor removed",
    Recorded.SECOND_FACTOR_FAILED: "Wrong code of the second factor",
    Recorded.RECOVERY_CODE_USED: "Recovery code used",
    Recorded.TEMPLATE_ADDED: "Template added",
    Recorded.TEMPLATE_CHANGED: "Template changed",
    Recorded.WORDING_CHANGED: "Words of a letter changed",
    Recorded.REVIEW_CHANGED: "Rules of the check before an answer changed",
    Recorded.CALENDAR_CHANGED: "Calendar changed",
    Recorded.TERMS_CHANGED: "Usual terms changed",
    Recorded.UNIT_ADDED: "Unit added",
    Recorded.UNIT_CHANGED: "Unit changed",
    Recorded.UNIT_CLOSED: "Unit closed",
    Recorded.UNIT_MERGED: "Unit merged into another one",
    Recorded.UNIT_DELETED: "Unit deleted",
    Recorded.UNIT_TESTED: "Test letter sent to a unit",
    Recorded.UNITS_IMPORTED: "Table of units imported",
    Recorded.LETTER_RESENT: "E-mail sent again",
    Recorded.LETTER_DEALT_WITH: "Undelivered e-mail dealt with",
    Recorded.ADDRESS_CORRECTED: "Address of a submitter corrected",
    Recorded.RESTRICTED_LETTER_READ: "E-mail of a restricted case read",
    Recorded.MAIL_MADE_CASE: "Case opened from an e-mail",
    Recorded.MAIL_ATTACHED: "E-mail put into a case",
    Recorded.MAIL_DEALT_WITH: "E-mail marked as dealt with",
    Recorded.CASE_HELD: "Case put under legal hold",
    Recorded.CASE_HOLD_LIFTED: "Legal hold of a case lifted",
    Recorded.RETENTION_CHANGED: "Rules of retention changed",
    Recorded.RETENTION_LISTED: "List of what is due to be destroyed made",
    Recorded.RETENTION_LIST_READ: "List of what is due to be destroyed given out",
    Recorded.RETENTION_RUN_BEGUN: "Destruction of a list ordered",
    Recorded.RETENTION_RUN_STOPPED: "Destruction of a list stopped",
    Recorded.RETENTION_RUN_DONE: "Destruction of a list ended",
    Recorded.DESTRUCTION_RECORDED: "Destruction entered in its record",
    Recorded.DESTRUCTION_ANSWERED: "All services have answered a destruction",
    Recorded.REQUEST_OPENED: "Request about personal data opened",
    Recorded.REQUEST_READ: "Request about personal data read",
    Recorded.PERSON_SOUGHT: "A person's data looked for",
    Recorded.PERSON_CONFIRMED: "A person's data confirmed",
    Recorded.EXPORT_REQUESTED: "Export of a person's data asked for",
    Recorded.EXPORT_READ: "Export of a person's data downloaded",
    Recorded.PERSON_CORRECTED: "A person's data corrected",
    Recorded.PERSON_ERASED: "Erasure of a person's data decided",
    Recorded.REQUEST_CLOSED: "Request about personal data answered and closed",
    Recorded.REQUEST_FORGOTTEN: "Personal data of a closed request erased",
    Recorded.PUBLIC_PAGE_CHANGED: "Public page changed",
    Recorded.PUBLIC_ANSWER_CHANGED: "Answer on the public page changed",
    Recorded.CASE_READ: "Case opened",
    Recorded.CASE_PRINTED: "Case file opened for printing",
    Recorded.LETTER_READ: "E-mail opened",
    Recorded.MAIL_READ: "Incoming e-mail opened",
    Recorded.FILE_OPENED: "File opened",
    Recorded.LIST_READ: "List opened",
    Recorded.PARKED_READ: "Parked event opened",
    Recorded.AUDIT_READ: "Audit log opened",
    Recorded.AUDIT_EXPORTED: "Audit log exported",
    Recorded.FIGURES_EXPORTED: "Figures exported",
    Recorded.WEBHOOK_ADDED: "Webhook added",
    Recorded.WEBHOOK_CHANGED: "Webhook changed",
    Recorded.WEBHOOK_SECRET_CHANGED: "New secret of a webhook",
    Recorded.WEBHOOK_TESTED: "Test sent to a webhook",
    Recorded.WEBHOOK_SENT_AGAIN: "Delivery to a webhook sent again",
    Recorded.BUNDLE_ASKED: "File of a case asked for",
    Recorded.BUNDLE_MADE: "File of a case made",
    Recorded.BUNDLE_DOWNLOADED: "File of a case downloaded",
}
"""The sentence (a msgid) for each action of the audit records."""


OF_CASES = {
    "changed": "Case changed",
    "answer_held": "Answer written, to be sent in a moment",
    "closure_held": "Case closed, to be told in a moment",
    "answer_for_approval_held": "Answer written, for approval",
}
"""What an officer does with a case and its timeline does not tell."""
OF_EVENTS = {
    "message.submitted": "Message sent",
    "message.followed_up": "Addition sent",
    "message.withdrawn": "Message withdrawn",
    "message.rated": "Answer rated",
    "message.objected": "Objection sent",
    "question.answered": "Question answered by the submitter",
    "promise.answered": "Submitter said whether a promise was kept",
    "contact.corrected": "Submitter gave another address",
    "message.read": "Status page opened",
    "code_refused": "Wrong tracking code",
    "code.sent_again": "Lost tracking code sent again",
    "paper.checked": "Document checked on the public page",
    "assignment.read": "Link of a unit opened",
    "assignment.declined": "Unit handed it back",
    "assignment.handed_on": "Handed on within the unit",
    "assignment.taken_back": "Link of a colleague taken back",
    "reply.drafted": "Draft of a reply kept",
    "reply.submitted": "Reply of the unit sent",
    "reply.proposed": "Reply of the unit by e-mail",
    "reply.withdrawn": "Reply of the unit taken back",
    "interim.submitted": "Interim reply of the unit sent",
    "extension.requested": "Unit asked for more time",
    "question.proposed": "Unit wants to ask the submitter",
    "overview.read": "List of open messages of a unit opened",
    "overview.sent": "Link to the list of open messages sent to a unit",
    "link.sent_again": "Link of a unit sent again",
    "link_refused": "Link that opens nothing",
    "mail.taken": "E-mail taken in",
    "letter.resent": "E-mail sent again by the system",
}
"""What people do at the public form and in the portal, and what the notifier does: mostly types of events (msgids)."""


OF_DATA, OF_CASE_WORK, OF_PEOPLE, OF_SETTINGS = (
    *("Opened and given out", "Work on a case", "Submitters, units and e-mails"),
    "Accounts, settings and the record",
)
GROUPS = (OF_DATA, OF_CASE_WORK, OF_PEOPLE, OF_SETTINGS)
"""Of actions, as the filter of the record has them (msgids)."""
OPENED = frozenset(
    {
        *(Recorded.RESTRICTED_CASE_READ, Recorded.RESTRICTED_LETTER_READ, Recorded.RETENTION_LIST_READ),
        *(Recorded.REQUEST_READ, Recorded.PERSON_SOUGHT, Recorded.EXPORT_REQUESTED, Recorded.EXPORT_READ),
        *(Recorded.CASE_READ, Recorded.CASE_PRINTED, Recorded.LETTER_READ, Recorded.MAIL_READ, Recorded.FILE_OPENED),
        *(Recorded.LIST_READ, Recorded.PARKED_READ, Recorded.AUDIT_READ, Recorded.AUDIT_EXPORTED),
        *(Recorded.FIGURES_EXPORTED, Recorded.BUNDLE_ASKED, Recorded.BUNDLE_MADE, Recorded.BUNDLE_DOWNLOADED),
        *("message.read", "assignment.read", "overview.read", "paper.checked"),
    }
)
"""What shows somebody personal data."""


def recorded_in(locale: Locale) -> dict[str, str]:
    """Each action of the audit records with its label."""
    return {action: label for labels in _groups(locale).values() for action, label in labels.items()}


def recorded_actions(request: Request) -> dict[str, str]:
    """Each action of the audit records with its label."""
    return recorded_in(web(request).locale(request))


def grouped_actions(request: Request) -> list[tuple[str, list[str]]]:
    """The labels of all actions by group, each once, in the order of the alphabet."""
    locale, said = web(request).locale(request), set[str]()
    groups = list[tuple[str, list[str]]]()
    for group, labels in _groups(locale).items():
        own = set(labels.values()) - said
        said |= own
        groups.append((locale.gettext(group), sorted(own, key=lambda label: alphabetical(label, locale.language))))
    return groups


def _groups(locale: Locale) -> dict[str, dict[str, str]]:
    _ = locale.gettext
    handled = {str(action): label for action, (label, _tone) in AUDIT_ACTIONS.items()}
    happened = {what: label for what, (label, _tone) in HAPPENINGS.items()} | OF_CASES
    of_cases = {f"case.{what}": label for what, label in happened.items()}
    on_the_desk = {str(action): label for action, label in RECORDED.items()}
    known = {**of_cases, **OF_EVENTS, **handled, **on_the_desk}
    groups: dict[str, dict[str, str]] = {group: {} for group in GROUPS}
    for action, label in known.items():
        opened, case, event = action in OPENED, action in of_cases, action in OF_EVENTS
        group = OF_DATA if opened else OF_CASE_WORK if case else OF_PEOPLE if event else OF_SETTINGS
        groups[group][action] = _(label)
    return groups


def actions_of(request: Request, label: str) -> tuple[str, ...]:
    """The actions that are called so; the text itself, where none is."""
    named = tuple(action for action, said in recorded_actions(request).items() if said == label)
    return named or ((label,) if label else ())


LABELS = {"account": OF_ACCOUNTS, "institution": OF_THE_INSTITUTION}
FURTHER = {
    "account": {"subject": "Sign-in of the institution"},
    "institution": {"kinds": "Kinds of messages"},
    "template": {"wording": "Words", "kind": "Kind", "unit": "Unit", "active": "In use"},
    "letter": {"tr": "Turkish", "en": "English"},
    "case": {"email": "E-mail address"},
    "public_page": {
        "figures_shown": "Figures",
        "answers_shown": "You asked, we did",
        "publications": "Published months",
    },
    "public_answer": {"draft": "Words", "shown": "What the public reads"},
    "person_request": {"name": "Name", "email": "E-mail address", "phone": "Phone"},
    "webhook": {
        "name": "Name of the system",
        "url": "Address",
        "happenings": "What it is told of",
        "personal": "With personal data",
        "active": "In use",
    },
}
OBJECTS = {
    "institution": "Institution",
    "calendar": "Calendar",
    "figures": "Figures",
    "public_page": "Public page",
    "retention": "Rules of retention",
}
"""What a record is about (msgids) where there is only one of it."""


ACTORS = {"submitter": "Submitter", "unit": "Unit", "system": "The system"}
"""Who did it, where it was no officer (msgids)."""
KINDS = {
    "case": "Case",
    "message": "Case",
    "assignment": "Assignment of a unit",
    "letter": "E-mail",
    "mail": "Incoming e-mail",
    "file": "File",
    "list": "List of cases",
    "account": "Account",
    "unit": "Unit",
    "page": "Page",
    "parked": "Parked event",
    "audit": "Audit log",
    "template": "Template",
    "webhook": "Webhook",
    "person_request": "Request about personal data",
    "erasure_order": "Entry of the destruction record",
    "retention_run": "List of what is due",
    "public_answer": "Public answer",
}
"""Kinds of things (msgids)."""
LISTS = {"search": "Hits of a search", "letters": "List of e-mails", "mails": "List of incoming e-mails"}
"""Lists that are not of cases."""


def fields_of(request: Request, entry: ChainRecord) -> list[str]:
    """What the changed fields of an entry are called; those that have no label of their own are bookkeeping."""
    return fields_in(web(request).locale(request), entry)


def fields_in(locale: Locale, entry: ChainRecord) -> list[str]:
    """The same, in a language."""
    if entry.object_kind == "calendar":
        return [locale.day(date.fromisoformat(day)) for day in entry.fields]
    if entry.object_kind == "unit":
        known = fields_of_units(locale)
        return [known[name] for name in entry.fields if name in known]
    labels = FURTHER.get(entry.object_kind, {}) | LABELS.get(entry.object_kind, {})
    return [locale.gettext(labels[name]) for name in entry.fields if name in labels]


def object_of(request: Request, entry: ChainRecord, names: Mapping[str, str]) -> str:
    """What an entry is about, in words; with the identifier where that says something to people."""
    _ = web(request).locale(request).gettext
    if entry.object_kind == "letter" and entry.object_id in LETTERS:
        return _(LETTERS[entry.object_id])
    if one := OBJECTS.get(entry.object_kind):
        return _(one)
    if not entry.object_kind:
        return ""
    kind = LISTS.get(entry.object_id) if entry.object_kind == "list" else None
    said = _(kind or KINDS.get(entry.object_kind, entry.object_kind))
    if entry.object_kind in TELLING:
        return f"{said} {names.get(entry.object_id, entry.object_id)}".strip()
    return said


TELLING = frozenset({"account", "unit", "page", "template", "person_request"})
"""Kinds of things whose identifier, or name, says something to people."""


def actor_of(request: Request, entry: ChainRecord, names: Mapping[str, str], case: Case | None) -> str:
    """Who did it: the name of an officer, the unit, or what else is known. Empty for strangers."""
    locale = web(request).locale(request)
    if entry.actor is None:
        return ""
    if entry.actor.kind == "officer":
        return names.get(entry.actor.id, entry.actor.id)
    if entry.actor.kind == "unit" and case:
        assignment_id = entry.actor.id.partition(".")[0]
        for unit in (a.unit for a in case.assignments if a.id == assignment_id):
            return locale.of({"tr": unit.name_tr, "en": unit.name_en})[0]
    by_itself = systems(request).get(entry.actor.id) if entry.actor.kind == "system" else None
    return by_itself or locale.gettext(ACTORS.get(entry.actor.kind, entry.actor.kind))
