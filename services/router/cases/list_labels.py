"""Labels of lists, filters and sorts, in the officer's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_timedelta
from starlette.requests import Request

from services.router.cases.domain.lists import FOR_SUPERVISORS, WITHOUT_VALUE, CaseFilter, Sort, View, choices
from services.router.cases.domain.states import Priority
from services.router.cases.labels import STATES, Labels
from services.router.directory.domain import Unit
from shared.web.pages import web

VIEWS = {
    View.NEW: "New",
    View.MINE: "Mine",
    View.UNCLAIMED: "Unclaimed",
    View.ATTENTION: "Needs attention",
    View.TODAY: "Due today",
    View.OVERDUE: "Overdue",
    View.OBJECTION: "Objections",
    View.PING_PONG: "Sent around",
    View.FOUR_EYES: "To be approved",
    View.REPLY_PENDING_REVIEW: "To be checked",
    View.IN_REVIEW: "To be routed again",
    View.DECLINED: "Handed back",
    View.LETTER_FAILED: "Undelivered",
    View.EXTENSION_REQUESTED: "More time asked for",
    View.QUESTION_PROPOSED: "The unit asks",
    View.INTERIM_SUBMITTED: "Interim reply came",
    View.PROMISE_DUE: "Promised day has come",
    View.PROMISE_BROKEN: "Promise not kept",
    View.AWAITING_SUBMITTER: "Question asked",
    View.ROUTED: "At the unit",
    View.HELD: "About to be sent",
    View.DOUBTFUL: "Doubtful",
    View.RESOLVED: "Answered",
    View.CLOSED: "Closed",
    View.ALL: "All",
}
GROUPS: Sequence[tuple[str, Sequence[View]]] = (
    ("Inbox", (View.NEW, View.MINE, View.UNCLAIMED)),
    ("To be done", (View.ATTENTION, View.REPLY_PENDING_REVIEW, View.IN_REVIEW, View.DECLINED, View.LETTER_FAILED)),
    ("For the supervisor", FOR_SUPERVISORS),
    ("From units", (View.QUESTION_PROPOSED, View.INTERIM_SUBMITTED, View.EXTENSION_REQUESTED)),
    ("By time", (View.TODAY, View.OVERDUE, View.PROMISE_DUE, View.PROMISE_BROKEN)),
    ("Waiting", (View.ROUTED, View.AWAITING_SUBMITTER, View.HELD)),
    ("Archive", (View.RESOLVED, View.CLOSED, View.ALL, View.DOUBTFUL)),
)
"""The views as they stand beside the list, in groups with a heading."""
SORTS = {
    Sort.PRIORITY: "Urgent first",
    Sort.TIME_LEFT: "Least time left first",
    Sort.OLDEST: "Oldest first",
    Sort.NEWEST: "Newest first",
}
PRIORITIES = {Priority.URGENT: "Urgent", Priority.HIGH: "High", Priority.NORMAL: "Normal", Priority.LOW: "Low"}
CHANNELS = {
    "web": "Web form",
    "api": "Program (API)",
    "telephone": "Telephone",
    "paper": "Paper",
    "counter": "Counter",
    "email": "E-mail",
}
LANGUAGES = {"tr": "Turkish", "en": "English", "ar": "Arabic"}
FILTERS = {
    "kind": "Kind",
    "unit": "Unit",
    "state": "State",
    "priority": "Priority",
    "officer": "Officer",
    "channel": "Channel",
    "language": "Language",
    "rating": "Rating",
    "tag": "Tag",
    "since": "Submitted from",
    "until": "Submitted until",
    "files": "With files",
    "objection": "With an objection",
    "hold": "Under legal hold",
}


SPOKEN: Sequence[Mapping[Any, str]] = (VIEWS, SORTS, PRIORITIES, CHANNELS, LANGUAGES, FILTERS)


def list_labels(request: Request) -> dict[str, Labels]:
    """Labels by value, for templates."""
    _ = web(request).locale(request).gettext
    named: dict[str, Mapping[Any, str]] = {
        "views": VIEWS,
        "sorts": SORTS,
        "priorities": PRIORITIES,
        "channels": CHANNELS,
        "languages": LANGUAGES,
        "filters": FILTERS,
    }
    return {name: Labels({value: _(label) for value, label in known.items()}, str) for name, known in named.items()}


def options(request: Request, units: Sequence[Unit], officers: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Value and label of what each filter can be, by name of the filter."""
    locale, said, institution = web(request).locale(request), list_labels(request), web(request).institution()
    english = locale.language == "en"
    return {
        "kind": [(kind.id, institution.label(kind.id, locale.language)) for kind in institution.kinds],
        "unit": [(unit.id, unit.name_en if english else unit.name_tr) for unit in units],
        "state": [(state, locale.gettext(label)) for state, (label, _) in STATES.items()],
        "priority": list(said["priorities"].items()),
        "officer": sorted(officers.items(), key=lambda named: named[1]),
        "channel": list(said["channels"].items()),
        "language": list(said["languages"].items()),
        "rating": [(str(score), str(score)) for score in range(1, 6)],
    }


def chips(
    request: Request, chosen: CaseFilter, possible: Mapping[str, Sequence[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Each filter that is set, in words, with the address of the list without it."""
    locale, said = web(request).locale(request), list_labels(request)["filters"]
    found = []
    for name, value in choices(chosen.filters):
        label = dict(possible.get(name, ())).get(value, value)
        if name in ("since", "until"):
            label = locale.day(getattr(chosen.filters, name))
        words = said[name] if name in WITHOUT_VALUE else f"{said[name]}: {label}"
        found.append((words, f"/?{chosen.query(**{name: ''})}"))
    return found


def age(request: Request, at: datetime, now: datetime) -> str:
    """How long ago it was, in words: ``3 gün önce``."""
    language = web(request).locale(request).language
    return format_timedelta(min(at - now, at - at), granularity="minute", add_direction=True, locale=language)
