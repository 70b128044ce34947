"""Mails of a case: each whole, with its files, and the decision about one that a unit sent in place of its reply."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.mailed import adopt, do_not_take
from services.router.cases.domain.mails import Mail
from services.router.cases.forms import AdoptionForm, MailRefusalForm
from services.router.cases.labels import labels
from services.router.cases.pages import Reader, Reviewer
from services.router.cases.pages.case import CasePages, assignment_of, fresh_routing
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from shared.audit import AuditRecords
from shared.file_links import FileLinks
from shared.refused import Refused
from shared.state import KeptFile
from shared.web.arriving import query_of
from shared.web.forms import Form, read
from shared.web.kept_files import OPENED, listed
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
OF_ASSIGNMENT = "/cases/{case_id}/assignments/{assignment_id}/mails/{mail_id}"


class MailOfCase:
    """One mail of a case. A case that is restricted has restricted mails."""

    def __init__(
        self,
        cases: Annotated[Cases, provided(Cases)],
        mails: Annotated[Mails, provided(Mails)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        now: Now,
    ) -> None:
        self.cases, self.mails, self.audit, self.now = cases, mails, audit, now

    async def read(self, officer: Officer, case_id: str, mail_id: str) -> tuple[Case, Mail]:
        """The case and its mail. Raises the 404 of ``not_found`` for a mail of another case."""
        case = await self.cases.get_for(officer, case_id, Action.READ_CASES)
        mail = await self.mails.find_one(mail_id)
        if mail is None or mail.message_id != case.id:
            raise not_found()
        await read_mail(self.audit, officer, mail)
        return case, mail


async def read_mail(audit: AuditRecords, officer: Officer, mail: Mail, file_id: str = "") -> None:
    """Record that somebody opened a mail, or a file of it."""
    action, kind = (AuditAction.FILE_OPENED, "file") if file_id else (AuditAction.MAIL_READ, "mail")
    about: dict[str, Any] = {"object_kind": kind, "object_id": file_id or mail.id, "message_id": mail.message_id}
    await audit.read(action, actor=officer.actor, **about)


Found = Annotated[MailOfCase, Depends()]
Links = Annotated[FileLinks, provided(FileLinks)]
Pages = Annotated[CasePages, Depends()]


@page.get("/cases/{case_id}/mails/{mail_id}")
async def show_mail(request: Request, case_id: str, mail_id: str, officer: Reader, found: Found) -> Response:
    """Show a mail as it came, with what it repeats of letters before."""
    case, mail = await found.read(officer, case_id, mail_id)
    return render(
        request,
        "mail.html",
        mail=mail,
        case=case,
        files=files_of(request, mail, f"/cases/{case.id}/mails/{mail.id}"),
        labels=labels(request),
    )


@page.get("/cases/{case_id}/mails/{mail_id}/files/{file_id}")
async def show_file(case_id: str, mail_id: str, file_id: str, officer: Reader, found: Found, links: Links) -> Response:
    """Redirect to a file of the mail, if it may be opened."""
    _, mail = await found.read(officer, case_id, mail_id)
    file = opened(mail, file_id)
    await read_mail(found.audit, officer, mail, file.id)
    return see_other(links.to(file, officer.actor, found.now))


@page.get("/cases/{case_id}/mails/{mail_id}/files/{file_id}/preview")
async def show_preview(
    case_id: str, mail_id: str, file_id: str, officer: Reader, found: Found, links: Links
) -> Response:
    """Redirect to the small picture of the file."""
    _, mail = await found.read(officer, case_id, mail_id)
    return see_other(links.to_preview(opened(mail, file_id), officer.actor, found.now))


@page.get(OF_ASSIGNMENT + "/adoption")
async def show_adoption(
    request: Request, case_id: str, assignment_id: str, mail_id: str, officer: Reviewer
) -> Response:
    """Redirect to the page of the case, where the button stands (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}")


@page.post(OF_ASSIGNMENT + "/adoption")
async def post_adoption(
    request: Request,
    case_id: str,
    assignment_id: str,
    mail_id: str,
    officer: Reviewer,
    pages: Pages,
) -> Response:
    """Take the mail as the unit's reply, which arrives a moment later as any other."""
    form, case = await read(AdoptionForm, request), await pages.cases.get_for(officer, case_id, Action.REVIEW)
    assignment_of(case, assignment_id)
    status = 422
    try:
        if not form.errors:
            adopted, announcing = adopt(case, assignment_id, mail_id, by=officer, now=pages.now)
            await pages.cases.save(adopted, announcing=announcing)
            return done(request, case, "mail_adopted")
    except Refused as refused:
        form, status = refusal(request, case, form, refused), 409
    form.values = fresh_routing(case) | form.values
    return await pages.again(request, case, form=form, status=status)


@page.get(OF_ASSIGNMENT + "/refusal")
async def show_refusal(
    request: Request,
    case_id: str,
    assignment_id: str,
    mail_id: str,
    officer: Reviewer,
    pages: Pages,
) -> Response:
    """Show the mail, and the form that does not take it."""
    case = await pages.cases.get_for(officer, case_id, Action.REVIEW)
    return _refusal(request, case, assignment_id, mail_id, Form())


@page.post(OF_ASSIGNMENT + "/refusal")
async def post_refusal(
    request: Request,
    case_id: str,
    assignment_id: str,
    mail_id: str,
    officer: Reviewer,
    pages: Pages,
) -> Response:
    """The mail is not the unit's reply. The unit reads why on its page."""
    form, case = await read(MailRefusalForm, request), await pages.cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _refusal(request, case, assignment_id, mail_id, form, status=422)
    try:
        refused_mail, announcing = do_not_take(
            case, assignment_id, mail_id, reason=form.value.reason, by=officer, now=pages.now
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _refusal(request, case, assignment_id, mail_id, refusal(request, case, form, refused), status=409)
    await pages.cases.save(refused_mail, announcing=announcing)
    return done(request, case, "mail_not_taken")


def files_of(request: Request, mail: Mail, url: str) -> list[dict[str, Any]]:
    """The files of a mail as pages list them; ``url`` is that of the mail."""
    locale = web(request).locale(request)
    return [listed(locale, file, f"{url}/files/{file.id}" if file.state in OPENED else "") for file in mail.files]


def opened(mail: Mail, file_id: str) -> KeptFile:
    """The file. Raises the 404 of ``not_found`` for one that may not be opened now."""
    file = mail.file(file_id)
    if file is None or file.state not in OPENED:
        raise not_found()
    return file


def _refusal(
    request: Request, case: Case, assignment_id: str, mail_id: str, form: Form[Any], *, status: int = 200
) -> Response:
    assignment = assignment_of(case, assignment_id)
    mail = next((one for one in assignment.mailed if one.id == mail_id), None)
    if mail is None:
        raise not_found()
    shown = {"case": case, "assignment": assignment, "mail": mail, "form": form, "labels": labels(request)}
    return render(request, "mail_refusal.html", status=status, **shown)
