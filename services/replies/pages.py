"""The portal behind the link: HTTP in, HTML or a redirect out. A GET changes nothing but *viewed*."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain import Assignment, Refused, State, decline, hash_token, keep_draft, reply, view
from services.replies.forms import DeclineForm, DraftForm, ReplyForm
from services.replies.store import Assignments
from shared.clock import clock
from shared.documents import NotFound
from shared.web.csrf import bind
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web


def routes(assignments: Assignments) -> APIRouter:
    """The unit's pages. The path holds the link's secret, and is logged nowhere."""
    page = APIRouter(prefix="/a/{token}", route_class=Page, tags=["pages"])

    @page.get("")
    async def show_assignment(request: Request, token: str) -> Response:
        """The case, and where the unit writes its reply."""
        try:
            assignment = await _opened(request, assignments, token)
        except NotFound:
            return _no_such_link(request)
        assignment, viewed = view(assignment, clock())
        if viewed:
            assignment = await assignments.save(assignment, announcing=viewed)
        return _show(request, token, assignment)

    @page.post("/reply")
    async def post_reply(request: Request, token: str) -> Response:
        """Send the reply to the hotline."""
        bind(request, hash_token(token))
        form = await read(ReplyForm, request)
        try:
            assignment = await _opened(request, assignments, token)
            if form.errors:
                return _show(request, token, assignment, form=form, status=422)
            replied, announcing = reply(assignment, text=form.value.text, by=form.value.by, now=clock())
        except NotFound:
            return _no_such_link(request, form)
        except Refused as refused:
            return _refuse(request, token, assignment, form, refused)
        await assignments.save(replied, announcing=announcing)
        return see_other(f"/a/{token}")

    @page.post("/draft")
    async def post_draft(request: Request, token: str) -> Response:
        """Keep what was typed so far."""
        bind(request, hash_token(token))
        form = await read(DraftForm, request)
        try:
            assignment = await _opened(request, assignments, token)
            if form.errors:
                return _show(request, token, assignment, form=form, status=422)
            kept = keep_draft(assignment, text=form.value.text, by=form.value.by, now=clock())
        except NotFound:
            return _no_such_link(request, form)
        except Refused as refused:
            return _refuse(request, token, assignment, form, refused)
        await assignments.save(kept)
        if "application/json" in request.headers.get("accept", ""):
            return Response(status_code=204)
        return see_other(f"/a/{token}#reply")

    @page.post("/decline")
    async def post_decline(request: Request, token: str) -> Response:
        """Tell the hotline that the case is not this unit's."""
        bind(request, hash_token(token))
        form = await read(DeclineForm, request)
        try:
            assignment = await _opened(request, assignments, token)
            if form.errors:
                return _show(request, token, assignment, decline_form=form, status=422)
            declined, announcing = decline(
                assignment,
                reason=form.value.reason,
                suggested_unit=form.value.suggested_unit or "",
                by=form.value.declined_by,
                now=clock(),
            )
        except NotFound:
            return _no_such_link(request, form)
        except Refused as refused:
            return _refuse(request, token, assignment, form, refused)
        await assignments.save(declined, announcing=announcing)
        return see_other(f"/a/{token}")

    return page


async def _opened(request: Request, assignments: Assignments, token: str) -> Assignment:
    bind(request, hash_token(token))
    return await assignments.by_token(token)


def _show(
    request: Request,
    token: str,
    assignment: Assignment,
    *,
    form: Form[Any] | None = None,
    decline_form: Form[Any] | None = None,
    status: int = 200,
) -> Response:
    """What there is to do, or what was done."""
    if not assignment.writable:
        return render(request, "done.html", assignment=assignment, refused="", typed="", status=status)
    return render(
        request,
        "assignment.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=form or Form(values=_drafted(assignment)),
        decline_form=decline_form or Form(),
        left=_time_left(request, assignment),
        status=status,
    )


def _time_left(request: Request, assignment: Assignment) -> dict[str, Any]:
    """How much of the unit's time is used, in words and as a bar."""
    if assignment.due_at is None:
        return {}
    speech, now = web(request).speech(request), clock()
    days = (assignment.due_at - now).days
    total = max((assignment.due_at - assignment.requested_at).days, 1)
    if assignment.due_at < now:
        label, tone = speech.gettext("The date has passed"), "danger"
    elif days == 0:
        label, tone = speech.gettext("Less than a day left"), "attention"
    else:
        label = speech.ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
        tone = "attention" if days <= 2 else "info"
    return {"label": label, "tone": tone, "used": min(max(total - days, 0), total), "total": total}


def _drafted(assignment: Assignment) -> dict[str, Any]:
    """The draft; after a return, the earlier version to go on from."""
    if assignment.draft:
        return {"text": assignment.draft.text, "by": assignment.draft.by}
    if assignment.state is State.RETURNED and assignment.reply:
        return {"text": assignment.reply.text, "by": assignment.reply.by}
    return {}


def _refuse(request: Request, token: str, assignment: Assignment, form: Form[Any], refused: Refused) -> Response:
    """Too late: say so, and show what was typed so that it can be copied."""
    sentence = web(request).speech(request).gettext(str(refused))
    return render(request, "done.html", assignment=assignment, refused=sentence, typed=_typed(form), status=409)


def _no_such_link(request: Request, form: Form[Any] | None = None) -> Response:
    """The same answer for a wrong link, a recalled one and one of a closed case."""
    return render(request, "no_such_link.html", typed=_typed(form) if form else "", status=404)


def _typed(form: Form[Any]) -> str:
    return str(form.values.get("text") or form.values.get("reason") or "")
