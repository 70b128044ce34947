"""The rules of retention: seen by those who may, set by the privacy officer, with a preview of what a change means."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field, create_model
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.config import Settings
from services.router.desk import names_of, require
from services.router.records.domain.retention import MOST_RULES, NOTICE, Doing, RetentionRules, Rule, change_rules
from services.router.records.pages.retention_words import DOINGS, changes_of, kind_options, outcome_options, rule_words
from services.router.records.store.retention import Batches, RetentionStore, Runs
from shared.days import day_of
from shared.refused import Refused
from shared.web.forms import Form, RequiredMessage, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_RETENTION)]
Retainer = Annotated[Officer, require(Action.RETAIN)]
TheRules = Annotated[RetentionStore, provided(RetentionStore)]
TheRuns = Annotated[Runs, provided(Runs)]
TheBatches = Annotated[Batches, provided(Batches)]
TheSettings = Annotated[Settings, provided(Settings)]
HERE: Final = "/administration/retention"
CHANGED = "Somebody else has changed this since you opened the page. What you typed is still here."
MONTHS = "Please enter a whole number of months from 1 to 600."
WHAT = "Please choose what happens."
A_DAY = "Please enter the day as it stands in the calendar."
INTERVAL = "Please choose 1 to 6 months."
EMPTY_ROWS: Final = 3
SHOWN: Final = 20
REST: Final = "rest"
"""The row of the rule for everything else."""


def _none_if_empty(given: object) -> object:
    return given or None


Months = Annotated[
    Annotated[int, Field(ge=1, le=600)] | None, BeforeValidator(_none_if_empty), RequiredMessage(MONTHS, MONTHS)
]
Number = Annotated[int, Field(ge=1, le=600), RequiredMessage(MONTHS, MONTHS)]
Choice = Annotated[Literal["", "keep", "anonymise", "destroy"], RequiredMessage("", WHAT)]
Rest = Annotated[Doing, RequiredMessage(WHAT, WHAT)]
WhichDay = Annotated[date | None, BeforeValidator(_none_if_empty), RequiredMessage("", A_DAY)]
Interval = Annotated[int, Field(ge=1, le=6), RequiredMessage(INTERVAL, INTERVAL)]


class _RulesForm(BaseModel):
    """The rules; ``revision`` is that of the document that was read. ``act``: show what they mean, or store them."""

    revision: int = 0
    act: Literal["preview", "save"] = "save"
    active: Literal["yes", ""] = ""
    next_on: WhichDay = None
    every_months: Interval = 6
    months_rest: Number
    doing_rest: Rest


_CELLS: dict[str, Any] = {"kind": (str, ""), "outcome": (str, ""), "months": (Months, None), "doing": (Choice, "")}
_ROWS = {f"{name}_{row}": given for row in range(MOST_RULES) for name, given in _CELLS.items()}
RulesForm = create_model("RulesForm", __base__=_RulesForm, **_ROWS)
"""The rules with a row for each: kind, outcome, months and what happens; a row in which nothing happens is none."""


@page.get(HERE)
async def show_retention(
    request: Request, officer: Reader, rules: TheRules, runs: TheRuns, settings: TheSettings, now: Now
) -> Response:
    """Show the rules, the lists that were made, and when the next periodic destruction is."""
    stored = await rules.stored()
    return await _page(request, stored, Form(values=_values(stored)), runs, settings, now)


@page.post(HERE)
async def post_retention(
    request: Request,
    officer: Retainer,
    rules: TheRules,
    runs: TheRuns,
    batches: TheBatches,
    settings: TheSettings,
    now: Now,
) -> Response:
    """Store the rules, or show how many cases would be due by them."""
    form, before = await read(RulesForm, request), await rules.stored()
    today = day_of(now, ZoneInfo(settings.timezone))
    if form.errors:
        return await _page(request, before, form, runs, settings, now, status=422)
    if form.value.revision != before.revision:
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": before.revision}
        return await _page(request, before, form, runs, settings, now, status=409)
    if errors := _missing(request, form.value):
        form.errors = errors
        return await _page(request, before, form, runs, settings, now, status=422)
    try:
        changed, announcing = change_rules(
            before,
            active=bool(form.value.active),
            rules=_rules(form.value),
            next_on=form.value.next_on,
            every_months=form.value.every_months,
            by=officer.actor,
            now=now,
            today=today,
        )
    except Refused as refused:
        return await _page(request, before, with_error(form, refused, request), runs, settings, now, status=409)
    if form.value.act == "preview":
        preview = await _preview(request, batches, before.rules, changed.rules, today)
        return await _page(request, before, form, runs, settings, now, preview=preview)
    if announcing:
        await rules.save(changed, announcing=announcing)
    return see_other(f"{HERE}?done=saved")


def _values(rules: RetentionRules) -> dict[str, Any]:
    *named, rest = rules.rules
    values: dict[str, Any] = {"revision": rules.revision, "active": "yes" if rules.active else ""}
    values |= {"next_on": rules.next_on.isoformat() if rules.next_on else "", "every_months": rules.every_months}
    for row, rule in [*enumerate(named), (REST, rest)]:
        told = {"kind": rule.kind, "outcome": rule.outcome, "months": str(rule.months), "doing": str(rule.doing)}
        values |= {f"{name}_{row}": value for name, value in told.items()}
    return values


def _missing(request: Request, given: Any) -> dict[str, str]:
    """Rows with a rule that has no months."""
    rows = [row for row in range(MOST_RULES) if getattr(given, f"doing_{row}")]
    said = web(request).locale(request).gettext(MONTHS)
    return {f"months_{row}": said for row in rows if getattr(given, f"months_{row}") is None}


def _rules(given: Any) -> tuple[Rule, ...]:
    rows = [row for row in range(MOST_RULES) if getattr(given, f"doing_{row}")]
    named = [
        Rule(**{name: getattr(given, f"{name}_{row}") for name in ("kind", "outcome", "months", "doing")})
        for row in rows
    ]
    everything = [rule for rule in named if rule.kind or rule.outcome]
    return (*everything, Rule(months=given.months_rest, doing=given.doing_rest))


async def _preview(
    request: Request, batches: Batches, before: Sequence[Rule], after: Sequence[Rule], today: date
) -> list[dict[str, Any]]:
    """How many cases are due today by each rule, as it is and as it would be."""
    old, new = await batches.counts(before, today), await batches.counts(after, today)
    rules = {rule.code: rule for rule in (*before, *after)}
    return [
        {"rule": rule_words(request, rule), "before": old.get(code), "after": new.get(code)}
        for code, rule in rules.items()
    ]


async def _page(
    request: Request,
    rules: RetentionRules,
    form: Form[Any],
    runs: Runs,
    settings: Settings,
    now: datetime,
    *,
    preview: Sequence[Mapping[str, Any]] = (),
    status: int = 200,
) -> Response:
    listed = await runs.newest()
    people = await names_of(request, [change.by.id for change in rules.history] + [run.made_by.id for run in listed])
    locale, today = web(request).locale(request), day_of(now, ZoneInfo(settings.timezone))
    filled = [row for row in range(MOST_RULES) if form.values.get(f"doing_{row}") or form.errors.get(f"months_{row}")]
    last = min(MOST_RULES, max(filled, default=-1) + 1 + EMPTY_ROWS)
    accounts: Accounts = request.app.state.provided[Accounts]
    return render(
        request,
        "retention.html",
        rules=rules,
        format_day=locale.day,
        words=[rule_words(request, rule) for rule in rules.rules],
        form=form,
        rows=range(last),
        kinds=kind_options(request, rules.rules),
        outcomes=outcome_options(request),
        doings=[(doing, locale.gettext(label)) for doing, label in DOINGS.items()],
        soon=rules.active and rules.next_on is not None and rules.next_on <= today + NOTICE,
        today=today.isoformat(),
        runs=listed,
        people=people,
        keepers=sorted((await accounts.able(Action.RETAIN)).values()),
        preview=preview,
        saved="done" in request.query_params and not form.errors and not preview,
        history=changes_of(request, rules, people)[:SHOWN],
        logged=settings.destruction_log is not None,
        status=status,
    )
