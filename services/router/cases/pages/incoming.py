"""E-mails that belong to no case: an officer opens a case from one, puts it into a case, or is done with it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.cases.domain.mailed import attach
from services.router.cases.domain.mails import Mail, deal_with, make_case
from services.router.cases.domain.restriction import reads
from services.router.cases.forms import IncomingForm
from services.router.cases.labels import labels
from services.router.cases.pages import Enterer, Reader
from services.router.cases.pages.mails import Links, files_of, opened, read_mail
from services.router.cases.pages.merging import NOT_THERE, NoSuchCase
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from services.router.cases.store.related import Related
from services.router.desk import names_of
from shared.audit import AuditRecords
from shared.kinds import Kind
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
SHOWN = 100
SHOWN_BEFORE = 20
"""Mails that were dealt with, and those of programs."""
NO_SUCH_KIND = "Please choose a kind."


class Incoming:
    """What the pages of mails are made from."""

    def __init__(
        self,
        mails: Annotated[Mails, provided(Mails)],
        cases: Annotated[Cases, provided(Cases)],
        related: Annotated[Related, provided(Related)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        now: Now,
    ) -> None:
        self.mails, self.cases, self.related, self.audit, self.now = mails, cases, related, audit, now

    async def get(self, officer: Officer, mail_id: str) -> Mail:
        """A mail that came to no case, also after an officer has decided about it.

        Raises the 404 of ``not_found`` for others, and for one that stands in a case which this officer may not read.
        """
        mail = await self.mails.get(mail_id)
        case = await self.cases.find_one(mail.message_id) if mail.message_id else None
        if (mail.message_id and mail.outcome is None) or (case and not reads(officer, case)):
            raise not_found()
        await read_mail(self.audit, officer, mail)
        return mail

    async def show(self, request: Request, mail: Mail, form: Form[Any], *, status: int = 200) -> Response:
        """The page of one mail."""
        case = await self.cases.find_one(mail.message_id) if mail.message_id else None
        locale = web(request).locale(request)
        return render(
            request,
            "incoming_mail.html",
            mail=mail,
            case=case,
            names=await names_of(request, [mail.actor.id] if mail.actor else []),
            kinds=[(kind.id, locale.of(kind.label)[0]) for kind in web(request).institution().kinds],
            files=files_of(request, mail, f"/mails/{mail.id}"),
            form=form,
            labels=labels(request),
            status=status,
        )


Given = Annotated[Incoming, Depends()]


@page.get("/mails")
async def show_mails(request: Request, officer: Reader, incoming: Given) -> Response:
    """What waits, the oldest first; below it what was dealt with, and what programs have sent."""
    about = {"object_kind": "list", "object_id": "mails"}
    await incoming.audit.read(AuditAction.LIST_READ, actor=officer.actor, **about)
    waiting = await incoming.mails.waiting(limit=SHOWN)
    hidden = await incoming.cases.hidden_from(officer.id)
    dealt_with = await incoming.mails.dealt_with(hidden=hidden, limit=SHOWN_BEFORE)
    return render(
        request,
        "incoming.html",
        waiting=waiting,
        count=await incoming.mails.count(),
        dealt_with=dealt_with,
        names=await names_of(request, [mail.actor.id for mail in dealt_with if mail.actor]),
        automatic=await incoming.mails.automatic(limit=SHOWN_BEFORE),
        labels=labels(request),
    )


@page.get("/mails/{mail_id}")
async def show_mail(request: Request, mail_id: str, officer: Reader, incoming: Given) -> Response:
    """Show one mail whole, and what can be done with it."""
    return await incoming.show(request, await incoming.get(officer, mail_id), Form(values={"kind": Kind.OTHER}))


@page.post("/mails/{mail_id}")
async def post_mail(request: Request, mail_id: str, officer: Enterer, incoming: Given) -> Response:
    """Open a case from the mail, put it into one, or be done with it."""
    form, mail = await read(IncomingForm, request), await incoming.get(officer, mail_id)
    if not form.errors and form.value.act == "case" and not web(request).institution().offers(form.value.kind):
        form.errors = {"kind": web(request).locale(request).gettext(NO_SUCH_KIND)}
    if form.errors:
        return await incoming.show(request, mail, form, status=422)
    try:
        await _act(incoming, mail, form.value, officer)
    except Refused as refused:
        return await incoming.show(request, mail, with_error(form, refused, request), status=409)
    return see_other(f"/mails/{mail.id}" if form.value.act == "case" else "/mails")


@page.get("/mails/{mail_id}/files/{file_id}")
async def show_file(mail_id: str, file_id: str, officer: Reader, incoming: Given, links: Links) -> Response:
    """Redirect to a file of the mail, if it may be opened."""
    mail = await incoming.get(officer, mail_id)
    file = opened(mail, file_id)
    await read_mail(incoming.audit, officer, mail, file.id)
    return see_other(links.to(file, officer.actor, incoming.now))


@page.get("/mails/{mail_id}/files/{file_id}/preview")
async def show_preview(mail_id: str, file_id: str, officer: Reader, incoming: Given, links: Links) -> Response:
    """Redirect to the small picture of the file."""
    mail = await incoming.get(officer, mail_id)
    return see_other(links.to_preview(opened(mail, file_id), officer.actor, incoming.now))


async def _act(incoming: Incoming, mail: Mail, wanted: IncomingForm, officer: Officer) -> None:
    """The case is written before the mail: if that fails, the officer does it again, and it stands in the case once."""
    how: dict[str, Any] = {"by": officer, "now": incoming.now}
    if wanted.act == "attach":
        case = await incoming.related.by_reference(officer, wanted.reference, Action.ENTER)
        if case is None:
            raise NoSuchCase(NOT_THERE)
        attached, decided, announcing = attach(mail, case, **how)
        if attached is not case:
            await incoming.cases.save(attached)
    elif wanted.act == "case":
        decided, announcing = make_case(mail, kind=wanted.kind, **how)
    else:
        decided, announcing = deal_with(mail, **how)
    await incoming.mails.save(decided, announcing=announcing)
