"""The page where anybody who holds a receipt or an answer on paper checks that it is genuine.

It shows what the paper says and no more: no name, no address, no tracking code. Sentences in constants are msgids.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.intake.domain.papers import ANSWER, in_groups, replaced, text_digest, verification_code_in
from services.intake.pages.papers import TITLES
from services.intake.store import Messages
from shared.documents import NotFound
from shared.text import Body
from shared.web.client import client_of
from shared.web.forms import Form, RequiredMessage, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import provided

UNKNOWN = "We have issued no document with this code. Please check it letter by letter."

page = APIRouter(route_class=Page, tags=["pages"])
Stored = Annotated[Messages, provided(Messages)]


class VerificationForm(BaseModel):
    """The code on a paper."""

    code: Annotated[Body, RequiredMessage("Please enter the verification code.")]


class TextForm(BaseModel):
    """The text of a paper."""

    text: Annotated[Body, RequiredMessage("Please paste the text of the document.")]


@page.get("/verify")
async def show_verification(request: Request) -> Response:
    """Show the form for a verification code."""
    return render(request, "verify.html", form=Form())


@page.post("/verify")
async def verify(request: Request, messages: Stored) -> Response:
    """Redirect to the page of a paper. 422 with errors, 404 for a code that is on no paper of ours."""
    form = await read(VerificationForm, request)
    if form.errors:
        return render(request, "verify.html", form=form, status=422)
    try:
        await messages.by_verification_code(form.value.code)
    except NotFound:
        return _unknown(request, form)
    return see_other(f"/verify/{verification_code_in(form.value.code)}")


@page.get("/verify/{code}")
async def show_paper(request: Request, code: str, messages: Stored, text: str = "") -> Response:
    """Show that a paper is genuine and what it says; 404 with the form for a code that is on none of ours.

    ``text`` is ``same`` or ``different`` after ``check_text``.
    """
    return await _shown(request, code, messages, Form(), compared=text)


@page.post("/verify/{code}/text")
async def check_text(request: Request, code: str, messages: Stored) -> Response:
    """Compare the text on the paper with ours, and show the outcome. 422 with errors, 404 as ``show_paper``."""
    form = await read(TextForm, request)
    if form.errors:
        return await _shown(request, code, messages, form, status=422)
    try:
        _, paper = await messages.by_verification_code(code)
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    same = text_digest(form.value.text) == paper.sha256
    return see_other(f"/verify/{verification_code_in(code)}?text={'same' if same else 'different'}")


async def _shown(
    request: Request, code: str, messages: Messages, form: Form[Any], *, compared: str = "", status: int = 200
) -> Response:
    try:
        message, paper = await messages.shown_by_verification_code(code, client=client_of(request))
    except NotFound:
        return _unknown(request, Form(values={"code": code}))
    return render(
        request,
        "genuine.html",
        status=status,
        form=form,
        code=verification_code_in(code),
        message=message,
        paper=paper,
        title=web(request).locale(request).gettext(TITLES.get(paper.kind, paper.kind)),
        is_answer=paper.kind == ANSWER,
        replaced=replaced(message, paper),
        fingerprint=in_groups(paper.sha256),
        compared=compared,
    )


def _unknown(request: Request, form: Form[Any]) -> Response:
    """The form with 404: the same for every code that is on no paper of ours."""
    form.errors = {"code": web(request).locale(request).gettext(UNKNOWN)}
    return render(request, "verify.html", form=form, status=404)
