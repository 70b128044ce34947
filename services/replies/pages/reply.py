"""The reply: its draft, the page that shows what will be sent, and the sending."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.assignment import Assignment
from services.replies.domain.writing import Overtaken, Refused, Unrevised, check_reply, keep_draft, reply
from services.replies.forms import DraftForm, ReplyForm
from services.replies.pages.files import AttachedFiles, Known
from services.replies.pages.frame import promise, read_form, refused_page, show, unsaved
from shared.differences import differences
from shared.files.attached import Attached
from shared.files.store import StoredFile
from shared.state import KeptFile
from shared.web.forms import Form, with_error
from shared.web.headers import AGAIN
from shared.web.i18n import DEFAULT, Locale
from shared.web.kept_files import listed
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now

page = APIRouter(route_class=Page, tags=["pages"])
PASSED = "This day has passed. Please choose today or a later day."
FILES_CHANGED = "The attached files have changed meanwhile. Please look at them once more."
CARRIED = ("check", "text", "by", "promised_on")
NOT_REFUSED = (Refused, Overtaken, Unrevised)


@page.post("/a/{token}/reply")
async def post_reply(request: Request, token: str, assignments: Known, files: AttachedFiles, now: Now) -> Response:
    """Show what will be sent, go back to change it, or send it to the hotline (5.4)."""
    form, assignment = await read_form(ReplyForm, request, token, assignments)
    files.onto(form)
    step = form.values.get("step")
    if step in ("edit", "take") and "check" not in form.errors:
        return _to_edit(request, token, assignment, now, form, files, take=step == "take")
    if form.notice and step == "preview" and form.read and "check" not in form.errors and not files.removed:
        return _confirm(request, token, assignment, form, files, told=form.notice)
    if form.errors or not _promised_ahead(request, form, now):
        status = 200 if form.notice else files.status
        return show(request, token, assignment, now, form, files=files, status=status)
    try:
        if step == "preview":
            return await _preview(request, token, assignments, assignment, now, form, files)
        check_reply(assignment, text=form.value.text, drawn=form.value.drawn, files=[one.ref for one in files.listed])
        if form.value.shown_files and form.value.shown_files != _ids(files):
            return _confirm(request, token, assignment, form, files, told=_said(request, FILES_CHANGED), status=409)
        replied, announcing = reply(
            assignment,
            text=form.value.text,
            by=form.value.by or "",
            drawn=form.value.drawn,
            now=now,
            files=await files.claim(assignment.id),
            promised_at=promise(request, form.value.promised_on),
        )
    except NOT_REFUSED as refused:
        return refused_page(request, token, assignment, now, form, refused, files)
    await assignments.save(replied, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/draft")
async def post_draft(request: Request, token: str, assignments: Known, files: AttachedFiles, now: Now) -> Response:
    """Save what was typed so far."""
    form, assignment = await read_form(DraftForm, request, token, assignments)
    files.onto(form)
    by_script = "application/json" in request.headers.get("accept", "")
    if form.errors:
        status = 200 if form.notice else files.status
        again = show(request, token, assignment, now, form, files=files, status=status)
        return unsaved(request, form) if by_script else again
    try:
        drafted, announcing = _drafted(request, assignment, form, now)
    except (Refused, Overtaken) as refused:
        again = refused_page(request, token, assignment, now, form, refused, files)
        if not by_script:
            return again
        return unsaved(request, with_error(form, refused, request), overtaken=isinstance(refused, Overtaken))
    if drafted is not assignment:
        await assignments.save(drafted, announcing=announcing)
    return Response(status_code=204) if by_script else see_other(f"/a/{token}#reply")


async def _preview(
    request: Request,
    token: str,
    assignments: Known,
    assignment: Assignment,
    now: datetime,
    form: Form[ReplyForm],
    files: Attached,
) -> Response:
    """What will be sent. It is a draft from now on, that another device shows too."""
    check_reply(assignment, text=form.value.text, drawn=form.value.drawn, files=[one.ref for one in files.listed])
    drafted, announcing = _drafted(request, assignment, form, now)
    if drafted is not assignment:
        drafted = await assignments.save(drafted, announcing=announcing)
    return _confirm(request, token, drafted, form, files)


def _confirm(
    request: Request,
    token: str,
    assignment: Assignment,
    form: Form[ReplyForm],
    files: Attached,
    *,
    told: str = "",
    status: int = 200,
) -> Response:
    """The page before the sending. *Back* and *reload* come to it again."""
    locale, returned = web(request).locale(request), assignment.returned
    response = render(
        request,
        "confirm.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=form,
        carried=[(name, form.values.get(name, "")) for name in CARRIED],
        written=assignment.written,
        shown_files=_ids(files),
        files=[_shown(locale, token, one) for one in files.listed],
        promised_at=promise(request, form.value.promised_on),
        changes=differences(returned.text, form.value.text) if returned else (),
        told=told,
        ours=DEFAULT,
        status=status,
    )
    response.headers["Cache-Control"] = AGAIN
    return response


def _to_edit(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any],
    files: Attached,
    *,
    take: bool,
) -> Response:
    """The form as it was typed, to be changed; ``take``: with the text that somebody else has saved, its own beside."""
    form.errors = {}
    mine = str(form.values.get("text", ""))
    if take:
        form.values |= {"text": assignment.text_in_form, "written": assignment.written}
    response = show(request, token, assignment, now, form, files=files, mine=mine if take else "")
    response.headers["Cache-Control"] = AGAIN
    return response


def _drafted(request: Request, assignment: Assignment, form: Form[Any], now: datetime) -> Any:
    return keep_draft(
        assignment,
        text=form.value.text,
        by=form.value.by or "",
        drawn=form.value.drawn,
        now=now,
        promised_at=promise(request, form.value.promised_on),
    )


def _promised_ahead(request: Request, form: Form[ReplyForm], now: datetime) -> bool:
    """Whether the day by which it will be done, if there is one, has not passed; else the form gets an error."""
    promised_at = promise(request, form.value.promised_on)
    if promised_at and promised_at < now:
        form.errors = {"promised_on": _said(request, PASSED)}
    return not form.errors


def _shown(locale: Locale, token: str, file: StoredFile) -> dict[str, Any]:
    return listed(locale, KeptFile.model_validate(file.ref), f"/a/{token}/files/{file.id}")


def _said(request: Request, sentence: str) -> str:
    return web(request).locale(request).gettext(sentence)


def _ids(files: Attached) -> str:
    """Which files a page has shown; never empty."""
    return " ".join(sorted(one.id for one in files.listed)) or "none"
