"""Proof of work for the form, and what its sender sees when a message is not taken at once.

Sentences in constants are msgids.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from services.intake.admission import Admission, Evidence
from services.intake.forms import MessageForm
from shared.web.client import client_of
from shared.web.forms import Form, with_notice
from shared.web.pages import Page, not_found, web
from shared.web.provided import Now, provided

STALE = "This page was open for a long time, or was sent before. What you wrote is still here; please send it again."
TOO_EARLY = "That was quick. Please wait for a few seconds, then press the button again."
VERY_MANY = (
    "Very many messages came from your network within an hour. What you wrote is still here; please send it again in "
    "%(num)d minute.",
    "Very many messages came from your network within an hour. What you wrote is still here; please send it again in "
    "%(num)d minutes.",
)
page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/proof")
async def show_challenge(admission: Annotated[Admission, provided(Admission)], now: Now) -> Response:
    """A challenge for a browser to solve, as JSON; 404 where none is asked for."""
    if not admission.needs_proof:
        raise not_found()
    return JSONResponse(admission.proofs.challenge(now))


def evidence_of(request: Request, form: MessageForm) -> Evidence:
    """What a sent form says about how it came."""
    return Evidence(
        client_of(request), proof=form.proof, shown=form.shown, once=form.once, trap=bool(form.website.strip())
    )


def ask_again(request: Request, form: Form[Any]) -> Form[Any]:
    """The form without its proof, which cannot be used: a new one is computed."""
    form.values["proof"] = ""
    return with_notice(form, web(request).locale(request).gettext(STALE))


def tell_to_wait(request: Request, form: Form[Any], seconds: int) -> dict[str, str]:
    """Add the sentence for a client that sends far too much to the form. Returns the header that goes with it."""
    minutes = -(-seconds // 60)
    said = web(request).locale(request).ngettext(*VERY_MANY, minutes)
    form.errors = {"": said % {"num": minutes}}
    return {"Retry-After": str(seconds)}
