"""The page of figures, and its tables as files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.cases.list_labels import CHANNELS
from services.router.config import Settings
from services.router.desk import require
from services.router.directory.domain.tree import Branch, topmost, tree
from services.router.directory.domain.units import Unit
from services.router.directory.store import Units
from services.router.statistics.domain.cells import Key
from services.router.statistics.domain.dashboard import Dashboard
from services.router.statistics.domain.periods import RANGE, USUAL, Selection, month_of, named_periods, selection_of
from services.router.statistics.labels import Words, channels, kinds, reasons, states
from services.router.statistics.papers.rows import rows_table
from services.router.statistics.papers.sections import Named, Section, sections
from services.router.statistics.papers.tables import Cell, Table, as_csv, as_xlsx
from services.router.statistics.papers.tiles import tiles
from services.router.statistics.store.months import Months
from services.router.statistics.store.rows import FigureRows
from shared.audit import AuditRecords
from shared.days import day_of
from shared.web.downloads import saved_as
from shared.web.forms import Form
from shared.web.pages import Page, not_found, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_FIGURES)]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    chosen: Selection
    units: Sequence[Unit]

    @property
    def branches(self) -> Sequence[Branch]:
        """The units that the page lists: those right below the chosen one; at the top, one alone says nothing."""
        listed: Sequence[Branch] = tree(self.units)
        if self.chosen.unit:
            return next((branch.below for branch in _all(listed) if branch.unit.id == self.chosen.unit), ())
        return topmost(listed)


async def asked(
    request: Request,
    directory: Annotated[Units, provided(Units)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
    period: str = "",
    since: str = "",
    until: str = "",
    unit: str = "",
    kind: str = "",
    channel: str = "",
) -> Asked:
    """What an address asks for; a unit that there is not is a page that there is not."""
    units = await directory.all(web(request).language(request))
    if unit and all(known.id != unit for known in units):
        raise not_found()
    today = day_of(now, ZoneInfo(settings.timezone))
    return Asked(selection_of(today, period=period, since=since, until=until, of=Key(unit, kind, channel)), units)


Question = Annotated[Asked, Depends(asked)]


@page.get("/figures")
async def show_figures(
    request: Request,
    officer: Reader,
    question: Question,
    months: Annotated[Months, provided(Months)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Show the figures of a period."""
    chosen, words = question.chosen, Words.of(request)
    shown, first = await asyncio.gather(_dashboard(months, question), months.first())
    today = day_of(now, ZoneInfo(settings.timezone))
    return render(
        request,
        "figures.html",
        shown=shown,
        chosen=chosen,
        words=words,
        span=words.span(chosen.period),
        before=words.span(chosen.period.before),
        running=chosen.period.last >= month_of(today),
        tiles=tiles(words, shown),
        sections=_sections(request, question, shown),
        form=_form(chosen),
        options=_options(request, question, list(named_periods(today, first or month_of(today)))),
        narrowed=any(chosen.key),
        query=chosen.query(),
    )


@page.get("/figures/export.{kind_of_file}")
async def show_export(
    request: Request,
    kind_of_file: str,
    officer: Reader,
    question: Question,
    months: Annotated[Months, provided(Months)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
) -> Response:
    """The tables of the page as a file."""
    shown, words = await _dashboard(months, question), Words.of(request)
    overview = words.gettext("Overview"), _overview(words, shown, words.span(question.chosen.period))
    tables = [overview, *(section.table for section in _sections(request, question, shown))]
    return await _file(request, officer, audit, kind_of_file, "figures", tables)


@page.get("/figures/rows.{kind_of_file}")
async def show_rows(
    request: Request,
    kind_of_file: str,
    officer: Reader,
    question: Question,
    rows: Annotated[FigureRows, provided(FigureRows)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
) -> Response:
    """One row for each case of the period, without anything about a person. Restricted cases are left out."""
    words, named = Words.of(request), _named_all(request, question)
    below = {branch.unit.id for branch in _all(question.branches)} | {question.chosen.unit}
    found = [row async for row in rows.of(question.chosen, below)]
    table = await asyncio.to_thread(rows_table, words, named, found)
    return await _file(request, officer, audit, kind_of_file, "rows", [table])


async def _dashboard(months: Months, question: Asked) -> Dashboard:
    return await months.dashboard(question.chosen, [branch.unit.id for branch in question.branches])


def _sections(request: Request, question: Asked, shown: Dashboard) -> list[Section]:
    chosen = question.chosen
    return sections(Words.of(request), shown, _named(request, question), lambda **of: f"/figures?{chosen.query(**of)}")


def _named(request: Request, question: Asked) -> Named:
    name = partial(_name, web(request).locale(request).language)
    return Named(kinds(request), channels(request), {one.unit.id: name(one.unit) for one in question.branches})


def _named_all(request: Request, question: Asked) -> Named:
    """The same with all units, and what is said in rows alone."""
    name = partial(_name, web(request).locale(request).language)
    units = {unit.id: name(unit) for unit in question.units}
    return Named(kinds(request), channels(request), units, states(request), reasons(request))


def _overview(words: Words, shown: Dashboard, span: str) -> list[list[Cell]]:
    """The headline figures, below headings of which the first is the period."""
    _ = words.gettext
    headings: list[Cell] = [span, _("Value"), _("Before"), _("Unit of measure"), _("In detail")]
    return [headings, *(tile.cells(words) for tile in tiles(words, shown))]


async def _file(
    request: Request, officer: Officer, audit: AuditRecords, kind: str, what: str, tables: Sequence[Table]
) -> Response:
    """The file, once it is recorded who has taken it."""
    if kind not in KINDS:
        raise not_found()
    await audit.write(AuditAction.FIGURES_EXPORTED, actor=officer.actor, object_kind="figures", object_id=what)
    locale = web(request).locale(request)
    made = partial(as_csv, tables, comma=locale.language == "tr") if kind == "csv" else partial(as_xlsx, tables)
    name = locale.gettext("figures") if what == "figures" else locale.gettext("figures-by-case")
    return Response(await asyncio.to_thread(made), media_type=KINDS[kind], headers=saved_as(f"{name}.{kind}"))


def _form(chosen: Selection) -> Form[Any]:
    values: dict[str, Any] = {"period": chosen.name, "unit": chosen.unit, "kind": chosen.kind}
    values |= {"channel": chosen.channel, "since": "", "until": ""}
    if chosen.name == RANGE:
        values |= {"since": chosen.period.first, "until": chosen.period.last}
    return Form(values=values)


def _options(request: Request, question: Asked, periods: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Value and label of what can be chosen."""
    words, institution = Words.of(request), web(request).institution()
    name, all_ = partial(_name, web(request).locale(request).language), words.gettext("All")
    names = list(dict.fromkeys([f"last-{USUAL}", RANGE, question.chosen.name, *periods]))
    in_tree = (
        (branch.unit.id, "\u2003" * level + name(branch.unit)) for branch, level in _levels(tree(question.units))
    )
    said = channels(request)
    return {
        "period": [(one, words.period(one)) for one in names],
        "unit": [("", all_), *in_tree],
        "kind": [("", all_), *((one.id, kinds(request)(one.id)) for one in institution.kinds)],
        "channel": [("", all_), *((one, said(one)) for one in CHANNELS)],
    }


def _name(language: str, unit: Unit) -> str:
    return unit.name_en if language == "en" else unit.name_tr


def _all(branches: Sequence[Branch]) -> Sequence[Branch]:
    return [branch for branch, _level in _levels(branches)]


def _levels(branches: Sequence[Branch], level: int = 0) -> Sequence[tuple[Branch, int]]:
    return [found for one in branches for found in ((one, level), *_levels(one.below, level + 1))]
