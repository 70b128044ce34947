"""The inbox: the cases of one view, filtered and sorted."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer, may
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.lists import FOR_SUPERVISORS, CaseFilter, Filters, View, sorts, visible
from services.router.cases.domain.states import ClosureReason
from services.router.cases.labels import due, labels
from services.router.cases.list_labels import GROUPS, age, chips, list_labels, options
from services.router.cases.pages import Reader
from services.router.cases.pages.listing import case_address, list_in
from services.router.cases.pages.saved import shown
from services.router.cases.store.inbox import COUNTED, Inbox
from services.router.cases.store.saved import SavedLists
from services.router.directory.store import Units
from shared.audit import AuditRecords
from shared.web.forms import Form
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

MIXED = frozenset(
    {View.MINE, View.UNCLAIMED, View.ATTENTION, View.TODAY, View.OVERDUE, View.OBJECTION, View.FOUR_EYES, View.HELD}
    | {View.LETTER_FAILED, View.DECLINED, View.ALL}
)
"""Views with cases of several states."""
UNITS_SHOWN = 3
page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_inbox(
    request: Request,
    officer: Reader,
    cases: Annotated[Inbox, provided(Inbox)],
    accounts: Annotated[Accounts, provided(Accounts)],
    directory: Annotated[Units, provided(Units)],
    lists: Annotated[SavedLists, provided(SavedLists)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    now: Now,
) -> Response:
    """The cases of one view, after or before a position in the list (``domain.lists``)."""
    chosen = list_in(request.query_params, officer)
    if any(request.query_params.get(field.name) == "" for field in fields(Filters)):
        return see_other(f"/?{chosen.query()}")
    listed, offered = await cases.page(chosen), _offered(officer)
    if listed.cases:
        about = {"object_kind": "list", "object_id": str(chosen.view)}
        await audit.read(AuditAction.LIST_READ, actor=officer.actor, **about)
    counts = await cases.counts({*offered, View(chosen.view)}, officer.id)
    found = await cases.count(chosen) if chosen.filters else counts[View(chosen.view)]
    possible = options(request, await directory.all(web(request).language(request)), await accounts.able(Action.WORK))
    names = await accounts.names({case.officer for case in listed.cases if case.officer})
    return render(
        request,
        "inbox.html",
        chosen=chosen,
        rows=[row_of(request, chosen, case, now) for case in listed.cases],
        officers=names,
        groups=_groups(request, chosen, offered, counts),
        columns=columns_of(chosen, listed.cases),
        found=number_of(request, found),
        waiting=await _waiting(request, cases, officer, counts) if not request.query_params else None,
        sorts=[(sort, f"/?{chosen.query(sort=sort)}", sort is chosen.order) for sort in sorts(View(chosen.view))],
        chips=chips(request, chosen, possible),
        saved=shown(await lists.of(officer), chosen, officer),
        possible=possible,
        reasons=[named for named in labels(request)["reasons"].items() if named[0] != ClosureReason.ANSWERED],
        form=Form(values={field.name: str(getattr(chosen.filters, field.name) or "") for field in fields(Filters)}),
        previous=f"/?{chosen.query(before=str(listed.previous))}" if listed.previous else None,
        next=f"/?{chosen.query(after=str(listed.next))}" if listed.next else None,
        past_the_end=bool(chosen.after and not listed.cases),
        labels=labels(request) | list_labels(request),
    )


def _offered(officer: Officer) -> list[View]:
    supervises = may(officer, Action.SUPERVISE)
    return [view for _, views in GROUPS for view in views if visible(view, supervises=supervises)]


def _groups(
    request: Request, chosen: CaseFilter, offered: list[View], counts: dict[View, int | None]
) -> list[dict[str, Any]]:
    """The views in their groups; those of finished cases without a number."""
    said, _ = list_labels(request)["views"], web(request).locale(request).gettext
    groups = []
    for title, views in GROUPS:
        items = [
            {
                "label": said[view],
                "url": f"/?view={view}",
                "count": None if view in (View.RESOLVED, View.CLOSED, View.ALL) else number_of(request, counts[view]),
                "current": view == chosen.view,
            }
            for view in views
            if view in offered
        ]
        if items:
            groups.append({"title": _(title), "views": items})
    return groups


def row_of(request: Request, chosen: CaseFilter, case: CaseRow, now: datetime) -> dict[str, Any]:
    """A row of the list: the case, and what is said of its times."""
    position = chosen.position(case)
    return {
        "case": case,
        "due": due(request, case.due_at, now),
        "age": age(request, case.submitted_at, now),
        "url": case_address(case.id, chosen, position),
    }


def columns_of(chosen: CaseFilter, cases: tuple[CaseRow, ...]) -> set[str]:
    """The columns that say something in some row."""
    says = {
        "doubts": chosen.view is View.DOUBTFUL,
        "unit": any(a.state not in ("declined", "recalled") for case in cases for a in case.assignments),
        "due": any(case.due_at for case in cases) and chosen.view not in (View.RESOLVED, View.CLOSED),
        "state": chosen.view in MIXED,
        "officer": chosen.view is not View.MINE and any(case.officer for case in cases),
    }
    return {column for column, shown in says.items() if shown}


async def _waiting(
    request: Request, cases: Inbox, officer: Officer, counts: dict[View, int | None]
) -> list[dict[str, Any]]:
    """What waits for this person, by role."""
    said, supervises = list_labels(request)["views"], may(officer, Action.SUPERVISE)
    works = [View.MINE, View.UNCLAIMED, View.TODAY] if may(officer, Action.WORK) else []
    views = [*(FOR_SUPERVISORS if supervises else []), *works]
    shown = [
        {"label": said[view], "url": f"/?view={view}", "count": number_of(request, counts[view])} for view in views
    ]
    if not supervises:
        return shown
    english = web(request).locale(request).language == "en"
    late = await cases.overdue_by_unit(officer.id, limit=UNITS_SHOWN)
    return shown + [
        {
            "label": f"{said[View.OVERDUE]}: {unit['name_en'] if english else unit['name_tr']}",
            "url": f"/?{CaseFilter(View.OVERDUE, filters=Filters(unit=unit['code'])).query()}",
            "count": number_of(request, number),
        }
        for unit, number in late
    ]


def number_of(request: Request, counted: int | None) -> str | None:
    """How many cases a list has, as a page says it."""
    if counted is None:
        return None
    return f"{COUNTED - 1}+" if counted >= COUNTED else web(request).locale(request).number(counted)
