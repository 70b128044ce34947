"""Requests of people about their data: the list, a new one, one with what was found, and the answer."""

from datetime import datetime
from secrets import choice
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.restriction import reads
from services.router.config import Settings
from services.router.desk import require
from services.router.records.domain.candidates import candidates, confirmed, found_before, preselected
from services.router.records.domain.requests import (
    SERVICES,
    PersonRequest,
    Private,
    close,
    confirm,
    open_request,
    seek,
    undone,
)
from services.router.records.forms import WHO, AnswerForm, ConfirmationForm, RequestForm, StepForm
from services.router.records.pages.person_rows import (
    DECISIONS,
    GIVEN,
    IDENTITIES,
    OUTCOMES,
    TROUBLE,
    WISHES,
    RowMaker,
    labels,
    named,
    request_row,
)
from services.router.records.pages.unread import Unreadable
from services.router.records.store.orders import Orders
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.audit import AuditRecords
from shared.days import day_of
from shared.documents import AlreadyExists, Conflict
from shared.refused import Refused
from shared.state import Person
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of references (Crockford's base 32): none is mistaken for another."""
Protector = Annotated[Officer, require(Action.PROTECT)]
DONE = {
    "opened": "The request was opened. Its 30 days count from the day on which it was received.",
    "sought": "All services are being asked. Please open the page again in a moment.",
    "confirmed": "What is confirmed was saved. Nothing is done to anything else.",
    "export": "The data are being collected. Please open the page again in a moment.",
    "corrected": "The data were corrected.",
    "erasure": "The decision was saved. What is to be erased is being ordered.",
    "closed": "The request is answered and closed.",
}
"""What was done, as a sentence (a msgid), by ``?done=``."""
ADDRESSED = "Dear %(name)s,"
EXAMINED = (
    "Your application %(id)s of %(date)s was examined under articles 11 and 13 of Law 6698 on the Protection of "
    "Personal Data."
)
NOTHING = "There are no personal data in our systems that were confirmed to be yours."
GIVEN_OUT = "The file with your personal data is attached."
CORRECTED = "As you asked, your name, e-mail address and phone number were corrected."
ERASED = "As you asked, your personal data were erased or made anonymous."
KEPT = "The following records are still kept, for reasons that the law names: …"
COMPLAINT = (
    "If you find this answer insufficient, you may complain to the Personal Data Protection Board within thirty days "
    "after you learn of it, and in any case within sixty days after your application (Law 6698, article 14)."
)
DRAFTED = (ADDRESSED, EXAMINED, NOTHING, GIVEN_OUT, CORRECTED, ERASED, KEPT, COMPLAINT)
"""Sentences (msgids) of the text that is proposed as an answer."""


class RequestPages:
    """What the pages of a request are made from, and where it is kept."""

    def __init__(
        self,
        requests: Annotated[PersonRequests, provided(PersonRequests)],
        persons: Annotated[Persons, provided(Persons)],
        orders: Annotated[Orders, provided(Orders)],
        accounts: Annotated[Accounts, provided(Accounts)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        settings: Annotated[Settings, provided(Settings)],
        unreadable: Annotated[Unreadable, Depends()],
        now: Now,
    ) -> None:
        self.requests, self.persons, self.orders, self.accounts = requests, persons, orders, accounts
        self.unreadable = unreadable
        self.audit, self.zone, self.now = audit, ZoneInfo(settings.timezone), now

    async def read(self, request_id: str, officer: Officer) -> PersonRequest:
        """A request, for any page of it: each shows who the person is. That it was read is recorded."""
        asked = await self.requests.get(request_id)
        await self.audit.read(
            AuditAction.REQUEST_READ, actor=officer.actor, object_kind="person_request", object_id=asked.id
        )
        return asked

    async def show(
        self,
        request: Request,
        asked: PersonRequest,
        officer: Officer,
        form: Form[Any] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        """The page of a request, with a form of it as submitted."""
        found = candidates(asked.search.found) if asked.search else []
        cases = await self.persons.cases([one.message_id for one in found if one.message_id])
        chosen = preselected(asked, found, cases)
        locale, said = web(request).locale(request), DONE.get(request.query_params.get("done", ""))
        search, export = asked.search, asked.export
        return render(
            request,
            "person_request.html",
            asked=asked,
            row=request_row(request, asked, self.now, self.zone),
            rows=await RowMaker(self.persons, officer).rows(request, found),
            advice=await self.unreadable.advice(request, found, officer),
            unread=await self.unreadable.among(request, confirmed(asked), officer),
            form=form or Form(values={"theirs": chosen}),
            fresh=[one.key for one in found if one.key not in (*asked.confirmed, *asked.rejected)],
            missing=named(request, search.missing) if search else "",
            more=named(request, search.more) if search else "",
            parts_missing=named(request, export.missing) if export else "",
            export_over=bool(export and export.over(self.now)),
            export_readable=await self.may_have(asked, officer),
            wishes=[labels(request, WISHES).get(wish, wish) for wish in asked.wishes],
            identity=labels(request, IDENTITIES).get(asked.identity, asked.identity),
            given=labels(request, GIVEN).get(asked.given, asked.given),
            outcome=labels(request, OUTCOMES).get(asked.outcome, ""),
            orders=await self.progress(request, asked),
            decisions=labels(request, DECISIONS),
            trouble=labels(request, TROUBLE),
            names=await self.accounts.names({asked.opened_by.id, *([asked.closed_by.id] if asked.closed_by else [])}),
            done=locale.gettext(said) if said and status == 200 else "",
            status=status,
        )

    async def may_have(self, asked: PersonRequest, officer: Officer) -> bool:
        """Whether this officer may read every case in the export: another one may have asked for it."""
        cases = await self.persons.cases(asked.export.message_ids if asked.export else ())
        return all(reads(officer, case) for case in cases.values())

    async def progress(self, request: Request, asked: PersonRequest) -> list[dict[str, Any]]:
        """What each service has answered to the orders of a request: how many things it has erased."""
        if asked.erasure is None or not asked.erasure.orders:
            return []
        orders = await self.orders.of_request(asked.id)
        return [
            {
                "service": named(request, [service]),
                "waits": sum(service in order.waits_for for order in orders),
                "number": sum(sum(order.answers.get(service, {}).values()) for order in orders),
            }
            for service in SERVICES
        ]


Pages = Annotated[RequestPages, Depends()]


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
        _reference(pages.now),
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
    readable = await RowMaker(pages.persons, officer).readable(found)
    shown = [one.key for one in readable if one.key in form.value.shown]
    try:
        sure, announcing = confirm(asked, theirs=form.value.theirs, of=shown, by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, asked, officer, with_error(form, refused, request), status=409)
    await pages.requests.save(sure, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=confirmed#steps")


@page.get("/privacy/{request_id}/answer")
async def show_answer(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form for the answer, with a text that says what was done; of a closed request, the answer to be printed."""
    asked = await pages.read(request_id, officer)
    return _answer(request, asked, Form(values={"answer": _draft(request, asked)}))


@page.post("/privacy/{request_id}/answer")
async def post_answer(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Close the request with the answer."""
    form, asked = await read(AnswerForm, request), await pages.read(request_id, officer)
    if form.errors:
        return _answer(request, asked, form, status=422)
    said = form.value
    try:
        closed, announcing = close(
            asked, outcome=said.outcome, answer=said.answer, given=said.given, by=officer, now=pages.now
        )
    except Refused as refused:
        return _answer(request, asked, with_error(form, refused, request), status=409)
    await pages.requests.save(closed, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=closed")


def _reference(now: datetime) -> str:
    """The reference of a new request, such as ``KV-26-7KX49Q``."""
    return f"KV-{now:%y}-{''.join(choice(LETTERS) for _ in range(6))}"


def _new(request: Request, form: Form[Any], *, status: int = 200) -> Response:
    wishes, identities = labels(request, WISHES).items(), labels(request, IDENTITIES).items()
    return render(
        request, "person_request_new.html", form=form, wishes=list(wishes), identities=list(identities), status=status
    )


def _answer(request: Request, asked: PersonRequest, form: Form[Any], *, status: int = 200) -> Response:
    outcomes, given = list(labels(request, OUTCOMES).items()), list(labels(request, GIVEN).items())
    return render(
        request,
        "person_answer.html",
        asked=asked,
        form=form,
        outcomes=outcomes,
        given=given,
        way=dict(given).get(asked.given, ""),
        result=dict(outcomes).get(asked.outcome, "") if asked.outcome else "",
        undone=[] if asked.closed else [labels(request, WISHES)[wish] for wish in undone(asked)],
        status=status,
    )


def _draft(request: Request, asked: PersonRequest) -> str:
    """A text for the answer: what was asked, what was done. In Turkish, as the law and the answer are."""
    ours, locale = confirmed(asked), web(request).locales["tr"]
    erased, kept = (asked.erasure.anything, bool(asked.erasure.kept)) if asked.erasure else (False, False)
    names = {
        "name": asked.person.name or locale.gettext("Sir or Madam"),
        "date": locale.date(asked.received_at),
        "id": asked.id,
    }
    said = {
        ADDRESSED: True,
        EXAMINED: True,
        NOTHING: not ours,
        GIVEN_OUT: bool(ours and asked.export),
        CORRECTED: bool(asked.corrections),
        ERASED: erased,
        KEPT: kept,
        COMPLAINT: True,
    }
    return "\n\n".join(locale.gettext(sentence) % names for sentence, wanted in said.items() if wanted)
