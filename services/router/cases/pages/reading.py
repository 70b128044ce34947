"""What an officer says after reading a case: that the message is wanted, or that the news of it were looked at.

The buttons stand on the page of the case.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.reading import distrust, look_at, trust
from services.router.cases.forms import ReadingForm
from services.router.cases.pages import Dispatcher
from services.router.cases.pages.case import CasePages, fresh_routing
from services.router.cases.pages.outcome import done, refusal
from shared.refused import Refused
from shared.web.arriving import query_of
from shared.web.forms import read
from shared.web.pages import Page, see_other

CHANGES = {"wanted": trust, "unwanted": distrust, "looked_at": look_at}
page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/reading")
async def show_reading(request: Request, case_id: str, officer: Dispatcher) -> Response:
    """Redirect to the page of the case (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}")


@page.post("/cases/{case_id}/reading")
async def post_reading(
    request: Request, case_id: str, officer: Dispatcher, pages: Annotated[CasePages, Depends()]
) -> Response:
    """Take the message among the new ones, or end the marks of what its submitter wrote."""
    form, case = await read(ReadingForm, request), await pages.cases.get_for(officer, case_id, Action.ROUTE)
    status = 422
    try:
        if not form.errors:
            read_case = CHANGES[form.value.said](case, by=officer, now=pages.now)
            unchanged_since(case, form.value.revision)
            if read_case is not case:
                await pages.cases.save(read_case)
            return done(request, case, form.value.said)
    except Refused as refused:
        form, status = refusal(request, case, form, refused), 409
    form.values = fresh_routing(case) | form.values
    return await pages.again(request, case, form=form, status=status)
