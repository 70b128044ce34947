"""The public pages: the form for a message, and the status page behind its tracking code.

A status page's path contains the tracking code, a secret: never log it. Sentences in constants are msgids.
"""

from datetime import datetime
from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.config import Settings
from services.intake.domain import (
    Message,
    code_of,
    is_reference,
    message_id_of,
    missing_characters,
    new_reference,
    submit,
    tracking_code,
)
from services.intake.forms import CodeForm, MessageForm, question_about_address
from services.intake.store import Messages
from shared.documents import AWAY, NotFound
from shared.kinds import LABELS
from shared.web.arriving import query_of
from shared.web.forms import Form, read, with_notice
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

AWAY_NOW = "We could not record your message just now. It is still here; please send it again in a few minutes."
SENT_BEFORE = (
    "This form was sent before; your message has the number %(reference)s. You have changed it since: if this is "
    "another message, please send it now."
)
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
MEANT = "Did you mean %(address)s? If your address is right, please send the form again as it is."

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_form(request: Request, settings: Annotated[Settings, provided(Settings)]) -> Response:
    """Show the form (procedure, 5.2). ``once``, a random id in it, makes one message of a form that is sent twice."""
    return _form(request, settings, Form(values={"once": _once()}))


@page.post("/")
async def submit_message(
    request: Request,
    messages: Annotated[Messages, provided(Messages)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Store the message and redirect to the page with its tracking code (procedure, 5.2).

    Otherwise the form is shown again with what was typed: 422 with errors, 409 when it was sent before with another
    content, 503 while MongoDB is unreachable.
    """
    form = await read(MessageForm, request)
    if not form.notice:
        _ask_about_address(request, settings, form)
    if form.errors:
        return _form(request, settings, form, status=422)
    submission = form.value.submission()
    # A missing or short ``once`` is not ours. Two people might send the same one, and would share message and code.
    once = form.value.once if len(form.value.once) >= len(_once()) else str(uuid4())
    message_id = message_id_of("form", once)
    code = tracking_code(settings.secret_key.get_secret_value(), message_id)
    message, announcing = submit(
        submission,
        message_id=message_id,
        reference=new_reference(now),
        code=code,
        base_url=settings.intake_url,
        language=web(request).language(request),
        now=now,
    )
    try:
        kept = await messages.add_once(message, announcing=announcing)
    except AWAY:
        form.errors = {"": web(request).locale(request).gettext(AWAY_NOW)}
        return _form(request, settings, form, status=503)
    if kept.fingerprint != message.fingerprint:
        return _form(request, settings, _sent_before(request, form, kept), status=409)
    return see_other(f"/t/{code}/submitted")


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
    return see_other(f"/t/{code_of(message, form.value.code)}")


@page.get("/t/{code}")
async def show_status(request: Request, code: str, messages: Annotated[Messages, provided(Messages)]) -> Response:
    """Show the steps of a message and its answer; 404 with the search form for a code that opens no message.

    A pasted code with text around it, or in other spelling, is redirected to the path with the exact code.
    """
    try:
        message = await messages.by_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    if (clean := code_of(message, code)) != code:
        return see_other(f"/t/{clean}?{query_of(request)}".rstrip("?"))
    return render(request, "status.html", message=message, steps=_steps(request, message))


@page.get("/t/{code}/submitted")
async def show_confirmation(request: Request, code: str, messages: Annotated[Messages, provided(Messages)]) -> Response:
    """Confirm that the message was received, and show its tracking code; 404 as ``show_status``."""
    try:
        message = await messages.by_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    return render(request, "submitted.html", message=message, code=code_of(message, code))


def _once() -> str:
    return token_urlsafe(16)


def _sent_before(request: Request, form: Form[Any], kept: Message) -> Form[Any]:
    """The changed form with a new ``once`` and a notice: only its sender knows whether it is another message."""
    form.values["once"] = _once()
    sentence = web(request).locale(request).gettext(SENT_BEFORE) % {"reference": kept.reference}
    return with_notice(form, sentence)


def _form(request: Request, settings: Settings, form: Form[Any], status: int = 200) -> Response:
    language = web(request).language(request)
    options = [(kind, label[language], "") for kind, label in LABELS.items()]
    return render(request, "form.html", form=form, kinds=options, privacy_url=settings.privacy_url, status=status)


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


def _ask_about_address(request: Request, settings: Settings, form: Form[MessageForm]) -> None:
    """Add an error to an address that looks mistyped. Sent again unchanged, the address is accepted."""
    if address := question_about_address(form, settings.own_domains):
        form.errors |= {"email": web(request).locale(request).gettext(MEANT) % {"address": address}}


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
