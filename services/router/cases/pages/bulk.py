"""One act on many cases of a list, and its undo."""

import re
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.router.access import Action, Officer, allow
from services.router.accounts.store import Accounts
from services.router.cases.domain.bulk import Bulk, Outcome, What, left_out, plan
from services.router.cases.domain.states import ClosureReason, Priority
from services.router.cases.labels import closing_sentences, labels
from services.router.cases.list_labels import list_labels
from services.router.cases.pages import Worker
from services.router.cases.pages.listing import list_of
from services.router.cases.store.bulks import Bulks
from services.router.cases.store.inbox import Inbox
from services.router.config import Settings
from shared.events import Language
from shared.refused import Refused
from shared.web.forms import Form, RequiredMessage, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

MOST = 500
"""Cases of one act."""
SPOKEN: tuple[Language, ...] = ("tr", "en", "ar")
page = APIRouter(route_class=Page, tags=["pages"])
_CHOSEN = re.compile(r"(?P<id>.{1,200}):(?P<revision>[0-9]{1,9})")


class BulkForm(BaseModel):
    """What is done, with which cases: ``<id>:<revision>`` of each, or ``everything`` of the list (MOST at most)."""

    what: Annotated[What, RequiredMessage("Please choose what is done.", "Please choose what is done.")]
    cases: Annotated[list[str], Field(max_length=MOST)] = []
    everything: str = ""
    came_from: Annotated[str, Field(max_length=2000)] = ""
    officer: str = ""
    priority: str = ""
    reason: str = ""


class UndoForm(BaseModel):
    """Nothing but the wish."""


@page.post("/bulk")
async def post_bulk(
    request: Request,
    officer: Worker,
    inbox: Annotated[Inbox, provided(Inbox)],
    bulks: Annotated[Bulks, provided(Bulks)],
    accounts: Annotated[Accounts, provided(Accounts)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Do one thing with the chosen cases of a list."""
    form = await read(BulkForm, request)
    chosen = list_of(str(form.values.get("came_from", "")), officer)
    if form.errors:
        return _form(request, form, status=422)
    if form.value.what is What.CLOSE:
        allow(officer, Action.CLOSE)
    try:
        values = _values(form.value, await accounts.able(Action.WORK))
        whole = chosen if form.value.everything else None
        revisions = await inbox.revisions(whole, MOST) if whole else _revisions(form.value.cases)
        if not revisions:
            raise Refused("Please choose at least one case.")
    except Refused as refused:
        return _form(request, with_error(form, refused, request), status=409)
    planned = plan(str(uuid4()), form.value.what, values, revisions, officer, now)
    about = {"came_from": chosen.query() if chosen else "", "undo_seconds": settings.undo_seconds}
    bulk = await bulks.begin(planned.model_copy(update=about))
    return see_other(f"/bulk/{bulk.id}")


@page.get("/bulk/{bulk_id}")
async def show_bulk(
    request: Request, bulk_id: str, officer: Worker, bulks: Annotated[Bulks, provided(Bulks)]
) -> Response:
    """What became of it: which cases were left out, and a button that takes it back."""
    return _show(request, await _own(bulks, bulk_id, officer), Form())


@page.post("/bulk/{bulk_id}/undo")
async def post_undo(
    request: Request, bulk_id: str, officer: Worker, bulks: Annotated[Bulks, provided(Bulks)], now: Now
) -> Response:
    """Restore the values before, of all cases that have not changed since."""
    form, bulk = await read(UndoForm, request), await _own(bulks, bulk_id, officer)
    if form.errors:
        return _show(request, bulk, form, status=422)
    await bulks.undo(bulk, now)
    return see_other(f"/bulk/{bulk_id}")


async def _own(bulks: Bulks, bulk_id: str, officer: Officer) -> Bulk:
    bulk = await bulks.get(bulk_id)
    if bulk.actor != officer.actor:
        raise not_found()
    return bulk


def _show(request: Request, bulk: Bulk, form: Form[Any], *, status: int = 200) -> Response:
    translated = web(request).locale(request).gettext
    acted = bulk.of(Outcome.DONE)
    return render(
        request,
        "bulk.html",
        bulk=bulk,
        form=form,
        done=len(acted) + len(bulk.of(Outcome.UNCHANGED)),
        can_undo=bool(acted) and bulk.undo_at is None,
        restored=sum(item.undone == Outcome.DONE for item in acted),
        not_restored=[item for item in acted if bulk.undone_at and item.undone != Outcome.DONE],
        left_out=[(item, translated(item.because) if item.because else "") for item in left_out(bulk.items)],
        priority=list_labels(request)["priorities"][bulk.values.get("priority", "")],
        reason=labels(request)["reasons"][bulk.values.get("reason", "")],
        status=status,
    )


def _form(request: Request, form: Form[Any], *, status: int) -> Response:
    return render(request, "bulk_refused.html", form=form, status=status)


def _revisions(chosen: list[str]) -> dict[str, int]:
    found = [match for each in chosen if (match := _CHOSEN.fullmatch(each))]
    return {match["id"]: int(match["revision"]) for match in found}


def _values(form: BulkForm, officers: dict[str, str]) -> dict[str, Any]:
    """The parameters of the act. Raises Refused when they are no values for it."""
    if form.what is What.ASSIGN:
        if form.officer and form.officer not in officers:
            raise Refused("Please choose a colleague.")
        return {"officer": form.officer, "name": officers.get(form.officer, "")}
    if form.what is What.PRIORITY:
        if form.priority not in list(Priority):
            raise Refused("Please choose a priority.")
        return {"priority": form.priority}
    if form.what is What.CLOSE:
        if form.reason not in list(ClosureReason) or form.reason == ClosureReason.ANSWERED:
            raise Refused("Please choose a reason.")
        said = {language: closing_sentences(ClosureReason(form.reason), language) for language in SPOKEN}
        explanations = {language: sentences["explanation"] for language, sentences in said.items()}
        return {"reason": form.reason, "explanations": explanations, "told_units": said["tr"]["told_units"]}
    return {}
