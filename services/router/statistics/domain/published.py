"""What the institution publishes of its figures: tables of closed months, each month once, and never changed.

Two publications of the same months, a few answers later, would give back a small number as their difference; so would
twelve months that begin a month later. Therefore a month stands in one publication only, and that one is kept as it was
first published (decision 0058).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from statistics import median

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.history import WithHistory, changed_fields, with_change
from services.router.statistics.domain.percent import percent
from services.router.statistics.domain.protection import ANSWERED, LATE, ON_TIME, OPEN, Level, shows_median
from services.router.statistics.domain.row import FigureRow
from services.router.statistics.domain.suppression import CountedCase, Shown, suppressed
from shared.alphabet import alphabetical
from shared.events import Event, RouterAudited, done_by
from shared.figures import Table, TableRow
from shared.refused import Refused
from shared.state import Actor, State

PUBLIC_PAGE = "public_page"
COLUMNS = ("received", "answered", "median_days", "on_time")
TOTAL, SEVERAL, NONE = "total", "~several", "~none"
"""Rows: the sum of all, cases of several faculties, cases that went to no unit."""
LENGTHS = (12, 6, 3)
"""Months of a publication."""
NOTHING_PUBLISHED = (
    "There are no figures to show yet. Please publish figures first, those of some months below, and save this after"
    " that. Nothing was saved; what you ticked is still ticked."
)
LARGE = frozenset({"publications"})
"""Values that the history does not repeat."""


class Publication(State):
    """The tables of the months from ``since`` until ``until`` (days, ISO 8601), as they were published."""

    since: str
    until: str
    tables: tuple[Table, ...]
    at: AwareDatetime
    by: Actor


class PublicPage(WithHistory):
    """What the public sees. Both pages are off until somebody switches them on."""

    figures_shown: bool = False
    answers_shown: bool = False
    publications: tuple[Publication, ...] = ()

    @property
    def newest(self) -> Publication | None:
        """The publication that is shown."""
        return self.publications[-1] if self.publications else None


class NothingPublished(Refused):
    """There are no figures to show."""

    field = "figures"

    def __init__(self) -> None:
        super().__init__(NOTHING_PUBLISHED)


def switched(
    page: PublicPage, *, figures: bool, answers: bool, by: Actor, now: datetime
) -> tuple[PublicPage, list[Event]]:
    """Show the pages, or show them no longer. Raises Refused for figures that nobody has published yet."""
    if figures and not page.publications:
        raise NothingPublished
    return _changed(page, page.model_copy(update={"figures_shown": figures, "answers_shown": answers}), by, now)


def publish(
    page: PublicPage, months: Sequence[str], tables: Sequence[Table], *, by: Actor, now: datetime, today: date
) -> tuple[PublicPage, list[Event]]:
    """Publish the tables of these months, for good. Raises Refused."""
    check(page, months, today)
    if not tables:
        raise Refused(
            "There are too few messages in these months. Please choose more or other months, or publish later."
        )
    since, until = f"{months[0]}-01", last_day(months[-1]).isoformat()
    publication = Publication(since=since, until=until, tables=tuple(tables), at=now, by=by)
    return _changed(page, page.model_copy(update={"publications": (*page.publications, publication)}), by, now)


def check(page: PublicPage, months: Sequence[str], today: date) -> None:
    """Raise Refused for months that are not over, or that were published."""
    if page.newest and f"{months[0]}-01" <= page.newest.until:
        raise Refused("These months were published before: a month is published once.")
    if last_day(months[-1]) >= today:
        raise Refused("These months are not over yet.")


def _changed(before: PublicPage, after: PublicPage, by: Actor, now: datetime) -> tuple[PublicPage, list[Event]]:
    fields = changed_fields(before, after)
    if not fields:
        return before, []
    action = AuditAction.PUBLIC_PAGE_CHANGED
    record = RouterAudited(action=action, object_kind=PUBLIC_PAGE, object_id=PUBLIC_PAGE, fields=fields, at=now)
    return with_change(before, after, by=by, at=now, secret=LARGE), list(done_by(by, record))


def months_from(first: str, length: int) -> list[str]:
    """So many months from this one on, such as 2026-01."""
    begins = int(first[:4]) * 12 + int(first[5:]) - 1
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begins, begins + length)]


def last_day(month: str) -> date:
    """The last day of a month."""
    following = months_from(month, 2)[1]
    return date.fromordinal(date.fromisoformat(f"{following}-01").toordinal() - 1)


def next_months(page: PublicPage, length: int, today: date) -> list[str]:
    """The months that can be published next: those after the last publication, else the newest closed ones."""
    if page.newest:
        after = months_from(page.newest.until[:7], 2)[1]
        return months_from(after, length)
    this = f"{today.year:04}-{today.month:02}"
    begins = int(this[:4]) * 12 + int(this[5:]) - 1 - length
    return months_from(f"{begins // 12:04}-{begins % 12 + 1:02}", length)


def entry_of(row: FigureRow, faculties: Mapping[str, str]) -> CountedCase | None:
    """What is published of a case; None of one that few may read, and of spam. ``faculties``: that of each unit."""
    if row.restricted or row.unwanted:
        return None
    above = {faculties.get(unit, unit) for unit in row.units}
    faculty = NONE if not above else SEVERAL if len(above) > 1 else above.pop()
    state = OPEN if row.answer_days is None else ON_TIME if row.in_time else LATE
    return CountedCase(row.kind, faculty, row.month, state, row.answer_days)


def tables_of(
    entries: Iterable[CountedCase], months: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> tuple[Table, ...]:
    """The tables as they are published; none where there are too few cases. ``labels``: by code and language."""
    entries = list(entries)
    shown = suppressed(entries)
    if shown.highest is Level.NOTHING or not entries:
        return ()
    most = {Level.RECEIVED: 1, Level.ANSWERED: 3 if shown.medians else 2, Level.ALL: 4}[shown.highest]
    columns = COLUMNS[:most]
    found = []
    for name, levels in (("kinds", shown.kinds), ("faculties", shown.faculties), ("months", shown.months)):
        groups = _grouped(entries, name)
        order = months if name == "months" else sorted(groups, key=lambda code: _by_name(code, labels))
        rows = [
            _row(code, groups.get(code, []), (levels or {}).get(code, shown.highest), columns, labels)
            for code in (order if levels is not None else ())
        ]
        total = _row(TOTAL, entries, shown.highest, columns, labels)
        found.append(Table(name=name, columns=columns, rows=(*rows, total)))
    return (*found, *_crossed(entries, shown, found, labels))


def _by_name(code: str, labels: Mapping[str, Mapping[str, str]]) -> tuple[bool, list[tuple[int, int]]]:
    """By the alphabet: an order by number would tell of hidden numbers."""
    return code[0] == "~", alphabetical(labels.get(code, {}).get("tr", code), "tr")


def _grouped(entries: Iterable[CountedCase], name: str) -> dict[str, list[CountedCase]]:
    groups: dict[str, list[CountedCase]] = {}
    for entry in entries:
        code = {"kinds": entry.kind, "faculties": entry.faculty, "months": entry.month}[name]
        groups.setdefault(code, []).append(entry)
    return groups


def _row(
    code: str,
    entries: Sequence[CountedCase],
    level: Level,
    columns: Sequence[str],
    labels: Mapping[str, Mapping[str, str]],
) -> TableRow:
    states = Counter(entry.state for entry in entries)
    answered = states[LATE] + states[ON_TIME]
    days = [entry.days for entry in entries if entry.days is not None and entry.state in ANSWERED]
    cells = {
        "received": len(entries) if level >= Level.RECEIVED else None,
        "answered": answered if level >= Level.ANSWERED else None,
        "median_days": median(days) if days and shows_median(answered, level) else None,
        "on_time": percent(states[ON_TIME] / answered) / 100 if answered and level is Level.ALL else None,
    }
    return TableRow(code=code, labels=labels.get(code) or {"tr": code}, cells=tuple(cells[name] for name in columns))


def _crossed(
    entries: Iterable[CountedCase], shown: Shown, tables: Sequence[Table], labels: Mapping[str, Mapping[str, str]]
) -> list[Table]:
    if shown.hidden is None:
        return []
    kinds, faculties = ([row.code for row in table.rows if row.code != TOTAL] for table in tables[:2])
    numbers, hidden = Counter((entry.kind, entry.faculty) for entry in entries), shown.hidden
    rows = [
        TableRow(
            code=faculty,
            labels=labels.get(faculty) or {"tr": faculty},
            cells=tuple(None if (kind, faculty) in hidden else numbers[kind, faculty] for kind in kinds),
        )
        for faculty in faculties
    ]
    return [Table(name="crossed", columns=tuple(kinds), rows=tuple(rows))]
