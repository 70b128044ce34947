"""The portal behind the link: HTTP in, HTML or a redirect out. A GET changes nothing but *viewed*.

The path holds the secret of the link, so it must never be logged.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.replies.domain import Assignment, AssignmentState, Refused, decline, hash_token, keep_draft, reply, view
from services.replies.forms import DeclineForm, DraftForm, ReplyForm
from services.replies.store import Assignments
from shared.web.arriving import query_of, seen
from shared.web.csrf import bind
from shared.web.forms import Form, read
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import kept, typed

M = TypeVar("M", bound=BaseModel)

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_start(request: Request) -> Response:
    """Tell a visitor without a link that the link is in the e-mail."""
    return render(request, "start.html")


@page.get("/a/{token}")
async def show_assignment(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Show the case, and the form for the unit's reply (5.4)."""
    bind(request, hash_token(token))
    assignment, viewed = view(await assignments.by_token(token), now)
    if viewed and seen(request):
        assignment = await assignments.save(assignment, announcing=viewed)
    return _show(request, token, assignment, now)


@page.get("/a/{token}/{act}")
async def show_again(request: Request, token: str, act: Literal["reply", "draft", "decline"]) -> Response:
    """A reload after a form was shown again: the forms are on the page of the assignment."""
    return see_other(f"/a/{token}?{query_of(request)}")


@page.post("/a/{token}/reply")
async def post_reply(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Send the reply to the hotline (5.4)."""
    form, assignment = await _read(ReplyForm, request, token, assignments)
    if form.errors:
        return _show(request, token, assignment, now, form, status=422)
    try:
        replied, announcing = reply(assignment, text=form.value.text, by=form.value.by, now=now)
    except Refused as refused:
        return _refused(request, assignment, form, refused)
    await assignments.save(replied, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/draft")
async def post_draft(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Save what was typed so far."""
    form, assignment = await _read(DraftForm, request, token, assignments)
    if form.errors:
        return _show(request, token, assignment, now, form, status=422)
    try:
        drafted = keep_draft(assignment, text=form.value.text, by=form.value.by, now=now)
    except Refused as refused:
        return _refused(request, assignment, form, refused)
    await assignments.save(drafted)
    by_script = "application/json" in request.headers.get("accept", "")
    return Response(status_code=204) if by_script else see_other(f"/a/{token}#reply")


@page.post("/a/{token}/decline")
async def post_decline(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Tell the hotline that another unit is responsible for the case."""
    form, assignment = await _read(DeclineForm, request, token, assignments)
    if form.errors:
        return _show(request, token, assignment, now, form, status=422)
    try:
        declined, announcing = decline(
            assignment,
            reason=form.value.reason,
            suggested_unit=form.value.suggested_unit or "",
            by=form.value.declined_by,
            now=now,
        )
    except Refused as refused:
        return _refused(request, assignment, form, refused)
    await assignments.save(declined, announcing=announcing)
    return see_other(f"/a/{token}")


async def no_such_link(request: Request, error: Exception) -> Response:
    """The page for NotFound: the same for a wrong link, a recalled one and one of a closed case.

    What was typed is shown so that it can be copied.
    """
    return render(request, "no_such_link.html", submitted=typed(await kept(request)), status=404)


async def _read(model: type[M], request: Request, token: str, assignments: Assignments) -> tuple[Form[M], Assignment]:
    """The submitted form, and the assignment behind the link. Raises NotFound."""
    bind(request, hash_token(token))
    return await read(model, request), await assignments.by_token(token)


def _show(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any] | None = None,
    status: int = 200,
) -> Response:
    """The forms with what was typed, while the unit may write; afterwards what was sent."""
    submitted = form or Form()
    if not assignment.writable:
        return _done(request, assignment, submitted, status=status)
    declining = "reason" in submitted.values
    return render(
        request,
        "assignment.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=submitted if form and not declining else Form(values=_drafted(assignment)),
        decline_form=submitted if declining else Form(),
        left=_time_left(web(request).locale(request), assignment, now),
        status=status,
    )


def _done(request: Request, assignment: Assignment, form: Form[Any], status: int, refused: str = "") -> Response:
    return render(
        request,
        "done.html",
        assignment=assignment,
        refused=refused,
        submitted=_submitted(form.values),
        status=status,
    )


def _refused(request: Request, assignment: Assignment, form: Form[Any], refused: Refused) -> Response:
    """It is too late: say why, and show what was typed so that it can be copied."""
    return _done(request, assignment, form, 409, web(request).locale(request).gettext(str(refused)))


def _submitted(values: Mapping[str, Any]) -> str:
    return str(values.get("text") or values.get("reason") or "")


def _time_left(locale: Locale, assignment: Assignment, now: datetime) -> dict[str, Any]:
    """How much of the unit's time is used, as a sentence and as a bar; empty when there is no due date."""
    if assignment.due_at is None:
        return {}
    days = (assignment.due_at - now).days
    total = max((assignment.due_at - assignment.requested_at).days, 1)
    if assignment.due_at < now:
        label, tone = locale.gettext("The date has passed"), "danger"
    elif days == 0:
        label, tone = locale.gettext("Less than a day left"), "attention"
    else:
        label = locale.ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
        tone = "attention" if days <= 2 else "info"
    return {"label": label, "tone": tone, "used": min(max(total - days, 0), total), "total": total}


def _drafted(assignment: Assignment) -> dict[str, Any]:
    """The values of the form: the draft; after a return, the reply that is to be revised."""
    if assignment.draft:
        return {"text": assignment.draft.text, "by": assignment.draft.by}
    if assignment.state is AssignmentState.RETURNED and assignment.reply:
        return {"text": assignment.reply.text, "by": assignment.reply.by}
    return {}
