"""The status page of a message, behind its tracking code.

Its path contains the tracking code, a secret: never log it. Sentences in constants are msgids.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.domain.codes import code_of, is_reference, missing_characters
from services.intake.domain.message import Message
from services.intake.forms import CodeForm
from services.intake.store import Messages
from shared.documents import NotFound
from shared.web.arriving import query_of
from shared.web.forms import Form, read
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import provided

STEPS = {
    "received": "Received",
    "at_unit": "At the unit",
    "in_review": "In review",
    "answered": "Answered",
}
"""The steps that the public sees, in order: ``Progress.step`` and its label (a msgid)."""
UNKNOWN = "We have no message with this code. Please check it letter by letter."
REFERENCE = (
    "This is the reference number, not the tracking code. You were shown the code of 20 characters after sending your "
    "message; it is also in the e-mail that confirmed it."
)

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/t")
async def show_search(request: Request) -> Response:
    """Show the search form for a tracking code."""
    return render(request, "search.html", form=Form())


@page.post("/t")
async def search(request: Request, messages: Annotated[Messages, provided(Messages)]) -> Response:
    """Redirect to the status page of a tracking code. 422 with errors, 404 for a code that opens no message."""
    form = await read(CodeForm, request)
    if form.errors:
        return render(request, "search.html", form=form, status=422)
    try:
        message = await messages.by_code(form.value.code)
    except NotFound:
        return _unknown(request, form)
    return see_other(f"/t/{code_of(form.value.code, code_hash=message.code_hash)}")


@page.get("/t/{code}")
async def show_status(request: Request, code: str, messages: Annotated[Messages, provided(Messages)]) -> Response:
    """Show the steps of a message and its answer; 404 with the search form for a code that opens no message.

    A pasted code with text around it, or in other spelling, is redirected to the path with the exact code.
    """
    try:
        message = await messages.by_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    if (clean := code_of(code, code_hash=message.code_hash)) != code:
        return see_other(f"/t/{clean}?{query_of(request)}".rstrip("?"))
    return render(request, "status.html", message=message, code=clean, steps=_steps(request, message))


@page.get("/t/{code}/submitted")
async def show_confirmation(request: Request, code: str, messages: Annotated[Messages, provided(Messages)]) -> Response:
    """Confirm that the message was received, and show its tracking code; 404 as ``show_status``."""
    try:
        message = await messages.by_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    return render(request, "submitted.html", message=message, code=code_of(code, code_hash=message.code_hash))


def _unknown(request: Request, form: Form[Any]) -> Response:
    """The search form with 404. The sentence depends on the code's characters only: it does not help to guess."""
    form.errors = {"code": _about_code(web(request).locale(request), str(form.values["code"]))}
    return render(request, "search.html", form=form, status=404)


def _about_code(locale: Locale, code: str) -> str:
    """What is wrong with a code, judged by its characters only."""
    if is_reference(code):
        return locale.gettext(REFERENCE)
    if missing := missing_characters(code):
        return locale.ngettext(
            "The tracking code has 20 characters; %(num)d is missing.",
            "The tracking code has 20 characters; %(num)d are missing.",
            missing,
        ) % {"num": missing}
    return locale.gettext(UNKNOWN)


def _steps(request: Request, message: Message) -> list[dict[str, Any]]:
    """The public steps for the template: ``label``, ``date`` (empty until reached), ``state``, ``detail`` (empty).

    A case can go back a step: the newest step is the current one, and dates of later steps are not shown. Steps that a
    newer version added are skipped. A closed message has no current step.
    """
    locale = web(request).locale(request)
    reached: dict[str, datetime] = {"received": message.submitted_at}
    reached.update({progress.step: progress.at for progress in message.progress})
    order = list(STEPS)
    known = ["received", *(progress.step for progress in message.progress if progress.step in STEPS)]
    current = len(order) if message.step == "closed" else order.index(known[-1])
    return [
        {
            "label": locale.gettext(STEPS[step]),
            "date": locale.format_datetime(reached[step]) if step in reached and i <= current else "",
            "state": "done" if i < current or message.step == "answered" else "current" if i == current else "todo",
            "detail": "",
        }
        for i, step in enumerate(order)
    ]
