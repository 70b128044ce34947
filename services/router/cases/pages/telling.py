"""Noting an answer that the submitter was told by telephone, on paper or at the counter."""

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.review import composed, pending_versions
from services.router.cases.domain.told import tell
from services.router.cases.forms import TellingForm
from services.router.cases.labels import CHANNELS, labels
from services.router.cases.pages import Reviewer
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from shared.days import day_of
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Configured = Annotated[Settings, provided(Settings)]


@page.get("/cases/{case_id}/telling")
async def show_telling(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Configured,
    now: Now,
) -> Response:
    """Show the form, with today and the officer filled in."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    today = day_of(now, ZoneInfo(settings.timezone)).isoformat()
    return _telling(request, case, Form(values={"answer": composed(case), "day": today, "told_of": officer.name}))


@page.post("/cases/{case_id}/telling")
async def post_telling(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Configured,
    now: Now,
) -> Response:
    """Note the answer; the case is answered, and no letter goes out.

    It is not held, and it waits for no colleague, also where answers need two people: the submitter has heard it, so
    nothing can be taken back any more. A record that waits would be wrong meanwhile, and the submitter's status page
    would say that nothing was answered. Who gave it, how and when, stands in the case for whoever looks at it.
    """
    form, case = await read(TellingForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _telling(request, case, form, status=422)
    zone = ZoneInfo(settings.timezone)
    last = now if form.value.day == day_of(now, zone) else datetime.combine(form.value.day, time.max, zone)
    try:
        told, announcing = tell(
            case,
            channel=form.value.channel,
            told_at=last.replace(microsecond=last.microsecond // 1000 * 1000),
            told_of=form.value.told_of,
            answer=form.value.answer,
            versions=set(form.value.versions),
            waived_because=form.value.waived_because,
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _telling(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(told, announcing=announcing)
    return done(request, case, "told")


def _telling(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    gettext = web(request).locale(request).gettext
    channels = [(channel, gettext(CHANNELS[channel])) for channel in ("telephone", "counter", "paper")]
    shown: dict[str, Any] = {"channels": channels, "versions": sorted(pending_versions(case))}
    return render(request, "telling.html", case=case, form=form, labels=labels(request), status=status, **shown)
