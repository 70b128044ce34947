"""The rows as a table: words, days, numbers and hours, nothing about a person."""

from collections.abc import Iterable
from datetime import date

from services.router.statistics.domain.row import FigureRow
from services.router.statistics.labels import Words
from services.router.statistics.papers.sections import Named
from services.router.statistics.papers.tables import Cell, Table


def rows_table(words: Words, named: Named, rows: Iterable[FigureRow]) -> Table:
    """A line for each row, with headings."""
    _ = words.gettext
    headings: list[Cell] = [
        *(_("Came in on"), _("Kind"), _("Channel"), _("Units"), _("State"), _("Ended on"), _("Why it was closed")),
        *(_("To the first unit, hours"), _("To the replies, hours"), _("Review, hours"), _("To the answer, hours")),
        *(_("To the answer, days"), _("Within the legal term"), _("On time, replies"), _("Accepted at once, replies")),
        *(_("Asked"), _("Asked anew"), _("Opened again"), _("Objections"), _("Interim answers"), _("Rating")),
    ]
    return _("By case"), [headings, *(_line(row, named, _("yes"), _("no")) for row in rows)]


def _line(row: FigureRow, named: Named, yes: str, no: str) -> list[Cell]:
    units, state = ", ".join(named.units.get(code, code) for code in row.units), named.state(row.state)
    reason = named.reason(row.closure_reason) if row.closure_reason else None
    replied = [asked.hours for asked in row.asked if asked.hours is not None]
    in_time = None if row.in_time is None else yes if row.in_time else no
    return [
        *(_day(row.opened), named.kind(row.kind), named.channel(row.channel), units, state, _day(row.finished)),
        *(reason, row.to_routing, max(replied, default=None), row.to_review, row.to_answer),
        *(row.answer_days, in_time, sum(one.on_time is True for one in row.asked)),
        *(sum(one.accepted_at_once is True for one in row.asked), len(row.asked), row.reroutes, row.reopens),
        *(row.objections, row.interims, row.rating),
    ]


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None
