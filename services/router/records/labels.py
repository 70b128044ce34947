"""Labels of the audit log, in the officer's language."""

from datetime import date

from starlette.requests import Request

from services.router.access import AuditAction as Recorded
from services.router.accounts.labels import FIELDS as OF_ACCOUNTS
from services.router.cases.labels import LETTERS
from services.router.directory.labels import fields as fields_of_units
from services.router.records.domain import AuditAction
from services.router.texts.labels import FIELDS as OF_THE_INSTITUTION
from shared.audit import AuditRecord
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
    Recorded.BUNDLE_ASKED: "File of a case asked for",
    Recorded.BUNDLE_MADE: "File of a case made",
    Recorded.BUNDLE_DOWNLOADED: "File of a case downloaded",
}
"""The sentence (a msgid) for each action of the audit records."""


def recorded_actions(request: Request) -> dict[str, str]:
    """Each action of the audit records with its label."""
    _ = web(request).locale(request).gettext
    return {action: _(label) for action, label in RECORDED.items()}


LABELS = {"account": OF_ACCOUNTS, "institution": OF_THE_INSTITUTION}
FURTHER = {
    "account": {"subject": "Sign-in of the institution"},
    "institution": {"kinds": "Kinds of messages"},
    "template": {"wording": "Words", "kind": "Kind", "unit": "Unit", "active": "In use"},
    "letter": {"tr": "Turkish", "en": "English"},
    "case": {"email": "E-mail address"},
}
OBJECTS = {"institution": "Institution", "calendar": "Calendar"}
"""What a record is about (msgids) where there is only one of it."""


def fields_of(request: Request, record: AuditRecord) -> list[str]:
    """What the changed fields of a record are called; those that have no label of their own are bookkeeping."""
    locale = web(request).locale(request)
    if record.object_kind == "calendar":
        return [locale.day(date.fromisoformat(day)) for day in record.fields]
    if record.object_kind == "unit":
        known = fields_of_units(request)
        return [known[name] for name in record.fields if name in known]
    labels = FURTHER.get(record.object_kind, {}) | LABELS.get(record.object_kind, {})
    return [locale.gettext(labels[name]) for name in record.fields if name in labels]


def object_of(request: Request, record: AuditRecord) -> str:
    """What a record is about, where its identifier says nothing to people."""
    label = OBJECTS.get(record.object_kind) or (
        LETTERS.get(record.object_id) if record.object_kind == "letter" else None
    )
    return web(request).locale(request).gettext(label) if label else record.object_id
