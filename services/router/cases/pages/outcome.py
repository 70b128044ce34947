"""What an officer is told after acting on a case: that it was done, or what a colleague did meanwhile."""

from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import Request
from starlette.responses import Response

from services.router.cases.domain.attention import happened_since
from services.router.cases.domain.case import Case
from services.router.cases.labels import timeline
from shared.refused import Refused
from shared.web.forms import Form, with_error
from shared.web.pages import see_other, web

COOKIE = "done"
CHANGED_BY_A_COLLEAGUE = "A colleague has changed this meanwhile. Both are shown below; please decide which one stays."
LIST = "list"
"""The parameter, and the cookie of the case's pages, with the list from which the officer came."""
HOUR = 3600
LONGEST_ADDRESS = 2000
SHOWN_WITHIN = 60
"""Seconds. A confirmation that was not shown by then would surprise."""
DONE = {
    "routed": "The case was routed. Each unit gets an e-mail.",
    "recalled": "The assignment was recalled. The unit's link no longer works.",
    "returned": "The reply was returned to the unit, with your reason.",
    "answered": "The answer was approved and sent.",
    "closed": "The case was closed.",
    "given_back": "The answer was given back to who wrote it, with your reason.",
    "informed": "The interim answer was sent. The case stays open.",
    "taken_back": "It was taken back: nothing was sent. Your text is still here.",
    "asked": "The submitter was asked.",
    "reopened": "The objection was accepted. The case can be routed or answered again.",
    "upheld": "The answer stays, and the case was closed. The submitter is told.",
    "wanted": "The message is among the new ones now.",
    "claimed": "The case is yours.",
    "assigned": "The case was given to your colleague.",
    "unclaimed": "The case is free for everybody again.",
    "priority": "The priority was set.",
    "kind": "The kind was corrected.",
    "tags": "The tags were set.",
    "noted": "The note was added.",
    "copied": "The copy for units was kept.",
    "unwanted": "The message is among the doubtful ones now.",
    "reopened_by_desk": "The case was opened again. It can be routed or answered.",
    "restricted": "The case is restricted. Only the chosen people find it.",
    "unrestricted": "The case is open to everybody on the desk again.",
    "hold_set": "The case is under legal hold. It is not destroyed until the hold is lifted.",
    "hold_lifted": "The legal hold was lifted. The rules of retention hold for the case again.",
    "looked_at": "What the submitter wrote is marked as read.",
    "merged": "The case was merged. Its submitter hears what the other one's hears.",
    "separated": "The case is on its own again.",
    "linked": "The cases were linked.",
    "unlinked": "The cases are no longer linked.",
    "answered_together": "The answer was sent. Each submitter gets a letter of their own.",
    "held_together": "The answer goes out to each submitter in a letter of their own. Until then it can be taken back"
    " on the page of each case.",
    "asked_together": "Before it goes out, a colleague has to approve the answer on the page of each case that asks for"
    " it.",
    "extension_granted": "The unit has more time. It gets an e-mail.",
    "extension_refused": "The unit's last day stays. It gets an e-mail with your reason.",
    "told": "The answer was noted. No e-mail is sent.",
    "question_refused": "The submitter is not asked. The unit reads your reason.",
    "letter_again": "The e-mail is being sent again.",
    "address_corrected": "The address was corrected, and what had not arrived is being sent there.",
    "letter_dealt_with": "It was noted that the recipient knows. The e-mail is not sent again.",
    "mail_adopted": "The e-mail is taken as the unit's reply, which is here to be checked in a moment.",
    "mail_not_taken": "The e-mail was not taken as the unit's reply. The unit reads your reason on its page.",
}


def done(request: Request, case: Case, what: str, *, form: str = "") -> Response:
    """To the page of the case, or to a ``form`` below it, which says once that it was done (one of DONE).

    The page leads on in the list from which the officer came.
    """
    path, came_from = f"/cases/{case.id}", list_address(request)
    to = f"{path}/{form}" if form else path
    response = see_other(f"{to}?{urlencode({LIST: came_from})}" if came_from else to)
    response.set_cookie(
        COOKIE, what, max_age=SHOWN_WITHIN, path=path, httponly=True, samesite="lax", secure=_https(request)
    )
    return response


def confirmation(request: Request) -> str | None:
    """What was just done on this case, in words; None if nothing was."""
    said = DONE.get(request.cookies.get(COOKIE, ""))
    return web(request).locale(request).gettext(said) if said else None


def list_address(request: Request) -> str:
    """The list from which the officer came to this case, as the parameters of its address; empty if from none."""
    return (request.query_params.get(LIST) or unquote(request.cookies.get(LIST, "")))[:LONGEST_ADDRESS]


def remember(request: Request, response: Response, case: Case) -> Response:
    """The pages of this case know the list from which the officer came, also those that have no parameter."""
    if came_from := request.query_params.get(LIST):
        path, kept = f"/cases/{case.id}", quote(came_from[:LONGEST_ADDRESS])
        response.set_cookie(LIST, kept, max_age=HOUR, path=path, httponly=True, samesite="lax", secure=_https(request))
    return response


def forget(response: Response, case: Case) -> Response:
    """The page that said it: a reload does not say it again."""
    response.delete_cookie(COOKIE, path=f"/cases/{case.id}")
    return response


def refusal(request: Request, case: Case, form: Form[Any], refused: Refused) -> Form[Any]:
    """The form again, with why and what was typed. Sent again, it is about the case as it is now."""
    happened = happened_since(case, form.value.revision)
    form.values |= {"revision": case.revision, "happened": timeline(request, case, {}, happened)}
    if case.answer and any(entry.what == "answered" for entry in happened):
        form.values["answered"] = case.answer
    return with_error(form, refused, request)


def unchanged(before: str | None, now: str, wanted: str) -> None:
    """Raise Refused when a colleague has changed what the page showed (``before``) to something else than is wanted.

    A page of the version before says nothing about it.
    """
    if before is not None and now not in (before.strip(), wanted):
        raise Refused(CHANGED_BY_A_COLLEAGUE)


def fingerprint(text: str) -> str:
    """A short value by which a form says which long text its page showed."""
    return sha256(text.encode()).hexdigest()[:16]


def _https(request: Request) -> bool:
    return web(request).base_url.startswith("https:")
