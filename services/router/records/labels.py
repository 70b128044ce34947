"""Labels of the audit log, in the officer's language."""

from starlette.requests import Request

from services.router.access import AuditAction as Recorded
from services.router.records.domain import AuditAction
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
}
"""The sentence (a msgid) for each action of the audit records."""


def recorded_actions(request: Request) -> dict[str, str]:
    """Each action of the audit records with its label."""
    _ = web(request).locale(request).gettext
    return {action: _(label) for action, label in RECORDED.items()}
