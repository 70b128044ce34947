"""A list of what is due: made for a day, shown page by page, given out as a table, and carried out."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from services.router.access import AuditAction, Officer
from services.router.desk import names_of
from services.router.records.domain.retention import after_months, due_on
from services.router.records.domain.runs import NO_LOG, Batch, Run, RunState, begin, counted, stop
from services.router.records.pages.retention import (
    HERE,
    Reader,
    Retainer,
    TheBatches,
    TheRules,
    TheRuns,
    TheSettings,
)
from services.router.records.pages.retention_words import (
    COLUMNS,
    DOINGS,
    LEFT,
    STATES,
    kind_word,
    outcome_word,
    rule_words,
)
from services.router.records.store.retention import Batches
from shared.audit import AuditRecords
from shared.days import day_of
from shared.refused import Refused
from shared.tables import MEDIA_TYPE, as_csv
from shared.web.downloads import saved_as
from shared.web.forms import Form, RequiredMessage, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
WHICH_DAY = "Please choose a day, today or later, within the next ten years."
NUMBER = "Please type the number of cases."
YEARS: Final = 10
CELLS: Final = ("reference", "kind", "outcome", "finished", "due", "doing", "left")


class ListForm(BaseModel):
    """The day for which a list is made."""

    day: Annotated[date, RequiredMessage(WHICH_DAY, WHICH_DAY)]


def _digits(given: object) -> object:
    """A number as people write it: ``1.234``."""
    return "".join(given.replace(".", "").replace(",", "").split()) if isinstance(given, str) else given


class BeginForm(BaseModel):
    """How many cases are to be destroyed, as the person has typed it."""

    number: Annotated[int, BeforeValidator(_digits), RequiredMessage(NUMBER, NUMBER)]


class StopForm(BaseModel):
    """Stop the run; it has no fields."""


@page.post(f"{HERE}/runs")
async def post_list(
    request: Request, officer: Retainer, rules: TheRules, runs: TheRuns, settings: TheSettings, now: Now
) -> Response:
    """Have the list of a day made."""
    form, today = await read(ListForm, request), day_of(now, ZoneInfo(settings.timezone))
    if form.errors:
        return render(request, "retention_list.html", form=form, status=422)
    if not today <= form.value.day <= after_months(today, 12 * YEARS):
        return render(request, "retention_list.html", form=with_error(form, Refused(WHICH_DAY), request), status=409)
    stored = await rules.stored()
    run = Run(id=str(uuid4()), day=form.value.day, rules=stored.rules, made_at=now, made_by=officer.actor)
    await runs.add(run)
    return see_other(f"{HERE}/runs/{run.id}")


@page.get(HERE + "/runs/{run_id}")
async def show_run(
    request: Request,
    run_id: str,
    officer: Reader,
    runs: TheRuns,
    batches: TheBatches,
    settings: TheSettings,
    now: Now,
    batch: int = 1,
) -> Response:
    """Show a list: how many cases by each rule, what is left out and why, and one page of the cases."""
    return await _run(request, await runs.get(run_id), officer, batches, settings, now, Form(), batch=batch)


@page.get(HERE + "/runs/{run_id}/list.csv")
async def show_run_table(
    request: Request,
    run_id: str,
    officer: Reader,
    runs: TheRuns,
    batches: TheBatches,
    settings: TheSettings,
    audit: Annotated[AuditRecords, provided(AuditRecords)],
) -> Response:
    """The list as a table. That it was given out is recorded."""
    run, locale = await runs.get(run_id), web(request).locale(request)
    await audit.write(
        AuditAction.RETENTION_LIST_READ, actor=officer.actor, object_kind="retention_run", object_id=run.id
    )
    rows = [[locale.gettext(heading) for heading in COLUMNS]]
    async for batch in batches.of_run(run.id):
        lines = _lines(request, run, batch, settings)
        rows += [[str(line[name]) for name in CELLS] for line in lines]
    name = locale.gettext("retention") + f"-{run.day}.csv"
    return Response(as_csv(rows), media_type=MEDIA_TYPE, headers=saved_as(name))


@page.post(HERE + "/runs/{run_id}/start")
async def post_start(
    request: Request,
    run_id: str,
    officer: Retainer,
    rules: TheRules,
    runs: TheRuns,
    batches: TheBatches,
    settings: TheSettings,
    now: Now,
) -> Response:
    """Have what stands in the list destroyed: the number of cases is typed to confirm it."""
    form, run = await read(BeginForm, request), await runs.get(run_id)
    if form.errors:
        return await _run(request, run, officer, batches, settings, now, form, status=422)
    stored, today = await rules.stored(), day_of(now, ZoneInfo(settings.timezone))
    try:
        if settings.destruction_log is None:
            raise Refused(NO_LOG)
        begun, announcing = begin(
            run, form.value.number, active=stored.active, rules=stored.rules, by=officer.actor, now=now, today=today
        )
    except Refused as refused:
        form = with_error(form, refused, request)
        return await _run(request, run, officer, batches, settings, now, form, status=409)
    await runs.save(begun, announcing=announcing)
    return see_other(f"{HERE}/runs/{run.id}")


@page.post(HERE + "/runs/{run_id}/stop")
async def post_stop(
    request: Request,
    run_id: str,
    officer: Retainer,
    runs: TheRuns,
    batches: TheBatches,
    settings: TheSettings,
    now: Now,
) -> Response:
    """Order nothing more of this list."""
    form, run = await read(StopForm, request), await runs.get(run_id)
    if form.errors:
        return await _run(request, run, officer, batches, settings, now, form, status=422)
    done = counted(run, await batches.tallies(run.id))
    try:
        stopped, announcing = stop(done, by=officer.actor, now=now)
    except Refused as refused:
        form = with_error(form, refused, request)
        return await _run(request, run, officer, batches, settings, now, form, status=409)
    await runs.save(stopped, announcing=announcing)
    return see_other(f"{HERE}/runs/{run.id}")


async def _run(
    request: Request,
    run: Run,
    officer: Officer,
    batches: Batches,
    settings: TheSettings,
    now: Now,
    form: Form[Any],
    *,
    batch: int = 1,
    status: int = 200,
) -> Response:
    locale, today = web(request).locale(request), day_of(now, ZoneInfo(settings.timezone))
    shown = await batches.one(run.id, batch) if batch > 0 else None
    left = await batches.unordered(run.id) if run.state in (RunState.RUNNING, RunState.STOPPED) else 0
    people = await names_of(request, [actor.id for actor in (run.made_by, run.begun_by) if actor])
    return render(
        request,
        "retention_run.html",
        run=run,
        format_day=locale.day,
        state=(locale.gettext(STATES[run.state][0]), STATES[run.state][1]) if run.state in STATES else (run.state, ""),
        rules=[
            (rule_words(request, rule), run.due.get(rule.code, 0), run.destroyed.get(rule.code, 0))
            for rule in run.rules
        ],
        left=[(_left(request, why), number) for why, number in run.left.items()],
        lines=_lines(request, run, shown, settings) if shown else [],
        batch=batch,
        batches_done=run.batches - left,
        previous=f"{HERE}/runs/{run.id}?batch={batch - 1}" if shown and batch > 1 else None,
        next=f"{HERE}/runs/{run.id}?batch={batch + 1}" if batch < run.batches else None,
        may_begin=run.state == RunState.LISTED and run.day <= today and run.total_due > 0,
        people=people,
        form=form,
        status=status,
    )


def _lines(request: Request, run: Run, batch: Batch, settings: TheSettings) -> list[Mapping[str, Any]]:
    """The cases of a batch in words. Of a restricted case the number is not told: not everybody may know it."""
    locale, zone = web(request).locale(request), ZoneInfo(settings.timezone)
    return [
        {
            "id": "" if one.restricted or not one.reference else one.id,
            "reference": locale.gettext("Restricted case") if one.restricted else one.reference or "–",
            "kind": kind_word(request, one.kind),
            "outcome": outcome_word(request, one.outcome),
            "finished": locale.day(day_of(one.finished_at, zone)),
            "due": locale.day(due_on(one.finished_at, batch.rule, zone)),
            "doing": locale.gettext(DOINGS.get(batch.rule.doing, batch.rule.doing)),
            "left": _left(request, one.left) if one.left else "",
        }
        for one in batch.cases
    ]


def _left(request: Request, why: str) -> str:
    return web(request).locale(request).gettext(LEFT.get(why, why))
