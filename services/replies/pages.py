"""The portal behind the link: HTTP in, HTML or a redirect out. A GET changes nothing but *viewed*."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.replies.domain import Assignment, Refused, State, decline, hash_token, keep_draft, reply, view
from services.replies.forms import DeclineForm, DraftForm, ReplyForm
from services.replies.store import Assignments
from shared.clock import clock
from shared.documents import NotFound
from shared.web.csrf import bind
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web

M = TypeVar("M", bound=BaseModel)


def routes(assignments: Assignments) -> APIRouter:
    """The unit's pages. The path holds the link's secret, and is logged nowhere."""
    page = APIRouter(prefix="/a/{token}", route_class=Page, tags=["pages"])

    @page.get("")
    async def show_assignment(request: Request, token: str) -> Response:
        """The case, and where the unit writes its reply."""
        try:
            bind(request, hash_token(token))
            assignment = await assignments.by_token(token)
        except NotFound:
            return _no_such_link(request)
        assignment, viewed = view(assignment, clock())
        if viewed:
            assignment = await assignments.save(assignment, announcing=viewed)
        return _show(request, token, assignment)

    @page.get("/{act}")
    async def show_again(request: Request, token: str, act: Literal["reply", "draft", "decline"]) -> Response:
        """What was posted here stands on the assignment's page."""
        return see_other(f"/a/{token}?{request.url.query}")

    @page.post("/reply")
    async def post_reply(request: Request, token: str) -> Response:
        """Send the reply to the hotline."""
        form = await _form(ReplyForm, request, token)

        async def send(assignment: Assignment) -> Response:
            replied, announcing = reply(assignment, text=form.value.text, by=form.value.by, now=clock())
            await assignments.save(replied, announcing=announcing)
            return see_other(f"/a/{token}")

        return await _with(assignments, request, token, form, send)

    @page.post("/draft")
    async def post_draft(request: Request, token: str) -> Response:
        """Keep what was typed so far."""
        form = await _form(DraftForm, request, token)

        async def keep(assignment: Assignment) -> Response:
            await assignments.save(keep_draft(assignment, text=form.value.text, by=form.value.by, now=clock()))
            by_script = "application/json" in request.headers.get("accept", "")
            return Response(status_code=204) if by_script else see_other(f"/a/{token}#reply")

        return await _with(assignments, request, token, form, keep)

    @page.post("/decline")
    async def post_decline(request: Request, token: str) -> Response:
        """Tell the hotline that the case is not this unit's."""
        form = await _form(DeclineForm, request, token)

        async def hand_back(assignment: Assignment) -> Response:
            declined, announcing = decline(
                assignment,
                reason=form.value.reason,
                suggested_unit=form.value.suggested_unit or "",
                by=form.value.declined_by,
                now=clock(),
            )
            await assignments.save(declined, announcing=announcing)
            return see_other(f"/a/{token}")

        return await _with(assignments, request, token, form, hand_back)

    return page


def start() -> APIRouter:
    """The portal's front door, for whoever comes without a link."""
    page = APIRouter(route_class=Page, tags=["pages"])

    @page.get("/")
    async def show_start(request: Request) -> Response:
        """Say where the links are."""
        return render(request, "start.html")

    return page


async def _form(model: type[M], request: Request, token: str) -> Form[M]:
    bind(request, hash_token(token))
    return await read(model, request)


async def _with(
    assignments: Assignments,
    request: Request,
    token: str,
    form: Form[Any],
    act: Callable[[Assignment], Awaitable[Response]],
) -> Response:
    """Act on the assignment behind the link, or say why not; what was typed is shown in any case."""
    try:
        assignment = await assignments.by_token(token)
        return _show(request, token, assignment, form, status=422) if form.errors else await act(assignment)
    except NotFound:
        return _no_such_link(request, form)
    except Refused as refused:
        return _refuse(request, assignment, form, refused)


def _show(
    request: Request, token: str, assignment: Assignment, form: Form[Any] | None = None, status: int = 200
) -> Response:
    """What there is to do, with the form that was typed; or what was done."""
    submitted = form or Form()
    if not assignment.writable:
        return render(
            request, "done.html", assignment=assignment, refused="", submitted=_submitted(submitted), status=status
        )
    declining = "reason" in submitted.values
    return render(
        request,
        "assignment.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=submitted if form and not declining else Form(values=_drafted(assignment)),
        decline_form=submitted if declining else Form(),
        left=_time_left(request, assignment),
        status=status,
    )


def _time_left(request: Request, assignment: Assignment) -> dict[str, Any]:
    """How much of the unit's time is used, in words and as a bar."""
    if assignment.due_at is None:
        return {}
    locale, now = web(request).locale(request), clock()
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
    """The draft; after a return, the earlier version to go on from."""
    if assignment.draft:
        return {"text": assignment.draft.text, "by": assignment.draft.by}
    if assignment.state is State.RETURNED and assignment.reply:
        return {"text": assignment.reply.text, "by": assignment.reply.by}
    return {}


def _refuse(request: Request, assignment: Assignment, form: Form[Any], refused: Refused) -> Response:
    """Too late: say so, and show what was typed so that it can be copied."""
    sentence = web(request).locale(request).gettext(str(refused))
    return render(request, "done.html", assignment=assignment, refused=sentence, submitted=_submitted(form), status=409)


def _no_such_link(request: Request, form: Form[Any] | None = None) -> Response:
    """The same answer for a wrong link, a recalled one and one of a closed case."""
    return render(request, "no_such_link.html", submitted=_submitted(form) if form else "", status=404)


def _submitted(form: Form[Any]) -> str:
    return str(form.values.get("text") or form.values.get("reason") or "")
