"""Rules, lists and destructions in words, in the officer's language. Sentences in constants are msgids."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from starlette.requests import Request

from services.router.cases.domain.states import ClosureReason
from services.router.cases.labels import REASONS
from services.router.history import COMMAND
from services.router.records.domain.retention import Doing, RetentionRules, Rule
from services.router.records.domain.runs import Left, RunState
from shared.web.pages import web

DOINGS: Final[Mapping[str, str]] = {
    Doing.KEEP: "Kept",
    Doing.ANONYMISE: "Made anonymous",
    Doing.DESTROY: "Destroyed",
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    RunState.LISTING: ("The list is being made", "progress"),
    RunState.LISTED: ("List", "neutral"),
    RunState.RUNNING: ("Being carried out", "progress"),
    RunState.STOPPED: ("Stopped", "attention"),
    RunState.DONE: ("Carried out", "success"),
}
LEFT: Final[Mapping[str, str]] = {
    Left.HELD: "Under legal hold",
    Left.RESTRICTED: "Restricted, or no longer restricted, since the list was made",
    Left.REOPENED: "Opened again",
    Left.MERGED: "Merged or separated since the list was made",
    Left.CHANGED: "Another kind, outcome or end than in the list",
    Left.GONE: "No longer there",
}
COLUMNS: Final = ("Number", "Kind", "Outcome", "Finished on", "Due since", "What happens", "Left out")
FIELDS: Final = {
    "active": "Rules of retention in force",
    "rules": "Rules",
    "next_on": "Next periodic destruction",
    "every_months": "Months between two periodic destructions",
}
SERVICES: Final = {
    "intake": "Messages (public form)",
    "router": "Case files (desk)",
    "replies": "Units (portal)",
    "notifier": "E-mails",
}
PARTS: Final = {
    "messages": "Messages",
    "cases": "Case files",
    "anonymised": "Case files made anonymous",
    "assignments": "Assignments",
    "letters": "E-mails sent",
    "held_letters": "Held e-mails",
    "mails": "E-mails received",
    "files": "Files",
    "signatures": "Names of people in units",
    "parked_events": "Parked events",
    "kept_forms": "Forms that were not sent yet",
    "presence": "Notes of who had a case open",
    "bundles": "Case files as bundles",
    "exports": "Files for people who asked for their data",
    "code_requests": "Requests for a lost code",
    "link_requests": "Requests for a new link",
    "mail_parts": "Attachments of e-mails",
    "receipt_counts": "Counts of receipts",
    "reply_addresses": "Reply addresses",
    "returns": "Return addresses",
    "other_letters": "E-mails that also named the message",
    "figures": "Counts made anew",
    "webhook_deliveries": "Deliveries to other systems",
    "bundle_contents": "Contents of bundles",
    "list_names": "Names of saved lists",
}
"""Kinds of things in the answers of services (``ErasedPart.what``); another is shown as it is."""
ON: Final = ("No", "Yes")
SPOKEN: Final = (DOINGS.values(), LEFT.values(), COLUMNS, FIELDS.values(), SERVICES.values(), PARTS.values())


def rule_words(request: Request, rule: Rule) -> dict[str, str]:
    """A rule: kind, outcome, for how long, and what happens then."""
    locale = web(request).locale(request)
    return {
        "code": rule.code,
        "kind": kind_word(request, rule.kind) if rule.kind else locale.gettext("Every kind"),
        "outcome": outcome_word(request, rule.outcome) if rule.outcome else locale.gettext("Every outcome"),
        "months": locale.ngettext("%(num)s month", "%(num)s months", rule.months) % {"num": locale.number(rule.months)},
        "doing": locale.gettext(DOINGS.get(rule.doing, str(rule.doing))),
    }


def rule_of_code(request: Request, code: str) -> str:
    """The rule of an order in words; another code, such as that of a person's request, as it is."""
    locale = web(request).locale(request)
    what, _, rest = code.partition(":")
    kind, _, outcome = rest.partition(":")
    if what != "retention" or not outcome:
        return locale.gettext("At a person's request") if what == "request" else code
    said_kind = locale.gettext("Every kind") if kind == "any" else kind_word(request, kind)
    said_outcome = locale.gettext("Every outcome") if outcome == "any" else outcome_word(request, outcome)
    return f"{said_kind} – {said_outcome}"


def kind_word(request: Request, kind: str) -> str:
    """What a kind is called now; one that is gone, by its code."""
    return web(request).institution().label(kind, web(request).locale(request).language) or kind


def outcome_word(request: Request, outcome: str) -> str:
    """Why a case is finished."""
    return web(request).locale(request).gettext(REASONS.get(outcome, outcome))  # type: ignore[call-overload]


def kind_options(request: Request, rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """Value and label of the kinds that a rule may name."""
    known = [kind.id for kind in web(request).institution().kinds]
    gone = [rule.kind for rule in rules if rule.kind and rule.kind not in known]
    every = web(request).locale(request).gettext("Every kind")
    return [("", every), *((kind, kind_word(request, kind)) for kind in dict.fromkeys((*known, *gone)))]


def outcome_options(request: Request) -> list[tuple[str, str]]:
    """Value and label of the outcomes that a rule may name."""
    every = web(request).locale(request).gettext("Every outcome")
    return [("", every), *((reason, outcome_word(request, reason)) for reason in ClosureReason)]


def changes_of(request: Request, rules: RetentionRules, people: Mapping[str, str]) -> list[dict[str, Any]]:
    """The history of the rules for a page, the newest first."""
    _ = web(request).locale(request).gettext
    return [
        {
            "at": change.at,
            "by": people.get(change.by.id) or (_("Schedule") if change.by.kind == "system" else _(COMMAND)),
            "fields": [
                (_(FIELDS[name]), _said(request, name, before), _said(request, name, after))
                for name, (before, after) in change.fields.items()
                if name in FIELDS
            ],
        }
        for change in reversed(rules.history)
    ]


def _said(request: Request, name: str, value: Any) -> str:
    locale = web(request).locale(request)
    if name == "active":
        return locale.gettext(ON[bool(value)])
    if name == "next_on":
        return locale.day(date.fromisoformat(value)) if value else ""
    if name == "rules":
        rules = [rule_words(request, Rule.model_validate(rule)) for rule in value or ()]
        return "\n".join(f"{rule['kind']} – {rule['outcome']}: {rule['months']}, {rule['doing']}" for rule in rules)
    return str(value)
