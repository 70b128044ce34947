"""The status page of a message, behind its tracking code.

Its path contains the tracking code, a secret: never log it. Sentences in constants are msgids.
"""

from secrets import token_urlsafe
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.config import Settings
from services.intake.domain import after
from services.intake.domain.codes import check_of, code_of, is_reference, missing_characters
from services.intake.domain.message import Message
from services.intake.forms import CodeForm
from services.intake.pages.entering import Entrance, desk_of
from services.intake.pages.files import AttachedFiles
from services.intake.pages.opened import Opened, open_message
from services.intake.pages.ratings import scores
from services.intake.pages.steps import steps_of
from services.intake.store import Messages, Snapshots
from shared.closures import EXPLANATIONS
from shared.documents import NotFound
from shared.files.attached import Attached
from shared.web.arriving import query_of
from shared.web.forms import Form, read
from shared.web.i18n import Locale
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

UNKNOWN = "We have no message with this code. Please check it letter by letter."
REFERENCE = (
    "This is the reference number, not the tracking code. You were shown the code of 20 characters after sending your "
    "message; it is also in the e-mail that confirmed it."
)
SENT = {
    "follow-ups": "Your addition has been received. An officer will read it.",
    "follow-ups-late": (
        "Your addition has been received. Your message was answered or closed before: an officer reads what you have "
        "added, and decides whether the case is opened again. You will see it on this page."
    ),
    "questions": "Your answer has been received. Thank you.",
    "promises": "Thank you for telling us.",
    "promises-no": "Thank you for telling us. Your message is dealt with again.",
    "rating": "Thank you for your rating.",
    "address": "The new address has been noted. A receipt is on its way to it.",
}
"""What the page says after something was sent, by ``?sent=``."""
TOLD_BY = {
    "telephone": "You were given this answer by telephone; no e-mail was sent.",
    "paper": "You were given this answer on paper; no e-mail was sent.",
    "counter": "You were given this answer at our counter; no e-mail was sent.",
}
"""How the writer got an answer, by ``Answer.told_by``."""

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
async def show_status(
    request: Request,
    code: str,
    messages: Annotated[Messages, provided(Messages)],
    settings: Annotated[Settings, provided(Settings)],
    snapshots: Annotated[Snapshots, provided(Snapshots)],
    files: AttachedFiles,
    now: Now,
) -> Response:
    """Show what has become of a message; 404 with the search form for a code that opens no message.

    A pasted code with text around it, or in other spelling, is redirected to the path with the exact code.
    """
    try:
        opened = await open_message(request, code, messages, settings, snapshots, now)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    if opened.code != code:
        return see_other(f"{opened.url}?{query_of(request)}".rstrip("?"))
    return render(request, "status.html", **_shown(request, opened, files))


@page.get("/t/{code}/submitted")
async def show_confirmation(
    request: Request,
    code: str,
    messages: Annotated[Messages, provided(Messages)],
    desk: Entrance,
    ticket: str = "",
) -> Response:
    """Confirm that the message was received, and show its tracking code; 404 as ``show_status``.

    With the desk's ticket, its officer gets back to the desk.
    """
    desk.show(ticket)
    try:
        message = await messages.by_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    code = code_of(code, code_hash=message.code_hash)
    return render(request, "submitted.html", message=message, code=code, desk=desk_of(request))


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


def _shown(request: Request, opened: Opened, files: Attached) -> dict[str, Any]:
    """What the status page needs."""
    message, locale = opened.message, web(request).locale(request)
    ends = after.objection_ends(message, **opened.rules)
    because = EXPLANATIONS.get(message.closure_reason or "")
    return {
        "message": message,
        "code": opened.code,
        "url": opened.url,
        "possible": opened.possible,
        "told_by": {channel: locale.gettext(sentence) for channel, sentence in TOLD_BY.items()},
        "steps": steps_of(request, message),
        "closed_because": locale.gettext(because) if because else "",
        "objection_ends": ends,
        "sent": _sent(request, message),
        "scores": scores(request),
        "form": Form(values={"once": token_urlsafe(16)}),
        "files": files,
        "upload_csrf": opened.upload_csrf,
        "check": check_of(message.reference),
    }


def _sent(request: Request, message: Message) -> str:
    """What was sent just now, if the message has it."""
    asked = request.query_params.get("sent", "")
    there = {
        "follow-ups": message.follow_ups,
        "questions": any(question.answered_at for question in message.questions),
        "promises": any(promise.kept is not None for promise in message.promises),
        "rating": message.rating,
        "address": message.corrected_at,
    }
    if not there.get(asked):
        return ""
    sentence = SENT[_told_as(asked, message)]
    return web(request).locale(request).gettext(sentence)


def _told_as(asked: str, message: Message) -> str:
    """The key in SENT: what was sent is told in another way where something follows from it."""
    if asked == "follow-ups" and message.done:
        return "follow-ups-late"
    newest = max(message.promises, key=lambda promise: promise.answered_at or message.submitted_at, default=None)
    return "promises-no" if asked == "promises" and newest and not newest.kept else asked
