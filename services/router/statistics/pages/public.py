"""What the public sees of the figures: switched on and off, and published month by month after a look at the tables."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.config import Settings
from services.router.desk import require
from services.router.directory.store import Units
from services.router.statistics.domain.published import (
    LENGTHS,
    NONE,
    SEVERAL,
    TOTAL,
    PublicPage,
    check,
    months_from,
    next_months,
    publish,
    switched,
    tables_of,
)
from services.router.statistics.forms import FiguresForm, SwitchForm
from services.router.statistics.store.public import Entries, PublicAnswers, PublicPages, ToldPages
from services.router.texts.store import InstitutionStore
from shared.days import local
from shared.figures import Table
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
HERE = "/administration/public"
CHANGED = "Somebody else has changed this since you opened the page."
TICKS = ("figures", "answers")
OWN_ROWS = {TOTAL: "All", SEVERAL: "Several units", NONE: "Passed on to no unit"}
"""Names (msgids) of the rows that are no unit and no kind."""
Reader = Annotated[Officer, require(Action.READ_ADMINISTRATION)]
Publisher = Annotated[Officer, require(Action.PUBLISH)]


class Publishing:
    """What the pages of the public page are made from."""

    def __init__(
        self,
        pages: Annotated[PublicPages, provided(PublicPages)],
        answers: Annotated[PublicAnswers, provided(PublicAnswers)],
        told: Annotated[ToldPages, provided(ToldPages)],
        entries: Annotated[Entries, provided(Entries)],
        units: Annotated[Units, provided(Units)],
        institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
        accounts: Annotated[Accounts, provided(Accounts)],
        settings: Annotated[Settings, provided(Settings)],
        now: Now,
    ) -> None:
        self.pages, self.answers, self.told, self.entries, self.units = pages, answers, told, entries, units
        self.institution, self.accounts, self.settings, self.now = institutions.current, accounts, settings, now

    def today(self, request: Request) -> date:
        """The day it is where the institution is."""
        return local(self.now, web(request).locale(request).zone).date()

    async def tables(self, request: Request, months: Sequence[str]) -> tuple[Table, ...]:
        """The tables of these months, as they would be published."""
        return tables_of(await self.entries.of(months), months, await self._labels(request, months))

    async def _labels(self, request: Request, months: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        spoken: dict[str, Locale] = {language: web(request).locales[language] for language in ("tr", "en")}
        said = {
            code: {language: of.gettext(name) for language, of in spoken.items()} for code, name in OWN_ROWS.items()
        }
        said |= {month: {language: of.month(month) for language, of in spoken.items()} for month in months}
        said |= {unit.id: {"tr": unit.name_tr, "en": unit.name_en} for unit in await self.units.all()}
        return said | {kind.id: dict(kind.label) for kind in self.institution.all_kinds}

    async def show(
        self,
        request: Request,
        form: Form[Any] | None = None,
        *,
        months: Sequence[str] = (),
        ticked: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        """The page; ``months``: those of which the tables are shown, else the next ones. ``ticked``: not saved yet."""
        stored, today = await self.pages.stored(), self.today(request)
        months = months or next_months(stored, LENGTHS[0], today)
        refusal = _refusal(stored, months, today)
        tables = () if refusal else await self.tables(request, months)
        return render(
            request,
            "public.html",
            page=stored,
            form=form or Form(values={**_values(stored), **(ticked or {})}),
            unsaved=bool(ticked),
            months=months,
            refusal=refusal,
            tables=tables,
            choices=[] if stored.newest else _first_months(today),
            lengths=LENGTHS,
            names=await self.accounts.names({one.by.id for one in stored.publications}),
            waiting=sum(answer.waits for answer in await self.answers.all()),
            public_url=self.settings.intake_url.rstrip("/"),
            done=request.query_params.get("done", "") if form is None else "",
            status=status,
        )


Desk = Annotated[Publishing, Depends()]


@page.get(HERE)
async def show_public_page(request: Request, officer: Reader, desk: Desk, first: str = "", length: int = 0) -> Response:
    """Show what the public sees, and the tables that can be published next, as the public will see them."""
    ticked = {name: value for name in TICKS if (value := request.query_params.get(name)) is not None}
    stored, wanted = await desk.pages.stored(), length if length in LENGTHS else LENGTHS[0]
    today = desk.today(request)
    if stored.newest or first not in _first_months(today):
        return await desk.show(request, months=next_months(stored, wanted, today), ticked=ticked)
    return await desk.show(request, months=months_from(first, wanted), ticked=ticked)


@page.post(HERE)
async def post_public_page(request: Request, officer: Publisher, desk: Desk) -> Response:
    """Switch the pages on or off."""
    form, before = await read(SwitchForm, request), await desk.pages.stored()
    months = _months(form)
    if form.errors:
        return await desk.show(request, form, months=months, status=422)
    if form.value.revision != before.revision:
        return await _changed_meanwhile(request, form, desk)
    wanted = {"figures": form.value.figures == "yes", "answers": form.value.answers == "yes"}
    try:
        after, announcing = switched(before, **wanted, by=officer.actor, now=desk.now)
    except Refused as refused:
        return await desk.show(request, with_error(form, refused, request), months=months, status=422)
    if announcing:
        await desk.pages.save(after, announcing=announcing)
        await desk.told.renew()
    return see_other(f"{HERE}?done=saved")


@page.post(f"{HERE}/figures")
async def post_figures(request: Request, officer: Publisher, desk: Desk) -> Response:
    """Publish the tables of some months, for good."""
    form, before = await read(FiguresForm, request), await desk.pages.stored()
    months = _months(form)
    form.values = dict.fromkeys(TICKS, "") | form.values
    if form.errors:
        return await desk.show(request, form, months=months, status=422)
    if form.value.revision != before.revision:
        return await _changed_meanwhile(request, form, desk)
    try:
        check(before, months, desk.today(request))
        tables = await desk.tables(request, months)
        after, announcing = publish(before, months, tables, by=officer.actor, now=desk.now, today=desk.today(request))
    except Refused as refused:
        return await desk.show(request, with_error(form, refused, request), months=months, status=422)
    await desk.pages.save(after, announcing=announcing)
    await desk.told.renew()
    ticked = {name: getattr(form.value, name) for name in TICKS}
    unsaved = ticked if any(_values(after)[name] != value for name, value in ticked.items()) else {}
    return see_other(f"{HERE}?{urlencode({'done': 'published', **unsaved})}")


async def _changed_meanwhile(request: Request, form: Form[Any], desk: Publishing) -> Response:
    form.errors = {"": web(request).locale(request).gettext(CHANGED)}
    form.values |= _values(await desk.pages.stored())
    return await desk.show(request, form, months=_months(form), status=409)


def _months(form: Form[Any]) -> list[str]:
    """The months that a form is about, also of one with errors; none if it does not say."""
    first, length = str(form.values.get("first", "")), str(form.values.get("length", ""))
    known = re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", first) and length in map(str, LENGTHS)
    return months_from(first, int(length)) if known else []


def _values(page: PublicPage) -> dict[str, Any]:
    return {
        "revision": page.revision,
        "figures": "yes" if page.figures_shown else "",
        "answers": "yes" if page.answers_shown else "",
    }


def _refusal(page: PublicPage, months: Sequence[str], today: date) -> str:
    try:
        check(page, months, today)
    except Refused as refused:
        return str(refused)
    return ""


def _first_months(today: date) -> list[str]:
    """The months with which a first publication may begin, the newest first."""
    begins = months_from(f"{today.year - 3:04}-{today.month:02}", 36)
    return begins[::-1]
