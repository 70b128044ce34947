"""The calendar of working days: what is in it, and which open cases move before a change is stored."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.router.access import Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.moving import Moved, moved_by
from services.router.cases.domain.restriction import reads
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.ical import UNREADABLE, BadCalendar, days_in
from services.router.deadlines.domain.stored import (
    Changes,
    change_calendar,
    differing,
    missing,
    of_turkey,
    with_days,
)
from services.router.deadlines.forms import FIRST_YEAR, LAST_YEAR, ApplyForm, DaysForm, FileForm, YearForm, written
from services.router.deadlines.pages import CalendarEditor, Days
from services.router.deadlines.store import CalendarStore
from shared.days import day_of
from shared.events import done_by
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import FileLimits, sent, take_files

page = APIRouter(route_class=Page, tags=["pages"])
ADDRESS = "/administration/calendar"
LARGEST_FILE = 512 * 1024
SHOWN = 100
"""The cases that a preview lists; the others are counted."""
CHANGED = "The calendar has changed meanwhile. Please look at the preview again."
CHOOSE = "Please choose a file, or paste its content."
TOO_LARGE = "The file is too large: at most 512 KB."


@dataclass(frozen=True)
class Moves:
    """What a change of the calendar does to open cases; ``hidden``: cases that the officer may not read."""

    shown: tuple[tuple[Case, tuple[Moved, ...]], ...]
    number: int
    hidden: int


class CalendarPages:
    """What the pages of the calendar are made from."""

    def __init__(
        self,
        calendars: Annotated[CalendarStore, provided(CalendarStore)],
        cases: Annotated[Cases, provided(Cases)],
        accounts: Annotated[Accounts, provided(Accounts)],
        deadlines: Days,
        now: Now,
    ) -> None:
        self.calendars, self.cases, self.accounts, self.deadlines, self.now = calendars, cases, accounts, deadlines, now

    async def overview(
        self, request: Request, form: Form[Any] | None = None, *, year: int | None = None, status: int = 200
    ) -> Response:
        """The days of a year, what changed before, and the forms."""
        stored = await self.calendars.stored()
        today = day_of(self.now, self.deadlines.zone)
        shown = year or today.year
        return render(
            request,
            "calendar.html",
            year=shown,
            years=range(max(FIRST_YEAR, today.year - 1), min(LAST_YEAR, today.year + 4) + 1),
            days=stored.of_year(shown),
            changes=list(reversed(stored.history)),
            names=await self.accounts.names({change.by.id for change in stored.history}),
            day_of_text=_day_of_text,
            form=form or Form(values={"worth": "none"}),
            year_form=form if form and "year" in form.values else Form(values={"year": shown}),
            said=request.query_params.get("said") == "changed",
            status=status,
        )

    async def preview(
        self, request: Request, officer: Officer, changes: Changes, *, notice: str = "", status: int = 200
    ) -> Response:
        """What would change, and which open cases move. Raises Refused when nothing would."""
        stored = await self.calendars.stored()
        differ = differing(stored, changes)
        proposed = replace(self.deadlines, calendar=with_days(stored, differ).calendar)
        return render(
            request,
            "calendar_preview.html",
            changes=[(day, stored.of(day), one) for day, one in differ.items()],
            moves=await moves_of(self.cases, officer, proposed),
            written=written(differ),
            version=stored.version,
            notice=notice,
            status=status,
        )


Calendars = Annotated[CalendarPages, Depends()]


@page.get(ADDRESS)
async def show_calendar(
    request: Request, officer: CalendarEditor, pages: Calendars, year: str = "", day: str = "", worth: str = ""
) -> Response:
    """Show the days of a year. ``day`` puts one of them into the form, ``worth=usual`` to take it out."""
    shown = int(year) if len(year) == 4 and year.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR else None
    stored = (await pages.calendars.stored()).days.get(day)
    if stored is None:
        return await pages.overview(request, year=shown)
    usual = "half" if stored.half else "none"
    values = {"first": day, "last": "", "name": stored.name, "worth": "usual" if worth == "usual" else usual}
    return await pages.overview(request, Form(values=values), year=shown or int(day[:4]))


@page.get(f"{ADDRESS}/days")
@page.get(f"{ADDRESS}/year")
@page.get(f"{ADDRESS}/file")
async def show_again(request: Request, officer: CalendarEditor) -> Response:
    """A reload of a preview: the forms are on the page of the calendar."""
    return see_other(ADDRESS)


@page.post(f"{ADDRESS}/days")
async def post_days(request: Request, officer: CalendarEditor, pages: Calendars) -> Response:
    """Preview a day or a span that is added, changed or taken out."""
    form = await read(DaysForm, request)
    if not form.errors:
        _ = web(request).locale(request).gettext
        form.errors = {name: _(msgid) for name, msgid in form.value.errors.items()}
    if form.errors:
        return await pages.overview(request, form, status=422)
    return await _previewed(request, officer, pages, form, form.value.changes)


@page.post(f"{ADDRESS}/year")
async def post_year(request: Request, officer: CalendarEditor, pages: Calendars) -> Response:
    """Preview Türkiye's days of a year, where the calendar has none of its own."""
    form = await read(YearForm, request)
    if form.errors:
        return await pages.overview(request, form, status=422)
    offered = of_turkey(form.value.year)
    return await _previewed(request, officer, pages, form, missing(await pages.calendars.stored(), offered))


@page.post(f"{ADDRESS}/file")
async def post_file(request: Request, officer: CalendarEditor, pages: Calendars) -> Response:
    """Preview the days of a calendar file (iCalendar)."""
    take_files(request, FileLimits(most=1, largest=LARGEST_FILE))
    form = await read(FileForm, request)
    if form.errors:
        return await pages.overview(request, form, status=422)
    try:
        text = await _chosen(request) or form.value.pasted
        if not text.strip():
            raise BadCalendar(CHOOSE)
        years = range(FIRST_YEAR, LAST_YEAR + 1)
        found = await asyncio.to_thread(days_in, text, pages.deadlines.zone, years=years)
    except BadCalendar as bad:
        return await pages.overview(request, with_error(form, bad, request), status=422)
    return await _previewed(request, officer, pages, form, found)


@page.post(ADDRESS)
async def post_calendar(request: Request, officer: CalendarEditor, pages: Calendars) -> Response:
    """Store what the preview showed. Open cases follow within seconds."""
    form = await read(ApplyForm, request)
    if form.read is None:
        return await pages.overview(request, form, status=422)
    stored = await pages.calendars.stored()
    try:
        changes = form.value.changes
        if form.errors or form.value.version != stored.version:
            notice = next(iter(form.errors.values()), web(request).locale(request).gettext(CHANGED))
            return await pages.preview(request, officer, changes, notice=notice, status=409)
        changed, audited = change_calendar(stored, changes, by=officer.actor, now=pages.now)
    except (Refused, ValueError) as refused:
        known = refused if isinstance(refused, Refused) else Refused(CHANGED)
        return await pages.overview(request, with_error(Form(values={"worth": "none"}), known, request), status=409)
    await pages.calendars.save(changed, announcing=done_by(officer.actor, audited))
    return see_other(f"{ADDRESS}?year={min(changes).year}&said=changed")


async def moves_of(cases: Cases, officer: Officer, proposed: Deadlines) -> Moves:
    """The open cases whose last days a calendar would move; the first hundred that the officer may read."""
    shown: list[tuple[Case, tuple[Moved, ...]]] = []
    number = hidden = 0
    async for case in cases.counted():
        if not (moved := moved_by(case, proposed)):
            continue
        number += 1
        if not reads(officer, case):
            hidden += 1
        elif len(shown) < SHOWN:
            shown.append((case, tuple(moved)))
    return Moves(tuple(shown), number, hidden)


async def _previewed(
    request: Request,
    officer: Officer,
    pages: CalendarPages,
    form: Form[Any],
    changes: Changes,
) -> Response:
    try:
        return await pages.preview(request, officer, changes)
    except Refused as refused:
        return await pages.overview(request, with_error(form, refused, request), status=409)


async def _chosen(request: Request) -> str:
    """The text of the file that was chosen; empty if none was. Raises BadCalendar."""
    fields = await sent(request)
    try:
        file = fields.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return ""
        if (file.size or 0) > LARGEST_FILE:
            raise BadCalendar(TOO_LARGE)
        return (await file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCalendar(UNREADABLE) from error
    finally:
        await fields.close()


def _day_of_text(text: str) -> date:
    return date.fromisoformat(text)
