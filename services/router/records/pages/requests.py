"""Requests of people about their data: the list, a new one, one with what was found, and the answer."""

from datetime import datetime
from secrets import choice
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.records.domain.candidates import candidates, found_before
from services.router.records.domain.requests import Private, confirm, open_request, seek
from services.router.records.forms import WHO, ConfirmationForm, RequestForm, StepForm
from services.router.records.pages.person_rows import IDENTITIES, WISHES, labels, readable, request_row
from services.router.records.pages.request_page import Pages, Protector
from shared.days import day_of, local
from shared.documents import AlreadyExists, Conflict
from shared.refused import Refused
from shared.state import Person
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web

page = APIRouter(route_class=Page, tags=["pages"])
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of references (Crockford's base 32): none is mistaken for another."""


@page.get("/privacy")
async def show_requests(request: Request, officer: Protector, pages: Pages) -> Response:
    """The requests: open ones by their last day, and those that were answered."""
    is_open = [request_row(request, one, pages.now, pages.zone) for one in await pages.requests.open()]
    closed = [request_row(request, one, pages.now, pages.zone) for one in await pages.requests.closed()]
    return render(request, "person_requests.html", open=is_open, closed=closed)


@page.get("/privacy/new")
async def show_new(request: Request, officer: Protector, pages: Pages) -> Response:
    """The form for a new request."""
    today = day_of(pages.now, pages.zone).isoformat()
    return _new(request, Form(values={"received": today, "wishes": []}))


@page.post("/privacy/new")
async def post_new(request: Request, officer: Protector, pages: Pages) -> Response:
    """Open a request."""
    form = await read(RequestForm, request)
    if form.read and not form.errors:
        given = form.value
        if not (given.email or given.phone or len((given.name or "").split()) > 1):
            form.errors["name"] = web(request).locale(request).gettext(WHO)
        elif given.received > day_of(pages.now, pages.zone):
            form.errors["received"] = web(request).locale(request).gettext("This day has not come yet.")
    if form.errors:
        return _new(request, form, status=422)
    given = form.value
    private = Private(
        person=Person(name=given.name, email=given.email, phone=given.phone),
        identity_note=given.identity_note or "",
        wish_text=given.wish_text,
    )
    opened, announcing = open_request(
        _reference(local(pages.now, pages.zone)),
        private=private,
        wishes=given.wishes,
        identity=given.identity,
        received=given.received,
        by=officer,
        now=pages.now,
        zone=pages.zone,
    )
    try:
        await pages.requests.add(opened, announcing=announcing)
    except AlreadyExists:  # two drew the same reference: the page runs again
        raise Conflict(opened.id) from None
    return see_other(f"/privacy/{opened.id}?done=opened")


@page.get("/privacy/{request_id}")
async def show_request(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """One request."""
    asked = await pages.read(request_id, officer)
    return await pages.show(request, asked, officer)


@page.post("/privacy/{request_id}/search")
async def post_search(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Ask all services, for the first time or again."""
    form, asked = await read(StepForm, request), await pages.read(request_id, officer)
    if form.errors:
        return await pages.show(request, asked, officer, form, status=422)
    try:
        sought, announcing = seek(asked, known=found_before(asked), by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, asked, officer, with_error(form, refused, request), status=409)
    await pages.requests.save(sought, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=sought#found")


@page.post("/privacy/{request_id}/confirmation")
async def post_confirmation(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Say what of what was shown is the person's. What the officer may not read cannot be confirmed."""
    form, asked = await read(ConfirmationForm, request), await pages.read(request_id, officer)
    if form.errors:
        return await pages.show(request, asked, officer, form, status=422)
    found = candidates(asked.search.found) if asked.search else []
    ours = readable(officer, found, await pages.cases(found))
    shown = [one.key for one in ours if one.key in form.value.shown]
    try:
        sure, announcing = confirm(asked, theirs=form.value.theirs, of=shown, by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, asked, officer, with_error(form, refused, request), status=409)
    await pages.requests.save(sure, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=confirmed#steps")


def _reference(now: datetime) -> str:
    """The reference of a new request, such as ``KV-26-7KX49Q``."""
    return f"KV-{now:%y}-{''.join(choice(LETTERS) for _ in range(6))}"


def _new(request: Request, form: Form[Any], *, status: int = 200) -> Response:
    wishes, identities = labels(request, WISHES).items(), labels(request, IDENTITIES).items()
    return render(
        request, "person_request_new.html", form=form, wishes=list(wishes), identities=list(identities), status=status
    )
