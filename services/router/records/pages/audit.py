"""The audit record: who did or read what, when; to be looked through and taken away as a table."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.lists import Position
from services.router.cases.domain.terms import reference_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.search import Search
from services.router.config import Settings
from services.router.desk import require
from services.router.directory.store import Units
from services.router.records.domain.chain import AuditFilter, ChainEntry
from services.router.records.labels import actions_of, actor_of, fields_of, grouped_actions, object_of, recorded_actions
from services.router.records.store.chain import Chain
from shared.audit import AuditRecords
from shared.days import first_moment, local
from shared.tables import MEDIA_TYPE, as_csv, csv_lines
from shared.web.downloads import saved_as
from shared.web.forms import Form
from shared.web.pages import Page, render, web
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_AUDIT)]
SHOWN = 50
ROWS = 500
"""Rows of a table that are made at once."""
FILTERS = ("person", "case", "action", "service", "since", "until")
SERVICES = {"router": "The desk", "intake": "The public form", "replies": "The portal of the units", "notifier": "Mail"}
"""What each service is called (msgids)."""
HEADINGS = (
    *("Entry number", "When", "What", "Changed fields", "About"),
    *("Case", "By", "Client", "How many times", "Link in the chain"),
)
"""Of the table (msgids)."""


@dataclass(frozen=True)
class Row:
    """An entry in words. ``case``: the address of its case, if it may be read; ``reference``: its number."""

    entry: ChainEntry
    action: str
    fields: list[str]
    about: str
    actor: str
    case: str = ""
    reference: str = ""


class AuditPages:
    """What the pages of the record are made from."""

    def __init__(
        self,
        chain: Annotated[Chain, provided(Chain)],
        accounts: Annotated[Accounts, provided(Accounts)],
        cases: Annotated[Cases, provided(Cases)],
        search: Annotated[Search, provided(Search)],
        units: Annotated[Units, provided(Units)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        settings: Annotated[Settings, provided(Settings)],
    ) -> None:
        self.chain, self.accounts, self.cases, self.search, self.units = chain, accounts, cases, search, units
        self.audit, self.zone = audit, ZoneInfo(settings.timezone)

    async def chosen(self, request: Request, officer: Officer) -> AuditFilter:
        """The filters of the address. Of a case, its number or its id; a day includes its end."""
        given = {name: request.query_params.get(name, "").strip()[:200] for name in FILTERS}
        since, until = _day(given["since"]), _day(given["until"])
        return AuditFilter(
            actor=given["person"],
            message_id=await self._case(given["case"], officer),
            actions=actions_of(request, given["action"]),
            service=given["service"],
            since=first_moment(since, self.zone).astimezone(UTC) if since else None,
            until=first_moment(until + timedelta(days=1), self.zone).astimezone(UTC) if until else None,
        )

    async def rows(self, request: Request, officer: Officer, entries: list[ChainEntry]) -> list[Row]:
        """The entries in words."""
        of_accounts = {e.object_id for e in entries if e.object_kind == "account"}
        names = await self.accounts.names(of_accounts | {e.actor.id for e in entries if e.actor})
        names |= await self._units(request, entries)
        ids = {e.message_id for e in entries if e.message_id}
        cases = {case.id: case for case in await self.cases.named(list(ids), officer)}
        actions = recorded_actions(request)
        return [
            Row(
                entry,
                action=actions.get(entry.action, entry.action),
                fields=fields_of(request, entry),
                about=object_of(request, entry, names),
                actor=actor_of(request, entry, names, case),
                case=f"/cases/{case.id}" if case else "",
                reference=case.reference if case else "",
            )
            for entry in entries
            for case in [cases.get(entry.message_id or "")]
        ]

    async def _units(self, request: Request, entries: list[ChainEntry]) -> dict[str, str]:
        """The names of the units that entries are about, by code."""
        of_units = {e.object_id for e in entries if e.object_kind == "unit"}
        locale = web(request).locale(request)
        units = await self.units.all() if of_units else []
        return {u.id: locale.of({"tr": u.name_tr, "en": u.name_en})[0] for u in units if u.id in of_units}

    async def _case(self, given: str, officer: Officer) -> str:
        reference = reference_of(given)
        found = await self.search.with_reference(reference, officer) if reference else None
        return found or given


Pages = Annotated[AuditPages, Depends()]


@page.get("/audit")
async def show_audit(request: Request, officer: Reader, pages: Pages, before: str = "") -> Response:
    """The entries that are looked for, the newest first; those before a position of the list."""
    chosen, position = await pages.chosen(request, officer), Position.read(before)
    place = (position.at, int(position.id)) if position and re.fullmatch("[0-9]{1,18}", position.id) else None
    found = await pages.chain.page(chosen, before=place, limit=SHOWN + 1)
    shown = found[:SHOWN]
    last = Position(shown[-1].at, str(shown[-1].number)) if len(found) > SHOWN else None
    await pages.audit.read(AuditAction.AUDIT_READ, actor=officer.actor, object_kind="audit", object_id="audit")
    filters = {name: value for name in FILTERS if (value := request.query_params.get(name))}
    return render(
        request,
        "audit.html",
        rows=await pages.rows(request, officer, shown),
        form=Form(values=filters),
        filtered=bool(filters),
        people=[(account.id, account.name) for account in await pages.accounts.all()],
        actions=grouped_actions(request),
        services=[(name, web(request).locale(request).gettext(label)) for name, label in SERVICES.items()],
        export=f"/audit/export.csv?{urlencode(filters)}",
        next=f"/audit?{urlencode({**filters, 'before': str(last)})}" if last else None,
    )


@page.get("/audit/export.csv")
async def show_export(request: Request, officer: Reader, pages: Pages) -> Response:
    """All entries that are looked for, as a table (CSV) with one line each. That somebody takes it is recorded."""
    chosen = await pages.chosen(request, officer)
    await pages.audit.write(AuditAction.AUDIT_EXPORTED, actor=officer.actor, object_kind="audit", object_id="audit")
    name = web(request).locale(request).gettext("audit-record") + ".csv"
    lines = _lines(request, officer, pages, chosen)
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=saved_as(name))


async def _lines(request: Request, officer: Officer, pages: AuditPages, chosen: AuditFilter) -> AsyncIterator[bytes]:
    _ = web(request).locale(request).gettext
    yield as_csv([[_(heading) for heading in HEADINGS]])
    several = list[ChainEntry]()
    async for entry in pages.chain.found(chosen):
        several.append(entry)
        if len(several) == ROWS:
            yield csv_lines(_cells(row, pages.zone) for row in await pages.rows(request, officer, several))
            several = []
    yield csv_lines(_cells(row, pages.zone) for row in await pages.rows(request, officer, several))


def _cells(row: Row, zone: ZoneInfo) -> list[str]:
    """The time is the institution's, as on the page, with its offset."""
    entry = row.entry
    at = local(entry.at, zone).isoformat(timespec="milliseconds")
    case = row.reference or entry.message_id or ""
    said = [row.action, ", ".join(row.fields), row.about, case, row.actor, entry.client or "", str(entry.count or "")]
    return [str(entry.number), at, *said, entry.link]


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
