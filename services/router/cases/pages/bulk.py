"""One act on many cases of a list, and its undo."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.router.access import Action, Officer, allow
from services.router.accounts.store import Accounts
from services.router.cases.domain.bulk import Bulk, Outcome, What, left_out, plan, seconds_left
from services.router.cases.domain.states import ClosureReason, Priority
from services.router.cases.labels import closing_sentences, labels
from services.router.cases.list_labels import list_labels
from services.router.cases.pages import Worker
from services.router.cases.pages.choosing import Choosing
from services.router.cases.pages.listing import list_in, list_of
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
MISSING: Mapping[What, tuple[str, str]] = {
    What.ASSIGN: ("officer", "Please choose a colleague."),
    What.PRIORITY: ("priority", "Please choose a priority."),
    What.CLOSE: ("reason", "Please choose a reason."),
}
"""The field that an act needs, and what is said without it."""
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


class Unchosen(Refused):
    """What the act needs is missing, or is none of what is offered."""

    def __init__(self, what: What) -> None:
        self.field, sentence = MISSING[what]
        super().__init__(sentence)


class UndoForm(BaseModel):
    """Nothing but the wish."""


@page.post("/bulk")
async def post_bulk(
    request: Request,
    officer: Worker,
    inbox: Annotated[Inbox, provided(Inbox)],
    bulks: Annotated[Bulks, provided(Bulks)],
    accounts: Annotated[Accounts, provided(Accounts)],
    choosing: Annotated[Choosing, Depends()],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Do one thing with the chosen cases of a list."""
    form = await read(BulkForm, request)
    chosen = list_of(str(form.values.get("came_from", "")), officer)
    listed, ticked = chosen or list_in({}, officer), _revisions(form.values["cases"])
    if form.errors:
        return await choosing.again(request, officer, listed, form, ticked, status=422)
    if form.value.what is What.CLOSE:
        allow(officer, Action.CLOSE)
    try:
        values = _values(form.value, await accounts.able(Action.WORK))
        revisions = await inbox.revisions(chosen, MOST) if chosen and form.value.everything else ticked
        if not revisions:
            raise Refused("Please choose at least one case.")
    except Refused as refused:
        form = with_error(form, refused, request)
        return await choosing.again(request, officer, listed, form, ticked, status=409)
    planned = plan(str(uuid4()), form.value.what, values, revisions, officer, now)
    about = {"came_from": chosen.query() if chosen else "", "undo_seconds": settings.undo_seconds}
    bulk = await bulks.begin(planned.model_copy(update=about))
    return see_other(f"/bulk/{bulk.id}")


@page.get("/bulk/{bulk_id}")
async def show_bulk(
    request: Request, bulk_id: str, officer: Worker, bulks: Annotated[Bulks, provided(Bulks)], now: Now
) -> Response:
    """What became of it: which cases were left out, and a button that takes it back."""
    return _show(request, await _own(bulks, bulk_id, officer), Form(), now)


@page.post("/bulk/{bulk_id}/undo")
async def post_undo(
    request: Request, bulk_id: str, officer: Worker, bulks: Annotated[Bulks, provided(Bulks)], now: Now
) -> Response:
    """Restore the values before, of all cases that have not changed since."""
    form, bulk = await read(UndoForm, request), await _own(bulks, bulk_id, officer)
    if form.errors:
        return _show(request, bulk, form, now, status=422)
    await bulks.undo(bulk, now)
    return see_other(f"/bulk/{bulk_id}")


async def _own(bulks: Bulks, bulk_id: str, officer: Officer) -> Bulk:
    bulk = await bulks.get(bulk_id)
    if bulk.actor != officer.actor:
        raise not_found()
    return bulk


def _show(request: Request, bulk: Bulk, form: Form[Any], now: datetime, *, status: int = 200) -> Response:
    translated = web(request).locale(request).gettext
    acted, left = bulk.of(Outcome.DONE), seconds_left(bulk, now)
    return render(
        request,
        "bulk.html",
        bulk=bulk,
        form=form,
        done=len(acted) + len(bulk.of(Outcome.UNCHANGED)),
        can_undo=bool(acted) and bulk.undo_at is None and left != 0,
        seconds_left=left,
        restored=sum(item.undone == Outcome.DONE for item in acted),
        not_restored=[item for item in acted if bulk.undone_at and item.undone != Outcome.DONE],
        left_out=[(item, translated(item.because) if item.because else "") for item in left_out(bulk.items)],
        priority=list_labels(request)["priorities"][bulk.values.get("priority", "")],
        reason=labels(request)["reasons"][bulk.values.get("reason", "")],
        status=status,
    )


def _revisions(chosen: list[str]) -> dict[str, int]:
    found = [match for each in chosen if (match := _CHOSEN.fullmatch(each))]
    return {match["id"]: int(match["revision"]) for match in found}


def _values(form: BulkForm, officers: dict[str, str]) -> dict[str, Any]:
    """The parameters of the act. Raises Refused when they are no values for it."""
    if form.what is What.ASSIGN:
        if form.officer and form.officer not in officers:
            raise Unchosen(form.what)
        return {"officer": form.officer, "name": officers.get(form.officer, "")}
    if form.what is What.PRIORITY:
        if form.priority not in list(Priority):
            raise Unchosen(form.what)
        return {"priority": form.priority}
    if form.what is What.CLOSE:
        if form.reason not in list(ClosureReason) or form.reason == ClosureReason.ANSWERED:
            raise Unchosen(form.what)
        said = {language: closing_sentences(ClosureReason(form.reason), language) for language in SPOKEN}
        explanations = {language: sentences["explanation"] for language, sentences in said.items()}
        return {"reason": form.reason, "explanations": explanations, "told_units": said["tr"]["told_units"]}
    return {}
