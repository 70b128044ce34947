"""What is erased of a person's data, and what is kept and why."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import reads
from services.router.records.domain.candidates import Candidate, confirmed
from services.router.records.domain.decisions import decide, for_all, possible, proposed
from services.router.records.domain.requests import PersonRequest, Wish, erase
from services.router.records.forms import ErasureForm
from services.router.records.pages.person_rows import DECISIONS, RowMaker, labels, readable
from services.router.records.pages.request_page import Pages, Protector, RequestPages
from services.router.records.pages.unread import NOT_ALL
from shared.files.store import Files
from shared.person_exports import forget
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Kept = Annotated[Files, provided(Files)]
WRONG_REFERENCE = "This is not the reference of the request. It stands at the top of the page."


class WrongReference(Refused):
    """What was typed is not the reference."""

    field = "reference"


@page.get("/privacy/{request_id}/erasure")
async def show_erasure(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form: one decision for each group."""
    asked = await pages.read(request_id, officer)
    cases = await pages.cases(_erasable(asked))
    return await _erasure(request, pages, officer, asked, cases, Form(), {})


@page.post("/privacy/{request_id}/erasure")
async def post_erasure(request: Request, request_id: str, officer: Protector, pages: Pages, files: Kept) -> Response:
    """Decide what is erased. It is ordered by a job."""
    form, asked = await read(ErasureForm, request), await pages.read(request_id, officer)
    decisions = dict(said.split("=", 1) for said in form.values.get("decisions", ()) if "=" in said)
    cases = await pages.cases(_erasable(asked))
    ours = readable(officer, _erasable(asked), cases)
    decisions |= for_all(ours, str(form.values.get("everything") or ""))
    if form.errors:
        return await _erasure(request, pages, officer, asked, cases, form, decisions, status=422)
    try:
        if form.value.reference.strip().upper() != asked.id:
            raise WrongReference(WRONG_REFERENCE)
        if not all(reads(officer, case) for case in cases.values()):
            raise Refused(NOT_ALL)
        erasure = decide(ours, cases, decisions, rejected=asked.rejected, by=officer.actor, now=pages.now)
        decided, announcing = erase(asked, erasure, by=officer, now=pages.now)
    except Refused as refused:
        failed = with_error(form, refused, request)
        return await _erasure(request, pages, officer, asked, cases, failed, decisions, status=409)
    await pages.requests.save(decided, announcing=announcing)
    if erasure.anything:
        await forget(files, asked.id)
    done = "erasure" if erasure.anything else "kept"
    return see_other(f"/privacy/{request_id}?done={done}#steps")


def _erasable(asked: PersonRequest) -> list[Candidate]:
    """What is confirmed and might be erased."""
    return [one for one in confirmed(asked) if one.erasable]


async def _erasure(
    request: Request,
    pages: RequestPages,
    officer: Officer,
    asked: PersonRequest,
    cases: Mapping[str, Case],
    form: Form[Any],
    decisions: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    ours, names = readable(officer, _erasable(asked), cases), labels(request, DECISIONS)
    form.values.pop("everything", None)  # it stands at each entry now
    wanted = Wish.ERASE in asked.wishes
    rows = [
        {
            "row": row,
            "chosen": decisions.get(one.key) or proposed(one, cases.get(one.message_id or ""), wanted=wanted),
            "options": [(said, names[said]) for said in possible(one)],
        }
        for one, row in zip(ours, await RowMaker(pages.persons, officer, cases).rows(request, ours), strict=True)
    ]
    unread = await pages.unreadable.among(request, officer, cases.values())
    told = {"asked": asked, "rows": rows, "unread": unread, "every": names}
    return render(request, "person_erasure.html", form=form, status=status, **told)
