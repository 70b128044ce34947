"""Authorisation: the only module that decides who may do what on the desk. A role is a set of actions.

Pages check through ``desk.require``, stores again for each document (``Cases.get_for``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.state import Actor


class Action(StrEnum):
    """What a role permits."""

    READ_CASES = "read_cases"
    ROUTE = "route"
    REVIEW = "review"
    CLOSE = "close"
    DECIDE_OBJECTION = "decide_objection"
    WORK = "work"
    """Claim and assign, set priority, kind and tags, take notes, link and merge."""
    ENTER = "enter"
    """Enter a message that came by telephone, on paper or at the counter."""
    RESTRICT = "restrict"
    """Say who alone may read a case."""
    SUPERVISE = "supervise"
    """See what waits for a supervisor; share lists with all."""
    READ_ADMINISTRATION = "read_administration"
    """See the first page of the administration."""
    EDIT_CALENDAR = "edit_calendar"
    """Change holidays, half days and the days of the clocks."""
    EDIT_TEXTS = "edit_texts"
    """Change templates, checklists and the wording of letters."""
    EDIT_INSTITUTION = "edit_institution"
    """Change name, look, kinds and notice of the institution."""
    EDIT_ACCOUNTS = "edit_accounts"
    """Invite people, give roles, disable, end sessions."""
    OWN_ACCOUNT = "own_account"
    """See and change one's own account."""
    DECIDE_EXTENSION = "decide_extension"
    """Give a unit more time, or refuse it."""
    READ_DIRECTORY = "read_directory"
    EDIT_DIRECTORY = "edit_directory"
    READ_PARKED = "read_parked"
    HANDLE_PARKED = "handle_parked"
    READ_AUDIT = "read_audit"
    MAKE_BUNDLE = "make_bundle"
    """Make the case file as one bundle."""
    HOLD = "hold"
    """Say that a case must not be destroyed (legal hold), and that it may again."""
    READ_RETENTION = "read_retention"
    """See the rules of retention, dry runs and the destruction record."""
    RETAIN = "retain"
    """Set the rules of retention, and order what they destroy."""
    PROTECT = "protect"
    """Deal with what people ask about their data: find, give out, correct, erase (Law 6698, article 11)."""
    READ_FIGURES = "read_figures"
    """See figures and reports."""
    PUBLISH = "publish"
    """Say what the public page shows, and publish answers there."""
    EDIT_WEBHOOKS = "edit_webhooks"
    """Set which systems of the institution are told of cases."""


class AuditAction(StrEnum):
    """What the audit log tells of people and of the directory."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_HELD = "sign_in_held"
    RIGHT_REFUSED = "right_refused"
    FORM_REFUSED = "form_refused"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_REPLACED = "account_replaced"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    UNIT_ADDRESS_CHANGED = "unit_address_changed"
    LETTER_RELEASED = "letter_released"
    LETTER_DISCARDED = "letter_discarded"
    INSTITUTION_CHANGED = "institution_changed"
    KIND_CHANGED = "kind_changed"
    CASE_RESTRICTED = "case_restricted"
    CASE_UNRESTRICTED = "case_unrestricted"
    CASE_READER_NAMED = "case_reader_named"
    RESTRICTED_CASE_READ = "restricted_case_read"
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_FROM_CLAIMS = "account_from_claims"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_ENDED_SESSION = "provider_ended_session"
    BREAK_GLASS_USED = "break_glass_used"
    ACCOUNT_INVITED = "account_invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    ACCOUNT_CHANGED = "account_changed"
    SESSIONS_ENDED = "sessions_ended"
    RESET_ASKED = "reset_asked"
    PASSWORD_CHOSEN = "password_chosen"  # noqa: S105
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    RECOVERY_CODE_USED = "recovery_code_used"
    TEMPLATE_ADDED = "template_added"
    TEMPLATE_CHANGED = "template_changed"
    WORDING_CHANGED = "wording_changed"
    REVIEW_CHANGED = "review_changed"
    CALENDAR_CHANGED = "calendar_changed"
    TERMS_CHANGED = "terms_changed"
    UNIT_ADDED = "unit_added"
    UNIT_CHANGED = "unit_changed"
    UNIT_CLOSED = "unit_closed"
    UNIT_MERGED = "unit_merged"
    UNIT_DELETED = "unit_deleted"
    UNIT_TESTED = "unit_tested"
    UNITS_IMPORTED = "units_imported"
    LETTER_RESENT = "letter_resent"
    LETTER_DEALT_WITH = "letter_dealt_with"
    ADDRESS_CORRECTED = "address_corrected"
    RESTRICTED_LETTER_READ = "restricted_letter_read"
    MAIL_MADE_CASE = "mail_made_case"
    MAIL_ATTACHED = "mail_attached"
    MAIL_DEALT_WITH = "mail_dealt_with"
    CASE_HELD = "case_held"
    CASE_HOLD_LIFTED = "case_hold_lifted"
    RETENTION_CHANGED = "retention_changed"
    RETENTION_LISTED = "retention_listed"
    RETENTION_LIST_READ = "retention_list_read"
    RETENTION_RUN_BEGUN = "retention_run_begun"
    RETENTION_RUN_STOPPED = "retention_run_stopped"
    RETENTION_RUN_DONE = "retention_run_done"
    DESTRUCTION_RECORDED = "destruction_recorded"
    DESTRUCTION_ANSWERED = "destruction_answered"

    REQUEST_OPENED = "request_opened"
    REQUEST_READ = "request_read"
    PERSON_SOUGHT = "person_sought"
    PERSON_CONFIRMED = "person_confirmed"
    EXPORT_REQUESTED = "export_requested"
    EXPORT_READ = "export_read"
    PERSON_CORRECTED = "person_corrected"
    PERSON_ERASED = "person_erased"
    REQUEST_CLOSED = "request_closed"
    REQUEST_FORGOTTEN = "request_forgotten"
    PUBLIC_PAGE_CHANGED = "public_page_changed"
    PUBLIC_ANSWER_CHANGED = "public_answer_changed"

    CASE_READ = "case_read"
    CASE_PRINTED = "case_printed"
    LETTER_READ = "letter_read"
    MAIL_READ = "mail_read"
    FILE_OPENED = "file_opened"
    LIST_READ = "list_read"
    PARKED_READ = "parked_read"
    AUDIT_READ = "audit_read"
    AUDIT_EXPORTED = "audit_exported"

    FIGURES_EXPORTED = "figures_exported"

    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_SECRET_CHANGED = "webhook_secret_changed"  # noqa: S105
    WEBHOOK_TESTED = "webhook_tested"
    WEBHOOK_SENT_AGAIN = "webhook_sent_again"
    BUNDLE_ASKED = "bundle_asked"
    BUNDLE_MADE = "bundle_made"
    BUNDLE_DOWNLOADED = "bundle_downloaded"


class Role(StrEnum):
    """The roles of officers."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


_READING = frozenset({Action.READ_CASES, Action.READ_DIRECTORY, Action.OWN_ACCOUNT, Action.READ_FIGURES})
_CASE_WORK = _READING | {Action.ROUTE, Action.REVIEW, Action.CLOSE, Action.WORK, Action.ENTER, Action.DECIDE_EXTENSION}
_SUPERVISION = _CASE_WORK | {
    *(Action.DECIDE_OBJECTION, Action.RESTRICT, Action.SUPERVISE),
    *(Action.READ_ADMINISTRATION, Action.EDIT_CALENDAR, Action.EDIT_TEXTS),
    *(Action.MAKE_BUNDLE, Action.HOLD, Action.PUBLISH),
}
_ADMINISTRATION = {
    *(Action.EDIT_DIRECTORY, Action.EDIT_INSTITUTION, Action.EDIT_ACCOUNTS),
    *(Action.READ_PARKED, Action.HANDLE_PARKED, Action.READ_AUDIT),
    *(Action.EDIT_WEBHOOKS, Action.READ_RETENTION),
}

ACTIONS: Mapping[str, frozenset[Action]] = {
    Role.OFFICER: _CASE_WORK,
    Role.SUPERVISOR: _SUPERVISION,
    Role.ADMIN: _SUPERVISION | _ADMINISTRATION,
    Role.AUDITOR: _READING
    | {
        *(Action.READ_ADMINISTRATION, Action.READ_PARKED, Action.READ_AUDIT),
        *(Action.MAKE_BUNDLE, Action.READ_RETENTION),
    },
    Role.PRIVACY_OFFICER: _READING
    | {
        *(Action.READ_ADMINISTRATION, Action.READ_AUDIT),
        *(Action.MAKE_BUNDLE, Action.HOLD, Action.READ_RETENTION, Action.RETAIN, Action.PROTECT),
    },
}
"""The actions of each role. A role of a newer version is not listed and may do nothing."""


@dataclass(frozen=True)
class Officer:
    """The person who is signed in; ``id`` is the id of their account."""

    id: str
    name: str
    role: str

    @property
    def actor(self) -> Actor:
        """The person in timelines, audit log and events."""
        return Actor(kind="officer", id=self.id)


class Forbidden(Exception):
    """The signed-in person may not do this."""


def may(officer: Officer, action: Action) -> bool:
    """Whether this person may do this."""
    return action in ACTIONS.get(officer.role, frozenset())


def allow(officer: Officer, action: Action) -> None:
    """Raise Forbidden unless this person may do this."""
    if not may(officer, action):
        raise Forbidden(action)
