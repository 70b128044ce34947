"""Lists of cases: views, filters, sorts, and pages. Keyset pagination: a page starts at a position, not at an offset.

So no case is skipped when cases enter or leave the list between two requests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

from services.router.cases.domain.case import CaseRow, CaseSummary
from services.router.cases.domain.states import CaseState

Key = datetime | int


class Sort(StrEnum):
    """By what a list is sorted."""

    PRIORITY = "priority"
    TIME_LEFT = "time_left"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True)
class Position:
    """The position of a case in a list: time of submission, then id. As text: ``<ISO 8601>~<id>``.

    In a list that is sorted by something else first, ``key`` is that: a rank or a time; ``<key>~<ISO 8601>~<id>``.
    """

    at: datetime
    id: str
    key: Key | None = None

    def __str__(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return "~".join(str(part) for part in (key, self.at.isoformat(), self.id) if part is not None)

    @classmethod
    def of(cls, case: CaseSummary, key: Key | None = None) -> Self:
        """The position of a case."""
        return cls(case.submitted_at, case.id, key)

    @classmethod
    def read(cls, text: str, sort: Sort | None = None) -> Self | None:
        """Parse a position of a list that is sorted so; None when the text is invalid."""
        key: Key | None = None
        try:
            if sort in KEYS:
                first, _, text = text.partition("~")
                key = int(first[:2]) if sort is Sort.PRIORITY else _time(first)
            at, _, case_id = text.partition("~")
            return cls(_time(at), case_id, key) if case_id else None
        except (ValueError, OverflowError):
            return None


KEYS: Final[Mapping[Sort | None, str]] = {Sort.PRIORITY: "rank", Sort.TIME_LEFT: "time_left"}
"""The field of ``indexed`` by which these lists are sorted first; then the oldest first."""


class View(StrEnum):
    """The lists of the desk."""

    NEW = "new"
    MINE = "mine"
    UNCLAIMED = "unclaimed"
    ATTENTION = "attention"
    TODAY = "today"
    OVERDUE = "overdue"
    OBJECTION = "objection"
    PING_PONG = "ping_pong"
    FOUR_EYES = "four_eyes"
    REPLY_PENDING_REVIEW = "reply_pending_review"
    IN_REVIEW = "in_review"
    DECLINED = "declined"
    LETTER_FAILED = "letter_failed"
    EXTENSION_REQUESTED = "extension_requested"
    QUESTION_PROPOSED = "question_proposed"
    INTERIM_SUBMITTED = "interim_submitted"
    PROMISE_DUE = "promise_due"
    PROMISE_BROKEN = "promise_broken"
    AWAITING_SUBMITTER = "awaiting_submitter"
    ROUTED = "routed"
    HELD = "held"
    DOUBTFUL = "doubtful"
    RESOLVED = "resolved"
    CLOSED = "closed"
    ALL = "all"


_URGENT_FIRST = (Sort.PRIORITY, Sort.TIME_LEFT, Sort.OLDEST, Sort.NEWEST)
_LAST_DAY_FIRST = (Sort.TIME_LEFT, Sort.PRIORITY, Sort.OLDEST, Sort.NEWEST)
_BY_AGE = (Sort.NEWEST, Sort.OLDEST)
DUE: Final = frozenset({View.TODAY, View.OVERDUE})
"""Views of cases in which a unit's reply is due, by the day."""
FOR_SUPERVISORS: Final = (View.OBJECTION, View.PING_PONG, View.FOUR_EYES)
"""Views of cases that a supervisor has to decide about."""
FINISHED: Final = frozenset({View.RESOLVED, View.CLOSED, View.ALL})
"""Views that have cases in which nothing is to be done. They are long, and sorted by age only."""


def sorts(view: View) -> tuple[Sort, ...]:
    """How this view can be sorted; the first is the usual one."""
    if view in FINISHED:
        return _BY_AGE
    if view in (View.NEW, View.DOUBTFUL):  # no unit has them, so that no last day is near
        return tuple(sort for sort in _URGENT_FIRST if sort is not Sort.TIME_LEFT)
    if view in DUE:
        return _LAST_DAY_FIRST[:2]
    return _LAST_DAY_FIRST if view is View.ROUTED else _URGENT_FIRST


@dataclass(frozen=True)
class Filters:
    """What the cases of a list have in common beside the view; an empty field filters nothing.

    ``since`` and ``until`` are days of submission, both included. ``officer``, ``unit`` and ``tag`` are ids.
    """

    kind: str = ""
    unit: str = ""
    state: str = ""
    priority: str = ""
    officer: str = ""
    channel: str = ""
    language: str = ""
    rating: str = ""
    tag: str = ""
    files: str = ""
    objection: str = ""
    hold: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def facets(self) -> tuple[str, ...]:
        """Those of the cases that are meant, the usually rarest first."""
        valued = {name: getattr(self, name) for name in RAREST_FIRST}
        return tuple(_facet(name, value) for name, value in valued.items() if value)

    def without(self, name: str) -> Self:
        """The same without this filter."""
        return type(self)(**{f.name: getattr(self, f.name) for f in fields(self) if f.name != name})

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))


WITHOUT_VALUE: Final = ("files", "objection", "hold")
"""Filters that are set, or not."""
RAREST_FIRST: Final = (
    *(
        "hold",
        "objection",
        "rating",
        "tag",
        "officer",
        "unit",
        "files",
        "priority",
        "channel",
        "state",
        "language",
        "kind",
    ),
)


@dataclass(frozen=True)
class CaseFilter:
    """Cases of one view, after or before a position; without one, from the start. ``reader``: who looks."""

    view: View | CaseState = View.NEW
    after: Position | None = None
    before: Position | None = None
    filters: Filters = field(default_factory=Filters)
    sort: Sort | None = None
    reader: str = ""

    @property
    def order(self) -> Sort:
        """How the list is sorted."""
        possible = sorts(View(self.view))
        return self.sort if self.sort in possible else possible[0]

    @property
    def rising(self) -> bool:
        """Whether the smallest comes first."""
        return self.order is not Sort.NEWEST

    @property
    def facet(self) -> str:
        """The facet of the view's cases."""
        if self.view in DUE:
            return "view:open"
        return f"view:mine:{self.reader}" if self.view is View.MINE else f"view:{self.view}"

    def position(self, case: CaseRow) -> Position:
        """The position of a case in this list."""
        return Position.of(case, getattr(case, KEYS[self.order]) if self.order in KEYS else None)

    def query(self, **different: str) -> str:
        """The list in an address, with these parameters too: ``view=new&kind=complaint``."""
        chosen = {f.name: getattr(self.filters, f.name) for f in fields(self.filters)}
        sort = {"sort": self.sort} if self.sort and self.sort is not sorts(View(self.view))[0] else {}
        given = {"view": self.view, **chosen, **sort, **different}
        return urlencode({name: str(value) for name, value in given.items() if value})


@dataclass(frozen=True)
class CasePage:
    """One page of a list. ``previous`` and ``next`` are None when there is no page before or after."""

    cases: tuple[CaseRow, ...]
    previous: Position | None = None
    next: Position | None = None


def visible(view: View, *, supervises: bool) -> bool:
    """Whether the view is offered at all: what waits for a supervisor is offered to supervisors."""
    return supervises or view not in FOR_SUPERVISORS


def choices(filters: Filters) -> Iterable[tuple[str, str]]:
    """Name and value of each filter that is set."""
    named = [(f.name, getattr(filters, f.name)) for f in fields(filters)]
    return [(name, str(value)) for name, value in named if value]


def _facet(name: str, value: str) -> str:
    return name if name in WITHOUT_VALUE else f"{name}:{value}"


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("without a time zone")
    return when.astimezone(UTC)
