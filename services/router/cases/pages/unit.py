"""The page of one unit: its contacts, whether letters arrive, its open cases, and what was changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer, may
from services.router.accounts.store import Accounts
from services.router.cases.domain.lists import CaseFilter, Filters, View
from services.router.cases.labels import PASSED_TO
from services.router.cases.list_labels import list_labels
from services.router.cases.store.inbox import COUNTED, Inbox
from services.router.desk import require
from services.router.directory.domain.health import UnitHealth, unhealthy
from services.router.directory.domain.units import Deputy, Unit
from services.router.directory.labels import fields, of_cell, unit_kinds
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.units import Units
from services.router.history import COMMAND, Change
from shared.mail_refusals import meaning
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
WORK = (View.ROUTED, View.OVERDUE, View.REPLY_PENDING_REVIEW)
"""The lists in which the open cases of a unit stand."""


@page.get("/units/{code}")
async def show_unit(
    request: Request,
    code: str,
    officer: Annotated[Officer, require(Action.READ_DIRECTORY)],
    directory: Annotated[Units, provided(Units)],
    healths: Annotated[UnitHealths, provided(UnitHealths)],
    inbox: Annotated[Inbox, provided(Inbox)],
    accounts: Annotated[Accounts, provided(Accounts)],
    now: Now,
) -> Response:
    """Show a unit."""
    unit, health = await directory.get(code), await healths.find_one(code)
    units = await directory.all(web(request).language(request))
    by_code = {other.id: other for other in units}
    people = {change.by.id for change in unit.history} | ({health.test.by.id} if health and health.test else set())
    return render(
        request,
        "unit.html",
        unit=unit,
        parent=by_code.get(unit.parent),
        successor=by_code.get(unit.successor),
        children=[other for other in units if other.parent == code],
        kinds=unit_kinds(request),
        deputies=[_deputy(deputy, now) for deputy in unit.deputies],
        health=health,
        ill=unhealthy(unit, health),
        why=_lost(request, health) if health else "",
        test_why=_why(request, health.test.reason if health and health.test else ""),
        work=await _work(request, inbox, officer, code) if may(officer, Action.READ_CASES) else [],
        history=_history(request, unit, await accounts.names(people), by_code),
        names=await accounts.names(people),
    )


async def _work(request: Request, inbox: Inbox, officer: Officer, code: str) -> list[dict[str, Any]]:
    """The lists of the unit's open cases, with their numbers."""
    said, number = list_labels(request)["views"], web(request).locale(request).number
    lists = [CaseFilter(view, filters=Filters(unit=code), reader=officer.id) for view in WORK]
    counted = [await inbox.count(one) for one in lists]
    return [
        {
            "label": said[View(one.view)],
            "url": f"/?{one.query()}",
            "number": "" if count is None else f"{COUNTED - 1}+" if count >= COUNTED else number(count),
        }
        for one, count in zip(lists, counted, strict=True)
    ]


def _deputy(deputy: Deputy, now: datetime) -> dict[str, Any]:
    """A deputy with first and last day, and whether the time is now, to come or over."""
    when = "over" if deputy.until <= now else "later" if deputy.since > now else "now"
    return {"one": deputy, "first": deputy.since, "last": deputy.until - timedelta(milliseconds=1), "when": when}


def _lost(request: Request, health: UnitHealth) -> str:
    """Why the newest letter did not arrive, whether it came back, and who of the unit got it instead."""
    _ = web(request).locale(request).gettext
    came_back = _("It came back after it had been sent.") if health.cause == "returned" else ""
    passed = _(PASSED_TO.get(health.passed_to, PASSED_TO[""])) if health.passed_to else ""
    return " ".join(filter(None, [_why(request, health.reason), came_back, passed]))


def _why(request: Request, reason: str) -> str:
    known = meaning(reason)
    return web(request).locale(request).gettext(known) if known else reason


def _history(request: Request, unit: Unit, names: Mapping[str, str], units: Mapping[str, Unit]) -> list[dict[str, Any]]:
    """The changes, the newest first, in words."""
    _, said, label = web(request).locale(request).gettext, fields(request), of_cell(request)
    english = web(request).locale(request).language == "en"

    def shown(name: str, value: Any) -> str:
        if name in ("parent", "successor") and (other := units.get(value)):
            return other.name_en if english else other.name_tr
        if isinstance(value, bool) or name == "moves":
            return label(name if name != "moves" else "active", "yes" if value else "no")
        if isinstance(value, list | tuple):
            return ", ".join(f"{v['name']} <{v['email']}>" if isinstance(v, dict) else str(v) for v in value) or "–"
        return label(name, value) if value else "–"

    def entry(change: Change) -> dict[str, Any]:
        by = names.get(change.by.id) or (_(COMMAND) if change.by.kind == "system" else "–")
        pairs = change.fields.items()
        changes = [(said.get(n, n), shown(n, before), shown(n, after)) for n, (before, after) in pairs]
        return {"at": change.at, "by": by, "fields": changes}

    return [entry(change) for change in reversed(unit.history)]
