"""What waits to be sent, and to be read, as the notifier has reported it last."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.case import Case
from services.router.cases.list_labels import age
from services.router.cases.pages.letter_rows import cases_of, letter_name, why
from services.router.cases.store.cases import Cases
from services.router.desk import require
from services.router.operations.domain import MailWaiting
from services.router.operations.store.mail_queue import MailQueues
from shared.mail_refusals import NOT_NOW, meaning
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

CAME_TO: Final = {
    "reply": "Answer to an e-mail",
    "return": "Reply of a mail server",
    "hotline": "To the address of the hotline",
}
"""What a mail is, by the address to which it came (``MailWaiting.to``)."""
TOO_MANY: Final = "Too many came in this hour from this sender or to this address; it is read in the next one."
UNREAD: Final = "It has not been read yet."

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/administration/mail-queue")
async def show_mail_queue(
    request: Request,
    officer: Annotated[Officer, require(Action.READ_PARKED)],
    queues: Annotated[MailQueues, provided(MailQueues)],
    cases: Annotated[Cases, provided(Cases)],
    now: Now,
) -> Response:
    """Show how many letters wait, since when, for which mail domains, and those that wait longest; and which mails
    were not read yet.
    """
    queue = await queues.newest()
    about = [letter.message_id for letter in queue.letters] + [mail.message_id or "" for mail in queue.mails]
    readable = await cases_of(cases, officer, filter(None, about))
    return render(
        request,
        "mail_queue.html",
        queue=queue,
        silent=queue.silent(now),
        oldest=age(request, queue.oldest_at, now) if queue.oldest_at else "",
        reported=age(request, queue.reported_at, now) if queue.reported_at else "",
        domains=[(domain, _said(request, domain.reason)) for domain in queue.domains],
        letters=[
            {
                "letter": letter,
                "name": letter_name(request, letter.template),
                "case": readable.get(letter.message_id),
                "why": _said(request, letter.reason),
                "age": age(request, letter.made_at, now),
            }
            for letter in queue.letters
        ],
        mails=[_mail(request, mail, readable.get(mail.message_id or ""), now) for mail in queue.mails],
    )


def _mail(request: Request, mail: MailWaiting, case: Case | None, now: datetime) -> dict[str, Any]:
    _ = web(request).locale(request).gettext
    return {
        "mail": mail,
        "name": _(CAME_TO.get(mail.to, CAME_TO["hotline"])),
        "case": case,
        "why": _(TOO_MANY if mail.held else UNREAD),
        "age": age(request, mail.received_at, now),
    }


def _said(request: Request, reason: str) -> str:
    """What a mail server said, in words. It has refused for now, not for long: for that there is the list."""
    if meaning(reason) == NOT_NOW:
        return web(request).locale(request).gettext("The mail server does not take it just now.")
    return why(request, reason)
