"""The way back without the link: a letter to the unit's registered address. Sentences in constants are msgids."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.config import Settings
from services.replies.forms import NewLinkForm
from services.replies.store import LinkRequests
from shared.web.client import client_of
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.recent import Recent

TOO_OFTEN = "Links were asked for very often from your network. Please try again in an hour."

page = APIRouter(route_class=Page, tags=["pages"])


class LinkClients(Recent):
    """Who asked for a link within an hour."""

    def __init__(self) -> None:
        super().__init__(timedelta(hours=1))


@page.get("/new-link")
async def show_new_link(request: Request, asked: str = "") -> Response:
    """Show the form; after it was sent, what happens now: the same for everybody."""
    return render(request, "new_link.html", form=Form(), asked=asked == "yes")


@page.post("/new-link")
async def post_new_link(
    request: Request,
    requests: Annotated[LinkRequests, provided(LinkRequests)],
    clients: Annotated[LinkClients, provided(LinkClients)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Note the request, and nothing else: neither the answer nor its time tells what there is."""
    form = await read(NewLinkForm, request)
    if form.errors:
        return render(request, "new_link.html", form=form, asked=False, status=200 if form.notice else 422)
    if seconds := clients.admit(client_of(request), now, settings.new_links_client_hour):
        form.errors = {"": web(request).locale(request).gettext(TOO_OFTEN)}
        response = render(request, "new_link.html", form=form, asked=False, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response
    await requests.ask(settings.secret_key.get_secret_value(), form.value.wanted, now)
    return see_other("/new-link?asked=yes")
