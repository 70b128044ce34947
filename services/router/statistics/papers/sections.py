"""A page of figures in sections: each has a chart, its finding in a sentence, and the table of its numbers.

The page shows them, files have their tables, and so may a report.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from services.router.statistics.domain.cells import Summary
from services.router.statistics.domain.charts import Bars, Columns, bars, columns
from services.router.statistics.domain.dashboard import Dashboard
from services.router.statistics.labels import Words
from services.router.statistics.papers.tables import Cell, Month, Share, Table

NUMBER, HOURS, SHARE = "number", "hours", "share"
LONGEST_LABEL: Final = 30
"""Characters of a label in a chart; the table has the whole."""
MOST_BARS: Final = 10
STAGES: Final = ("routing", "reply", "review", "answer")
Get = Callable[[Summary], float | None]


@dataclass(frozen=True)
class Field:
    """A column of a table: its heading, whether it has numbers, hours or shares, and how a summary says them."""

    heading: str
    kind: str
    get: Get = lambda summary: None


@dataclass(frozen=True)
class Line:
    """A row of a table. ``url`` leads to figures of what the row is about; ``month``: which one that is."""

    label: str
    values: tuple[float | None, ...]
    url: str = ""
    month: date | None = None


@dataclass(frozen=True)
class Section:
    """``first`` is the heading of the first column; ``series`` are the names of the columns, or bars, of a chart."""

    id: str
    title: str
    finding: str
    first: str
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    columns: Columns | None = None
    bars: Bars | None = None
    series: tuple[str, ...] = ()

    def said(self, words: Words, line: Line) -> list[str]:
        """The values of a row, as the page says them."""
        say = {NUMBER: words.number, HOURS: words.number, SHARE: words.share}
        return [say[of.kind](value) for of, value in zip(self.fields, line.values, strict=True)]

    @property
    def table(self) -> Table:
        """For a file."""
        headings: Sequence[Cell] = [self.first, *(of.heading for of in self.fields)]
        return self.title, [headings, *([_first(line), *self._cells(line)] for line in self.lines)]

    def _cells(self, line: Line) -> list[Cell]:
        return [as_cell(of.kind, value) for of, value in zip(self.fields, line.values, strict=True)]


@dataclass(frozen=True)
class Named:
    """What units, kinds, channels, states and reasons are called. A page lists ``units`` in their order."""

    kind: Callable[[str], str]
    channel: Callable[[str], str]
    units: Mapping[str, str] = field(default_factory=dict)
    state: Callable[[str], str] = str
    reason: Callable[[str], str] = str


def sections(words: Words, shown: Dashboard, named: Named, url: Callable[..., str]) -> list[Section]:
    """All sections that have something to say. ``url`` makes the address of figures of one unit, kind, …"""
    found = [
        _months(words, shown),
        _stages(words, shown),
        _units(words, shown, named, url),
        _kinds(words, shown, named, url),
        _channels(words, shown, named, url),
        _ratings(words, shown),
        _course(words, shown),
    ]
    return [section for section in found if section.lines]


def _months(words: Words, shown: Dashboard) -> Section:
    _ = words.gettext
    months = list(shown.months.items())
    most = max(months, key=lambda one: one[1].number("received"))
    labels = [words.month(month, short=len(months) > 1) for month, _summary in months]
    values = [[summary.number("received"), summary.number("ended")] for _month, summary in months]
    said = _("Most messages came in %(month)s: %(number)s.") % {
        "month": words.month(most[0]),
        "number": words.number(most[1].number("received")),
    }
    fields = (
        _received(_),
        Field(_("Ended in it"), NUMBER, _number("ended")),
        Field(_("Still open"), NUMBER, lambda summary: summary.open),
        *_answers(_),
    )
    lines = _lines(((words.month(month), summary, "") for month, summary in months), fields)
    return Section(
        "months",
        _("By month"),
        said,
        _("Month"),
        fields,
        tuple(
            replace(line, month=date.fromisoformat(f"{month}-01"))
            for line, (month, _summary) in zip(lines, months, strict=True)
        ),
        columns=columns(labels, values),
        series=(_("Came in"), _("Answered or closed")),
    )


def _stages(words: Words, shown: Dashboard) -> Section:
    _ = words.gettext
    names = {
        "routing": _("Until the first unit was asked"),
        "reply": _("Until a unit replied"),
        "review": _("From the last reply to the answer"),
        "answer": _("From the message to the answer"),
    }
    stages = [stage for stage in STAGES if shown.now.of_clock(stage)]
    rows = [
        (
            names[stage],
            f"{words.hours(shown.now.median(stage))} · {words.hours(shown.now.p90(stage))}",
            shown.now.median(stage) or 0.0,
            float(shown.now.p90(stage) or 0),
        )
        for stage in stages
    ]
    said = _("Half of the answers went out within %(median)s, nine in ten within %(p90)s.") % {
        "median": words.hours(shown.now.median("answer")),
        "p90": words.hours(shown.now.p90("answer")),
    }
    known = shown.now.of_clock("answer")
    return Section(
        "stages",
        _("How long it took"),
        said if known else _("No message of this period has been answered yet."),
        _("Step"),
        (
            Field(_("How often"), NUMBER),
            Field(_("Median, working hours"), HOURS),
            Field(_("90th percentile, working hours"), HOURS),
            Field(_("Median before"), HOURS),
        ),
        tuple(
            Line(
                names[stage],
                (
                    shown.now.of_clock(stage),
                    shown.now.median(stage),
                    shown.now.p90(stage),
                    shown.before.median(stage),
                ),
            )
            for stage in stages
        ),
        bars=bars(rows, two_lines=True),
        series=(_("Median"), _("90th percentile")),
    )


def _units(words: Words, shown: Dashboard, named: Named, url: Callable[..., str]) -> Section:
    _ = words.gettext
    of = [(code, named.units[code], shown.units[code]) for code in named.units if code in shown.units]
    of.sort(key=lambda one: -one[2].number("asked"))
    fields = (
        Field(_("Asked"), NUMBER, _number("asked")),
        Field(_("Still awaited"), NUMBER, _number("awaited")),
        Field(_("Reply, median hours"), HOURS, lambda summary: summary.median("reply")),
        Field(_("90th percentile"), HOURS, lambda summary: summary.p90("reply")),
        Field(_("On time"), SHARE, _share("on_time", "timed")),
        Field(_("Accepted at once"), SHARE, _share("at_once", "reviewed")),
        Field(_("Handed back"), NUMBER, _number("declined")),
    )
    said = ""
    if of:
        said = _("Asked most often: %(name)s, %(number)s times.") % {
            "name": of[0][1],
            "number": words.number(of[0][2].number("asked")),
        }
    lines = _lines(((name, summary, url(unit=code)) for code, name, summary in of), fields)
    return Section(
        "units",
        _("By unit"),
        said,
        _("Unit"),
        fields,
        lines,
        bars=_counted(words, [(name, summary.number("asked")) for _code, name, summary in of]),
    )


def _kinds(words: Words, shown: Dashboard, named: Named, url: Callable[..., str]) -> Section:
    _ = words.gettext
    of = [(named.kind(kind), summary, url(kind=kind)) for kind, summary in shown.kinds.items()]
    return _of_cases(words, shown, "kinds", _("By kind"), _("Kind"), of)


def _channels(words: Words, shown: Dashboard, named: Named, url: Callable[..., str]) -> Section:
    _ = words.gettext
    of = [(named.channel(channel), summary, url(channel=channel)) for channel, summary in shown.channels.items()]
    return _of_cases(words, shown, "channels", _("By channel"), _("Channel"), of)


def _of_cases(
    words: Words, shown: Dashboard, name: str, title: str, first: str, of: list[tuple[str, Summary, str]]
) -> Section:
    _ = words.gettext
    of.sort(key=lambda one: -one[1].number("received"))
    said = ""
    if of:
        share = of[0][1].number("received") / max(shown.now.number("received"), 1)
        said = _("Most often: %(name)s, %(share)s of all.") % {"name": of[0][0], "share": words.share(share)}
    fields = (_received(_), Field(_("Still open"), NUMBER, lambda summary: summary.open), *_answers(_))
    counted = [(label, summary.number("received")) for label, summary, _url in of]
    return Section(name, title, said, first, fields, _lines(of, fields), bars=_counted(words, counted))


def _ratings(words: Words, shown: Dashboard) -> Section:
    _ = words.gettext
    scores = shown.now.values.get("rating", Counter[int]())
    total = sum(scores.values())
    names = {5: _("5, very good"), 4: "4", 3: "3", 2: "2", 1: _("1, bad")}
    said = _("%(number)s answers were rated; the median is %(median)s of 5.") % {
        "number": words.number(total),
        "median": words.number(shown.now.median("rating")),
    }
    return Section(
        "ratings",
        _("Ratings"),
        said,
        _("Rating"),
        (Field(_("How often"), NUMBER), Field(_("Share"), SHARE)),
        tuple(Line(names[score], (scores[score], scores[score] / total)) for score in names) if scores else (),
        bars=_counted(words, [(names[score], scores[score]) for score in names]) if scores else None,
    )


def _course(words: Words, shown: Dashboard) -> Section:
    """What happened on the way."""
    _ = words.gettext
    names = {
        "rerouted": _("Another unit was asked"),
        "reopened": _("Opened again"),
        "objected": _("Objection to the answer"),
        "informed": _("Interim answer"),
        "withdrawn": _("Withdrawn by the submitter"),
    }
    now, before = shown.now, shown.before
    lines = [
        Line(label, (now.number(name), now.share(name, "received"), before.share(name, "received")))
        for name, label in names.items()
        if now.number("received")
    ]
    said = _("Of %(all)s messages, %(number)s went to another unit on the way.") % {
        "all": words.number(now.number("received")),
        "number": words.number(now.number("rerouted")),
    }
    return Section(
        "course",
        _("On the way"),
        said,
        _("What happened"),
        (
            Field(_("Messages"), NUMBER),
            Field(_("Share"), SHARE),
            Field(_("Share before"), SHARE),
        ),
        tuple(lines),
        bars=_counted(words, [(label, now.number(name)) for name, label in names.items()]),
    )


def _received(_: Callable[[str], str]) -> Field:
    return Field(_("Came in"), NUMBER, _number("received"))


def _answers(_: Callable[[str], str]) -> tuple[Field, ...]:
    return (
        Field(_("Answer, median hours"), HOURS, lambda summary: summary.median("answer")),
        Field(_("90th percentile"), HOURS, lambda summary: summary.p90("answer")),
        Field(_("Within the legal term"), SHARE, _share("in_time", "judged")),
    )


def _number(name: str) -> Get:
    return lambda summary: summary.number(name)


def _share(name: str, of: str) -> Get:
    return lambda summary: summary.share(name, of)


def _lines(of: Iterable[tuple[str, Summary, str]], fields: Sequence[Field]) -> tuple[Line, ...]:
    return tuple(Line(label, tuple(one.get(summary) for one in fields), url) for label, summary, url in of)


def _counted(words: Words, counts: Sequence[tuple[str, int]]) -> Bars:
    shown = counts[:MOST_BARS]
    return bars([(_short(label), words.number(number), float(number), 0.0) for label, number in shown])


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _first(line: Line) -> Cell:
    return Month(line.month, line.label) if line.month else line.label


def as_cell(kind: str, value: float | None) -> Cell:
    """A value of a file: a number, hours, or a share."""
    rounded = round(value, 4) if isinstance(value, float) else value
    return Share(rounded) if kind == SHARE and rounded is not None else rounded
