"""The way back without the code: a letter with the codes of an address. Sentences in constants are msgids."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.admission import LostClients
from services.intake.config import Settings
from services.intake.forms import LostForm
from services.intake.store import LostRequests
from shared.web.client import client_of
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

TOO_OFTEN = "Codes were asked for very often from your network. Please try again in an hour."

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/t/lost")
async def show_lost(request: Request, asked: str = "") -> Response:
    """Show the form; after it was sent, what happens now: the same for every address."""
    return render(request, "lost.html", form=Form(), asked=asked == "yes")


@page.post("/t/lost")
async def post_lost(
    request: Request,
    requests: Annotated[LostRequests, provided(LostRequests)],
    clients: Annotated[LostClients, provided(LostClients)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Note the request, and nothing else: neither the answer nor its time tells whether there are messages."""
    form = await read(LostForm, request)
    if form.errors:
        return render(request, "lost.html", form=form, asked=False, status=200 if form.notice else 422)
    if seconds := clients.ask(client_of(request), now):
        form.errors = {"": web(request).locale(request).gettext(TOO_OFTEN)}
        response = render(request, "lost.html", form=form, asked=False, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response
    email, language = form.value.email, web(request).language(request)
    await requests.ask(settings.secret_key.get_secret_value(), email=email, language=language, now=now)
    return see_other("/t/lost?asked=yes")
