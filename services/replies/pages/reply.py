"""The reply: its draft, the page that shows what will be sent, and the sending."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.replies.domain.assignment import Assignment
from services.replies.domain.writing import Overtaken, Refused, Unrevised, check_reply, keep_draft, reply
from services.replies.forms import DraftForm, ReplyForm
from services.replies.pages.frame import Link, Opened, promise, unsaved
from shared.differences import differences
from shared.events import Event
from shared.files.attached import Attached
from shared.files.store import StoredFile
from shared.state import KeptFile
from shared.web.forms import Form, with_error
from shared.web.headers import AGAIN
from shared.web.i18n import DEFAULT, Locale
from shared.web.kept_files import listed
from shared.web.pages import Page, render, see_other, web

page = APIRouter(route_class=Page, tags=["pages"])
PASSED = "This day has passed. Please choose today or a later day."
FILES_CHANGED = "The attached files have changed meanwhile. Please look at them once more."
CARRIED = ("check", "text", "by", "promised_on")
NOT_REFUSED = (Refused, Overtaken, Unrevised)


@page.post("/a/{token}/reply")
async def post_reply(link: Link) -> Response:
    """Show what will be sent, go back to change it, or send it to the hotline (5.4)."""
    form, assignment = await link.read(ReplyForm)
    files = link.files
    files.onto(form)
    step = form.values.get("step")
    if step in ("edit", "take") and "check" not in form.errors:
        return _to_edit(link, assignment, form, take=step == "take")
    if form.notice and step == "preview" and form.read and "check" not in form.errors and not files.removed:
        return _confirm(link, assignment, form, told=form.notice)
    if form.errors or not _promised_ahead(link, form):
        return link.show(assignment, form, status=200 if form.notice else files.status)
    try:
        if step == "preview":
            return await _preview(link, assignment, form)
        check_reply(assignment, text=form.value.text, drawn=form.value.drawn, files=[one.ref for one in files.listed])
        if form.value.shown_files and form.value.shown_files != _ids(files):
            return _confirm(link, assignment, form, told=link.said(FILES_CHANGED), status=409)
        replied, announcing = reply(
            assignment,
            text=form.value.text,
            by=form.value.by or "",
            drawn=form.value.drawn,
            now=link.now,
            files=await files.claim(assignment.id),
            promised_at=promise(link.request, form.value.promised_on),
        )
    except NOT_REFUSED as refused:
        return link.refused(assignment, form, refused)
    return await link.done(replied, announcing)


@page.post("/a/{token}/draft")
async def post_draft(link: Link) -> Response:
    """Save what was typed so far."""
    form, assignment = await link.read(DraftForm)
    link.files.onto(form)
    by_script = "application/json" in link.request.headers.get("accept", "")
    if form.errors:
        again = link.show(assignment, form, status=200 if form.notice else link.files.status)
        return unsaved(link.request, form) if by_script else again
    try:
        drafted, announcing = _drafted(link, assignment, form)
    except (Refused, Overtaken) as refused:
        if not by_script:
            return link.refused(assignment, form, refused)
        again_form = with_error(form, refused, link.request)
        return unsaved(link.request, again_form, overtaken=isinstance(refused, Overtaken))
    if drafted is not assignment:
        await link.save(drafted, announcing)
    return Response(status_code=204) if by_script else see_other(f"/a/{link.token}#reply")


async def _preview(link: Opened, assignment: Assignment, form: Form[ReplyForm]) -> Response:
    """What will be sent. It is a draft from now on, that another device shows too."""
    files = [one.ref for one in link.files.listed]
    check_reply(assignment, text=form.value.text, drawn=form.value.drawn, files=files)
    drafted, announcing = _drafted(link, assignment, form)
    if drafted is not assignment:
        drafted = await link.save(drafted, announcing)
    return _confirm(link, drafted, form)


def _confirm(
    link: Opened, assignment: Assignment, form: Form[ReplyForm], *, told: str = "", status: int = 200
) -> Response:
    """The page before the sending. *Back* and *reload* come to it again."""
    locale, returned = web(link.request).locale(link.request), assignment.returned
    response = render(
        link.request,
        "confirm.html",
        assignment=assignment,
        url=f"/a/{link.token}",
        form=form,
        carried=[(name, form.values.get(name, "")) for name in CARRIED],
        written=assignment.written,
        shown_files=_ids(link.files),
        files=[_shown(locale, link.token, one) for one in link.files.listed],
        promised_at=promise(link.request, form.value.promised_on),
        changes=differences(returned.text, form.value.text) if returned else (),
        told=told,
        ours=DEFAULT,
        status=status,
    )
    response.headers["Cache-Control"] = AGAIN
    return response


def _to_edit(link: Opened, assignment: Assignment, form: Form[Any], *, take: bool) -> Response:
    """The form as it was typed, to be changed; ``take``: with the text that somebody else has saved, its own beside."""
    form.errors = {}
    mine = str(form.values.get("text", ""))
    if take:
        form.values |= {"text": assignment.text_in_form, "written": assignment.written}
    response = link.show(assignment, form, status=200, mine=mine if take else "")
    response.headers["Cache-Control"] = AGAIN
    return response


def _drafted(link: Opened, assignment: Assignment, form: Form[Any]) -> tuple[Assignment, list[Event]]:
    return keep_draft(
        assignment,
        text=form.value.text,
        by=form.value.by or "",
        drawn=form.value.drawn,
        now=link.now,
        promised_at=promise(link.request, form.value.promised_on),
    )


def _promised_ahead(link: Opened, form: Form[ReplyForm]) -> bool:
    """Whether the day by which it will be done, if there is one, has not passed; else the form gets an error."""
    promised_at = promise(link.request, form.value.promised_on)
    if promised_at and promised_at < link.now:
        form.errors = {"promised_on": link.said(PASSED)}
    return not form.errors


def _shown(locale: Locale, token: str, file: StoredFile) -> dict[str, Any]:
    return listed(locale, KeptFile.model_validate(file.ref), f"/a/{token}/files/{file.id}")


def _ids(files: Attached) -> str:
    """Which files a page has shown; never empty."""
    return " ".join(sorted(one.id for one in files.listed)) or "none"
