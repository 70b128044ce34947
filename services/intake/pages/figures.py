"""What the institution publishes: *Rakamlarla* the hotline, and *Sordunuz, yaptık*. Sentences in constants are msgids.

Nothing personal is on these pages: small numbers never reach this service.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.domain.public_page import PublicPage, lines
from services.intake.store import Snapshots
from shared.tables import MEDIA_TYPE, as_csv
from shared.web.downloads import saved_as
from shared.web.etags import CHECKED, unless_the_same
from shared.web.i18n import Locale
from shared.web.pages import Page, not_found, render, web
from shared.web.provided import provided

FIGURES, ANSWERS = "The hotline in figures", "You asked, we did"
LINES = ("table", "code", "name", "figure", "value")

page = APIRouter(route_class=Page, tags=["pages"])
Known = Annotated[Snapshots, provided(Snapshots)]


def head(snapshots: Snapshots, request: Request, locale: Locale) -> dict[str, Any]:
    """The links in the footer, to what is shown."""
    known = snapshots.public_page
    links = [("/figures", FIGURES, known.figures_shown), ("/answers", ANSWERS, known.answers_shown)]
    return {"footer_links": [{"url": url, "label": locale.gettext(label)} for url, label, shown in links if shown]}


@page.get("/figures")
async def show_figures(request: Request, snapshots: Known) -> Response:
    """The figures; 404 while they are switched off."""
    return unless_the_same(request, render(request, "figures.html", told=figures_of(snapshots)), CHECKED)


@page.get("/figures.csv")
async def show_figures_as_table(request: Request, snapshots: Known) -> Response:
    """The figures as CSV (RFC 4180), a line for each number; 404 while they are switched off."""
    told = figures_of(snapshots)
    table = as_csv([LINES, *lines(told, web(request).language(request))], delimiter=",")
    name = web(request).locale(request).gettext("figures")
    named = saved_as(f"{name}-{told.since}-{told.until}.csv")
    return unless_the_same(request, Response(table, media_type=MEDIA_TYPE, headers=named), CHECKED)


@page.get("/answers")
async def show_public_answers(request: Request, snapshots: Known) -> Response:
    """What was asked and done; 404 while it is switched off."""
    if not snapshots.public_page.answers_shown:
        raise not_found()
    answers = snapshots.public_page.answers
    return unless_the_same(request, render(request, "answers.html", answers=answers), CHECKED)


def figures_of(snapshots: Snapshots) -> PublicPage:
    """The figures that are shown. Raises 404 for none."""
    if not snapshots.public_page.figures_shown:
        raise not_found()
    return snapshots.public_page
