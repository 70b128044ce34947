"""After the sending: the unit takes its reply back while nobody has decided about it."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.writing import Refused, withdraw
from services.replies.forms import WithdrawalForm
from services.replies.pages.files import AttachedFiles
from services.replies.pages.frame import read_form, refused_page, show
from services.replies.store import Assignments
from shared.web.pages import Page, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/withdrawal")
async def post_withdrawal(
    request: Request,
    token: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    files: AttachedFiles,
    now: Now,
) -> Response:
    """Take the reply back. It becomes the draft of the next one."""
    form, assignment = await read_form(WithdrawalForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, files=files, status=422)
    try:
        again, announcing = withdraw(
            assignment, by=form.value.withdrawn_by, reason=form.value.withdrawal_reason or "", now=now
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused, files)
    await assignments.save(again, announcing=announcing)
    return see_other(f"/a/{token}#reply")
