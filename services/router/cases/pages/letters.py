"""Receipts that were held, because one address got too many of them in an hour. Officers send or discard them."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.held import decide
from services.router.cases.domain.restriction import reads
from services.router.cases.forms import HeldLetterForm
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import HeldLetters
from services.router.desk import require
from shared.documents import NotFound
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
SHOWN = 100


@page.get("/letters")
async def show_letters(
    request: Request,
    officer: Annotated[Officer, require(Action.READ_CASES)],
    letters: Annotated[HeldLetters, provided(HeldLetters)],
    cases: Annotated[Cases, provided(Cases)],
) -> Response:
    """What waits for a decision, the oldest first."""
    return await _list(request, officer, letters, cases, Form())


@page.post("/letters/{letter_id}")
async def post_decision(
    request: Request,
    letter_id: str,
    officer: Annotated[Officer, require(Action.REVIEW)],
    letters: Annotated[HeldLetters, provided(HeldLetters)],
    cases: Annotated[Cases, provided(Cases)],
    now: Now,
) -> Response:
    """Have one sent, or discarded."""
    form = await read(HeldLetterForm, request)
    letter = await letters.get(letter_id)
    case = await cases.find_one(letter.message_id)
    if case and not reads(officer, case):
        raise NotFound(letter_id)
    if form.errors:
        return await _list(request, officer, letters, cases, form, status=422)
    try:
        decided, announcing = decide(letter, form.value.decision, by=officer, now=now)
    except Refused as refused:
        return await _list(request, officer, letters, cases, with_error(form, refused, request), status=409)
    await letters.save(decided, announcing=announcing)
    return see_other("/letters")


async def _list(
    request: Request,
    officer: Officer,
    letters: HeldLetters,
    cases: Cases,
    form: Form[HeldLetterForm],
    *,
    status: int = 200,
) -> Response:
    waiting = await letters.waiting(limit=SHOWN)
    ids = [letter.message_id for letter in waiting]
    found = await cases.find({"_id": {"$in": ids}}, sort=[("_id", 1)], limit=SHOWN)
    about = {case.id: case for case in found if reads(officer, case)}
    hidden = {case.id for case in found} - set(about)
    waiting = [letter for letter in waiting if letter.message_id not in hidden]
    count = await letters.count() - len(hidden)
    return render(request, "letters.html", form=form, letters=waiting, cases=about, count=count, status=status)
