"""The portal behind the link: HTTP in, HTML or a redirect out. A GET changes nothing but *the link was opened*.

The path holds the secret of the link, so it must never be logged.
"""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Annotated, Any, Literal, TypeVar
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from services.replies.domain import (
    OFF,
    Assignment,
    Overtaken,
    Refused,
    Unrevised,
    ask_for_time,
    decline,
    hash_token,
    keep_draft,
    proves,
    reply,
    token_in,
    view,
)
from services.replies.forms import UNPROVED, UNPROVED_DRAFT, DeclineForm, DraftForm, ExtensionForm, ReplyForm
from services.replies.store import Assignments
from shared.file_links import FileLinks
from shared.state import Actor, KeptFile
from shared.web.arriving import query_of, shown_to_person
from shared.web.csrf import bind
from shared.web.due import time_left
from shared.web.forms import Form, read, with_error
from shared.web.i18n import DEFAULT, Locale
from shared.web.kept_files import listed
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import kept, texts_of

M = TypeVar("M", bound=BaseModel)
CHECKS = ("check", "decline_check", "extension_check")
AFTER_ITS_SCAN = "Opens as soon as it was scanned for viruses"

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
    if (clean := token_in(token)) and clean != token:
        return see_other(f"/a/{clean}?{query_of(request)}".rstrip("?"))
    bind(request, hash_token(token))
    assignment, viewed = view(await assignments.by_token(token), now)
    if viewed and shown_to_person(request):
        assignment = await assignments.save(assignment, announcing=viewed)
    return _show(request, token, assignment, now)


@page.get("/a/{token}/{act}")
async def show_again(request: Request, token: str, act: Literal["reply", "draft", "decline", "extension"]) -> Response:
    """A reload after a form was shown again: the forms are on the page of the assignment."""
    return see_other(f"/a/{token}?{query_of(request)}")


@page.get("/a/{token}/files/{file_id}")
async def show_file(
    token: str,
    file_id: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to a file of the message, by a link that is valid for minutes."""
    unit = _reader(await assignments.by_token(token), file_id)
    return see_other(links.to(file_id, unit, now))


@page.get("/a/{token}/files/{file_id}/preview")
async def show_preview(
    token: str,
    file_id: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to the small picture of a file."""
    unit = _reader(await assignments.by_token(token), file_id)
    return see_other(links.to_preview(file_id, unit, now))


@page.post("/a/{token}/reply")
async def post_reply(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Send the reply to the hotline (5.4)."""
    form, assignment = await _read(ReplyForm, request, token, assignments)
    if form.errors:
        return _show(request, token, assignment, now, form, status=422)
    try:
        replied, announcing = reply(assignment, text=form.value.text, by=form.value.by, drawn=form.value.drawn, now=now)
    except (Refused, Overtaken, Unrevised) as refused:
        return _refused(request, token, assignment, now, form, refused)
    await assignments.save(replied, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/draft")
async def post_draft(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Save what was typed so far."""
    form, assignment = await _read(DraftForm, request, token, assignments)
    by_script = "application/json" in request.headers.get("accept", "")
    if form.errors:
        return _unsaved(request, form) if by_script else _show(request, token, assignment, now, form, status=422)
    try:
        drafted, announcing = keep_draft(
            assignment, text=form.value.text, by=form.value.by, drawn=form.value.drawn, now=now
        )
    except (Refused, Overtaken) as refused:
        again = with_error(form, refused, request)
        return _unsaved(request, again) if by_script else _refused(request, token, assignment, now, form, refused)
    if drafted is not assignment:
        await assignments.save(drafted, announcing=announcing)
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
            drawn=form.value.drawn,
            now=now,
        )
    except (Refused, Overtaken) as refused:
        return _refused(request, token, assignment, now, form, refused)
    await assignments.save(declined, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/extension")
async def post_extension(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Ask the hotline for more time."""
    form, assignment = await _read(ExtensionForm, request, token, assignments)
    if form.errors:
        return _show(request, token, assignment, now, form, status=422)
    try:
        asking, announcing = ask_for_time(
            assignment,
            request_id=str(uuid4()),
            days=form.value.extension_days,
            reason=form.value.extension_reason,
            by=form.value.extension_by,
            now=now,
        )
    except Refused as refused:
        return _refused(request, token, assignment, now, form, refused)
    await assignments.save(asking, announcing=announcing)
    return see_other(f"/a/{token}#more-time")


async def no_such_link(request: Request, error: Exception) -> Response:
    """The page for NotFound. What was typed is shown so that it can be copied."""
    return render(request, "no_such_link.html", submitted=texts_of(await kept(request)), status=404)


def _reader(assignment: Assignment, file_id: str) -> Actor:
    """The unit, which may open this file. Raises the 404 of ``not_found``, also when it is no longer asked."""
    if assignment.state in OFF or all(file.id != file_id for file in assignment.files):
        raise not_found()
    return assignment.actor


async def _read(model: type[M], request: Request, token: str, assignments: Assignments) -> tuple[Form[M], Assignment]:
    """The submitted form, and the assignment behind the link; an error unless a person typed the check.

    Raises NotFound.
    """
    bind(request, hash_token(token))
    form, assignment = await read(model, request), await assignments.by_token(token)
    name = next(name for name in CHECKS if name in model.model_fields)
    if not proves(assignment, str(form.values.get(name, ""))):
        sentence = web(request).locale(request).gettext(UNPROVED) % {"check": assignment.check}
        form.errors = {name: sentence} | {field: said for field, said in form.errors.items() if field != name}
    return form, assignment


def _show(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any] | None = None,
    *,
    status: int = 200,
    overtaken: bool = False,
) -> Response:
    """The forms with what was typed, while the unit may write; afterwards what was sent.

    A form that was ``overtaken`` may be sent again: it knows from now on what the others wrote, which is shown beside.
    """
    if not assignment.writable:
        return _over(request, assignment, form or Form(), status=status)
    submitted = form or Form()
    drawn_from = submitted.values.get("written") or assignment.written
    declining, asking = "reason" in submitted.values, "extension_reason" in submitted.values
    locale = web(request).locale(request)
    return render(
        request,
        "assignment.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=submitted if form and not declining and not asking else Form(values={"text": assignment.text_in_form}),
        decline_form=submitted if declining else Form(),
        extension_form=submitted if asking else Form(),
        written=assignment.written if overtaken else drawn_from,
        form_id=submitted.values.get("form_id") or token_urlsafe(12),
        others=assignment.draft if overtaken else None,
        left=time_left(locale, assignment.due_at, assignment.requested_at, now) if assignment.due_at else None,
        files=[_listed(locale, token, file) for file in assignment.files],
        ours=DEFAULT,
        status=status,
    )


def _listed(locale: Locale, token: str, file: KeptFile) -> dict[str, Any]:
    """A file of the message. Whether a held one was found clean since, its owner knows: it can be tried."""
    item = listed(locale, file, f"/a/{token}/files/{file.id}")
    return item | ({"state": locale.gettext(AFTER_ITS_SCAN)} if file.state == "held" else {})


def _over(request: Request, assignment: Assignment, form: Form[Any], *, status: int, refused: str = "") -> Response:
    """What became of the unit's part, and what was typed, so that it can be copied."""
    return render(
        request,
        "over.html",
        assignment=assignment,
        refused=refused,
        submitted=_submitted(form.values),
        ours=DEFAULT,
        status=410 if assignment.state in OFF else status,
    )


def _refused(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any],
    refused: Refused | Overtaken | Unrevised,
) -> Response:
    """Say why it was not done, and keep what was typed."""
    if isinstance(refused, Refused) and assignment.writable:
        return _show(request, token, assignment, now, with_error(form, refused, request), status=409)
    if isinstance(refused, Refused):
        return _over(request, assignment, form, status=409, refused=web(request).locale(request).gettext(str(refused)))
    overtaken = isinstance(refused, Overtaken)
    again = with_error(form, refused, request)
    return _show(request, token, assignment, now, again, status=409 if overtaken else 422, overtaken=overtaken)


def _unsaved(request: Request, form: Form[DraftForm]) -> Response:
    """Why a draft was not saved, in a sentence that the script shows."""
    sentence = next(iter(form.errors.values()))
    if "check" in form.errors:
        sentence = web(request).locale(request).gettext(UNPROVED_DRAFT)
    return PlainTextResponse(sentence, 422)


def _submitted(values: Mapping[str, Any]) -> list[str]:
    names = ("text", "reason", "suggested_unit", "by", "declined_by", "extension_reason", "extension_by")
    return [str(values[name]) for name in names if values.get(name)]
