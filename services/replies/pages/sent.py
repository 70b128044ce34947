"""After the sending: the unit takes its reply back while nobody has decided about it."""

from fastapi import APIRouter
from starlette.responses import Response

from services.replies.domain.writing import Refused, withdraw
from services.replies.forms import WithdrawalForm
from services.replies.pages.frame import Link
from shared.web.pages import Page

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/withdrawal")
async def post_withdrawal(link: Link) -> Response:
    """Take the reply back. It becomes the draft of the next one."""
    form, assignment = await link.read(WithdrawalForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        again, announcing = withdraw(
            assignment, by=form.value.withdrawn_by, reason=form.value.withdrawal_reason or "", now=link.now
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(again, announcing, "#reply")
