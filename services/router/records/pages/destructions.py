"""The destruction record: what was destroyed, and the paper that proves it. No personal data stands in it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.config import Settings
from services.router.desk import names_of
from services.router.records.domain.destruction import Destruction, Sums, ranges, sums
from services.router.records.pages.retention import Reader, TheRuns, TheSettings
from services.router.records.pages.retention_words import DOINGS, PARTS, SERVICES, rule_of_code
from services.router.records.store.destructions import Destructions
from services.router.records.store.retention import Runs
from shared.documents import NotFound
from shared.printing import Printer
from shared.tables import MEDIA_TYPE, as_csv
from shared.web.downloads import pdf_file, saved_as
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
TheRecord = Annotated[Destructions, provided(Destructions)]
HERE: Final = "/administration/destructions"
SHOWN: Final = 50
COLUMNS: Final = (
    *("Order number", "Ordered", "Rule", "What was done with them", "Cases", "Service", "Thing", "Number destroyed"),
    "Complete since",
)
"""Of the table (msgids)."""
NOT_HERE = ("PDFs cannot be made at the moment", "The table (CSV) has the same figures. Nothing has been lost.")
DONE: Final = {"anonymise": DOINGS["anonymise"], "destroy": DOINGS["destroy"]}


@page.get(HERE)
async def show_destructions(
    request: Request, officer: Reader, record: TheRecord, settings: TheSettings, before: str = ""
) -> Response:
    """The entries, the newest first: those of one run or of one person's request together."""
    place = int(before) if re.fullmatch("[0-9]{1,18}", before) else None
    found = await record.page(before=place, limit=SHOWN + 1)
    shown = found[:SHOWN]
    words = {kind: web(request).locale(request).gettext(label) for kind, label in DONE.items()}
    return render(
        request,
        "destructions.html",
        entries=[row | {"doing": [words.get(kind, kind) for kind in sorted(row["kinds"])]} for row in shown],
        people=await _people(request, [row["by"] for row in shown]),
        next=f"{HERE}?before={quote(str(shown[-1]['last']))}" if len(found) > SHOWN else None,
        years=settings.destruction_record_years,
    )


@page.get(HERE + "/{record_id}")
async def show_destruction(
    request: Request, record_id: str, officer: Reader, record: TheRecord, runs: TheRuns, settings: TheSettings
) -> Response:
    """One entry, or those of one run together, with sums by service and kind of thing."""
    values = await _values(request, record_id, record, runs, settings)
    return render(request, "destruction.html", **values)


@page.get(HERE + "/{record_id}/record.csv")
async def show_destruction_table(
    request: Request, record_id: str, officer: Reader, record: TheRecord, settings: TheSettings
) -> Response:
    """The figures as a table: one line for each order, service and kind of thing."""
    entries, _ = await _entries(record, record_id), web(request).locale(request).gettext
    lines = [line for entry in entries for line in _lines(request, entry, settings)]
    table = as_csv([[_(heading) for heading in COLUMNS], *lines])
    return Response(table, media_type=MEDIA_TYPE, headers=saved_as(_("destruction-record") + ".csv"))


def _lines(request: Request, entry: Destruction, settings: Settings) -> Iterator[list[str]]:
    """Those of one order, in words; of a service that has not answered, one without a number."""
    _, zone = web(request).locale(request).gettext, ZoneInfo(settings.timezone)
    kind, rule = str(entry.kind), rule_of_code(request, entry.rule)
    told = [str(entry.number), _time(entry.ordered_at, zone), rule, _(DONE.get(kind, kind)), str(entry.cases)]
    done = _time(entry.done_at, zone)
    for service, name in SERVICES.items():
        parts = entry.parts.get(service)
        for thing, number in [("", "")] if parts is None else parts.items() or [("", 0)]:
            yield [*told, _(name), _(PARTS.get(thing, thing)) if thing else "", str(number), done]


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    """As spreadsheets read it, where the institution is."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


@page.get(HERE + "/{record_id}/record.pdf")
async def show_destruction_paper(
    request: Request,
    record_id: str,
    officer: Reader,
    record: TheRecord,
    runs: TheRuns,
    settings: TheSettings,
    printer: Annotated[Printer, provided(Printer)],
    now: Now,
) -> Response:
    """The record as a paper to be signed and filed; 503 when it cannot be printed now."""
    values = await _values(request, record_id, record, runs, settings)
    html = web(request).render(request, "destruction_paper.html", values | {"printed_at": now})
    called = web(request).locale(request).gettext("record-of-destruction")
    name = f"{called}-{values['sums'].numbers[0]}.pdf"
    return await pdf_file(request, printer, html, name, not_here=NOT_HERE)


async def _values(
    request: Request, record_id: str, record: Destructions, runs: Runs, settings: Settings
) -> dict[str, Any]:
    entries = await _entries(record, record_id)
    run = await runs.find_one(entries[0].request_id) if entries[0].request_id else None
    people = await _people(request, [entry.by.model_dump() for entry in entries])
    locale, total = web(request).locale(request), sums(entries)
    return {
        "record_id": record_id,
        "run": run,
        "sums": total,
        "numbers": ranges(total.numbers),
        "by": people.get(entries[0].by.id) or (locale.gettext("Schedule") if entries[0].by.kind == "system" else "–"),
        "rules": [
            (rule_of_code(request, rule), locale.gettext(DONE.get(kind, kind)), cases)
            for (rule, kind), cases in total.by_rule.items()
        ],
        "table": _table(request, total),
        "waiting": [(locale.gettext(SERVICES.get(one, one)), orders) for one, orders in total.waiting.items()],
        "years": settings.destruction_record_years,
        "format_day": locale.day,
        **_named(entries),
    }


def _named(entries: Sequence[Destruction]) -> dict[str, int]:
    return {name: sum(getattr(entry, name) for entry in entries) for name in ("mails", "addresses", "signatures")}


def _table(request: Request, total: Sums) -> dict[str, Any]:
    """Kinds of things as lines, services as columns, and sums of both."""
    locale = web(request).locale(request)
    known = {(service, what): number for service, what, number in total.rows}
    things = list(dict.fromkeys(what for _, what, _ in total.rows))
    lines = [
        (locale.gettext(PARTS.get(what, what)), [known.get((one, what)) for one in SERVICES], total.totals[what])
        for what in things
    ]
    by_service = [sum(number for service, _, number in total.rows if service == one) for one in SERVICES]
    return {"services": [locale.gettext(name) for name in SERVICES.values()], "lines": lines, "sums": by_service}


async def _entries(record: Destructions, record_id: str) -> list[Destruction]:
    if entries := await record.of(record_id):
        return entries
    raise NotFound(record_id)


async def _people(request: Request, actors: Sequence[dict[str, Any]]) -> dict[str, str]:
    return await names_of(request, {actor["id"] for actor in actors})
