"""All open assignments of a unit on one page, which changes nothing. Sentences in constants are msgids."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from babel.numbers import format_decimal, format_percent
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.config import Settings
from services.replies.domain.assignment import Assignment
from services.replies.domain.figures import UnitFigures
from services.replies.domain.handing_on import holders
from services.replies.domain.links import token_in
from services.replies.domain.overview import path_to
from services.replies.store import Assignments, Overviews, UnitFiguresStore
from shared.web.arriving import query_of
from shared.web.due import time_left
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

STATES = {
    "returned": ("To be revised", "attention"),
    "replied": ("Your reply is being checked", "info"),
    "held": ("With a colleague", "info"),
    "draft": ("Draft begun", "progress"),
    "fresh": ("Awaits your reply", "neutral"),
    "information": ("For your information", "neutral"),
}
"""Label and tone for how far the unit has come."""

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/u/{token}")
async def show_overview(
    request: Request,
    token: str,
    overviews: Annotated[Overviews, provided(Overviews)],
    assignments: Annotated[Assignments, provided(Assignments)],
    figures: Annotated[UnitFiguresStore, provided(UnitFiguresStore)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Show what is open, the next last day first; each leads to its own page."""
    if (clean := token_in(token)) and clean != token:
        return see_other(f"/u/{clean}?{query_of(request)}".rstrip("?"))
    overview = await overviews.by_token(token, now)
    found = await assignments.open_of(overview.id)
    locale, secret = web(request).locale(request), settings.secret_key.get_secret_value()
    return render(
        request,
        "overview.html",
        unit=found[-1].unit if found else None,
        figures=_figures(locale, figures.current, overview.id),
        items=[_item(locale, one, path_to(one, secret), now) for one in found],
    )


def _figures(locale: Locale, figures: UnitFigures, code: str) -> dict[str, Any] | None:
    """The unit's own figures in words; None when there are none. Shares and hours are beside those before."""
    of, _ = figures.of(code), locale.gettext
    if of is None:
        return None
    hours, shares = partial(_hours, locale), partial(_share, locale)
    rows = [
        (_("Messages that you were asked about"), locale.number(of.asked), ""),
        (_("Still open"), locale.number(of.open), ""),
        (_("Your reply, median"), hours(of.median_hours), hours(of.median_before)),
        (_("Nine in ten of your replies within"), hours(of.p90_hours), ""),
        (_("Replied on time"), shares(of.on_time), shares(of.on_time_before)),
        (_("Accepted without a revision"), shares(of.accepted_at_once), ""),
    ]
    since, until = _day(locale, figures.since), _day(locale, figures.until)
    return {"since": since, "until": until, "rows": [row for row in rows if row[1]]}


def _day(locale: Locale, said: str) -> str:
    try:
        return locale.day(date.fromisoformat(said))
    except ValueError:
        return said


def _hours(locale: Locale, value: float | None) -> str:
    """Working hours; nothing for none. A few minutes are not *0 hours*."""
    if value is None:
        return ""
    if value < 1:
        return locale.gettext("less than one working hour")
    return locale.gettext("%(number)s working hours") % {
        "number": format_decimal(round(value, 1), locale=locale.language)
    }


def _share(locale: Locale, value: float | None) -> str:
    return "" if value is None else format_percent(round(value, 2), locale=locale.language)


def _item(locale: Locale, assignment: Assignment, path: str | None, now: datetime) -> dict[str, Any]:
    label, tone = STATES[_state(assignment)]
    counts = assignment.due_at and assignment.writable and not assignment.clock_stopped
    return {
        "assignment": assignment,
        "path": path,
        "state": locale.gettext(label),
        "tone": tone,
        "left": time_left(locale, assignment.due_at, assignment.requested_at, now)
        if counts and assignment.due_at
        else None,
    }


def _state(assignment: Assignment) -> str:
    if assignment.state in ("returned", "replied"):
        return str(assignment.state)
    if holders(assignment):
        return "held"
    if assignment.draft:
        return "draft"
    return "fresh" if assignment.reply_expected else "information"
