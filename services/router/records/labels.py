"""Labels of the audit log, in the officer's language."""

from starlette.requests import Request

from services.router.records.domain import AuditAction
from shared.web.pages import web

AUDIT_ACTIONS = {AuditAction.REDRIVEN: ("Sent again", "progress"), AuditAction.DISCARDED: ("Discarded", "neutral")}


def audit_actions(request: Request) -> dict[str, tuple[str, str]]:
    """Each action with its label and tone."""
    _ = web(request).locale(request).gettext
    return {action: (_(label), tone) for action, (label, tone) in AUDIT_ACTIONS.items()}
