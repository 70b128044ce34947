"""The yearly report for the rectorate, as PDF. It stays in the institution: small numbers are not hidden in it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.desk import require
from services.router.directory.domain.tree import topmost, tree
from services.router.directory.store import Units
from services.router.statistics.domain.cells import EVERYTHING, Summary
from services.router.statistics.domain.percent import percent
from services.router.statistics.domain.yearly import Line, Report, lines, period_of, years
from services.router.statistics.store.months import Months
from services.router.texts.store import InstitutionStore
from shared.days import day_of
from shared.printing import Printer
from shared.web.downloads import pdf_file
from shared.web.i18n import Locale
from shared.web.pages import Page, not_found, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
HERE = "/figures/report"
NOT_HERE = ("PDFs cannot be made at the moment", "Please ask the operator: a library is missing on the server.")
Reader = Annotated[Officer, require(Action.READ_FIGURES)]


class Reports:
    """What a report is made from."""

    def __init__(
        self,
        months: Annotated[Months, provided(Months)],
        units: Annotated[Units, provided(Units)],
        institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
        now: Now,
    ) -> None:
        self.months, self.units, self.institution, self.now = months, units, institutions.current, now

    async def years(self, locale: Locale) -> list[int]:
        """The years of which there may be a report."""
        return years(await self.months.first(), day_of(self.now, locale.zone))

    async def of(self, year: int, locale: Locale) -> Report:
        """The report of a year, with names in this language."""
        today, now, before = day_of(self.now, locale.zone), period_of(year), period_of(year - 1)
        roots = [branch.unit for branch in topmost(tree(await self.units.all()))]
        names = {unit.id: locale.of({"tr": unit.name_tr, "en": unit.name_en})[0] for unit in roots}
        kinds = {kind.id: locale.of(kind.label)[0] or kind.id for kind in self.institution.all_kinds}
        totals = [await self.months.summed(one, EVERYTHING) for one in (now, before)]
        by_kind = [await self.months.summed(one, EVERYTHING, by=("kind",)) for one in (now, before)]
        by_unit = [await self.months.summed(one, EVERYTHING, by=("unit",), units=list(names)) for one in (now, before)]
        by_month = [await self.months.summed(one, EVERYTHING, by=("month",)) for one in (now, before)]
        return Report(
            year=year,
            until=today if today.year == year else None,
            total=Line("", "", totals[0].get((), Summary()), totals[1].get((), Summary())),
            kinds=lines(by_kind[0], by_kind[1], kinds),
            units=lines(by_unit[0], by_unit[1], names),
            months=[
                Line(
                    month,
                    locale.month(month).split(" ")[0],
                    by_month[0].get((month,), Summary()),
                    by_month[1].get((earlier_month,), Summary()),
                )
                for month, earlier_month in zip(now.months, before.months, strict=True)
            ],
        )


@page.get(HERE)
async def show_reports(request: Request, officer: Reader, reports: Annotated[Reports, Depends()]) -> Response:
    """Show the years of which there is a report, in two languages."""
    locale = web(request).locale(request)
    return render(request, "reports.html", years=await reports.years(locale))


@page.get(HERE + "/{year}.pdf")
async def show_report(
    request: Request,
    year: int,
    officer: Reader,
    reports: Annotated[Reports, Depends()],
    printer: Annotated[Printer, provided(Printer)],
) -> Response:
    """The report of a year; 404 for a year without messages, 503 when it cannot be printed now."""
    locale = web(request).locale(request)
    if year not in await reports.years(locale):
        raise not_found()
    report = await reports.of(year, locale)
    known = web(request).institution()
    logo = f"data:{known.logo_type};base64,{known.logo}" if known.logo else ""
    shown = {"report": report, "made_at": reports.now, "quote": quote, "percent": percent, "logo": logo}
    html = web(request).render(request, "yearly.html", shown)
    name = f"klu-hat-{year}-{locale.language}.pdf"
    return await pdf_file(request, printer, html, name, not_here=NOT_HERE)
